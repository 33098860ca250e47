"""One client at the door: aiosmtpd's protocol, but for how DATA is read and answered.

aiosmtpd gives one reply after the final dot even over LMTP, where RFC 2033 §4.2 wants one per recipient, and
refuses lines over 1,000 octets, which real clients send. Here a line may be as long as the mail.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, MutableSet
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import AnyStr, Protocol

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Session, syntax
from aiosmtpd.smtp import Envelope as Transaction

READ_AHEAD = 1 << 16  # bytes buffered per connection
SECONDS_OF_SILENCE = 600.0  # RFC 5321 §4.5.3.2: the longest wait it names
RECIPIENTS = 100  # RFC 5321 §4.5.3.1.8

DOT = b".\r\n"
END = b"\r\n.\r\n"
STUFFED = re.compile(rb"(\A|\r\n)\.")  # RFC 5321 §4.5.2

_ATOMS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
PLAIN = re.compile(rf"<({_ATOMS}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>(?: +(.*))?")

SENDER_OK = "250 2.1.0 OK"
RECIPIENT_OK = "250 2.1.5 OK"
GROUPED = frozenset({SENDER_OK, RECIPIENT_OK})  # more is always said after these
STORED = "250 2.0.0 stored"
LATER = "451 4.3.0 not stored, please try again later"
TOO_BIG = "552 5.3.4 message too big"
NOT_OURS = "550 5.1.1 no such address here"
TOO_MANY = "452 4.5.3 too many recipients"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail as it was handed over. `mail_from` is "" for the null sender; `raw` is free of dot-stuffing."""

    mail_from: str
    rcpt_tos: tuple[str, ...]
    raw: bytes


class Door(Protocol):
    """What a connection asks of the server behind it."""

    coming: Callable[[], AbstractContextManager[None]]
    """Entered for as long as a mail is on its way in."""

    async def ours(self, address: str) -> bool:
        """Whether mail for `address` is taken."""

    async def store(self, envelope: Envelope) -> bool:
        """Whether the mail is safe now."""


class Connection(SMTP):
    """One client that speaks SMTP. Counts itself in `connections` while it lasts."""

    line_length_limit = READ_AHEAD

    def __init__(self, door: Door, connections: MutableSet[Connection], max_bytes: int) -> None:
        super().__init__(
            Hooks(door),
            data_size_limit=max_bytes,
            enable_SMTPUTF8=True,
            hostname=socket.gethostname(),
            ident="hub",
            timeout=SECONDS_OF_SILENCE,
            loop=asyncio.get_running_loop(),
        )
        self._door = door
        self._connections = connections
        self._max_bytes = max_bytes
        self._held = b""  # replies that go out with the next one

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        self._connections.discard(self)
        super().connection_lost(error)

    async def push(self, status: AnyStr) -> None:
        """Say it; together with the next reply where the command for that is here already (RFC 2920 §3.2)."""
        reply = self._held + (status.encode() if isinstance(status, str) else status)
        is_followed = b"\n" in self._reader._buffer  # type: ignore[attr-defined]  # a reader cannot be asked
        self._held = reply + b"\r\n" if status in GROUPED and is_followed else b""
        if not self._held:
            await super().push(reply)

    def hang_up(self) -> None:
        """End the connection at once."""
        if self.transport is not None:
            self.transport.close()

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:
        """Take the mail in and answer for it."""
        if await self.check_helo_needed():
            return
        if arg or not self._transaction().rcpt_tos:
            await self.push("501 5.5.4 Syntax: DATA" if arg else "503 5.5.1 RCPT first")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        with self._door.coming():
            raw = await self._read_mail()
        await self._answer(raw)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address and what follows it. A plain one is told at a glance: aiosmtpd goes through the whole grammar."""
        if plain := PLAIN.fullmatch(arg):
            return plain[1], plain[2] or ""
        address, rest = super()._getaddr(arg)
        return address, rest

    def _transaction(self) -> Transaction:
        """What MAIL and RCPT have said so far. No property: aiosmtpd reads every one before there is any."""
        assert self.envelope is not None
        return self.envelope

    async def _read_mail(self) -> bytes | None:
        """The mail up to its final dot, or None when it passes the limit: read on, but not kept."""
        data = bytearray()
        too_big = False
        while not (data == DOT or data.endswith(END)):
            if len(data) > self._max_bytes + len(END):
                too_big = True
                del data[: -len(END)]
            data += await self._read_some()
        if too_big or len(data) > self._max_bytes + len(DOT):
            return None
        return unstuffed(bytes(data[: -len(DOT)]))

    async def _read_some(self) -> bytes:
        self._reset_timeout()
        try:
            return bytes(await self._reader.readuntil(DOT))
        except asyncio.LimitOverrunError as error:
            return bytes(await self._reader.readexactly(error.consumed))

    async def _answer(self, raw: bytes | None) -> None:
        recipients = tuple(self._transaction().rcpt_tos)
        sender = (self._transaction().mail_from or "").removeprefix("<>")
        reply = TOO_BIG
        if raw is not None:
            stored = await self._door.store(Envelope(sender, recipients, raw))
            reply = STORED if stored else LATER
        self.envelope = self._create_envelope()
        for line in self.replies(reply, recipients):
            await self.push(line)

    def replies(self, reply: str, recipients: tuple[str, ...]) -> list[str]:
        """What is said after the final dot."""
        return [reply]


class LmtpConnection(Connection, LMTP):
    """One client that speaks LMTP."""

    def replies(self, reply: str, recipients: tuple[str, ...]) -> list[str]:
        """One reply for each recipient that was accepted, in their order (RFC 2033 §4.2)."""
        return [reply for _ in recipients]


class Hooks:
    """aiosmtpd's hooks: which senders and recipients are let in."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Transaction, hostname: str, responses: list[str]
    ) -> list[str]:
        """Commands may be sent together, which RFC 2033 §5 wants: what is not read yet waits in the stream."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Transaction, address: str, options: list[str]
    ) -> str:
        """Kept as told: "<>" stays, for aiosmtpd reads an empty string as no MAIL at all."""
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return SENDER_OK

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Transaction, address: str, options: list[str]
    ) -> str:
        """Only our own addresses, and no endless list of them."""
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return TOO_MANY
        if not await self._door.ours(address):
            return NOT_OURS
        envelope.rcpt_tos.append(address)
        return RECIPIENT_OK

    async def handle_exception(self, error: Exception) -> str:
        """Ours, so temporary: the client keeps the mail."""
        log.error("a mail session failed", exc_info=error)
        return LATER


def unstuffed(data: bytes) -> bytes:
    """`data` as it was before its lines that begin with a dot were given a second one."""
    return STUFFED.sub(rb"\1", data) if data.startswith(b".") or b"\r\n." in data else data
