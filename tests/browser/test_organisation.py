"""Organisation in a browser: written, looked at, read by a family at once, taken back only when asked once more."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from playwright.async_api import expect

from hub.config import Config, Desk
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.cast import NORA, PASSWORD, Town

pytestmark = pytest.mark.servers


@pytest.fixture
def town_settings(town_settings: Config) -> Config:
    return replace(town_settings, desk=Desk(directory="desk"))


async def administrator(town: Town, visit: Visit) -> Visitor:
    """Nora, on her way there from her account."""
    await town.hub.people.add_agent("Nora Lambert", NORA, PASSWORD, ("n.lambert@ville.test",))
    nora = await visit()
    await nora.log_in_at_desk()
    await nora.page.get_by_role("link", name="Mon compte").click()
    await nora.page.get_by_role("link", name="Organisation").click()
    return nora


async def test_news_are_written_read_and_taken_back(town: Town, visit: Visit) -> None:
    nora, marie = await administrator(town, visit), await visit()
    await nora.link("Actualités").click()
    await nora.page.get_by_role("link", name="Écrire une actualité").click()
    await nora.page.get_by_label("Titre").fill("Grève jeudi")
    await nora.button("Aperçu").click()
    await expect(nora.page.locator(".looked")).to_contain_text("Grève jeudi")
    await nora.button("Enregistrer").click()
    await expect(nora.page.get_by_text("Affichée")).to_be_visible()
    await marie.login()
    await marie.open("/")
    await expect(marie.page.get_by_role("heading", name="Grève jeudi")).to_be_visible()
    really = nora.page.get_by_role("button", name="Oui, supprimer")
    await expect(really).to_be_hidden()
    await nora.page.locator("summary", has_text="Supprimer").press("Enter")
    await really.click()
    await expect(nora.page.get_by_role("heading", name="Aucune actualité")).to_be_visible()
    await marie.open("/")
    await expect(marie.page.get_by_role("heading", name="Grève jeudi")).to_have_count(0)


async def test_a_member_becomes_head_by_keyboard(town: Town, visit: Visit) -> None:
    nora = await administrator(town, visit)
    await nora.link("Activités périscolaires").click()
    await nora.page.get_by_label("Responsable : Karim Haddad").press("Space")
    await nora.page.keyboard.press("Tab")
    await nora.page.keyboard.press("Enter")
    await expect(nora.page.locator(".kept li", has_text="Karim").locator(".state")).to_have_text("responsable")
