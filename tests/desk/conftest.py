"""The agents' door, open, and agents before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio

from hub.mail.models import InboundMail
from tests.cast import KARIM, NORA, PASSWORD, Town
from tests.web.browser import Browser, Page

HOME, LOGIN, START = "/bureau/quarantaine", "/bureau/connexion", "/bureau/conversations"
Arrive = Callable[..., Awaitable[Browser]]


@pytest_asyncio.fixture
async def door(town: Town) -> AsyncIterator[str]:
    """The address of the open door; Nora and Karim have passwords."""
    await town.hub.people.add_agent("Nora Lambert", NORA, PASSWORD, ("n.lambert@ville.test",))
    await town.hub.people.add_agent("Karim Haddad", KARIM, PASSWORD)
    async with town.hub.serving() as port:
        yield f"http://127.0.0.1:{port}/"


@pytest_asyncio.fixture
async def arrive(town: Town, door: str) -> AsyncIterator[Arrive]:
    """`await arrive()`: a fresh browser; `await arrive(NORA)`: one in which that agent is logged in."""
    browsers: list[Browser] = []

    async def arrived(email: str = "") -> Browser:
        browser = Browser(door)
        browsers.append(browser)
        if email:
            session = await town.hub.sessions.begin(await town.agent(email))
            browser.carry(town.hub.core.config, session)
        return browser

    yield arrived
    for browser in browsers:
        await browser.close()


@pytest_asyncio.fixture
async def nora(arrive: Arrive) -> Browser:
    return await arrive(NORA)


@pytest_asyncio.fixture
async def karim(arrive: Arrive) -> Browser:
    return await arrive(KARIM)


async def enter(browser: Browser, email: str, password: str = PASSWORD, url: str = LOGIN) -> Page:
    """Fill in the login page that `url` leads to."""
    page = await browser.get(url)
    return await browser.press(page, LOGIN, identifiant=email, mot_de_passe=password)


async def asked(town: Town) -> int:
    """Marie has asked, Nora's answer came without proof: the id of the mail that is held."""
    await town.write("Bonjour, peut-on changer la cantine ?")
    await town.hub.settle()
    await town.arrive(town.answer(town.mails(NORA)[0], NORA, "Oui, c’est possible.", results=""))
    return (await InboundMail.get(state="held")).id


async def junk(town: Town, subject: str = "Promotion", text: str = "Achetez") -> int:
    """A stranger's mail in quarantine."""
    await town.arrive(town.fresh("eve@ailleurs.test", "periscolaire@hub.test", subject, text, results=""))
    found = await InboundMail.all().order_by("-id").first()
    assert found is not None and found.state == "quarantined"
    return found.id
