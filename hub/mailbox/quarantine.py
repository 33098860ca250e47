"""Mail that waits for somebody to decide: held, quarantined, or stopped by an error of ours. How one
looks is told in `setaside`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from tortoise.expressions import Q

from hub.accounts.models import Account
from hub.core.base import Core
from hub.core.db import Also, Counted, known, marks
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.tokens import masked
from hub.core.work import wake
from hub.mail.doubles import NAMESAKES
from hub.mail.erased import erase
from hub.mail.inbound import WORKER, Inbound
from hub.mail.models import InboundMail
from hub.mail.readings import MailReader, Reading
from hub.mailbox.answers import Answers
from hub.mailbox.models import Decision
from hub.mailbox.opening import Opener, recipients
from hub.mailbox.prospect import NOWHERE, Prospect, foresee, places
from hub.mailbox.refusals import POLICIES, Reason
from hub.mailbox.setaside import (
    ATTRIBUTABLE,
    COLUMNS,
    WAITING,
    Conversation,
    Namesake,
    Opened,
    Settled,
    Waiting,
    identified,
    last_of,
    row_of,
)
from hub.mailbox.steps import Steps
from hub.mailbox.verify import Verifier
from hub.mailbox.writing import checked_text

PAGE = 50
FORGOTTEN = 2_000  # mails that one round drops: as many as a storm of reports leaves in an hour, and some
OTHERS = 20  # conversations among which an agent chooses
REPLY_ADDRESS = "l’adresse de réponse d’une conversation"
# What an agent sees: what is for a service of theirs, and what nobody can tell; what is about the mail itself is for
# administrators. Two parameters: the agent, twice.
SEEN = (
    "(? = 0 OR (m.reason <> 'postmaster' AND "
    "COALESCE((SELECT t.service_id FROM thread t WHERE t.id = m.thread), m.service, 0) IN "
    "(SELECT 0 UNION ALL SELECT service_id FROM service_agent WHERE agent_id = ?)))"
)
log = structlog.get_logger(__name__)


class Quarantine:
    """Shows what waits and carries out what an agent decides. `agent` of a verb: its id, 0 for the command line;
    `also`: what stands or falls with the decision."""

    def __init__(
        self,
        core: Core,
        inbound: Inbound,
        reader: MailReader,
        opener: Opener,
        steps: Steps,
        verifier: Verifier,
        answers: Answers,
    ) -> None:
        self._core = core
        self._inbound = inbound
        self._reader = reader
        self._opener = opener
        self._steps = steps
        self._verifier = verifier
        self._answers = answers

    async def waiting(self, before: int = 0, limit: int = PAGE, seen_by: int = 0) -> list[Waiting]:
        """The latest mails that wait, newest first, from behind the mail `before` on.

        `seen_by`: an agent, to whom only some of them are shown; 0 for who sees all.
        """
        behind = "AND (received_at, id) < (SELECT received_at, id FROM inbound_mail WHERE id = ?) " if before else ""
        rows = await self._core.db.rows(
            f"SELECT {COLUMNS} FROM inbound_mail m WHERE state IN ('held', 'quarantined', 'failed') AND {SEEN} {behind}"
            f"ORDER BY received_at DESC, id DESC LIMIT {limit}",
            self._core.clock.now(),
            seen_by,
            seen_by,
            *([before] if before else []),
        )
        return [row_of(row) for row in rows]

    def counted(self, seen_by: int = 0) -> Counted:
        """How many of these wait."""
        return Counted(
            f"SELECT COUNT(*) FROM inbound_mail m WHERE state IN ('held', 'quarantined', 'failed') AND {SEEN}",
            (seen_by, seen_by),
        )

    async def states(self, mails: Sequence[int], seen_by: int) -> dict[int, str]:
        """What has become of those of these mails that this agent is to see, by id."""
        rows = await self._core.db.rows(
            f"SELECT id, state FROM inbound_mail m WHERE id IN ({marks(mails)}) AND {SEEN}",
            *(*mails, seen_by, seen_by),
        )
        return {row["id"]: row["state"] for row in rows}

    async def show_to(self, agent: int, mail_id: int) -> None:
        """Raises NotFound where this agent is not to see the mail, whatever has become of it."""
        found = await self._core.db.rows(
            f"SELECT 1 FROM inbound_mail m WHERE m.id = ? AND {SEEN}", mail_id, agent, agent
        )
        if not found:
            raise NotFound

    async def open(self, mail_id: int, seen_by: int = 0) -> Opened:
        """One mail, read again from its bytes, for `seen_by` as in `waiting`. Raises NotFound."""
        row, mail = await self._row(mail_id), await self._find(mail_id)
        reading = await self._read(mail)
        prospect, services = None, NOWHERE
        if reading and (mail.reason in ATTRIBUTABLE or mail.account):
            prospect = await foresee(self._steps, self._opener.case(mail, reading, ()))
        elif reading and mail.reason == Reason.unknown_sender:
            services = await places(self._steps, self._opener.case(mail, reading, ()))
        return Opened(
            row=identified(row, reading),
            reading=reading,
            recipients=self._recipients(mail, reading),
            prospect=prospect,
            trace=masked(mail.trace),
            text=self._opener.harmless((reading.reply.text or reading.parsed.text) if reading else ""),
            rest=self._opener.harmless(reading.reply.rest if reading and reading.reply.text else ""),
            fields=self._opener.harmless(_fields(reading)),
            services=prospect.services if prospect else services,
            conversations=await self._conversations(prospect, seen_by) if prospect else (),
            namesakes=await self._namesakes(mail) if mail.message_id else (),
        )

    async def source(self, mail_id: int) -> bytes:
        """The mail as it came. Raises NotFound, BlobError."""
        return await self._inbound.raw(await self._find(mail_id))

    async def settled(self, mail_id: int) -> Settled:
        """What was last decided about a mail. Raises NotFound when nobody ever decided anything."""
        rows = await self._core.db.rows(
            f"SELECT {COLUMNS}, d.act, d.at, g.name, ("
            "SELECT MAX(used_at) FROM release_link WHERE mail_id = m.id) AS confirmed_at "
            "FROM inbound_mail m LEFT JOIN quarantine_decision d ON d.id = "
            "(SELECT MAX(id) FROM quarantine_decision WHERE mail_id = m.id) "
            "LEFT JOIN agent g ON g.id = d.agent_id WHERE m.id = ? AND m.state <> 'erased'",
            self._core.clock.now(),
            mail_id,
        )
        last = last_of(rows[0]) if rows else None
        if last is None:
            raise NotFound
        return last

    async def accept(
        self,
        mail_id: int,
        agent: int = 0,
        also: Also | None = None,
        service: int = 0,
        parent: str = "",
        thread: str = "",
        seen_by: int = 0,
    ) -> None:
        """An agent vouches for the mail: it is posted as its `prospect` says, at `service` where that leaves a choice,
        and where it is nameless for `parent`: a login or an address. `thread`: one of its `conversations` instead, or
        "0", a new one. Raises NotFound, Conflict, Invalid."""
        opened = await self.open(mail_id, seen_by)
        if opened.prospect is None and not opened.is_nameless:
            raise Conflict("Cet e-mail ne vient de personne que le portail connaisse : il ne peut pas être publié.")
        change: dict[str, object] = {"released": "agent", "chosen": None}
        if opened.prospect is None:
            change["account"] = await _parent(parent)
        elif thread:
            change |= _chosen(opened, opened.prospect, thread)
        if opened.services and not change["chosen"]:
            if service not in dict(opened.services):
                raise Invalid({"service": "Choisissez le service qui suivra cette conversation."})
            change["service"] = service
        await self._again(mail_id, opened.row, "accepted", agent, also, **change)

    async def refuse(self, mail_id: int, words: str, agent: int = 0, also: Also | None = None) -> None:
        """An agent sets the mail aside and writes to its sender. Raises NotFound, Conflict, Invalid."""
        row, now = await self._row(mail_id), self._core.clock.now()
        text, wrong = checked_text(words, self._core.config.limits)
        if wrong:
            raise Invalid({"reponse": wrong["message"]})
        if not row.can_answer:
            raise Conflict("L’adresse de l’expéditeur ne se lit pas : personne à qui répondre.")

        async def write() -> None:
            await self._answers.write_back(await InboundMail.get(id=mail_id), text)
            if also:
                await also()

        await self._decide(mail_id, row.state, "refused", agent, write, state="discarded", settled_at=now)

    async def replay(self, mail_id: int, agent: int = 0, also: Also | None = None) -> None:
        """Run a mail again that an error of ours stopped, or something missing. Raises NotFound, Conflict."""
        row = await self._row(mail_id)
        if not row.can_replay:
            raise Conflict("Relire cet e-mail ne changerait rien : ce qui l’a arrêté tient à l’e-mail lui-même.")
        await self._again(mail_id, row, "replayed", agent, also)

    async def discard(self, mail_id: int, agent: int = 0, also: Also | None = None) -> None:
        """An agent sets the mail aside; it is kept `mail.quarantine_days` more. Raises NotFound, Conflict."""
        row, now = await self._row(mail_id), self._core.clock.now()
        await self._decide(mail_id, row.state, "discarded", agent, also, state="discarded", settled_at=now)

    async def restore(self, mail_id: int, agent: int = 0, also: Also | None = None) -> None:
        """A discarded mail waits again, as before. Raises NotFound, Conflict."""
        mail = await InboundMail.get_or_none(id=mail_id, state="discarded")
        if mail is None:
            raise NotFound
        state = POLICIES[Reason(mail.reason)].state if mail.reason in POLICIES else "failed"
        await self._decide(mail_id, "discarded", "restored", agent, also, state=state)

    async def forget(self) -> int:
        """Drop mails discarded or ignored long ago, and delivery reports, with their bytes. For the daily round.

        What is ignored would be ignored again; of the others it is remembered that they were here.
        """
        before = self._core.clock.now() - timedelta(days=self._core.config.mail.quarantine_days)
        old = await self._core.db.rows(
            "SELECT id, blob FROM inbound_mail WHERE state IN ('discarded', 'settled', 'ignored') AND settled_at < ? "
            f"LIMIT {FORGOTTEN}",
            before,
        )
        ids = [row["id"] for row in old]
        await InboundMail.filter(id__in=ids, state="ignored").delete()
        await erase(InboundMail.filter(id__in=ids, state__in=("discarded", "settled")))
        for row in old:
            if row["blob"]:
                await self._core.blobs.delete(row["blob"])
        return len(old)

    def _recipients(self, mail: InboundMail, reading: Reading | None) -> tuple[str, ...]:
        """Addresses as people know them; a reply address speaks for whoever it was given to."""
        found = recipients(mail, reading.parsed) if reading else tuple(mail.envelope_to)
        return tuple(address if self._opener.harmless(address) == address else REPLY_ADDRESS for address in found)

    async def _conversations(self, prospect: Prospect, seen_by: int) -> tuple[Conversation, ...]:
        """The latest of a parent that this agent follows, but for the one foreseen."""
        rows = await self._core.db.rows(
            "SELECT t.id, t.subject, s.name, t.last_at FROM entry e JOIN thread t ON t.id = e.thread_id "
            "JOIN service s ON s.id = t.service_id WHERE e.account_id = ? AND t.id <> ? AND (? = 0 OR t.service_id IN "
            f"(SELECT service_id FROM service_agent WHERE agent_id = ?)) ORDER BY t.last_at DESC, t.id LIMIT {OTHERS}",
            *(prospect.account, prospect.thread, seen_by, seen_by),
        )
        return tuple(Conversation(r["id"], r["subject"], r["name"], known(r["last_at"])) for r in rows)

    async def _namesakes(self, mail: InboundMail) -> tuple[Namesake, ...]:
        """What came under its Message-ID from its sender and was kept, the latest first."""
        rows = await self._core.db.rows(
            "SELECT m.id, m.received_at, m.state, (SELECT MAX(s.thread_id) FROM message s WHERE s.message_id = ? "
            "AND (s.key = 'mail:' || m.id OR s.key LIKE 'mail:' || m.id || ':%')) AS thread FROM inbound_mail m "
            "WHERE m.message_id = ? AND m.message_id <> '' AND m.from_address = ? AND m.id <> ? "
            f"AND m.state IN ('stored', 'held', 'quarantined', 'discarded') ORDER BY m.id DESC LIMIT {NAMESAKES}",
            mail.message_id,
            mail.message_id,
            mail.from_address,
            mail.id,
        )
        return tuple(Namesake(r["id"], known(r["received_at"]), r["state"], r["thread"] or 0) for r in rows)

    async def _row(self, mail_id: int) -> Waiting:
        rows = await self._core.db.rows(
            f"SELECT {COLUMNS} FROM inbound_mail m WHERE m.id = ? AND state IN ('held', 'quarantined', 'failed')",
            self._core.clock.now(),
            mail_id,
        )
        if not rows:
            raise NotFound
        return row_of(rows[0])

    async def _find(self, mail_id: int) -> InboundMail:
        mail = await InboundMail.get_or_none(id=mail_id, state__in=WAITING)
        if mail is None:
            raise NotFound
        return mail

    async def _read(self, mail: InboundMail) -> Reading | None:
        """Reading it may be the very thing that failed: an agent must still be able to see that, and to decide."""
        try:
            raw = await self._inbound.raw(mail)
            [reading] = await self._reader.read([raw])
            return await self._verifier.verify(raw, reading, mail.received_at)
        except Exception:
            log.exception("a mail in quarantine cannot be read", mail=mail.id)
            return None

    async def _again(
        self, mail_id: int, seen: Waiting, act: str, agent: int, also: Also | None, **change: object
    ) -> None:
        await self._decide(mail_id, seen.state, act, agent, also, state="received", attempts=0, **change)
        await self._core.db.after_commit(lambda: wake(self._core.channel, WORKER))

    async def _decide(self, mail_id: int, seen: str, act: str, agent: int, also: Also | None, **change: object) -> None:
        """One decision on a mail that still is in the state it was seen in: the second of two agents is told."""
        now = self._core.clock.now()
        async with self._core.db.transaction():
            same = InboundMail.filter(id=mail_id, state=seen)
            if not await same.update(due_at=now, leased_until=None, **change):
                raise Conflict("Quelqu’un vient de traiter cet e-mail.")
            await Decision.create(mail_id=mail_id, agent_id=agent or None, act=act, at=now)
            if also:
                await also()


def _chosen(opened: Opened, prospect: Prospect, thread: str) -> dict[str, object]:
    """Where an agent puts a mail of a parent."""
    if thread == "0" and prospect.account:
        return {"chosen": 0, "service": prospect.service_id}
    if thread not in {str(one.id) for one in opened.conversations}:
        raise Invalid({"fil": "Choisissez la conversation où publier cet e-mail."})
    return {"chosen": int(thread)}


def _fields(reading: Reading | None) -> str:
    headers = reading.parsed.headers if reading else ()
    return "\n".join(f"{name}: {value}" for name, value in headers)


async def _parent(named: str) -> int:
    """The account of that login or address."""
    folded = named.strip().lower()
    found = await Account.filter(Q(login=folded) | Q(email=folded)).first() if folded else None
    if found is None:
        raise Invalid({"parent": "Aucun compte de parent n’a ce nom d’utilisateur ni cette adresse."})
    return int(found.id)
