"""The parents' door, open, and people standing before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec.structs import replace

from hub.accounts.models import Account
from hub.config import Config, Dossier
from tests.cast import Town, settings
from tests.servers.sink import Sink
from tests.web.browser import Browser

Arrive = Callable[..., Awaitable[Browser]]


@pytest.fixture
def rules() -> Dossier:
    """What of the file guardians change by themselves; a test that needs more overrides this fixture."""
    return Dossier()


@pytest.fixture
def town_settings(database_url: str, tmp_path: Path, sink: Sink, rules: Dossier) -> Config:
    """The settings of the sample town, with these rules."""
    return replace(settings(database_url, tmp_path, sink.port), dossier=rules)


@pytest_asyncio.fixture
async def door(town: Town) -> AsyncIterator[str]:
    """The address of the open door."""
    async with town.hub.serving() as port:
        yield f"http://127.0.0.1:{port}/"


@pytest_asyncio.fixture
async def arrive(town: Town, door: str) -> AsyncIterator[Arrive]:
    """`await arrive()`: a fresh browser; `await arrive("mdurand")`: one that is logged in."""
    browsers: list[Browser] = []

    async def arrived(name: str = "", proxied_for: str = "") -> Browser:
        browser = Browser(door, proxied_for)
        browsers.append(browser)
        if name:
            session = await town.hub.sessions.begin(await Account.get(login=name))
            browser.carry(town.hub.core.config, session)
        return browser

    yield arrived
    for browser in browsers:
        await browser.close()


@pytest_asyncio.fixture
async def marie(arrive: Arrive) -> Browser:
    return await arrive("mdurand")


@pytest_asyncio.fixture
async def lea(arrive: Arrive) -> Browser:
    """Of another family."""
    return await arrive("lmartin")


@pytest.fixture
def anyone(arrive: Arrive) -> Arrive:
    """Reads better where nobody is logged in."""
    return arrive
