"""Mail as received: taken durably, claimed, settled, run again.

`take` is where IMAP, LMTP and files meet. When it returns, the bytes survive a power cut; only then may a server's
copy be flagged or LMTP say 250.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from hub.core.base import Core
from hub.core.blobs import BlobMissing
from hub.core.db import marks
from hub.core.errors import Refused
from hub.core.work import wake
from hub.mail.models import InboundMail
from hub.mail.reading.charset import scrub

INLINE = 64 * 1024  # bytes: smaller mails live in the database, one durable write instead of three
LEASE = timedelta(seconds=45)  # renewed while a batch is being read: only a dead worker lets it lapse
RETRY = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))  # after an error of ours
WORKER = "receive"
HEAD = 64 * 1024  # bytes of a mail in which its Message-ID is looked for
_MESSAGE_ID = re.compile(rb"^message-id:\s{0,10}(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """Bytes off the wire and where they came from.

    `uid` is None where nobody numbers them. `received_at`: when, if not just now.
    """

    raw: bytes
    mailbox: str
    uidvalidity: int = 0
    uid: int | None = None
    envelope_from: str = ""
    envelope_to: tuple[str, ...] = field(default=())
    received_at: datetime | None = None


class _Arrived(NamedTuple):
    """A row of `inbound_mail` as it begins: without the ORM, which takes longer over it than the disk."""

    mailbox: str
    uidvalidity: int
    uid: int | None
    blob: str
    size: int
    sha256: str
    envelope_from: str
    envelope_to: str
    message_id: str
    received_at: datetime
    due_at: datetime
    state: str = "received"
    attempts: int = 0
    reason: str = ""
    trace: str = ""
    from_address: str = ""
    subject: str = ""
    proven: bool = False
    released: str = ""


SEEN = "ON CONFLICT (mailbox, uidvalidity, uid) DO NOTHING"


class Inbound:
    """The inbound queue."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def take(self, mails: Sequence[ReceivedMail]) -> int:
        """Store mails in one durable commit; how many were new. Raises when that cannot be promised.

        A mail that was taken before (same mailbox, UIDVALIDITY and UID) is left as it is.
        """
        if not mails:
            return 0
        rows = [await self._row(mail) for mail in mails]
        small = {row.sha256: mail.raw for row, mail in zip(rows, mails, strict=True) if not row.blob}
        async with self._core.db.transaction():
            new = await self._core.db.insert("inbound_mail", _Arrived._fields, rows, "id, sha256", SEEN)
            contents = [(row["id"], small[row["sha256"]]) for row in new if row["sha256"] in small]
            await self._core.db.many("INSERT INTO inbound_content (mail_id, content) VALUES (?, ?)", contents)
            await self._core.db.after_commit(partial(wake, self._core.channel, WORKER))
        return len(new)

    async def claim(self, limit: int) -> list[InboundMail]:
        """Lease up to `limit` mails that wait, oldest first."""
        now = self._core.clock.now()
        ids = await self._core.db.claim(
            "inbound_mail",
            "state = 'received' AND due_at <= ? AND (leased_until IS NULL OR leased_until <= ?)",
            (now, now),
            now + LEASE,
            limit,
            "due_at, id",  # the order of its index: a backlog is not sorted for each batch
        )
        mails = await self._core.db.by_id(InboundMail, ids)
        return [mails[one] for one in ids if one in mails]

    async def renew(self, mails: Sequence[InboundMail]) -> None:
        """Keep mails that are still being worked on."""
        ids = [mail.id for mail in mails]
        await self._core.db.execute(
            f"UPDATE inbound_mail SET leased_until = ? WHERE state = 'received' AND leased_until IS NOT NULL "
            f"AND id IN ({marks(ids)})",
            self._core.clock.now() + LEASE,
            *ids,
        )

    async def waiting(self, message_ids: Collection[str], since: datetime) -> set[str]:
        """Which of these Message-IDs are those of mails that came since then and are not handled yet."""
        rows = await self._core.db.rows(
            f"SELECT message_id FROM inbound_mail WHERE message_id IN ({marks([*message_ids])}) AND message_id <> '' "
            "AND state = 'received' AND received_at > ?",
            *message_ids,
            since,
        )
        return {row["message_id"] for row in rows}

    async def put_back(self, mails: Sequence[InboundMail], seconds: float) -> None:
        """Look at mails again a little later: what they answer has not been handled yet. No try is counted."""
        due = self._core.clock.now() + timedelta(seconds=seconds)
        await self._core.db.many(
            "UPDATE inbound_mail SET leased_until = NULL, attempts = attempts - 1, due_at = ? WHERE id = ?",
            [(due, mail.id) for mail in mails],
        )

    async def raw(self, mail: InboundMail) -> bytes:
        """The mail as it came. Raises BlobError when it cannot be read."""
        [raw] = await self.raws([mail])
        return raw

    async def raws(self, mails: Sequence[InboundMail]) -> list[bytes]:
        """The same of several; small ones in one query."""
        small = [mail.id for mail in mails if not mail.blob]
        asked = f"SELECT mail_id, content FROM inbound_content WHERE mail_id IN ({marks(small)})"
        rows = await self._core.db.rows(asked, *small) if small else ()
        found = {row["mail_id"]: bytes(row["content"]) for row in rows}
        return [found[mail.id] if mail.id in found else await self._large(mail) for mail in mails]

    async def _large(self, mail: InboundMail) -> bytes:
        if not mail.blob:
            raise BlobMissing(f"mail {mail.id}")
        return await self._core.blobs.get(mail.blob)

    async def settle(self, mail: InboundMail, state: str, reason: str = "") -> None:
        """Say what became of a mail. Part of the caller's transaction."""
        mail.state, mail.reason, mail.trace = state, reason, ""
        mail.leased_until, mail.settled_at = None, self._core.clock.now()
        await self._core.db.execute(
            "UPDATE inbound_mail SET state = ?, reason = ?, trace = '', leased_until = NULL, settled_at = ?, "
            "message_id = ?, from_address = ?, subject = ?, proven = ?, released = ?, thread = ?, service = ? "
            "WHERE id = ? AND state <> 'erased'",
            state, reason, mail.settled_at, mail.message_id, mail.from_address, mail.subject, mail.proven,
            mail.released, mail.thread, mail.service, mail.id,
        )  # fmt: skip

    async def fail(self, mail: InboundMail, trace: str) -> None:
        """An error of ours: try again later, and after the last try set it aside with its trace, for `replay`."""
        now = self._core.clock.now()
        mail.state, mail.reason, mail.settled_at = "received", "", None  # whatever a try said that was rolled back
        mail.trace, mail.leased_until = scrub(trace[-20_000:]), None  # it may quote what no database keeps
        if mail.attempts <= len(RETRY):
            mail.due_at = now + RETRY[mail.attempts - 1]
        else:
            mail.state, mail.reason, mail.settled_at = "failed", "error", now
        await InboundMail.filter(id=mail.id, state="received").update(  # another worker may have settled it meanwhile
            state=mail.state, reason=mail.reason, trace=mail.trace, leased_until=None, due_at=mail.due_at,
            settled_at=mail.settled_at, message_id=mail.message_id, from_address=mail.from_address,
            subject=mail.subject,
        )  # fmt: skip

    async def replay(self, mail_id: int) -> None:
        """Run a stored mail again, whatever became of it but `stored`. Raises Refused when there is nothing to run."""
        mail = await InboundMail.get_or_none(id=mail_id)
        if mail is None:
            raise Refused(f"Aucun e-mail reçu ne porte le numéro {mail_id}.")
        if mail.state == "erased":
            raise Refused(f"L’e-mail {mail_id} a été effacé.")
        if mail.state == "stored":
            raise Refused(f"L’e-mail {mail_id} est déjà dans un fil : le rejouer en ferait un double.")
        done = await InboundMail.filter(id=mail_id, state=mail.state).update(
            state="received", attempts=0, due_at=self._core.clock.now(), leased_until=None
        )
        if not done:
            raise Refused(f"L’e-mail {mail_id} vient d’être traité par quelqu’un d’autre.")
        await wake(self._core.channel, WORKER)

    async def settle_stored(self, mails: Sequence[InboundMail]) -> None:
        """Say that these stand in their threads: one statement for all. Part of the caller's transaction."""
        now = self._core.clock.now()
        for mail in mails:
            mail.leased_until = None  # all that is asked of it from now on
        await self._core.db.many(
            "UPDATE inbound_mail SET state = 'stored', reason = '', trace = '', leased_until = NULL, settled_at = ?, "
            "message_id = ?, from_address = ?, subject = ?, proven = ?, released = ? "
            "WHERE id = ? AND state <> 'erased'",
            [(now, m.message_id, m.from_address, m.subject, m.proven, m.released, m.id) for m in mails],
        )

    async def _row(self, mail: ReceivedMail) -> _Arrived:
        small = len(mail.raw) <= INLINE
        now = mail.received_at or self._core.clock.now()
        return _Arrived(
            mailbox=mail.mailbox,
            uidvalidity=mail.uidvalidity,
            uid=mail.uid,
            blob="" if small else (await self._core.blobs.put(mail.raw)).key,
            size=len(mail.raw),
            sha256=hashlib.sha256(mail.raw).hexdigest(),
            envelope_from=scrub(mail.envelope_from)[:320],
            envelope_to=json.dumps([scrub(address) for address in mail.envelope_to]),
            message_id=_announced_id(mail.raw),
            received_at=now,
            due_at=now,
        )


def _announced_id(raw: bytes) -> str:
    """The Message-ID as a glance at the head tells it, for those that answer this mail; reading it decides later."""
    found = _MESSAGE_ID.search(raw, 0, HEAD)
    return scrub(found[1].decode("ascii", "replace"))[:255] if found else ""
