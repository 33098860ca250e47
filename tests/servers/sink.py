"""An SMTP server that keeps what it gets and misbehaves as told: refusals, hang-ups, silence."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HANG_UP = "hang up"  # close the connection instead of answering
SILENCE = "silence"  # never answer


@dataclass(frozen=True)
class Caught:
    """A mail as it came over the wire. `connection` numbers the connections from 1."""

    mail_from: str
    rcpt_to: str
    raw: bytes
    options: tuple[str, ...]
    connection: int


class Sink:
    """Listens on a free port of the loopback. Also an async context manager.

    `say` scripts answers: each is used once, for the next command of its kind, then all is well again.
    `login`: user and password it wants.
    """

    def __init__(
        self,
        login: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        smtputf8: bool = True,
        size: int = 50_000_000,
    ) -> None:
        self.mails: list[Caught] = []
        self.connections = 0
        self.logins = 0
        self.open: set[Talk] = set()
        self.most_open = 0
        self.arrived = asyncio.Event()
        self.login = login
        self.tls = tls
        self.smtputf8 = smtputf8
        self.size = size
        self._answers: dict[str, list[str]] = {}
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens; the same again after `stop` and `start`."""
        return self._port

    async def start(self) -> None:
        """Listen."""
        port = getattr(self, "_port", 0)
        self._server = await asyncio.get_running_loop().create_server(lambda: Talk(self), "127.0.0.1", port)
        self._port: int = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and hang up on everyone."""
        if self._server is not None:
            self._server.close()
            self.hang_up()
            await self._server.wait_closed()
            self._server = None

    def hang_up(self) -> None:
        """Close every connection, as a restarted server does."""
        for talk in tuple(self.open):
            talk.cut()

    def say(self, command: str, *answers: str) -> None:
        """For the next `command` (CONNECT, MAIL, RCPT, DATA, DOT, NOOP or RSET), then the ones after it: a
        whole reply such as "451 4.3.0 later", HANG_UP or SILENCE. DOT is the end of the mail."""
        self._answers.setdefault(command, []).extend(answers)

    def answer(self, command: str) -> str | None:
        """The scripted answer to `command`, if one is left."""
        answers = self._answers.get(command)
        return answers.pop(0) if answers else None

    def sent_to(self, recipient: str) -> list[bytes]:
        """The mails one address got."""
        return [mail.raw for mail in self.mails if mail.rcpt_to == recipient]

    async def wait_for(self, count: int, seconds: float = 20.0) -> None:
        """Until `count` mails are there. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while len(self.mails) < count:
                self.arrived.clear()
                await self.arrived.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


class Talk(SMTP):
    """One connection to the sink."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(
            Ears(sink),
            enable_SMTPUTF8=sink.smtputf8,
            data_size_limit=sink.size,
            hostname="sink.test",
            tls_context=sink.tls,
            auth_required=sink.login is not None,
            auth_require_tls=sink.tls is not None,
            authenticator=self._check if sink.login else None,
            loop=asyncio.get_running_loop(),
        )
        self.sink = sink
        self.number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not self.number:
            self.sink.connections += 1
            self.number = self.sink.connections
            self.sink.open.add(self)
            self.sink.most_open = max(self.sink.most_open, len(self.sink.open))
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.sink.open.discard(self)
        super().connection_lost(error)

    def cut(self) -> None:
        """Hang up without a word."""
        if self.transport is not None:
            self.transport.abort()  # type: ignore[attr-defined]  # aiosmtpd types it too widely

    async def push(self, status: Any) -> None:
        """Every reply passes here: the scripted ones take its place."""
        if isinstance(status, str) and status.startswith("220 sink.test"):
            status = self.sink.answer("CONNECT") or status
        if status == SILENCE:
            await asyncio.Event().wait()
        if status == HANG_UP:
            self.cut()
            return
        await super().push(status)

    async def smtp_DATA(self, arg: str) -> None:
        scripted = self.sink.answer("DATA")
        if scripted is None:
            await super().smtp_DATA(arg)
        else:
            await self.push(scripted)

    def _check(self, server: SMTP, session: Session, envelope: Envelope, kind: str, given: Any) -> AuthResult:
        self.sink.logins += 1
        assert isinstance(given, LoginPassword) and self.sink.login
        right = (given.login.decode(), given.password.decode()) == self.sink.login
        return AuthResult(success=right, handled=False)


class Ears:
    """aiosmtpd's hooks."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    async def handle_MAIL(
        self, server: Talk, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        scripted = self._sink.answer("MAIL")
        if scripted:
            return scripted
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: Talk, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        scripted = self._sink.answer("RCPT")
        if scripted:
            return scripted
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Talk, session: Session, envelope: Envelope) -> str:
        """A mail that is answered with HANG_UP or SILENCE was received all the same: that is the point."""
        scripted = self._sink.answer("DOT")
        if scripted is None or scripted in (HANG_UP, SILENCE):
            self._keep(server, envelope)
        return scripted or "250 2.0.0 caught"

    async def handle_NOOP(self, server: Talk, session: Session, envelope: Envelope, arg: str) -> str:
        return self._sink.answer("NOOP") or "250 OK"

    async def handle_RSET(self, server: Talk, session: Session, envelope: Envelope) -> str:
        return self._sink.answer("RSET") or "250 OK"

    def _keep(self, server: Talk, envelope: Envelope) -> None:
        sender = (envelope.mail_from or "").removeprefix("<>")
        raw = envelope.original_content or b""
        options = tuple(envelope.mail_options)
        caught = [Caught(sender, to, raw, options, server.number) for to in envelope.rcpt_tos]
        self._sink.mails.extend(caught)
        self._sink.arrived.set()
