"""Tortoise's SQLite engine with transactions that begin IMMEDIATE, and instants that are read quickly.

A deferred BEGIN takes the write lock at the first write; two processes that read and then write both hold a read lock
and one of them fails at once, whatever busy_timeout says. BEGIN IMMEDIATE waits for its turn instead.

Instants and dates come out of the driver as such: tortoise would take each text apart with a regular expression.
"""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, date, datetime

import aiosqlite
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

TYPED = sqlite3.PARSE_DECLTYPES  # of a connection: columns declared TIMESTAMP or DATE are converted


def _instant(stored: bytes) -> datetime:
    at = datetime.fromisoformat(stored.decode())
    return at if at.tzinfo else at.replace(tzinfo=UTC)


sqlite3.register_converter("TIMESTAMP", _instant)
sqlite3.register_converter("DATE", lambda stored: date.fromisoformat(stored.decode()))


class ImmediateClient(SqliteClient):
    """SqliteClient whose outermost transactions begin IMMEDIATE."""

    async def create_connection(self, with_db: bool) -> None:
        """As tortoise does, but TYPED; and a connection that could not be set up is not kept."""
        if self._connection is None:
            connection = await aiosqlite.connect(self.filename, isolation_level=None, detect_types=TYPED)
            try:
                connection._conn.row_factory = sqlite3.Row
                for pragma, value in self.pragmas.items():
                    await connection.execute(f"PRAGMA {pragma}={value}")
            except BaseException:
                await connection.close()  # its thread would keep the process alive
                raise
            self._connection = connection
            await self._post_connect()

    def _in_transaction(self) -> TransactionContext:
        return ImmediateContext(ImmediateTransaction(self), self._lock)


class ImmediateContext(SqliteTransactionContext):
    """One that stands in nobody's way if it cannot begin: the lock is let go of, and its task sees the database."""

    __slots__ = ()

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        client: TransactionalDBClient = self.connection
        return client


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that owns the write lock from its first moment."""

    async def begin(self) -> None:
        """Raises TransactionManagementError when the lock cannot be had."""
        try:
            if self._connection.in_transaction:  # of somebody whose commit or rollback failed
                await self._connection.rollback()
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error
        except asyncio.CancelledError:
            await self._connection.rollback()  # its thread may begin all the same
            raise

    async def commit(self) -> None:
        """What cannot be committed is taken back at once: a statement outside transactions would land in it."""
        try:
            await super().commit()
        except sqlite3.Error:
            await self._connection.rollback()
            raise


client_class = ImmediateClient  # the name tortoise looks for in an engine module
