"""The database: opening, transactions, work after commit, and explicit SQL for hot lists.

Tortoise keeps one global context per process; this file is the only one that knows.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote, urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection
from tortoise.exceptions import BaseORMException, OperationalError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.models import Model
from tortoise.transactions import in_transaction

from hub.config import ConfigError
from hub.config import Database as Settings
from hub.core.postgres import Connection
from hub.core.reader import Reader

ROOMS = ("mail", "dossier", "accounts", "mailbox", "actions")  # in the order in which they are migrated
LOCK = 0x687562  # any number, the same in every process of this product
READING = {"busy_timeout": 10_000, "cache_size": -32_000, "temp_store": "MEMORY", "mmap_size": 268_435_456}  # pragmas
RAW = (sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError)  # of COMMIT: tortoise hands them on as they are
UNREACHABLE = (OSError, *RAW, BaseORMException)
AfterCommit = Callable[[], Awaitable[None]]
Row = TypeVar("Row", bound=Model)
Also = Callable[[], Awaitable[None]]  # what a verb with slow parts does in its own transaction for its caller


class Counted(NamedTuple):
    """A question to the database whose answer is one number."""

    sql: str
    values: Sequence[Any] = ()


class Database:
    """One open database. `dialect` is "sqlite" or "postgres"."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.dialect = "sqlite" if settings.url.startswith("sqlite:") else "postgres"
        self._reader: Reader | None = None
        self._pending: ContextVar[dict[object, AfterCommit] | None] = ContextVar("after_commit", default=None)

    def beside(self, name: str) -> Path | None:
        """A folder for files that go with the database's own; None where it has none."""
        return beside(Path(self.settings.url.removeprefix("sqlite://")), name) if self.dialect == "sqlite" else None

    async def open(self) -> None:
        """Connect. Raises ConfigError when the database cannot be reached or used."""
        EXECUTOR_CACHE.clear()  # made SQL is kept by connection name, whatever the dialect: the last one may differ
        await Tortoise.init(config=tortoise_config(self.settings), _enable_global_fallback=True)
        try:
            if self.dialect == "sqlite":
                path = self.settings.url.removeprefix("sqlite://")
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                self._reader = Reader(path, READING)
            # Now: tortoise would connect at the first query, and one that fails then keeps its lock for ever
            await get_connection("default").create_connection(with_db=True)
        except UNREACHABLE as error:
            await self.close()
            raise ConfigError(f"database.url : la base de données ne s’ouvre pas : {error}") from error

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        """Connected until the block ends; of somebody who needs nothing else of a hub."""
        try:
            await self.open()
            yield self
        finally:
            await self.close()

    async def close(self) -> None:
        """Let go of every connection; without it a SQLite thread keeps the process alive."""
        if self._reader is not None:
            await self._reader.close()
        await Tortoise.close_connections()

    async def migrate(self) -> list[str]:
        """Bring the tables up to date; the names of the migrations that were applied."""
        applied: list[str] = []

        def note(event: str, room: str, name: str) -> None:
            if event == "apply_done":
                applied.append(f"{room}.{name}")

        async with self._alone():
            await self._migrations().migrate(progress=note)
        return applied

    async def pending(self) -> list[str]:
        """The migrations that are not applied yet."""
        return [f"{step.migration.app_label}.{step.migration.name}" for step in await self._migrations().plan()]

    async def lock(self, about: str = "hub") -> None:
        """One transaction at a time about the same thing, from here to its end. BEGIN IMMEDIATE already means that."""
        await self.lock_each([about])

    async def lock_each(self, abouts: Collection[str]) -> None:
        """The same for several things at once; in one order, so that no two wait for each other."""
        if self.dialect == "postgres" and abouts:
            await self.rows(
                "SELECT pg_advisory_xact_lock(key) FROM (SELECT hashtextextended(about, 0) AS key "
                "FROM unnest(?::text[]) AS about ORDER BY 1) AS keys",
                list(abouts),
            )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All or nothing. Inside another one it is a savepoint. Raises OperationalError when it cannot be committed."""
        outer = self._pending.get()
        if outer is not None:
            async with self._savepoint(outer):
                yield
            return
        pending: dict[object, AfterCommit] = {}
        token = self._pending.set(pending)
        try:
            async with in_transaction():
                yield
        except RAW as error:
            raise OperationalError(error) from error
        finally:
            self._pending.reset(token)
        for call in pending.values():
            await call()

    @asynccontextmanager
    async def _savepoint(self, pending: dict[object, AfterCommit]) -> AsyncIterator[None]:
        """A nested transaction whose promises are forgotten when it is rolled back."""
        kept = set(pending)
        try:
            async with in_transaction():
                yield
        except BaseException:
            for promise in pending.keys() - kept:
                del pending[promise]
            raise

    async def after_commit(self, call: AfterCommit, once: str = "") -> None:
        """Run `call` once the current transaction is durable; at once when there is none.

        `once`: a name under which a transaction runs only the first of many calls that all do the same.
        """
        pending = self._pending.get()
        if pending is None:
            await call()
        else:
            pending.setdefault(once or object(), call)

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of one statement whose parameters are written `?` in both dialects.

        On SQLite a SELECT outside a transaction waits for no writer (see Reader).
        """
        if self._reader is not None and self._pending.get() is None and sql.startswith("SELECT"):
            return await self._reader.rows(sql, values)
        return await get_connection("default").execute_query_dict(self._marks(sql), list(values))

    async def models(self, model: type[Row], where: str, *values: Any) -> list[Row]:
        """Rows of a table as the ORM's objects, by a condition in SQL.

        For what stands on the way of every mail: the ORM takes longer to word such a query than the database to answer.
        """
        rows = await self.rows(f"SELECT * FROM {model._meta.db_table} WHERE {where}", *values)
        return [model._init_from_db(**row) for row in rows]

    async def by_id(self, model: type[Row], ids: Collection[int]) -> dict[int, Row]:
        """Rows of a table by their ids, those that there are."""
        found = await self.models(model, f"id IN ({marks([*ids])})", *ids) if ids else []
        return {row.pk: row for row in found}

    async def execute(self, sql: str, *values: Any) -> int:
        """Run one statement; how many rows it touched."""
        count, _ = await get_connection("default").execute_query(self._marks(sql), list(values))
        return count

    async def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row of values."""
        if rows:
            await get_connection("default").execute_many(self._marks(sql), [list(row) for row in rows])

    async def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], returning: str, clash: str = ""
    ) -> list[dict[str, Any]]:
        """Rows in one statement, which alone is a commit when no transaction is open; what it returns of the new ones.

        `clash`: what to do about a row that is there already, as ON CONFLICT says it. Together they may have at most
        30 000 values.
        """
        row = f"({marks(columns)})"
        return await self.rows(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * len(rows))} {clash} "
            f"RETURNING {returning}",
            *chain.from_iterable(rows),
        )

    async def claim(
        self, table: str, where: str, values: Sequence[Any], lease: datetime, limit: int, order: str = "id"
    ) -> list[int]:
        """Take up to `limit` rows that match and lease them until `lease`: their ids, in `order`.

        One conditional UPDATE, so that any number of processes may claim at once; whoever dies lets its lease lapse.
        """
        lock = " FOR UPDATE SKIP LOCKED" if self.dialect == "postgres" else ""
        found = await self.rows(
            f"UPDATE {table} SET leased_until = ?, attempts = attempts + 1 WHERE id IN "
            f"(SELECT id FROM {table} WHERE {where} ORDER BY {order} LIMIT {limit}{lock}) RETURNING id",
            lease,
            *values,
        )
        return sorted(row["id"] for row in found)

    def _migrations(self) -> MigrationExecutor:
        return MigrationExecutor(get_connection("default"), tortoise_config(self.settings)["apps"])

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Two processes that start at once migrate one after the other. The lock goes with its connection."""
        if self.dialect == "sqlite":
            yield
            return
        connection = await asyncpg.connect(self.settings.url)
        try:
            await connection.execute(f"SELECT pg_advisory_lock({LOCK})")
            yield
        finally:
            await connection.close()

    def _marks(self, sql: str) -> str:
        return numbered(sql) if self.dialect == "postgres" else sql


def beside(file: Path, name: str) -> Path:
    """A folder for files that go with a SQLite database, named after it as SQLite names its own."""
    return file.with_name(f"{file.name}-{name}")


def tortoise_config(settings: Settings) -> dict[str, Any]:
    """What Tortoise wants to know: one app per room, each with its own migrations."""
    return {
        "connections": {"default": _connection(settings)},
        "apps": {room: {"models": [f"hub.{room}.models"], "migrations": f"hub.{room}.migrations"} for room in ROOMS},
        "use_tz": True,
        "timezone": "UTC",
    }


def _connection(settings: Settings) -> dict[str, Any]:
    url = urlsplit(settings.url)
    if url.scheme == "sqlite":
        return {"engine": "hub.core.sqlite", "credentials": _sqlite(settings.url)}
    return {
        "engine": "hub.core.postgres",
        "credentials": {
            "host": url.hostname,
            "port": url.port or 5432,
            "user": unquote(url.username or ""),
            "password": unquote(url.password or ""),
            "database": url.path.lstrip("/"),
            "minsize": 1,
            "maxsize": settings.pool,
            "connection_class": Connection,
        },
    }


def _sqlite(url: str) -> dict[str, Any]:
    """synchronous=FULL: "stored" must survive a power cut, not only a crash of the process."""
    return READING | {
        "file_path": url.removeprefix("sqlite://"),
        "journal_mode": "WAL",
        "wal_autocheckpoint": 4_000,  # pages: mails that come one after the other change the same ones again and again
        "journal_size_limit": 64 * 1024 * 1024,
        "foreign_keys": "ON",
        "synchronous": "FULL",
    }


@lru_cache(maxsize=512)
def numbered(sql: str) -> str:
    """`?` marks as `$1`, `$2`… (our SQL holds no literal question mark)."""
    count = iter(range(1, sql.count("?") + 1))
    return re.sub(r"\?", lambda _: f"${next(count)}", sql)


def marks(values: Sequence[Any]) -> str:
    """`?, ?, ?` for an IN list; `NULL` for none, which matches nothing."""
    return ", ".join("?" * len(values)) or "NULL"


def instant(value: datetime | str | None) -> datetime | None:
    """An instant out of a raw row: PostgreSQL gives a datetime, SQLite its text."""
    if value is None or isinstance(value, datetime):
        return value
    parsed = datetime.fromisoformat(value)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def known(value: datetime | str) -> datetime:
    """`instant` of a column that is never null."""
    at = instant(value)
    assert at is not None
    return at
