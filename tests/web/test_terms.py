"""Another version of the conditions: asked about at the next login, and what was accepted is written down."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hub.accounts.models import Account
from hub.config import Config
from tests.cast import MARIE, PASSWORD, Town
from tests.web.browser import Browser, Page

TERMS = "/connexion/conditions"


@pytest.fixture
def town_settings(town_settings: Config) -> Config:
    registration = replace(town_settings.registration, terms="Un.\n\nDeux <b>.", terms_version="2027-01")
    return replace(town_settings, registration=registration)


async def come_in(door: str) -> tuple[Browser, Page]:
    browser = Browser(door)
    page = await browser.get("/connexion?suite=/messagerie")
    return browser, await browser.press(page, "/connexion", identifiant="mdurand", mot_de_passe=PASSWORD)


async def test_they_stand_before_everything_else_until_accepted(town: Town, door: str) -> None:
    browser, page = await come_in(door)
    assert page.url.startswith(TERMS) and "Deux <b>." in page.text and page.title == "Conditions d’utilisation"
    for url in ("/messagerie", "/", "/dossier", "/compte"):
        assert (await browser.get(url)).url.startswith(TERMS)
    page = await browser.press(page, TERMS)
    assert page.status == 422 and "cochez la case" in page.texts("#erreur-accepte")[0]
    page = await browser.press(page, TERMS, accepte="1", version="2026-01")
    assert page.status == 422 and "changer" in page.texts("#erreur-accepte")[0]
    assert not (await Account.get(email=MARIE)).terms
    page = await browser.press(page, TERMS, accepte="1", version="2027-01")
    assert page.url == "/messagerie"
    account = await Account.get(email=MARIE)
    assert (account.terms, account.terms_at) == ("2027-01", town.clock.now())
    assert (await browser.get(TERMS)).url == "/"
    await browser.close()
    browser, page = await come_in(door)
    assert page.url == "/messagerie", "asked once"
    await browser.close()


async def test_a_password_of_ones_own_comes_first(town: Town, door: str) -> None:
    await Account.filter(email=MARIE).update(must_change=True)
    browser, page = await come_in(door)
    url = "/compte/mot-de-passe-provisoire"
    assert page.url.startswith(url)
    page = await browser.press(page, url, mot_de_passe="Chataigne-7-bois", confirmation="Chataigne-7-bois")
    assert page.url.startswith(TERMS)
    await browser.close()


async def test_who_does_not_accept_can_leave(town: Town, door: str) -> None:
    browser, page = await come_in(door)
    page = await browser.press(page, "/deconnexion")
    assert page.url == "/connexion" and (await browser.get("/messagerie")).url.startswith("/connexion?")
    await browser.close()
