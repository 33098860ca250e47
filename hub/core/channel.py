"""Small notices between the parts of the hub: wake-ups for workers, events for open pages.

Delivery is best effort: a notice only shortens a wait, the database is the truth. In one process it is a function
call; on PostgreSQL it travels by LISTEN/NOTIFY to every process of the town.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import asyncpg
import structlog

Notice = dict[str, Any]
Listener = Callable[[Notice], None]
APART = 0.02  # seconds between two wake-ups of the same process by another
RESYNC = {"resync": True}  # told after a reconnection: something may have been missed
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)  # what a server that is gone raises
log = structlog.get_logger(__name__)


class Channel:
    """In-process notices, by topic."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}

    async def open(self) -> None:
        """Start hearing."""

    async def close(self) -> None:
        """Stop hearing."""

    def listen(self, topic: str, listener: Listener) -> Callable[[], None]:
        """Call `listener` for each notice on `topic`, and for a resync; returns how to stop."""
        listeners = self._listeners.setdefault(topic, set())
        listeners.add(listener)
        return lambda: listeners.discard(listener)

    async def publish(self, topic: str, notice: Notice) -> None:
        """Tell everyone who listens. Call it after commit."""
        await self.publish_all([(topic, notice)])

    async def wake(self, topic: str) -> None:
        """Tell that there is something to do. Whoever calls this waits for nobody."""
        await self.publish(topic, {})

    async def publish_all(self, notices: Sequence[tuple[str, Notice]]) -> None:
        """Many at once, in their order, each with its topic."""
        for topic, notice in notices:
            self._deliver(topic, notice)

    def _deliver(self, topic: str, notice: dict[str, Any]) -> None:
        for listener in tuple(self._listeners.get(topic, ())):
            listener(notice)

    def _resync(self) -> None:
        for topic in tuple(self._listeners):
            self._deliver(topic, RESYNC)


class PostgresChannel(Channel):
    """Notices through one dedicated connection (a pooled one would lose its LISTEN)."""

    name = "hub"
    size_limit = 7_900  # a NOTIFY payload is at most 8,000 bytes: send ids, not texts

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._connection: asyncpg.Connection | None = None
        self._turn = asyncio.Lock()  # a connection does one thing at a time
        self._lost = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._wakes: set[str] = set()  # topics that the other processes are still to be told of
        self._waking: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    async def open(self) -> None:
        self._closing.clear()
        await self._connect()
        self._keeper = asyncio.create_task(self._keep(), name="channel")

    async def close(self) -> None:
        self._closing.set()
        if self._waking:
            await self._waking
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._connection:
            with contextlib.suppress(*AWAY):
                await self._connection.close(timeout=2)

    async def publish_all(self, notices: Sequence[tuple[str, Notice]]) -> None:
        try:
            async with self._turn:
                if self._connection is None:
                    raise asyncpg.InterfaceError("no connection")
                for payload in payloads(notices, self.size_limit):
                    await self._connection.execute("SELECT pg_notify($1, $2)", self.name, payload)
        except AWAY as error:
            log.warning("notice not sent, polling will find the work", error=str(error))
            await super().publish_all(notices)

    async def wake(self, topic: str) -> None:
        """Here at once; elsewhere as well, but of a stream of them the others hear no more than they can use."""
        self._deliver(topic, {})
        self._wakes.add(topic)
        if self._waking is None:
            # a context of its own: it tells of others too
            self._waking = asyncio.create_task(self._wake_others(), context=contextvars.Context())

    async def _wake_others(self) -> None:
        try:
            while self._wakes:
                topics, self._wakes = self._wakes, set()
                await self.publish_all([(topic, {}) for topic in topics])
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), APART)
        finally:
            self._waking = None

    async def _connect(self) -> None:
        self._lost.clear()
        connection = await asyncpg.connect(self._url)
        connection.add_termination_listener(lambda _: self._lost.set())
        await connection.add_listener(self.name, self._heard)
        self._connection = connection

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        for topic, notice in json.loads(str(payload)):
            self._deliver(topic, notice)

    async def _keep(self) -> None:
        """Reconnect for ever, then tell the listeners that they may have missed something."""
        while True:
            await self._lost.wait()
            self._connection = None
            try:
                await self._connect()
            except AWAY as error:
                log.warning("notices are down, polling goes on", error=str(error))
                await asyncio.sleep(1)
                self._lost.set()
            else:
                self._resync()


def payloads(notices: Sequence[tuple[str, Notice]], limit: int) -> Iterator[str]:
    """Pure: the notices as JSON lists of at most `limit` bytes; one that is longer becomes a resync of its topic."""
    begun: list[str] = []
    size = 0
    for topic, notice in notices:
        one = json.dumps([topic, notice])
        one = one if len(one) + 2 <= limit else json.dumps([topic, RESYNC])
        if begun and size + len(one) + 3 > limit:
            yield f"[{','.join(begun)}]"
            begun, size = [], 0
        begun.append(one)
        size += len(one) + 1
    if begun:
        yield f"[{','.join(begun)}]"
