"""The lines, mails and replies of one client at the door, as they stand on the wire.

Of a mail everything is taken that real clients send: lines without end, bare line feeds, NUL. Only CRLF, dot, CRLF ends
one, so that nothing in a mail can pass for commands. Replies to commands that come together go out together (RFC 2920).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

READ_AHEAD = 1 << 16  # bytes read at once
MOST_LINE = 4096  # bytes of a command: RFC 5321 §4.5.3.1.4 names 512, to which extensions add
SECONDS_OF_SILENCE = 600.0  # RFC 5321 §4.5.3.2: the longest wait it names

CRLF = b"\r\n"
DOT = b".\r\n"
END = b"\r\n.\r\n"
STUFFED = re.compile(rb"(\A|\r\n)\.")  # RFC 5321 §4.5.2


class Gone(Exception):
    """The client has hung up."""


class Wire:
    """What a client says, and what is said to it. `is_ours`: it waits for us, however long."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._input = bytearray()
        self._replies: list[str] = []
        self._heard = 0.0  # when something was last read, as the loop counts
        self._watch: asyncio.TimerHandle | None = None
        self.is_ours = False
        self.heard()
        self._watch_silence()

    @property
    def holds(self) -> int:
        """Bytes that have come in, and are no line or mail yet."""
        return len(self._input)

    def say(self, reply: str) -> None:
        """With what else is to be said before more is read."""
        self._replies.append(reply)

    async def send(self) -> None:
        """Say it now. Raises Gone."""
        if self._replies:
            self._writer.write("".join(f"{reply}\r\n" for reply in self._replies).encode("ascii", "replace"))
            self._replies.clear()
            try:
                await self._writer.drain()
            except OSError as error:
                raise Gone from error

    async def line(self) -> bytes | None:
        """The next command without its CRLF; None: it was too long. Raises Gone."""
        too_long = False
        while (end := self._input.find(CRLF)) < 0:
            if too_long or len(self._input) > MOST_LINE:
                too_long = True
                del self._input[:-1]
            await self._more()
        line = bytes(self._input[:end])
        del self._input[: end + len(CRLF)]
        return None if too_long or end > MOST_LINE else line

    async def mail(self, no_room: Callable[[int], str]) -> bytes | str:
        """The mail up to its final dot, or why it is refused: then it is read on, but not kept. Raises Gone.

        `no_room` says why there is none for so many bytes.
        """
        refused, searched = "", 0
        while refused or not self._input.startswith(DOT):  # a mail without a line, unless its beginning is gone
            if (end := self._input.find(END, max(0, searched - len(END)))) >= 0:
                return self._cut(end + len(CRLF), refused or no_room(end + len(CRLF)))
            searched = len(self._input)
            refused = refused or no_room(searched - len(END))
            if refused:
                del self._input[: -len(END)]
                searched = 0
            await self._more()
        return self._cut(0, refused)

    def close(self) -> None:
        """Hang up."""
        if self._watch:
            self._watch.cancel()
        self._writer.close()

    def heard(self) -> None:
        """The client has said something, or was waiting for us until now."""
        self._heard = asyncio.get_running_loop().time()

    def _cut(self, end: int, refused: str) -> bytes | str:
        """The mail, taken out of what has come in."""
        raw = b"" if refused else bytes(memoryview(self._input)[:end])
        del self._input[: end + len(DOT)]
        return refused or unstuffed(raw)

    async def _more(self) -> None:
        """Say what is to be said, then wait for what the client says to it."""
        await self.send()
        try:
            data = await self._reader.read(READ_AHEAD)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        self.heard()
        self._input += data

    def _watch_silence(self) -> None:
        """Who says nothing for too long, or reads nothing, is hung up on; but not while it waits for us."""
        loop = asyncio.get_running_loop()
        left = self._heard + SECONDS_OF_SILENCE - loop.time()
        if left > 0 or self.is_ours:
            self._watch = loop.call_later(left if left > 0 else SECONDS_OF_SILENCE, self._watch_silence)
        elif self._writer.transport.get_write_buffer_size():
            self._writer.transport.abort()
        else:
            self._writer.write(b"421 4.4.2 silent for too long\r\n")
            self._writer.close()


def unstuffed(data: bytes) -> bytes:
    """`data` as it was before its lines that begin with a dot were given a second one."""
    return STUFFED.sub(rb"\1", data) if data.startswith(b".") or b"\r\n." in data else data
