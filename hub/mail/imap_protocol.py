"""aioimaplib's protocol, for servers as they are.

It never reports a lost connection, drops a "* n EXISTS" told with another command's answer, after which IDLE stays
silent about that mail, keeps whatever it is told, and copies a line that has not ended with each piece that comes.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aioimaplib import aioimaplib

from hub.mail import imap_wire as wire

TALK = 16 * 1024 * 1024  # bytes of an answer without mails: a million of UIDs


class Unsaid(bytes):
    """What came off the wire, for aioimaplib, which words every piece of every mail for a log that nobody keeps."""

    def __str__(self) -> str:
        return f"{len(self)} bytes"


class Fetch(aioimaplib.FetchCommand):  # type: ignore[misc]
    """aioimaplib's FETCH, which at each line looks through all the lines before it for an open parenthesis."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._open = 0  # parentheses of the last answer that are not closed; those within literals say nothing

    def append_to_resp(self, line: wire.Line, result: str = "Pending") -> None:
        """Called by aioimaplib."""
        if isinstance(line, bytes):
            if wire.FETCH.match(line):
                self._open = 0
            self._open += line.count(b"(") - line.count(b")")
        super().append_to_resp(line, result)

    def wait_data(self) -> bool:
        """Called by aioimaplib: whether the answer goes on."""
        return self._open != 0


class Protocol(aioimaplib.IMAP4ClientProtocol):  # type: ignore[misc]  # ships no types
    """aioimaplib's protocol, with an ear for new mail and for the end of the connection.

    `allowed`: bytes that the server may still say before it is cut off: aioimaplib keeps whatever it is told.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.lost: asyncio.Future[None] = loop.create_future()
        self.why = "connection lost"
        self.news = asyncio.Event()
        self.allowed = TALK
        self._begun = bytearray()  # a line whose end has not come: aioimaplib copies it with every piece that does
        super().__init__(loop, self._end)

    def forget_begun(self) -> None:
        """What was said before TLS, and by whoever, is no part of what is said after."""
        self.incomplete_line = b""
        self._begun.clear()

    def _end(self, error: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self.allowed -= len(data)
        if self.allowed < 0:
            self.why = "more was said than was asked for"
            self._begun.clear()
            self.transport.abort()
            return
        for piece in wire.pieces(self._whole(data)):
            super().data_received(Unsaid(piece))
        if self.incomplete_line:
            self._begun += self.incomplete_line
            self.incomplete_line = b""

    async def welcome(self, command: bytes) -> None:
        """Called by aioimaplib, which lets nobody hear of a greeting that is none."""
        try:
            await super().welcome(command)
        except Exception:
            self.why = f"greeted by {wire.readable(command)}"
            self.transport.abort()

    def _whole(self, data: bytes) -> bytes:
        """What goes on: lines that have come whole and all that follows them; within a literal all of it."""
        command = self.current_command
        if command is not None and command.wait_literal_data():
            return data
        self._begun += data
        if self._begun.find(b"\r\n", max(0, len(self._begun) - len(data) - 1)) < 0:
            return b""
        whole = bytes(self._begun)
        self._begun.clear()
        return whole

    def _untagged_response(self, line: bytes) -> Any:
        if line.rstrip().upper().endswith(b" EXISTS"):
            self.news.set()
        return super()._untagged_response(line)
