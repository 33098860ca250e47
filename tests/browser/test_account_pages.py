"""Coming in and one's own account, at both doors, as somebody walks through them: accessible, and no wider than a
small phone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pyotp
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from hub.accounts.models import Account
from hub.accounts.sessions import Visitor as Somebody
from hub.dossier.models import Family, Guardian
from tests.browser.conftest import Visit
from tests.browser.test_every_page import COLOURS, STATUSES, violations
from tests.browser.visitor import DESKTOP, PHONE, SMALL, Device, Visitor
from tests.cast import LEA, MARIE, NORA, PASSWORD, Town

pytestmark = pytest.mark.servers
Look = Callable[[str, Page], Awaitable[None]]
FACTOR = "/compte/double-authentification"


@pytest_asyncio.fixture
async def door(town: Town) -> AsyncIterator[str]:
    """Without workers: mail goes when the journey says so."""
    async with town.hub.serving() as port:
        yield f"http://127.0.0.1:{port}"


async def parent(town: Town, marie: Visitor, look: Look) -> None:
    """Sets a second factor up, loses the phone, changes address, is given a provisional password."""
    page = marie.page
    await marie.login()
    await _see(marie, look, "account", "/compte")
    await _see(marie, look, "devices", "/compte/appareils")
    await _see(marie, look, "second factor to set up", FACTOR)
    await page.get_by_label("Code à six chiffres").fill("000000")
    await page.get_by_label("Votre mot de passe").fill(PASSWORD)
    await marie.button("Activer").click()
    await expect(page.locator("#erreur-code")).to_be_visible()
    await look("second factor refused", page)
    secret = (await page.locator(".key").inner_text()).replace(" ", "")
    await page.get_by_label("Code à six chiffres").fill(pyotp.TOTP(secret).at(town.clock.now()))
    await page.get_by_label("Votre mot de passe").fill(PASSWORD)
    await marie.button("Activer").click()
    await expect(page.get_by_role("heading", name="Vos codes de secours")).to_be_visible()
    recovery = await page.locator(".codes li").first.inner_text()
    await look("recovery codes", page)
    await _see(marie, look, "second factor", FACTOR)
    await _see(marie, look, "address", "/compte/adresse")
    await page.get_by_label("Nouvelle adresse e-mail").fill(f"{'marie.' * 9}durand@nouvelle-adresse.test")
    await marie.button("Demander le changement").click()
    await expect(page.get_by_role("heading", name="Changement en cours")).to_be_visible()
    await look("address asked for", page)
    await town.hub.settle()
    [path] = re.findall(r"http://hub\.test(/adresse/\S+)", "".join(mail.text for mail in town.mails(MARIE)))
    await _see(marie, look, "address to confirm", path)
    await marie.button("Oui, je confirme").click()
    await expect(page.get_by_role("heading", name="C’est confirmé")).to_be_visible()
    await look("address confirmed", page)
    given = await town.hub.provisional.give(town.account(), "Nora Lambert")
    await marie.open("/connexion")
    await page.get_by_label("Nom d'utilisateur").fill("mdurand")
    await page.get_by_label("Mot de passe", exact=True).fill(given.password)
    await marie.button("Se connecter").click()
    await expect(page.get_by_role("heading", name="Code de connexion")).to_be_visible()
    await look("code", page)
    await page.get_by_label("Code de votre application").fill("999999")
    await marie.button("Continuer").click()
    await expect(page.locator("#erreur-code")).to_be_visible()
    await look("code refused", page)
    await page.get_by_label("Code de votre application").fill(recovery)
    await marie.button("Continuer").click()
    await expect(page.get_by_role("heading", name="Choisissez votre mot de passe")).to_be_visible()
    await look("own password", page)


async def newcomer(town: Town, zoe: Visitor, look: Look) -> None:
    """Comes in by a letter, without an address."""
    family = await Family.create(number="4001", name="Petit", created_at=town.clock.now())
    await Guardian.create(family=family, first_name="Zoé", last_name="Petit")
    [sheet] = await town.hub.identifiers.make(await town.hub.identifiers.guardians())
    await town.hub.identifiers.store([sheet], "Nora Lambert")
    page = zoe.page
    await zoe.open("/connexion")
    await page.get_by_label("Nom d'utilisateur").fill(sheet.login)
    await page.get_by_label("Mot de passe", exact=True).fill(sheet.made.given.password)
    await zoe.button("Se connecter").click()
    await page.get_by_label("Nouveau mot de passe", exact=True).fill("Sapin-bleu-2027")
    await page.get_by_label("Le même, une seconde fois", exact=True).fill("Sapin-bleu-2027")
    await zoe.button("Enregistrer et continuer").click()
    await expect(page.get_by_role("heading", name="Votre mot de passe est enregistré")).to_be_visible()
    await look("first address", page)
    await zoe.link("Plus tard").click()
    await look("home without an address", page)
    await zoe.button("Déconnexion").click()


async def agent(town: Town, nora: Visitor, look: Look) -> None:
    """Prepares a second factor at the first login, then helps Léa in."""
    await town.hub.people.add_agent("Nora Lambert", NORA, PASSWORD)
    lea, page = await Account.get(email=LEA), nora.page
    somebody = Somebody(session=0, name="", email="", account=lea.id)
    enrolment = await town.hub.factor.begin(somebody)
    await town.hub.factor.enrol(somebody, enrolment.sealed, pyotp.TOTP(enrolment.secret).at(town.clock.now()))
    await nora.log_in_at_desk()
    await _see(nora, look, "an agent's account", "/bureau/compte")
    await _see(nora, look, "an agent's devices", "/bureau/compte/appareils")
    await _see(nora, look, "an agent's second factor", "/bureau/compte/double-authentification")
    await _see(nora, look, "accounts", "/bureau/comptes")
    await _see(nora, look, "accounts found", "/bureau/comptes?q=a")
    await _see(nora, look, "nobody found", "/bureau/comptes?q=girafe")
    await nora.open("/bureau/comptes?q=martin")
    await nora.link("Léa Martin").click()
    await expect(page.get_by_role("heading", name="Léa Martin")).to_be_visible()
    await nora.button("Donner un mot de passe").click()
    await expect(page.locator("#erreur-sur")).to_be_visible()
    await look("somebody's account", page)
    await page.get_by_label("La personne ne peut plus").check()
    await nora.button("Donner un mot de passe").click()
    await expect(page.get_by_role("heading", name="Mot de passe provisoire")).to_be_visible()
    await look("password given", page)
    await nora.button("Déconnexion").click()


async def _see(visitor: Visitor, look: Look, name: str, path: str) -> None:
    await visitor.open(path)
    await look(name, visitor.page)


async def test_after_a_letter_the_page_goes_on(town: Town, visit: Visit) -> None:
    """A file is downloaded, the page stays: its buttons must not stay asleep."""
    await town.hub.people.add_agent("Nora Lambert", NORA, PASSWORD)
    nora = await visit()
    await nora.log_in_at_desk()
    await nora.open(f"/bureau/comptes/{town.account(LEA).guardian_id}")
    await nora.page.get_by_label("La personne ne peut plus").check()
    async with nora.page.expect_download() as download:
        await nora.button("Faire le courrier").dblclick()
    assert (await download.value).suggested_filename == "identifiants-5678-lea-martin.pdf"
    await expect(nora.button("Faire le courrier")).not_to_have_attribute("aria-disabled", "true")
    await nora.button("Donner un mot de passe").click()
    await expect(nora.page.get_by_role("heading", name="Mot de passe provisoire")).to_be_visible()


async def everybody(town: Town, visit: Visit, look: Look, device: Device) -> None:
    """One after the other."""
    for journey in (newcomer, agent, parent):
        visitor = await visit(device, reduced_motion="reduce")
        visitor.expects(STATUSES)
        await journey(town, visitor, look)


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=lambda device: device.name)
async def test_axe_finds_nothing(town: Town, visit: Visit, device: Device) -> None:
    found: list[str] = []

    async def look(name: str, page: Page) -> None:
        await page.emulate_media(color_scheme="light")
        found.extend(await violations(name, page))
        await page.emulate_media(color_scheme="dark")
        found.extend(await violations(f"{name}, in dark", page, COLOURS))

    await everybody(town, visit, look, device)
    assert found == []


async def test_no_page_is_wider_than_the_smallest_phone(town: Town, visit: Visit) -> None:
    wide: list[str] = []

    async def look(name: str, page: Page) -> None:
        over = await Visitor(page).sideways()
        if over > 0:
            wide.append(f"{name}: {over} px")

    await everybody(town, visit, look, SMALL)
    assert wide == []
