"""Reading a SQLite database beside its one writer.

Tortoise keeps one connection, and a transaction holds it: whoever looks at a page would wait for whoever writes. In WAL
mode readers need not wait, so SELECTs outside transactions go to connections of their own. What is asked for in one
turn of the event loop crosses to a thread in one go: the crossing costs more than most of our queries.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from tortoise.exceptions import OperationalError

from hub.core.sqlite import TYPED

THREADS = 2  # so that a long search does not hold up a page
Rows = list[dict[str, Any]]


class _Asked(NamedTuple):
    sql: str
    values: Sequence[Any]
    answer: asyncio.Future[Rows]


class Reader:
    """A few connections that only read. Open until closed."""

    def __init__(self, path: str, pragmas: Mapping[str, Any]) -> None:
        self._path = path
        self._pragmas = dict(pragmas) | {"query_only": "ON"}
        self._pool = ThreadPoolExecutor(THREADS, "sqlite-reader")
        self._mine = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._asked: list[_Asked] = []

    async def rows(self, sql: str, values: Sequence[Any]) -> Rows:
        """The rows of a SELECT. Raises OperationalError."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Rows] = loop.create_future()
        self._asked.append(_Asked(sql, values, answer))
        if len(self._asked) == 1:
            loop.call_soon(self._send, loop)
        return await answer

    async def close(self) -> None:
        """Let go of every connection, once what was asked is answered."""
        await asyncio.to_thread(self._pool.shutdown)
        for connection in self._connections:
            connection.close()

    def _send(self, loop: asyncio.AbstractEventLoop) -> None:
        asked, self._asked = self._asked, []
        try:
            self._pool.submit(self._answer, loop, asked)
        except RuntimeError as closed:
            _hand_over(asked, [OperationalError(closed)] * len(asked))

    def _answer(self, loop: asyncio.AbstractEventLoop, asked: Sequence[_Asked]) -> None:
        found = [self._found(each) for each in asked]
        loop.call_soon_threadsafe(_hand_over, asked, found)

    def _found(self, asked: _Asked) -> Rows | BaseException:
        try:
            return list(map(dict, self._connection().execute(asked.sql, asked.values)))
        except sqlite3.Error as error:
            return OperationalError(error)
        except BaseException as error:  # whoever asked gets it: nobody looks at what a thread raises
            return error

    def _connection(self) -> sqlite3.Connection:
        """This thread's own."""
        connection: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, isolation_level=None, detect_types=TYPED, check_same_thread=False)
            connection.row_factory = sqlite3.Row
            for name, value in self._pragmas.items():
                connection.execute(f"PRAGMA {name}={value}")
            self._mine.connection = connection
            self._connections.append(connection)
        return connection


def _hand_over(asked: Sequence[_Asked], found: Sequence[Rows | BaseException]) -> None:
    for each, result in zip(asked, found, strict=True):
        if each.answer.done():  # whoever asked has gone away
            continue
        if isinstance(result, BaseException):
            each.answer.set_exception(result)
        else:
            each.answer.set_result(result)
