"""The fixed cast on a real hub: one town, two services, two families, a clock that moves when told.

`town` runs on SQLite and on PostgreSQL (the latter marked `servers`), with an SMTP sink for outgoing mail and workers
stepped by hand (`await town.hub.settle()`).
"""

from __future__ import annotations

import asyncio
import contextvars
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from hub.app import build
from hub.config import Config
from hub.config import Database as DatabaseSettings
from hub.core.clock import FrozenClock
from hub.core.db import Database
from tests.cast import Town, settings
from tests.servers.sink import Sink

pytest_plugins = ["tests.servers.fixtures"]
MORNING = datetime(2026, 10, 22, 8, 0, tzinfo=UTC)  # a Thursday, 10 h in town


async def migrate(url: str) -> None:
    """Bring an empty database up to date, in a task of its own: tortoise's context must not leak into tests."""

    async def run() -> None:
        database = Database(DatabaseSettings(url=url))
        await database.open()
        try:
            await database.migrate()
        finally:
            await database.close()

    await asyncio.create_task(run(), context=contextvars.Context())


@pytest_asyncio.fixture(scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    await migrate(f"sqlite://{path}")
    return path


@pytest_asyncio.fixture(scope="session")
async def postgres_template(request: pytest.FixtureRequest) -> str:
    """A migrated PostgreSQL database, to be copied."""
    url: str = request.getfixturevalue("postgres").create_database()
    await migrate(url)
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of each kind."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "hub.sqlite3")
        yield f"sqlite://{tmp_path / 'hub.sqlite3'}"
        return
    server = request.getfixturevalue("postgres")
    url = server.create_database(template=request.getfixturevalue("postgres_template"))
    yield url
    server.drop(url)


@pytest.fixture
def town_settings(database_url: str, tmp_path: Path, sink: Sink) -> Config:
    """The settings of the sample town; a test that needs others overrides this fixture."""
    return settings(database_url, tmp_path, sink.port)


@pytest.fixture
def clock() -> FrozenClock:
    """A Thursday morning."""
    return FrozenClock(MORNING)


@pytest_asyncio.fixture
async def town(town_settings: Config, clock: FrozenClock, sink: Sink) -> AsyncIterator[Town]:
    """The town, its people in it, nothing said yet."""
    async with build(town_settings, clock).opened() as hub:
        town = Town(hub, clock, sink)
        await town.settle_in()
        yield town
