"""The least of a browser: requests over connections that stay open, answers read whole."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

CONNECTIONS = 4  # of a load: enough that a server on one core never waits for it


class HttpError(RuntimeError):
    """An answer that was not the one asked for; its beginning is in the message."""


@dataclass(frozen=True, slots=True)
class Target:
    """A page and the session that asks for it."""

    path: str
    session: str = ""

    def head(self, method: str = "GET", *fields: str) -> bytes:
        """The request up to its body."""
        cookie = (f"Cookie: session={self.session}",) if self.session else ()
        lines = (f"{method} {self.path} HTTP/1.1", "Host: 127.0.0.1", *cookie, *fields)
        return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


class Connection:
    """One connection, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def get(self, target: Target) -> bytes:
        """The body of a page. Raises HttpError unless it is there."""
        self._writer.write(target.head())
        return await self.answer(200)

    async def send(self, parts: Iterable[bytes]) -> None:
        """Write a request piece by piece, no faster than it is taken."""
        for part in parts:
            self._writer.write(part)
            await self._writer.drain()

    async def answer(self, status: int) -> bytes:
        """The body of the answer. Raises HttpError when its status is another one."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        _, _, after = head.lower().partition(b"content-length:")
        body = await self._reader.readexactly(int(after.partition(b"\r\n")[0] or 0))
        if int(head[9:12]) != status:
            raise HttpError(f"{head.decode('latin-1')}{body[:2000].decode('utf-8', 'replace')}")
        return body


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """A connection to the server on that port of this machine."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024 * 1024)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


async def page_rate(port: int, targets: Sequence[Target], seconds: float) -> float:
    """Pages a second while every connection asks for one target after the other."""
    end, turn = time.perf_counter() + seconds, itertools.cycle(targets)

    async def ask(connection: Connection) -> int:
        views = 0
        while time.perf_counter() < end:
            await connection.get(next(turn))
            views += 1
        return views

    async with AsyncExitStack() as stack:
        open_ones = [await stack.enter_async_context(connected(port)) for _ in range(CONNECTIONS)]
        begun = time.perf_counter()
        views = await asyncio.gather(*(ask(connection) for connection in open_ones))
        return sum(views) / (time.perf_counter() - begun)
