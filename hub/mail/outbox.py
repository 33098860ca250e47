"""Mail to send: queued in the caller's transaction, claimed under a lease, sent with none open, settled in a batch.

"At least once, never silently": a crash between the server's 250 and our commit sends twice under one Message-ID.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from hub.core.base import Core
from hub.core.blobs import BlobError
from hub.core.db import marks
from hub.core.tokens import masked
from hub.core.work import wake
from hub.mail.bounce import Bounce
from hub.mail.destinations import MINUTE, DestinationLimits
from hub.mail.failures import LOCK, Event, clear, failing, mark, note
from hub.mail.gravity import Gravity, of_reply, of_report
from hub.mail.inbound import INLINE
from hub.mail.models import OutboundMail
from hub.mail.outcome import Deferred, Outcome, Rejected, Sent

LONGEST_ID = 255  # characters, as far as the column goes
LEASE = timedelta(seconds=45)  # renewed while a mail is being sent: only a dead worker lets it lapse
RENEW_EVERY = 10.0  # seconds
SETTLE_EVERY = 0.5  # seconds: a slow server must not hold back the news of the others
WORKER = "outbox"
log = structlog.get_logger(__name__)


class Transport(Protocol):
    """What the outbox needs of SMTP."""

    async def send(self, envelope_from: str, recipient: str, raw: bytes) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Posted:
    """A serialised mail to queue. `key` says what it is for; the same key is queued once.

    `tell`: the channel topic that hears what became of it, or "".
    """

    key: str
    kind: str
    recipient: str
    envelope_from: str
    message_id: str
    raw: bytes
    thread: int | None = None
    message: int | None = None
    tell: str = ""


class Outbox:
    """The outbound queue."""

    def __init__(self, core: Core, batch: int = 50) -> None:
        self._core = core
        self._batch = batch
        smtp = core.config.mail.smtp
        self._at_once = smtp.per_domain or batch
        self._limits = DestinationLimits(0, smtp.per_domain_minute)

    async def queue(self, mails: Sequence[Posted]) -> None:
        """Add mails in the caller's transaction; a key that is already there is left as it is.

        Mail to an address that failed for good is written down as rejected, and never sent by itself.
        """
        if not mails:
            return
        keys = [mail.key for mail in mails]
        rows = await self._core.db.rows(f"SELECT key FROM outbound_mail WHERE key IN ({marks(keys)})", *keys)
        known = {row["key"] for row in rows}
        fresh = [await self._row(mail) for mail in mails if mail.key not in known]
        dead = await failing(self._core, {row.recipient for row in fresh}, only_hard=True)
        for row in fresh:
            if row.recipient in dead:
                row.state, row.settled_at = "rejected", self._core.clock.now()
                row.response = f"adresse en échec : {dead[row.recipient]}"[:500]
        await OutboundMail.bulk_create(fresh)
        await self._core.db.after_commit(lambda: wake(self._core.channel, WORKER))

    async def send_batch(self, transport: Transport) -> int:
        """Claim what is due, send it side by side, settle it as the answers come. How many were claimed."""
        rows = await self._claim()
        allowed = [row for row in rows if self._limits.take(row.domain, time.monotonic())]
        await self._put_back([row for row in rows if row not in allowed])
        lanes = {row.domain: asyncio.Semaphore(self._at_once) for row in allowed}
        sending = {asyncio.create_task(self._send(transport, row, lanes[row.domain])) for row in allowed}
        renewed = time.monotonic()
        while sending:
            done, sending = await asyncio.wait(sending, timeout=SETTLE_EVERY)
            await self._settle([task.result() for task in done])
            if sending and time.monotonic() - renewed > RENEW_EVERY:
                await self._renew([row.id for row in allowed if row.leased_until])
                renewed = time.monotonic()
        return len(rows)

    async def retry(self, mail_id: int) -> None:
        """Queue once more a mail that was given up, rejected or bounced."""
        await OutboundMail.filter(id=mail_id, state__in=("given_up", "rejected", "bounced")).update(
            state="queued", attempts=0, due_at=self._core.clock.now(), leased_until=None
        )
        await self._core.db.after_commit(lambda: wake(self._core.channel, WORKER))

    async def bounced(self, message_id: str, report: Bounce, signed: bool) -> bool:
        """Settle the mail that a report speaks of and mark its address; False when the mail is not ours.

        `signed`: it came to the return path of that mail. Only then does it tell against anything: anybody can write a
        report about a Message-ID.
        """
        found = OutboundMail.get_or_none(message_id=message_id)
        mail = await found if len(message_id) <= LONGEST_ID else None  # the ORM will not even look for a longer one
        if mail is None:
            return False
        status, said = report.status or "", masked(report.diagnostic)
        if not signed:
            await note(self._core, mail.recipient, Event.unsigned, "bounce", status, said)
        elif report.action == "failed" and mail.state != "bounced":  # it may come twice, and again years later
            mail.state, mail.settled_at, mail.response = "bounced", self._core.clock.now(), said[:500]
            await mail.save(update_fields=["state", "settled_at", "response"])
            gravity = of_report(report.action, report.status, said)
            await mark(self._core, mail.recipient, gravity, "bounce", status, said)
        elif report.action == "delayed":
            await note(self._core, mail.recipient, Event.delayed, "bounce", status, said)
        return True

    async def _claim(self) -> list[OutboundMail]:
        now = self._core.clock.now()
        full = sorted(self._limits.at_limit(time.monotonic()))
        ids = await self._core.db.claim(
            "outbound_mail",
            "state = 'queued' AND due_at <= ? AND (leased_until IS NULL OR leased_until <= ?)"
            + (f" AND domain NOT IN ({marks(full)})" if full else ""),
            (now, now, *full),
            now + LEASE,
            self._batch,
            order="due_at, id",
        )
        return await OutboundMail.filter(id__in=ids).order_by("id") if ids else []

    async def _put_back(self, rows: Sequence[OutboundMail]) -> None:
        """Mail over its destination's share of this minute: no try was made, so none is counted."""
        later = self._core.clock.now() + timedelta(seconds=MINUTE / 4)
        await self._core.db.many(
            "UPDATE outbound_mail SET leased_until = NULL, attempts = attempts - 1, due_at = ? WHERE id = ?",
            [(later, row.id) for row in rows],
        )

    async def _send(
        self, transport: Transport, mail: OutboundMail, lane: asyncio.Semaphore
    ) -> tuple[OutboundMail, Outcome]:
        async with lane:
            try:
                content = mail.content if mail.content is not None else await self._core.blobs.get(mail.blob)
                outcome = await transport.send(mail.envelope_from, mail.recipient, bytes(content))
            except BlobError as error:
                log.error("the bytes of a mail cannot be read", mail=mail.id, error=str(error))
                outcome = Deferred(None, "contenu momentanément illisible")
            finally:
                self._limits.give_back(mail.domain)
        return mail, outcome

    async def _settle(self, outcomes: Sequence[tuple[OutboundMail, Outcome]]) -> None:
        """Write down a batch of outcomes in one commit."""
        now = self._core.clock.now()
        for mail, outcome in outcomes:
            judge(mail, outcome, now, self._core.config.mail.retry_minutes)
        async with self._core.db.transaction():
            if any(mail.state in ("rejected", "given_up") for mail, _ in outcomes):
                await self._core.db.lock(LOCK)  # of two that wait for each other one would fail, and its mails go twice
            await self._core.db.many(
                "UPDATE outbound_mail SET state = ?, response = ?, settled_at = ?, due_at = ?, unknown = ?, "
                "attempts = ?, leased_until = NULL WHERE id = ?",
                [(m.state, m.response, m.settled_at, m.due_at, m.unknown, m.attempts, m.id) for m, _ in outcomes],
            )
            await clear(self._core, [mail.recipient for mail, _ in outcomes if mail.state == "sent"])
            for mail, outcome in outcomes:
                if isinstance(outcome, Rejected):
                    gravity = of_reply(outcome.code, outcome.reason)
                    await mark(self._core, mail.recipient, gravity, "smtp", str(outcome.code), outcome.reason)
                elif mail.state == "given_up":
                    await mark(self._core, mail.recipient, Gravity.soft, "smtp", "", mail.response)
        for topic, thread in {(mail.tell, mail.thread) for mail, _ in outcomes if mail.tell}:
            await self._core.channel.publish(topic, {"thread": thread, "message": 0})

    async def _renew(self, ids: Sequence[int]) -> None:
        """Keep the lease of mails still being sent: a slow server is not a dead worker."""
        if ids:
            await self._core.db.execute(
                f"UPDATE outbound_mail SET leased_until = ? WHERE id IN ({marks(ids)})",
                self._core.clock.now() + LEASE,
                *ids,
            )

    async def _row(self, mail: Posted) -> OutboundMail:
        small = len(mail.raw) <= INLINE
        now = self._core.clock.now()
        return OutboundMail(
            key=mail.key,
            kind=mail.kind,
            recipient=mail.recipient,
            domain=mail.recipient.rpartition("@")[2].lower(),
            envelope_from=mail.envelope_from,
            message_id=mail.message_id,
            content=mail.raw if small else None,
            blob="" if small else (await self._core.blobs.put(mail.raw)).key,
            size=len(mail.raw),
            thread=mail.thread,
            message=mail.message,
            tell=mail.tell,
            due_at=now,
            created_at=now,
        )


def judge(mail: OutboundMail, outcome: Outcome, now: datetime, waits: Sequence[int]) -> None:
    """What an outcome makes of a mail: sent, rejected, queued for later, or given up after the last of `waits`.

    `waits` are minutes between tries; the jitter keeps a whole batch from coming back at once.
    """
    mail.leased_until = None
    match outcome:
        case Sent(response):
            mail.state, mail.response, mail.settled_at = "sent", response[:500], now
        case Rejected(code, reason):
            mail.state, mail.response, mail.settled_at = "rejected", f"{code} {reason}"[:500], now
        case Deferred(code, reason, unknown, server):
            mail.response = f"{code or ''} {reason}".strip()[:500]
            mail.unknown += unknown
            mail.attempts -= server  # our own server is down: that says nothing against the recipient
            if mail.attempts > len(waits):
                mail.state, mail.settled_at = "given_up", now
            else:
                minutes = waits[max(mail.attempts - 1, 0)] * random.uniform(0.8, 1.2)  # noqa: S311 (no secret)
                mail.due_at = now + timedelta(minutes=minutes)
    if mail.state in ("rejected", "given_up"):
        log.warning("mail not delivered", mail=mail.id, state=mail.state, response=mail.response)
