"""The databases that are measured: a file of SQLite, and PostgreSQL as a town would run it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from tests.servers.daemon import ServerError
from tests.servers.postgres import Postgres

SQLITE, POSTGRES = "sqlite", "postgres"


class LeftOut(Exception):
    """A database cannot be measured here; the message says why."""


class DurablePostgres(Postgres):
    """The tests' PostgreSQL, but a commit means what it says, and memory is what a small server has."""

    in_memory = False

    def command(self) -> Sequence[str]:
        durable = ("fsync=on", "full_page_writes=on", "shared_buffers=256MB", "max_wal_size=4GB")
        return [*super().command(), *(part for setting in durable for part in ("-c", setting))]


@asynccontextmanager
async def postgres(given: str = "") -> AsyncIterator[str]:
    """The URL of a server on which databases may be made: `given`, or one of our own. Raises LeftOut."""
    if given:
        yield given
        return
    try:
        server = DurablePostgres()
    except ServerError as error:
        raise LeftOut(str(error)) from error
    with server:
        yield server.url


@asynccontextmanager
async def fresh(database: str, folder: Path, server: str = "") -> AsyncIterator[str]:
    """The URL of a new, empty database; it is gone afterwards. `server`: of PostgreSQL, as `postgres` gives it."""
    if database == SQLITE:
        yield f"sqlite://{folder / 'hub.sqlite3'}"
        return
    name = f"bench_{uuid.uuid4().hex[:12]}"
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
        yield f"{server.rpartition('/')[0]}/{name}"
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()
