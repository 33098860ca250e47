"""An SMTP server that takes everything and keeps nothing: as cheap as can be, so that senders are measured, not it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from bench.child import Answer

GREETING = b"220 sink.test ESMTP\r\n"
HELLO = b"250-sink.test\r\n250-SIZE 50000000\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
GO_ON = b"354 end with <CRLF>.<CRLF>\r\n"
TAKEN = b"250 2.0.0 taken\r\n"
BYE = b"221 2.0.0 bye\r\n"
END = b"\r\n.\r\n"


@asynccontextmanager
async def sink() -> AsyncIterator[Answer]:
    """Asked, it tells its port."""
    server = await asyncio.get_running_loop().create_server(Talk, "127.0.0.1", 0)

    async def port() -> int:
        return int(server.sockets[0].getsockname()[1])

    async with server:
        yield port


class Talk(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._came = bytearray()
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's own is no subclass of it
        self._transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        self._came += data
        while self._data() if self._in_data else self._command():
            pass

    def _command(self) -> bool:
        """Answer one command, if a whole line of it is there."""
        line, end, rest = self._came.partition(b"\r\n")
        if not end:
            return False
        self._came = rest
        verb = bytes(line[:4]).upper()
        self._in_data = verb == b"DATA"
        self._transport.write({b"EHLO": HELLO, b"DATA": GO_ON, b"QUIT": BYE}.get(verb, TAKEN))
        return True

    def _data(self) -> bool:
        """Drop one mail, if its end is there."""
        end = self._came.find(END)
        if end < 0:
            return False
        del self._came[: end + len(END)]
        self._in_data = False
        self._transport.write(TAKEN)
        return True
