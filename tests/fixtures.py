"""The fixed cast on a real hub: one town, two services, two families, a clock that moves when told.

`town` runs on SQLite and on PostgreSQL (the latter marked `servers`), with an SMTP sink for outgoing mail and workers
stepped by hand (`await town.hub.settle()`).
"""

from __future__ import annotations

import asyncio
import contextvars
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType

import hypothesis
import pytest
import pytest_asyncio
import structlog
from aiohttp.web_app import _cached_build_middleware
from argon2 import PasswordHasher
from jinja2 import Environment
from tortoise.apps import Apps
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection

from hub.accounts import passwords, renewal
from hub.app import build
from hub.config import Config
from hub.core import db
from hub.core.clock import FrozenClock
from hub.web.folding import FoldingEnvironment
from tests.cast import Town, meet, move_in, settings
from tests.servers.sink import Sink

pytest_plugins = ["tests.servers.fixtures"]
SECRET = b"what a town makes once, and waits for its disk to keep"
MORNING = datetime(2026, 10, 22, 8, 0, tzinfo=UTC)  # a Thursday, 10 h in town


# A slow machine is no failure of what is tested.
hypothesis.settings.register_profile("hub", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("hub")


# Towns are made by the hundred, and each would compile its templates anew: for as long as the addresses of the files
# that are folded into them stay the same, once is enough.
_COMPILED: dict[tuple[object, ...], CodeType] = {}
_compile = Environment.compile


def _compile_once(self: Environment, source: str, name: str | None = None, filename: str | None = None) -> CodeType:
    if filename is None:
        return _compile(self, source)
    folded = self.constant["static"]("town.css") if isinstance(self, FoldingEnvironment) else ""
    key = (folded, self.autoescape, source, filename)
    if key not in _COMPILED:
        _COMPILED[key] = _compile(self, source, name, filename)
    return _COMPILED[key]


Environment.compile = _compile_once  # type: ignore[assignment,method-assign]

# Nor does tortoise have to lay out the same models anew for each town and write the same SQL for them, while they stay
# on the same kind of database.
_laid_out: set[object] = set()
_lay_out = Apps._build_initial_querysets


def _lay_out_once(self: Apps) -> None:
    engine = get_connection("default").executor_class
    if engine not in _laid_out:
        EXECUTOR_CACHE.clear()
        _lay_out(self)
        _laid_out.clear()
        _laid_out.add(engine)


Apps._build_initial_querysets = _lay_out_once  # type: ignore[method-assign]
db.EXECUTOR_CACHE = {}  # of which a town that opens lets go

# Guessing costs nothing here, or thousands of logins would cost most of the tests' time. What it costs in a town is
# looked at by tests/accounts/test_passwords.py.
passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

# Everybody waits this long for "Mot de passe oublié"; one test looks at it (tests/stories/test_coming_in.py).
renewal.ALIKE = 0.02

# The tracebacks that some tests provoke, without the colours that take a second each.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.format_exc_info,
        structlog.dev.ConsoleRenderer(colors=False),
    ]
)

# No test of this process cuts the power: its databases need not wait for the disk.
_pragmas = db._sqlite
db._sqlite = lambda url: _pragmas(url) | {"synchronous": "OFF"}


async def people(url: str, folder: Path) -> None:
    """Bring an empty database up to date and let the cast move in.

    In a task of its own: tortoise's context must not leak into tests.
    """

    async def run() -> None:
        async with build(settings(url, folder, 0), FrozenClock(MORNING)).opened() as hub:
            await hub.core.db.migrate()
            await move_in(hub)

    await asyncio.create_task(run(), context=contextvars.Context())


@pytest_asyncio.fixture(scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the cast in it, to be copied. Of several processes of pytest the first one makes it."""
    folder = tmp_path_factory.mktemp("sqlite")
    shared = tmp_path_factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    template = shared / "template.sqlite3"
    with (shared / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            await people(f"sqlite://{folder / 'made.sqlite3'}", folder)
            (folder / "made.sqlite3").rename(template)
    return template


@pytest_asyncio.fixture(scope="session")
async def postgres_template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PostgreSQL database with the cast in it, to be copied."""
    url: str = request.getfixturevalue("postgres").create_database()
    await people(url, tmp_path_factory.mktemp("postgres"))
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=[pytest.mark.servers, pytest.mark.database])])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind, the cast in it and nothing said yet."""
    (tmp_path / "secret.key").write_bytes(SECRET)
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
        yield await meet(hub, clock, sink)
    _cached_build_middleware.cache_clear()  # in which aiohttp keeps the doors of hundreds of towns
