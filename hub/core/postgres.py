"""Connections to PostgreSQL as the pool hands them out."""

from __future__ import annotations

import asyncpg


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """One that goes back to the pool without a round trip.

    asyncpg resets the session each time (advisory locks, cursors, LISTEN, settings); nothing here outlives its
    transaction, and a transaction left open is rolled back all the same.
    """

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""
