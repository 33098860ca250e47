"""Transactions, savepoints, what runs after a commit, and claims, on both databases."""

from __future__ import annotations

import asyncio
import contextvars
import shutil
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.exceptions import OperationalError, TransactionManagementError

from hub.config import ConfigError
from hub.config import Database as Settings
from hub.core.db import Database, instant, numbered
from hub.core.sqlite import ImmediateTransaction
from hub.dossier.models import Family
from tests.full_disk import files_no_larger_than

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NAME = "Essai"  # beside the families that live there
NOW = datetime(2026, 10, 22, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
INDEXES = {
    "inbound_mail_waiting", "inbound_mail_aside", "outbound_mail_waiting", "entry_received", "entry_sent",
    "entry_deleted", "entry_unread", "message_unannounced", "draft_answer", "document_waiting", "document_request",
    "inbound_mail_done",
}  # fmt: skip


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(Settings(url=database_url))
    await database.open()
    yield database
    await database.close()


async def add(number: str) -> Family:
    return await Family.create(number=number, name=NAME, created_at=NOW)


async def test_an_error_takes_everything_back(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            await add("1")
            raise ZeroDivisionError
    assert await Family.filter(name=NAME).count() == 0


@only_sqlite
async def test_a_commit_that_fails_is_told_as_such_and_swallows_nothing_that_comes_later(db: Database) -> None:
    await add("1")
    log = Path(db.settings.url.removeprefix("sqlite://") + "-wal")
    with files_no_larger_than(log.stat().st_size), pytest.raises(OperationalError):
        async with db.transaction():
            await add("2")
    await add("3")
    async with db.transaction():
        await add("4")
    assert await Family.filter(name=NAME).order_by("number").values_list("number", flat=True) == ["1", "3", "4"]


async def test_a_savepoint_fails_alone(db: Database) -> None:
    async with db.transaction():
        await add("1")
        with pytest.raises(ZeroDivisionError):
            async with db.transaction():
                await add("2")
                raise ZeroDivisionError
        await add("3")
    assert await Family.filter(name=NAME).order_by("number").values_list("number", flat=True) == ["1", "3"]


async def test_a_transaction_that_cannot_begin_stands_in_nobodys_way(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(_: object) -> None:
        raise TransactionManagementError("database is locked")

    for kind in ImmediateTransaction, TransactionWrapper:
        monkeypatch.setattr(kind, "begin", locked)
    for _ in range(db.settings.pool + 1):
        with pytest.raises(TransactionManagementError):
            async with db.transaction():
                pass
    monkeypatch.undo()
    assert not await Family.filter(name=NAME).exists(), "not by what never began"
    async with asyncio.timeout(5), db.transaction():
        await add("1")


async def test_what_was_promised_runs_after_the_commit_only(db: Database) -> None:
    seen: list[int] = []

    async def look() -> None:
        seen.append(await Family.filter(name=NAME).count())

    async with db.transaction():
        await db.after_commit(look)
        await add("1")
        assert seen == []
    assert seen == [1]
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            await db.after_commit(look)
            raise ZeroDivisionError
    assert seen == [1]


async def test_a_savepoint_that_fails_takes_its_promises_with_it(db: Database) -> None:
    seen: list[str] = []

    async def promise(name: str) -> None:
        async def keep() -> None:
            seen.append(name)

        await db.after_commit(keep)

    async with db.transaction():
        await promise("outer")
        with pytest.raises(ZeroDivisionError):
            async with db.transaction():
                await promise("inner")
                raise ZeroDivisionError
    assert seen == ["outer"]


async def test_two_claims_never_share_a_row(db: Database) -> None:
    for number in range(10):
        await db.execute(
            "INSERT INTO outbound_mail (key, kind, recipient, domain, envelope_from, message_id, blob, size, state, "
            "due_at, attempts, unknown, response, tell, created_at) "
            "VALUES (?, '', '', '', '', '', '', 0, 'queued', ?, 0, 0, '', '', ?)",
            str(number), NOW, NOW,
        )  # fmt: skip
    waiting = "state = 'queued' AND (leased_until IS NULL OR leased_until <= ?)"

    async def claim(now: datetime) -> list[int]:
        return await db.claim("outbound_mail", waiting, (now,), now + timedelta(minutes=5), 4)

    tasks = [asyncio.create_task(claim(NOW), context=contextvars.copy_context()) for _ in range(4)]
    claimed = [row for rows in await asyncio.gather(*tasks) for row in rows]
    assert len(claimed) == len(set(claimed)) == 10
    assert await claim(NOW) == []
    assert len(await claim(LATER)) == 4, "a lease that lapsed is free again"


@pytest.mark.parametrize(("table", "state"), [("inbound_mail", "received"), ("outbound_mail", "queued")])
async def test_a_claim_reads_the_index_of_what_waits_not_the_table(db: Database, table: str, state: str) -> None:
    if db.dialect != "sqlite":  # a planner that counts rows scans a table of none
        await db.execute("SET enable_seqscan = off")
    explain = "EXPLAIN QUERY PLAN" if db.dialect == "sqlite" else "EXPLAIN"
    where = f"state = '{state}' AND due_at <= ? AND (leased_until IS NULL OR leased_until <= ?)"
    plan = await db.rows(f"{explain} SELECT id FROM {table} WHERE {where} ORDER BY due_at, id LIMIT 50", NOW, NOW)
    assert f"{table}_waiting" in str(plan) and "SCAN" not in str(plan)


async def test_the_hand_written_indexes_exist(db: Database) -> None:
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index'",
        "postgres": "SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public'",
    }
    found = {row["name"] for row in await db.rows(names[db.dialect])}
    assert found >= INDEXES
    assert await db.pending() == []


async def test_instants_survive_a_raw_row(db: Database) -> None:
    at = datetime(2026, 10, 22, 8, 0, 0, 120_000, tzinfo=UTC)
    await Family.create(number="1", name=NAME, created_at=at)
    [row] = await db.rows(
        "SELECT created_at FROM family WHERE name = ? AND created_at >= ? AND created_at <= ?", NAME, at, at
    )
    assert instant(row["created_at"]) == at


def test_marks_are_numbered_for_postgres() -> None:
    assert numbered("a = ? AND b IN (?, ?)") == "a = $1 AND b IN ($2, $3)"


async def test_readers_do_not_wait_for_a_transaction_and_do_not_see_into_it(db: Database) -> None:
    written, read = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with db.transaction():
            await add("1")
            mine = await db.rows("SELECT number FROM family WHERE name = ?", NAME)
            assert mine == [{"number": "1"}]
            written.set()
            await read.wait()

    writer = asyncio.create_task(write(), context=contextvars.Context())
    await asyncio.wait_for(written.wait(), 10)
    assert await asyncio.wait_for(db.rows("SELECT number FROM family WHERE name = ?", NAME), 10) == []
    read.set()
    await writer
    assert await db.rows("SELECT number FROM family WHERE name = ?", NAME) == [{"number": "1"}]


async def test_of_selects_asked_at_once_each_gets_its_own_answer_or_error(db: Database) -> None:
    numbers = [db.rows("SELECT CAST(? AS INTEGER) AS n", n) for n in range(5)]
    *found, wrong = await asyncio.gather(*numbers, db.rows("SELECT nothing FROM nowhere"), return_exceptions=True)
    assert found == [[{"n": n}] for n in range(5)]
    assert isinstance(wrong, OperationalError)


@pytest.mark.parametrize(
    "where", ["sqlite://{}/no.sqlite3", "sqlite://{}", "sqlite://{}/no.sqlite3/x", "postgres://x:y@127.0.0.1:1/hub"]
)
async def test_a_database_that_cannot_be_opened_is_said_and_waited_for_by_nobody(tmp_path: Path, where: str) -> None:
    (tmp_path / "no.sqlite3").write_bytes(b"This is no database." * 1000)
    database = Database(Settings(url=where.format(tmp_path)))
    async with asyncio.timeout(10):
        with pytest.raises(ConfigError, match=r"database\.url"):
            await database.open()


@pytest.fixture
async def busy(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[tuple[Database, sqlite3.Connection]]:
    """A hub's database that waits 0.1 s for its turn, and another process that may take it."""
    shutil.copy(sqlite_template, tmp_path / "hub.sqlite3")
    database = Database(Settings(url=f"sqlite://{tmp_path}/hub.sqlite3"))
    await database.open()
    await database.execute("PRAGMA busy_timeout = 100")
    other = sqlite3.connect(tmp_path / "hub.sqlite3", isolation_level=None)
    yield database, other
    other.close()
    await database.close()


async def test_a_database_that_another_process_has_held_too_long_is_used_again(
    busy: tuple[Database, sqlite3.Connection],
) -> None:
    db, other = busy
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransactionManagementError, match="locked"):
        async with db.transaction():
            await add("1")
    other.execute("ROLLBACK")
    async with asyncio.timeout(5), db.transaction():
        await add("2")
    assert await Family.filter(name=NAME).values_list("number", flat=True) == ["2"]


async def test_who_gives_up_while_they_wait_for_their_turn_leaves_nothing_begun(
    busy: tuple[Database, sqlite3.Connection],
) -> None:
    db, other = busy
    await db.execute("PRAGMA busy_timeout = 1000")

    async def write() -> None:
        async with db.transaction():
            await add("1")

    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(write())
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.sleep(0)
    other.execute("ROLLBACK")
    with pytest.raises(asyncio.CancelledError):
        await waiting
    other.execute("BEGIN IMMEDIATE")  # nobody holds it
    other.execute("ROLLBACK")
    async with asyncio.timeout(5), db.transaction():
        await add("2")
    assert await Family.filter(name=NAME).values_list("number", flat=True) == ["2"]
