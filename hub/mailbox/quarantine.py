"""Mail that waits for somebody to decide: held, quarantined, or stopped by an error of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.core.base import Core
from hub.core.db import known
from hub.core.errors import Conflict, NotFound
from hub.core.work import wake
from hub.mail import parse, reply
from hub.mail.inbound import WORKER, Inbound
from hub.mail.models import InboundMail
from hub.mailbox.refusals import WORDS, Reason

PAGE = 50
WAITING = ("held", "quarantined", "failed")
# Only these name somebody of ours in whose name the mail can be posted.
ATTRIBUTABLE = frozenset(
    {
        Reason.unauthenticated,
        Reason.other_sender,
        Reason.no_token,
        Reason.expired_token,
        Reason.revoked_token,
    }
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail as the quarantine lists it. `why` is for people; `size` in bytes."""

    id: int
    sender: str
    subject: str
    received_at: datetime
    state: str
    why: str
    size: int
    can_accept: bool
    can_replay: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """One of them, read. `trace` only after an error of ours."""

    row: Waiting
    recipients: tuple[str, ...]
    text: str
    files: tuple[tuple[str, int], ...]
    trace: str


class Quarantine:
    """Shows what waits and carries out what an agent decides."""

    def __init__(self, core: Core, inbound: Inbound) -> None:
        self._core = core
        self._inbound = inbound

    async def waiting(self, before: int = 0) -> list[Waiting]:
        """The latest PAGE mails that wait, newest first, below the id `before`."""
        rows = await self._core.db.rows(
            "SELECT id, from_address, subject, received_at, state, reason, size FROM inbound_mail "
            f"WHERE state IN ('held', 'quarantined', 'failed') AND id < ? "
            f"ORDER BY received_at DESC, id DESC LIMIT {PAGE}",
            before or 2**62,
        )
        return [
            _waiting(
                row["id"], row["from_address"], row["subject"], known(row["received_at"]), row["state"],
                row["reason"], row["size"],
            )
            for row in rows
        ]  # fmt: skip

    async def open(self, mail_id: int) -> Opened:
        """One mail, read again from its bytes. Raises NotFound."""
        mail = await self._find(mail_id)
        parsed = parse.read(await self._inbound.raw(mail))
        row = _waiting(mail.id, mail.from_address, mail.subject, mail.received_at, mail.state, mail.reason, mail.size)
        return Opened(
            row=row,
            recipients=tuple(m.address for m in (*parsed.to, *parsed.cc)),
            text=reply.trim(parsed).text or parsed.text,
            files=tuple((file.filename, file.size) for file in parsed.attachments),
            trace=mail.trace,
        )

    async def accept(self, mail_id: int) -> None:
        """An agent vouches for the mail: it is posted in its sender's name. Raises NotFound, Conflict."""
        mail = await self._find(mail_id)
        if mail.reason not in ATTRIBUTABLE:
            raise Conflict("Ce courriel ne vient de personne que le portail connaisse : il ne peut pas être publié.")
        await self._decide(mail, state="received", released="agent", attempts=0)
        await wake(self._core.channel, WORKER)

    async def discard(self, mail_id: int) -> None:
        """An agent sets the mail aside for good; its bytes are kept `mail.quarantine_days` more."""
        await self._decide(await self._find(mail_id), state="discarded", settled_at=self._core.clock.now())

    async def forget(self) -> int:
        """Drop mails discarded or ignored long ago, with their bytes. For the daily round."""
        before = self._core.clock.now() - timedelta(days=self._core.config.mail.quarantine_days)
        old = await InboundMail.filter(state__in=("discarded", "ignored"), received_at__lt=before).limit(500)
        for mail in old:
            await mail.delete()
            if mail.blob:
                await self._core.blobs.delete(mail.blob)
        return len(old)

    async def _find(self, mail_id: int) -> InboundMail:
        mail = await InboundMail.get_or_none(id=mail_id, state__in=WAITING)
        if mail is None:
            raise NotFound
        return mail

    async def _decide(self, mail: InboundMail, **change: object) -> None:
        """One decision: the second of two agents is told."""
        now = self._core.clock.now()
        done = await InboundMail.filter(id=mail.id, state=mail.state).update(due_at=now, leased_until=None, **change)
        if not done:
            raise Conflict("Quelqu’un vient de traiter ce courriel.")


def _waiting(
    mail_id: int, sender: str, subject: str, received_at: datetime, state: str, reason: str, size: int
) -> Waiting:
    return Waiting(
        id=mail_id,
        sender=sender or "(expéditeur illisible)",
        subject=subject or "(sans objet)",
        received_at=received_at,
        state=state,
        why=WORDS.get(reason, reason),
        size=size,
        can_accept=reason in ATTRIBUTABLE,
        can_replay=state == "failed",
    )
