"""0003 on a database that people live in already: nobody is lost, and an account may do without an address."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tortoise.connection import get_connection
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from hub.app import Hub, build
from hub.core.db import tortoise_config
from tests.cast import settings

pytestmark = pytest.mark.long
BEFORE = ("accounts", "0002_coming_in")
AT = "2026-10-22 08:00:00+00:00"
ROWS = (
    f"INSERT INTO family (number, name, created_at) VALUES ('1234', 'Durand', '{AT}')",
    "INSERT INTO guardian (family_id, rank, civility, first_name, last_name) VALUES (1, 1, 'Mme', 'Marie', 'Durand')",
    "INSERT INTO guardian (family_id, rank, civility, first_name, last_name) VALUES (1, 2, 'M.', 'Paul', 'Durand')",
    "INSERT INTO account (guardian_id, family_id, login, name, email, password, created_at) "
    f"VALUES (1, 1, 'mdurand', 'Marie Durand', 'marie@famille.test', 'x', '{AT}')",
    "INSERT INTO session (token, account_id, remember, created_at, seen_at, expires_at) "
    f"VALUES ('{'a' * 64}', 1, FALSE, '{AT}', '{AT}', '{AT}')",
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite://{tmp_path / 'hub.sqlite3'}"
    url: str = request.getfixturevalue("postgres").create_database()
    return url


async def on(url: str, folder: Path, what: Callable[[Hub], Awaitable[None]]) -> None:
    """In a task of its own: tortoise's context must not leak into other tests."""

    async def run() -> None:
        async with build(settings(url, folder, 0)).opened() as hub:
            await what(hub)

    await asyncio.create_task(run(), context=contextvars.Context())


async def test_everybody_is_still_there(empty: str, tmp_path: Path) -> None:
    async def before(hub: Hub) -> None:
        apps = tortoise_config(hub.core.config.database)["apps"]
        await MigrationExecutor(get_connection("default"), apps).migrate([MigrationTarget(*BEFORE)])
        for row in ROWS:
            await hub.core.db.execute(row)

    async def after(hub: Hub) -> None:
        assert "accounts.0003_secure" in await hub.core.db.migrate()
        db = hub.core.db
        [account] = await db.rows("SELECT login, email, totp_step, provisional_until FROM account")
        assert account == {
            "login": "mdurand", "email": "marie@famille.test", "totp_step": 0, "provisional_until": None,
        }  # fmt: skip
        assert len(await db.rows("SELECT id FROM session WHERE account_id = 1")) == 1
        insert = (
            "INSERT INTO account (guardian_id, family_id, login, name, email, password, created_at) "
            "VALUES (2, 1, 'pdurand', 'Paul Durand', {email}, 'x', '" + AT + "')"
        )
        with pytest.raises(Exception, match=r"(?i)unique"):
            await db.execute(insert.format(email="'marie@famille.test'"))
        await db.execute(insert.format(email="NULL"))
        if db.dialect == "sqlite":
            assert await db.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
            assert await db.rows("PRAGMA foreign_key_check") == []

    await on(empty, tmp_path, before)
    await on(empty, tmp_path, after)


async def test_it_reads_the_same_after_it_was_opened_anew(empty: str, tmp_path: Path) -> None:
    async def migrated(hub: Hub) -> None:
        await hub.core.db.migrate()

    async def again(hub: Hub) -> None:
        assert await hub.core.db.pending() == []
        for row in ROWS[:3]:
            await hub.core.db.execute(row)
        await hub.core.db.execute(ROWS[3].replace("'marie@famille.test'", "NULL"))

    await on(empty, tmp_path, migrated)
    await on(empty, tmp_path, again)
