"""Tortoise's PostgreSQL engine: connections as the pool hands them out, and transactions that may fail to begin."""

from __future__ import annotations

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """One that goes back to the pool without a round trip.

    asyncpg resets the session each time (advisory locks, cursors, LISTEN, settings); nothing here outlives its
    transaction, and a transaction left open is rolled back all the same.
    """

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


class Client(AsyncpgDBClient):
    """AsyncpgDBClient whose outermost transactions stand in nobody's way if they cannot begin."""

    def _in_transaction(self) -> TransactionContext:
        return PooledContext(TransactionWrapper(self), self._pool_init_lock)


class PooledContext(TransactionContextPooled):
    """Of a transaction that does not begin, the connection goes back, and its task sees the database again."""

    __slots__ = ()

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self.client._parent._pool
        self.client._connection = await pool.acquire()
        try:
            await self.client.begin()
        except BaseException:
            await pool.release(self.client._connection)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client


client_class = Client  # the name tortoise looks for in an engine module
