"""One Chromium for all; a context of its own for each visitor; nobody's console may hold a word at the end."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from hub.mail.parse import ParsedMail
from tests.browser.visitor import DESKTOP, Device, Visitor
from tests.cast import Town

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 10_000  # ms
Visit = Callable[..., Awaitable[Visitor]]


@pytest_asyncio.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's browser, without a window."""
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What the pages stand on makes no difference to a browser."""
    shutil.copy(sqlite_template, tmp_path / "hub.sqlite3")
    return f"sqlite://{tmp_path / 'hub.sqlite3'}"


@pytest_asyncio.fixture
async def door(town: Town) -> AsyncIterator[str]:
    """The address of the town's door, its workers running behind it."""
    async with town.hub.working(), town.hub.serving() as port:
        yield f"http://127.0.0.1:{port}"


async def _left(context: BrowserContext) -> None:
    """Chromium may never answer to being asked to close a window; the run ends it in any case."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE / 1000):
            await context.close()


@pytest_asyncio.fixture
async def visit(chromium: Browser, door: str) -> AsyncIterator[Visit]:
    """`await visit(device, **context)`: a new visitor, at whatever `context` of playwright they have."""
    visitors: list[Visitor] = []
    async with AsyncExitStack() as stack:

        async def arrive(device: Device = DESKTOP, **context: object) -> Visitor:
            opened = await chromium.new_context(
                base_url=door,
                viewport=device.size,
                has_touch=device.touch,
                is_mobile=device.touch,
                locale="fr-FR",
                timezone_id="Europe/Paris",
                **context,  # type: ignore[arg-type]
            )
            stack.push_async_callback(_left, opened)
            opened.set_default_timeout(PATIENCE)
            visitors.append(Visitor(await opened.new_page()))
            return visitors[-1]

        yield arrive
    for visitor in visitors:
        assert visitor.complaints == []


async def received(town: Town, address: str) -> ParsedMail:
    """The first mail that reaches an address."""
    while not (mails := town.mails(address)):
        await town.sink.wait_for(len(town.sink.mails) + 1)
    return mails[0]
