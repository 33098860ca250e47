"""One client at the door: a conversation in LMTP (RFC 2033), or in SMTP (RFC 5321)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from hub.mail import smtp_commands
from hub.mail.lmtp_wire import Gone, Wire
from hub.mail.smtp_commands import Syntax

MOST_RECIPIENTS = 100  # RFC 5321 §4.5.3.1.8
MOST_MISTAKES = 20  # commands that are none, until a client is no mail server
LARGE = 1 << 20  # bytes of a mail, from which on it is asked whether there is room for it

SENDER_OK = "250 2.1.0 OK"
RECIPIENT_OK = "250 2.1.5 OK"
STORED = "250 2.0.0 stored"
LATER = "451 4.3.0 not stored, please try again later"
FULL = "452 4.3.1 too much mail at once, please try again later"
TOO_BIG = "552 5.3.4 message too big"
NOT_OURS = "550 5.1.1 no such address here"
TOO_MANY = "452 4.5.3 too many recipients"
NO_GREETING = "503 5.5.1 say {} first"

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

    max_bytes: int
    """Of one mail."""

    def is_full(self) -> bool:
        """Whether all connections together hold as much as there is memory for."""

    async def ours(self, address: str) -> bool:
        """Whether mail for `address` is taken."""

    async def store(self, envelope: Envelope) -> bool:
        """Whether the mail is safe now."""


class Connection:
    """One client that speaks SMTP."""

    greetings: Sequence[str] = ("EHLO", "HELO")

    def __init__(self, door: Door, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._door = door
        self._wire = Wire(reader, writer)
        self._greeted = False
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._storing: Envelope | None = None
        self._mistakes = 0
        self._over = False
        self._obey: Mapping[str, Callable[[str], Coroutine[Any, Any, str]]] = {
            "MAIL": self._mail, "RCPT": self._rcpt, "DATA": self._data, "RSET": self._rset, "NOOP": self._noop,
            "QUIT": self._quit, "VRFY": self._vrfy, "HELP": self._help,
        } | dict.fromkeys(self.greetings, self._greet)  # fmt: skip

    @property
    def holds(self) -> int:
        """Bytes in memory on its behalf."""
        return self._wire.holds + (len(self._storing.raw) if self._storing else 0)

    async def converse(self) -> None:
        """Until one side has enough."""
        self._wire.say(f"220 {socket.gethostname()} hub")
        try:
            while not self._over:
                self._wire.say(await self._answer(await self._wire.line()))
            await self._wire.send()
        except Gone:
            pass  # whatever was not answered for is the client's still
        finally:
            self._wire.close()

    def hang_up(self) -> None:
        """End the conversation: at once, or when the mail that is being stored is answered for."""
        self._over = True
        if self._storing is None:
            self._wire.close()

    async def _answer(self, line: bytes | None) -> str:
        if line is None:
            return self._mistake("500 5.5.2 line too long")
        verb, argument = smtp_commands.command(line)
        obey = self._obey.get(verb)
        if obey is None:
            return self._mistake("502 5.5.1 no such command here")
        try:
            return await obey(argument)
        except Syntax as syntax:
            return self._mistake(f"501 5.5.4 syntax: {verb} {syntax}")
        except Gone:
            raise
        except Exception:
            log.exception("a mail session failed")
            return LATER

    def _mistake(self, reply: str) -> str:
        """Who does not even greet is no mail server: a browser, made to speak to us."""
        self._mistakes += 1
        if self._greeted and self._mistakes < MOST_MISTAKES:
            return reply
        self._over = True
        return "421 4.7.0 this is a mail server"

    async def _greet(self, argument: str) -> str:
        if not argument.strip():
            raise Syntax("name")
        self._greeted = True
        self._forget()
        name = socket.gethostname()
        offers = ("PIPELINING", f"SIZE {self._door.max_bytes}", "ENHANCEDSTATUSCODES", "8BITMIME")
        return "".join(f"250-{offer}\r\n" for offer in (name, *offers)) + "250 SMTPUTF8"

    async def _mail(self, argument: str) -> str:
        if not self._greeted:
            return NO_GREETING.format(self.greetings[0])
        if self._sender is not None:
            return "503 5.5.1 one mail at a time"
        sender = smtp_commands.path(argument, "FROM")
        if unknown := sender.parameters.keys() - {"SIZE", "BODY", "SMTPUTF8"}:
            return f"555 5.5.4 {_named(unknown)} is not offered here"
        if sender.parameters.get("BODY", "7BIT").upper() not in ("7BIT", "8BITMIME"):
            raise Syntax("BODY=7BIT or 8BITMIME")
        if smtp_commands.size(sender.parameters) > self._door.max_bytes:
            return TOO_BIG
        self._sender = sender.address
        return SENDER_OK

    async def _rcpt(self, argument: str) -> str:
        """Only our own addresses, and no endless list of them."""
        if self._sender is None:
            return "503 5.5.1 MAIL first"
        recipient = smtp_commands.path(argument, "TO")
        if unknown := recipient.parameters.keys():
            return f"555 5.5.4 {_named(unknown)} is not offered here"
        if len(self._recipients) >= MOST_RECIPIENTS:
            return TOO_MANY
        if not (recipient.address and await self._door.ours(recipient.address)):
            return NOT_OURS
        self._recipients.append(recipient.address)
        return RECIPIENT_OK

    async def _data(self, argument: str) -> str:
        """Take the mail in and answer for it."""
        if argument:
            raise Syntax("without anything behind it")
        if self._sender is None or not self._recipients:
            return "503 5.5.1 RCPT first"
        self._wire.say("354 end data with <CR><LF>.<CR><LF>")
        with self._door.coming():
            raw = await self._wire.mail(self._no_room)
        envelope = Envelope(self._sender, tuple(self._recipients), raw) if isinstance(raw, bytes) else None
        reply = await self._store(envelope) if envelope else str(raw)
        replies = self.replies(reply, len(self._recipients))
        self._forget()
        return "\r\n".join(replies)

    async def _store(self, envelope: Envelope) -> str:
        await self._wire.send()  # it may take a while
        self._storing, self._wire.is_ours = envelope, True
        try:
            return STORED if await self._door.store(envelope) else LATER
        finally:
            self._storing, self._wire.is_ours = None, False
            self._wire.heard()

    def replies(self, reply: str, recipients: int) -> list[str]:
        """What is said after the final dot."""
        return [reply]

    def _no_room(self, size: int) -> str:
        if size > self._door.max_bytes:
            return TOO_BIG
        return FULL if size > LARGE and self._door.is_full() else ""

    async def _rset(self, argument: str) -> str:
        self._forget()
        return "250 2.0.0 OK"

    async def _noop(self, argument: str) -> str:
        return "250 2.0.0 OK"

    async def _quit(self, argument: str) -> str:
        self._over = True
        return "221 2.0.0 bye"

    async def _vrfy(self, argument: str) -> str:
        """Who has an address here is told to nobody (RFC 5321 §3.5.3)."""
        return "252 2.1.5 send some mail, and see"

    async def _help(self, argument: str) -> str:
        return f"214 2.0.0 {' '.join(self._obey)}"

    def _forget(self) -> None:
        self._sender = None
        self._recipients.clear()


class LmtpConnection(Connection):
    """One client that speaks LMTP."""

    greetings = ("LHLO",)

    def replies(self, reply: str, recipients: int) -> list[str]:
        """One reply for each recipient that was accepted, in their order (RFC 2033 §4.2)."""
        return [reply] * recipients


def _named(parameters: Collection[str]) -> str:
    """The first of them, in ASCII: whatever a client says is not said back to it as it is."""
    return ascii(min(parameters))[1:-1][:40]
