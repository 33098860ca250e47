"""The composition root: settings in, a whole hub out, with its workers and doors. Its rooms are made in hub.rooms."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from aiohttp import web

from hub import rooms
from hub.config import Config, Imap
from hub.core.base import Core, lay
from hub.core.clock import Clock
from hub.core.work import Crew, Worker, settle
from hub.desk import routes as desk
from hub.dossier.dues import DuesProvider
from hub.health import Health
from hub.mail import failures
from hub.mail.inbound import INLINE, ReceivedMail
from hub.mail.inbound import WORKER as RECEIVE
from hub.mail.lmtp import Envelope, LmtpServer
from hub.mail.outbox import WORKER as OUTBOX
from hub.mail.watch import MailboxWatch
from hub.mailbox.later import WORKER as LATER
from hub.mailbox.mailings import WORKER as MAILING
from hub.mailbox.receive import FEW
from hub.mailbox.threads import ANNOUNCE
from hub.rooms import Accounts, Actions, Handled, Mailbox, Moving, Privacy, Town, Wire
from hub.web.server import application

POLL = 1.0  # seconds: what a wake-up from another process costs at most on SQLite
LATENESS = 20.0  # seconds that an answer may go after its time
HOURLY = 3600.0  # seconds between rounds of forgetting

Extend = Callable[[web.Application], None]


@dataclass(frozen=True, kw_only=True)
class Hub(Wire, Accounts, Town, Mailbox, Handled, Actions, Moving, Privacy):
    """One town's hub: its foundations, its rooms, and the workers that move things between them."""

    core: Core
    dues: DuesProvider | None = None  # until a room bills

    @property
    def workers(self) -> tuple[Worker, ...]:
        """Everything that runs by itself."""
        return (
            Worker(RECEIVE, self.receiver.step, POLL, few=FEW),
            Worker(ANNOUNCE, self.announcer.step, POLL),
            Worker(OUTBOX, self._send, POLL),
            Worker("registrations", self._lapse, HOURLY / 4),
            Worker(MAILING, self.mailings.step, POLL),
            Worker(LATER, self.later.step, LATENESS),
            Worker("silence", self.silence.step, HOURLY),
            Worker("forget", self._forget, HOURLY),
        )

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[Hub]:
        """The hub, connected; closed again whatever happens."""
        try:
            await self.core.open()
            yield self
        finally:
            await self.spool.close()
            await self.transport.close()
            self.passwords.close()
            await self.core.close()

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Workers, IMAP readers and the LMTP door, running until the block ends."""
        crew = Crew(self.workers, self.core.channel)
        watches = [MailboxWatch(self.core, s.name, r) for s, r in zip(self._mailboxes, self.readers, strict=True)]
        door = self.lmtp()
        await self.spool.recover()
        if self.core.config.mail.lmtp.port:
            await door.start()
        crew.start()
        reading = [asyncio.create_task(watch.run(), context=contextvars.Context()) for watch in watches]
        try:
            yield
        finally:
            await door.stop()
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)
            await crew.close()

    @contextlib.asynccontextmanager
    async def serving(self, also: Extend | None = None, listener: socket.socket | None = None) -> AsyncIterator[int]:
        """The web door, open until the block ends; the port it listens on. Raises OSError when it is taken.

        `also` adds pages of its own to the application; `listener` is a socket that already holds the port.
        """
        settings = self.core.config.web
        app = application(self)
        desk.add_to(app, self)
        Health(self.core, self.readers, self.spool, self.handed_in).add_to(app)
        if also:
            also(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0)
        await runner.setup()
        try:
            held = web.SockSite(runner, listener) if listener else None
            site = held or web.TCPSite(runner, settings.host, settings.port)
            await site.start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    def lmtp(self) -> LmtpServer:
        """The door for the local mail server."""
        mail, limits = self.core.config.mail, self.core.config.limits
        return LmtpServer(
            mail.lmtp, self.take, self.accepts, limits.mail_bytes, coming=self.handed_over.coming, told=self.handed_in
        )

    async def take(self, envelope: Envelope) -> None:
        """Store a mail that came by LMTP; returns once it is durable."""
        mail = ReceivedMail(envelope.raw, "lmtp", envelope_from=envelope.mail_from, envelope_to=envelope.rcpt_tos)
        if len(mail.raw) > INLINE:  # goes to a file of its own: no need to write it twice
            await self.inbound.take([mail])
        else:
            await self.handed_over.add(mail)

    async def accepts(self, address: str) -> bool:
        """Whether an address is ours: a service's, the hub's own, its postmaster's, or one it issued."""
        folded = address.strip().lower()
        if folded == self.core.config.mail.sender_address.lower() or self.addresses.read(folded):
            return True
        if self.addresses.is_postmaster(folded):
            return True
        return await self.directory.is_service(folded)

    async def settle(self) -> None:
        """Step every worker until nothing is left to do."""
        await self.spool.carried()
        await settle(self.workers)

    async def _send(self) -> int:
        return await self.outbox.send_batch(self.transport)

    async def _lapse(self) -> int:
        """Warn who has not activated, then delete what lapsed."""
        warned = await self.registrations.warn()
        await self.registrations.forget()
        return warned

    async def _forget(self) -> int:
        """The round that drops what has lapsed. Says 0: nothing waits for it."""
        await self.sessions.forget()
        await self.login.forget()
        await self.changes.forget()
        await self.links.forget()
        await self.typed.forget()
        await self.filing.expire()
        await self.drafts.forget()
        await self.quarantine.forget()
        await self.answers.forget()
        await self.presence.forget()
        await failures.forget(self.core)
        await self.erasure.forget()
        await self.spool.recover()
        return 0

    @property
    def _mailboxes(self) -> Sequence[Imap]:
        return self.core.config.mail.imap


def build(config: Config, clock: Clock | None = None) -> Hub:
    """A hub as the settings describe it, not yet opened. Raises ConfigError where the secret cannot be used."""
    core = lay(config, clock)
    wire = rooms.wire(core)
    accounts = rooms.accounts(core, wire)
    town = rooms.town(core, accounts)
    mailbox = rooms.mailbox(core, wire)
    handled = rooms.handled(core, mailbox)
    actions = rooms.actions(core, accounts, mailbox)
    moving = rooms.moving(core, wire, town, mailbox, actions)
    privacy = rooms.privacy(core, wire)
    return Hub(core=core, **_held(wire, accounts, town, mailbox, handled, actions, moving, privacy))


def _held(*parts: Wire | Accounts | Town | Mailbox | Handled | Actions | Moving | Privacy) -> dict[str, Any]:
    """The rooms of these parts, by their names."""
    return {field.name: getattr(part, field.name) for part in parts for field in fields(part)}
