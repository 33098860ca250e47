"""Answers that agents begin with."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hub.config import CannedAnswer, Config
from hub.desk.canned import begun
from tests.cast import LEA, Town
from tests.web.browser import Browser

RECEIVED = CannedAnswer("Bien reçu", "Bonjour famille {famille},\n\n« {objet} » est bien reçu.\n\n{agent}, {service}")
CLOSED = CannedAnswer("Fermé", "Dossier {dossier} : {inconnu} {FAMILLE} {")


@pytest.fixture
def town_settings(town_settings: Config) -> Config:
    first, *others = town_settings.services
    return replace(town_settings, services=(replace(first, answers=(RECEIVED, CLOSED)), *others))


async def test_one_is_chosen_and_filled_in(town: Town, nora: Browser, karim: Browser) -> None:
    message = await town.write("Bonjour", subject="Cantine <i>")
    url = f"/bureau/conversations/{message.thread_id}"
    page = await nora.get(url)
    assert page.texts("#modele option") == ["Bien reçu", "Fermé"] and page.all("#message")[0].text() == ""
    page = await nora.get(f"{url}?modele=0")
    words = "Bonjour famille Durand,\n\n« Cantine <i> » est bien reçu.\n\nNora Lambert, Activités périscolaires"
    assert page.all("#message")[0].text() == words and "<i>" not in page.html
    other = await town.write("Bonjour", email=LEA, service="scolaire")
    assert not (await karim.get(f"/bureau/conversations/{other.thread_id}")).all("#modele")


@pytest.mark.parametrize("chosen", ["", "2", "-1", "x", "²", "9" * 30])
def test_what_is_no_choice_begins_nothing(chosen: str) -> None:
    assert begun((RECEIVED, CLOSED), chosen, {}) == ""


def test_what_is_no_word_of_ours_stays() -> None:
    assert begun((RECEIVED, CLOSED), "1", {"dossier": "12"}) == "Dossier 12 : {inconnu} {FAMILLE} {"
