"""Mail as received: taken durably, claimed, settled, run again.

`take` is where IMAP, LMTP and files meet. When it returns, the bytes survive a power cut; only then may a server's
copy be flagged or LMTP say 250.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from hub.core.base import Core
from hub.core.errors import Refused
from hub.core.work import wake
from hub.mail.imap import Cursor
from hub.mail.models import InboundMail, MailboxCursor

INLINE = 64 * 1024  # bytes: smaller mails live in their row, one durable write instead of three
LEASE = timedelta(minutes=5)
RETRY = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))  # after an error of ours
WORKER = "receive"


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """Bytes off the wire and where they came from. `uid` is None outside IMAP."""

    raw: bytes
    mailbox: str
    uidvalidity: int = 0
    uid: int | None = None
    envelope_from: str = ""
    envelope_to: tuple[str, ...] = field(default=())


class Inbound:
    """The inbound queue."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def take(self, mails: Sequence[ReceivedMail]) -> int:
        """Store mails in one durable commit; how many were new. Raises when that cannot be promised.

        A mail that was taken before (same mailbox, UIDVALIDITY and UID) is left as it is.
        """
        rows = [await self._row(mail) for mail in mails]
        async with self._core.db.transaction():
            new = sum([await self._insert(row) for row in rows])
        await wake(self._core.channel, WORKER)
        return new

    async def claim(self, limit: int) -> list[InboundMail]:
        """Lease up to `limit` mails that wait, oldest first."""
        now = self._core.clock.now()
        ids = await self._core.db.claim(
            "inbound_mail",
            "state = 'received' AND due_at <= ? AND (leased_until IS NULL OR leased_until <= ?)",
            (now, now),
            now + LEASE,
            limit,
        )
        return await InboundMail.filter(id__in=ids).order_by("id") if ids else []

    async def raw(self, mail: InboundMail) -> bytes:
        """The mail as it came. Raises BlobError when its blob cannot be read."""
        return bytes(mail.content) if mail.content is not None else await self._core.blobs.get(mail.blob)

    async def settle(self, mail: InboundMail, state: str, reason: str = "") -> None:
        """Say what became of a mail. Part of the caller's transaction."""
        mail.state, mail.reason, mail.trace = state, reason, ""
        mail.leased_until, mail.settled_at = None, self._core.clock.now()
        await mail.save(
            update_fields=[
                "state", "reason", "trace", "leased_until", "settled_at", "message_id", "from_address", "subject",
                "released",
            ]
        )  # fmt: skip

    async def fail(self, mail: InboundMail, trace: str) -> None:
        """An error of ours: try again later, and after the last try set it aside with its trace, for `replay`."""
        now = self._core.clock.now()
        mail.trace, mail.leased_until = trace[-20_000:], None
        if mail.attempts <= len(RETRY):
            mail.due_at = now + RETRY[mail.attempts - 1]
        else:
            mail.state, mail.reason, mail.settled_at = "failed", "error", now
        await mail.save(update_fields=["state", "reason", "trace", "leased_until", "due_at", "settled_at"])

    async def replay(self, mail_id: int) -> None:
        """Run a stored mail again, whatever became of it but `stored`. Raises Refused when there is nothing to run."""
        mail = await InboundMail.get_or_none(id=mail_id)
        if mail is None:
            raise Refused(f"Aucun courriel reçu ne porte le numéro {mail_id}.")
        if mail.state == "stored":
            raise Refused(f"Le courriel {mail_id} est déjà dans un fil : le rejouer en ferait un double.")
        mail.state, mail.attempts, mail.due_at, mail.leased_until = "received", 0, self._core.clock.now(), None
        await mail.save(update_fields=["state", "attempts", "due_at", "leased_until", "released"])
        await wake(self._core.channel, WORKER)

    async def seen(self, mail: InboundMail) -> bool:
        """Whether the same mail was already handled under another row.

        The same Message-ID from the same sender, or the same bytes when it has none.
        """
        mine = (mail.message_id, mail.from_address) if mail.message_id else (mail.sha256,)
        same = "message_id = ? AND message_id <> '' AND from_address = ?" if mail.message_id else "sha256 = ?"
        found = await self._core.db.rows(
            f"SELECT 1 AS one FROM inbound_mail WHERE {same} AND id <> ? "
            "AND state IN ('stored', 'settled', 'held', 'quarantined') LIMIT 1",
            *mine,
            mail.id,
        )
        return bool(found)

    async def _row(self, mail: ReceivedMail) -> InboundMail:
        small = len(mail.raw) <= INLINE
        now = self._core.clock.now()
        return InboundMail(
            mailbox=mail.mailbox,
            uidvalidity=mail.uidvalidity,
            uid=mail.uid,
            content=mail.raw if small else None,
            blob="" if small else (await self._core.blobs.put(mail.raw)).key,
            size=len(mail.raw),
            sha256=hashlib.sha256(mail.raw).hexdigest(),
            envelope_from=mail.envelope_from[:320],
            envelope_to=list(mail.envelope_to),
            received_at=now,
            due_at=now,
        )

    async def _insert(self, row: InboundMail) -> int:
        if row.uid is not None and await InboundMail.exists(
            mailbox=row.mailbox, uidvalidity=row.uidvalidity, uid=row.uid
        ):
            return 0
        await row.save(force_create=True)
        return 1


class Cursors:
    """How far each IMAP mailbox was read."""

    async def load(self, mailbox: str) -> Cursor:
        """The cursor last saved; Cursor(0, 0) for a new mailbox."""
        found = await MailboxCursor.get_or_none(name=mailbox)
        return Cursor(found.uidvalidity, found.uid) if found else Cursor(0, 0)

    async def save(self, mailbox: str, cursor: Cursor) -> None:
        """Remember it."""
        await MailboxCursor.update_or_create(
            name=mailbox, defaults={"uidvalidity": cursor.uidvalidity, "uid": cursor.uid}
        )
