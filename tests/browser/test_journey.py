"""The whole journey at a real browser, with the agent's real mail server at the other end."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec.structs import replace
from playwright.async_api import CDPSession, expect

from hub.app import build
from hub.core.clock import Clock
from hub.mail import parse
from tests.browser.conftest import Visit
from tests.browser.visitor import DESKTOP, NEW, PERISCOLAIRE, PHONE, Device, Visitor, paper
from tests.cast import NORA, Town, meet, settings
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.stories.test_real_servers import answer, hub_mailbox

pytestmark = pytest.mark.servers
FILES = [paper(f"pièce {number}.pdf", 300_000) for number in range(1, 6)]
SLOW = 1_500_000  # bytes a second, so that there is progress to see


@pytest_asyncio.fixture
async def town(database_url: str, tmp_path: Path, dovecot: Dovecot, postfix: Postfix) -> AsyncIterator[Town]:
    """The town as in production: its mail goes out through Postfix and comes in from Dovecot."""
    config = settings(database_url, tmp_path, postfix.port)
    config = replace(config, mail=replace(config.mail, imap=(hub_mailbox(dovecot),)))
    async with build(config, Clock()).opened() as hub:
        yield await meet(hub, None, None)  # type: ignore[arg-type]  # neither clock nor sink is made up here


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=lambda device: device.name)
async def test_by_keyboard_from_login_to_the_answer(
    device: Device, visit: Visit, dovecot: Dovecot, postfix: Postfix
) -> None:
    marie = await visit(device)
    await _log_in(marie)
    await _write(marie)
    await _send(marie)
    await _look_into_envoyes(marie)
    received = parse.read(await dovecot.wait_for(NORA, lambda mail: b"-Subject" not in mail and b"jeudi" in mail))
    assert [file.filename for file in received.attachments] == [file["name"] for file in FILES]

    paul = await visit(PHONE)
    await paul.login("pdurand")
    await paul.open("/messagerie")
    await _answer(postfix, received, "Oui, c’est noté pour jeudi.")
    await expect(marie.bubbles).to_have_text([re.compile("mangera"), "Oui, c’est noté pour jeudi."])
    await expect(paul.rows.first).to_contain_text("Oui, c’est noté pour jeudi.")
    await expect(paul.badge).to_have_text("1")
    await expect(marie.badge).to_have_text("")

    await marie.page.context.set_offline(True)
    marie.expects("ERR_INTERNET_DISCONNECTED")
    await _answer(postfix, received, "Prévoyez un pique-nique.")
    await expect(paul.rows.first).to_contain_text("Prévoyez un pique-nique.")
    await expect(marie.bubbles).to_have_count(2)
    await marie.page.context.set_offline(False)
    await expect(marie.bubbles.last).to_have_text("Prévoyez un pique-nique.")


async def _log_in(visitor: Visitor) -> None:
    await visitor.open("/messagerie")
    keyboard = visitor.page.keyboard
    await visitor.tab_to(visitor.page.get_by_label("Nom d'utilisateur"))
    await keyboard.type("mdurand")
    await visitor.tab_to(visitor.page.get_by_label("Mot de passe", exact=True))
    await keyboard.type("Tilleul-2026")
    await visitor.tab_to(visitor.page.get_by_label("Se rappeler de moi"))
    await keyboard.press("Space")
    await keyboard.press("Enter")
    await expect(visitor.page).to_have_url(re.compile("/messagerie$"))
    await expect(visitor.page.get_by_text("Aucun message reçu")).to_be_visible()


async def _write(visitor: Visitor) -> None:
    page, keyboard = visitor.page, visitor.page.keyboard
    await visitor.tab_to(visitor.link("Envoyer un message"))
    await keyboard.press("Enter")
    await page.wait_for_url(f"**{NEW}")
    page.on("filechooser", lambda chooser: None)  # begins to intercept: told of only by then, the browser may be late
    await visitor.tab_to(page.get_by_role("radio", name=PERISCOLAIRE))
    await keyboard.press("Space")
    await visitor.tab_to(page.get_by_label("Thème"))
    await keyboard.type("1")
    await visitor.tab_to(page.get_by_label("Objet"))
    await keyboard.type("Été à la cantine")
    await visitor.tab_to(visitor.message)
    await keyboard.type("Bonjour, Léo mangera-t-il jeudi ?")
    await visitor.tab_to(visitor.button("Choisir des fichiers"))
    async with page.expect_file_chooser() as chooser:
        await keyboard.press("Enter")
    await (await chooser.value).set_files(FILES)
    await expect(page.locator(".chosen .chip")).to_have_count(5)


async def _send(visitor: Visitor) -> None:
    """Over a slow line: progress is shown, then the confirmation with its reference."""
    page = visitor.page
    line = await _slowed(visitor)
    await visitor.tab_to(visitor.button("Envoyer"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("progressbar")).to_be_visible()
    await expect(page.get_by_text(re.compile(r"Envoi en cours… \d+\s%"))).to_be_visible()
    await expect(page.get_by_role("heading", name="Votre message est envoyé")).to_be_visible()
    await expect(page.locator(".receipt")).to_contain_text(re.compile(r"20\d\d-\d{6}"))
    for file in FILES:
        await expect(page.locator(".receipt")).to_contain_text(file["name"])
    await line.detach()


async def _slowed(visitor: Visitor) -> CDPSession:
    line = await visitor.page.context.new_cdp_session(visitor.page)
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": SLOW}
    await line.send("Network.emulateNetworkConditions", conditions)
    return line


async def _look_into_envoyes(visitor: Visitor) -> None:
    await visitor.tab_to(visitor.link("Retour à la messagerie"))
    await visitor.page.keyboard.press("Enter")
    await visitor.tab_to(visitor.link("Envoyés"))
    await visitor.page.keyboard.press("Enter")
    await visitor.tab_to(visitor.link("Été à la cantine"))
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.page.get_by_role("heading", name="Été à la cantine")).to_be_visible()
    await expect(visitor.page.locator(".message .chip")).to_have_count(5)


async def _answer(postfix: Postfix, received: parse.ParsedMail, text: str) -> None:
    await answer(postfix, received, NORA, text)
