"""Each town's way in, at a real browser, on a desktop and on a phone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.async_api import expect

from hub.config import Config, parse, presets
from hub.dossier.models import Family, Guardian
from tests.browser.conftest import Visit, received
from tests.browser.visitor import DESKTOP, PHONE, Device, Visitor
from tests.cast import PASSWORD, SERVICES, Town, settings
from tests.servers.sink import Sink

pytestmark = pytest.mark.servers
ARNAUD = "arnaud@famille.test"
WIZARDS = [name for name in presets() if parse(f'preset = "{name}"').registration.wizard]
OTHERS = [name for name in presets() if name not in WIZARDS]
STATUSES = "the server responded with a status of"


@pytest.fixture
def preset(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def town_settings(database_url: str, tmp_path: Path, sink: Sink, preset: str) -> Config:
    """The rules of a preset, with the services of the cast."""
    rules = parse(f'preset = "{preset}"')
    here: dict[str, Any] = {"services": SERVICES, "registration": replace(rules.registration, service="")}
    here |= {"entrance": rules.entrance, "security": replace(rules.security, secret_file=str(tmp_path / "secret.key"))}
    return replace(settings(database_url, tmp_path, sink.port), **here)


@pytest.fixture
async def lederf(town: Town) -> Guardian:
    """A family of the town's file that nobody has an account for; the town knows its address."""
    family = await Family.create(number="5961", name="LE DERF", created_at=town.clock.now())
    return await Guardian.create(family=family, first_name="Arnaud", last_name="LE DERF", email=ARNAUD)


async def link(town: Town) -> str:
    """The path of the link in the first mail to Arnaud."""
    found = re.search(r"http://hub\.test(/\S+/\S+)", (await received(town, ARNAUD)).text)
    assert found
    return found[1]


async def comes_in(visitor: Visitor, town: Town, name: str) -> None:
    """By what the town asks for."""
    await visitor.open("/connexion")
    await visitor.page.locator("#identifiant").fill(ARNAUD if town.hub.core.config.entrance.by == "email" else name)
    await visitor.page.locator("#mot_de_passe").fill(f"{PASSWORD}-a-moi")
    await visitor.button("Se connecter").click()
    await expect(visitor.page.get_by_role("heading", name="Bienvenue Arnaud")).to_be_visible()
    await expect(visitor.page.get_by_text("5961")).to_be_visible()


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=lambda device: device.name)
@pytest.mark.parametrize("preset", WIZARDS, indirect=True)
async def test_by_the_wizard(town: Town, visit: Visit, lederf: Guardian, preset: str, device: Device) -> None:
    visitor, rules = await visit(device), town.hub.core.config.registration
    await visitor.open("/connexion")
    await visitor.link("Inscrivez-vous").click()
    secret = f"{PASSWORD}-a-moi"
    typed = {"nom": "Le Derf", "prenom": "Arnaud", "email": ARNAUD, "email2": ARNAUD}
    if town.hub.core.config.entrance.by != "email":
        typed["identifiant"] = "lederf"
    for field, words in {
        **typed,
        "email2": "autre@famille.test",
        "mot_de_passe": secret,
        "mot_de_passe2": secret,
    }.items():
        await visitor.page.locator(f"#{field}").fill(words)
    await visitor.button("Enregistrer et continuer").click()
    await expect(visitor.page.get_by_text("Les deux adresses ne sont pas les mêmes").first).to_be_visible()
    for field, words in {"email2": ARNAUD, "mot_de_passe": secret, "mot_de_passe2": secret}.items():
        await visitor.page.locator(f"#{field}").fill(words)
    await visitor.button("Enregistrer et continuer").click()
    await expect(visitor.page.get_by_label("Numéro de dossier")).to_be_visible()
    await visitor.page.go_back()  # onto what was refused
    await expect(visitor.page.locator("#prenom")).to_have_value("Arnaud")
    await visitor.page.go_forward()
    number = "BFun 2112 5961" if rules.invoice_pattern else "5961"
    await visitor.page.get_by_label("Numéro de dossier").fill(number)
    await visitor.page.get_by_label("Nom du dossier").fill("Le Derf")
    await visitor.button("Enregistrer et continuer").click()
    if rules.terms:
        await visitor.page.get_by_label("J’ai lu et j’accepte").check()
        await visitor.button("Accepter").click()
    await expect(visitor.page.get_by_role("heading", name="Récapitulatif")).to_be_visible()
    await visitor.page.go_back()
    await visitor.page.go_forward()
    await expect(visitor.page.get_by_text("dossier trouvé")).to_be_visible()
    assert await visitor.sideways() <= 0
    await visitor.button("Valider mon inscription").click()
    await expect(visitor.page.get_by_role("heading", name="Bienvenue sur le portail")).to_be_visible()
    await visitor.open(await link(town))
    await visitor.button("Activer mon compte").click()
    await expect(visitor.page.get_by_role("heading", name="Votre compte est activé")).to_be_visible()
    await comes_in(visitor, town, "lederf")


@pytest.mark.parametrize("preset", ["porte-monnaie"], indirect=True)
async def test_by_a_forgotten_password(town: Town, visit: Visit, lederf: Guardian, preset: str) -> None:
    visitor = await visit(PHONE)
    await visitor.open("/connexion")
    await visitor.link("Mot de passe oublié ?").click()
    await visitor.page.locator("#identifiant").fill(ARNAUD)
    await visitor.button("Recevoir le lien").click()
    await expect(visitor.page.get_by_role("heading", name="Regardez vos e-mails")).to_be_visible()
    await visitor.open(await link(town))
    for field in ("mot_de_passe", "mot_de_passe2"):
        await visitor.page.locator(f"#{field}").fill(f"{PASSWORD}-a-moi")
    await visitor.button("Enregistrer").click()
    await expect(visitor.page.get_by_role("heading", name="Votre compte est ouvert")).to_be_visible()
    await comes_in(visitor, town, "arnaud.lederf")


def test_every_preset_has_its_story() -> None:
    """Sainte-Consorce's letters are told by tests/test_account_commands.py and tests/web/test_provisional.py."""
    assert OTHERS == ["porte-monnaie", "sainte-consorce"]
