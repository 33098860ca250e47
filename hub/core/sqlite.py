"""Tortoise's SQLite engine with transactions that begin IMMEDIATE.

A deferred BEGIN takes the write lock at the first write; two processes that read and then write both hold a read lock
and one of them fails at once, whatever busy_timeout says. BEGIN IMMEDIATE waits for its turn instead.
"""

from __future__ import annotations

import sqlite3

from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.exceptions import TransactionManagementError


class ImmediateClient(SqliteClient):
    """SqliteClient whose outermost transactions begin IMMEDIATE."""

    def _in_transaction(self) -> TransactionContext:
        return SqliteTransactionContext(ImmediateTransaction(self), self._lock)


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that owns the write lock from its first moment."""

    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise TransactionManagementError(error) from error


client_class = ImmediateClient  # the name tortoise looks for in an engine module
