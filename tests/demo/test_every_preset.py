"""Each preset's sample town starts, and shows in what it differs from the others."""

from __future__ import annotations

from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

from hub.config import presets
from tests.demo.running import running, visiting

pytestmark = pytest.mark.servers
MARIE = "marie.durand@famille.example"


@dataclass(frozen=True)
class Differs:
    """What a town's guide tells that others do not."""

    asks: str  # on the login page
    remembers: bool = False
    wizard: bool = True
    changes: bool = True  # its telephones itself
    downloads: bool = False
    news: str = ""
    tile: str = ""


TOWNS = {
    "saint-michel": Differs("Nom d'utilisateur", remembers=True, downloads=True, tile="Nous contacter"),
    "sainte-consorce": Differs(
        "Nom d'utilisateur", wizard=False, changes=False, downloads=True, tile="Demander une modification"
    ),
    "blainville": Differs("Adresse e-mail", tile="Les enfants de ma famille"),
    "porte-monnaie": Differs("Adresse e-mail", wizard=False, news="Un nouveau portail", tile="Mes démarches"),
    "puiseux": Differs("Nom d'utilisateur", news="Quotient familial", tile="Messagerie / nous contacter"),
}


def test_no_preset_is_left_out() -> None:
    assert sorted(TOWNS) == presets()


@pytest.mark.parametrize("preset", TOWNS)
async def test_the_town_of_each_preset(tmp_path: Path, preset: str) -> None:
    town = TOWNS[preset]
    async with running(tmp_path / "data", "--preset", preset) as demo, visiting(demo) as visitor:
        login = unescape(await visitor.page("/connexion"))
        assert f">{town.asks}</label>" in login and ("memoire" in login) is town.remembers
        assert ("Inscrivez-vous" in login) is town.wizard and ("/telechargements" in login) is town.downloads
        offered = unescape(await visitor.page("/telechargements"))
        assert ("Règlement des accueils" in offered) is town.downloads
        home = unescape(await visitor.log_in(MARIE))
        assert (
            town.tile in home
            and town.news in home
            and ("inscriptions aux vacances" in home) is (preset == "porte-monnaie")
        )
        file = unescape(await visitor.page("/dossier"))
        assert ('action="/dossier/coordonnees"' in file) is town.changes and "Organisme de rattachement" in file
