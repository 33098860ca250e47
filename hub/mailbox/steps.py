"""The inbound steps, in order. Each takes a case and returns a fuller one, or raises a Refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from tortoise.models import Model

from hub.accounts.models import Account, Agent
from hub.core.base import Core
from hub.core.db import marks
from hub.mail.addresses import Addresses, BounceToken
from hub.mail.automatic import Kind
from hub.mail.inbound import Inbound
from hub.mail.outbox import Outbox
from hub.mailbox.case import Case
from hub.mailbox.directory import Directory, writing_from
from hub.mailbox.models import Service, Thread
from hub.mailbox.refusals import Reason, Refusal
from hub.mailbox.replies import Grant, Holder, Replies, Standing
from hub.mailbox.threads import Post, Said, Threads
from hub.mailbox.writing import one_line, paragraphs

NO_TEXT = "(Message sans texte, voir les pièces jointes.)"
NO_SUBJECT = "(Sans objet)"
Row = TypeVar("Row", bound=Model)
Step = Callable[[Case], Awaitable[Case]]


class Steps:
    """What happens to a mail."""

    def __init__(
        self,
        core: Core,
        addresses: Addresses,
        inbound: Inbound,
        outbox: Outbox,
        directory: Directory,
        replies: Replies,
        threads: Threads,
    ) -> None:
        self._core = core
        self._addresses = addresses
        self._inbound = inbound
        self._outbox = outbox
        self._directory = directory
        self._replies = replies
        self._threads = threads
        self.all: tuple[Step, ...] = (
            self.settle_bounce,  # a delivery report settles the mail it speaks of, and opens nothing
            self.refuse_duplicate,  # the same mail by another road
            self.refuse_automatic,  # machines are never answered
            self.find_thread,  # by reply address, else by References of mail we sent
            self.find_author,  # whom it speaks for, and whether From says the same
            self.check_sender,  # token, From and authentication must agree
            self.keep_reply,  # what was newly written, the rest folded
            self.choose_service,  # a new thread needs a service address
            self.store,
        )

    async def look_up(self, cases: Sequence[Case]) -> list[Case]:
        """The same cases with what is known of their doubles and what their reply addresses say: a few queries for a
        whole batch, not a few for each."""
        met = await self._inbound.met([case.mail for case in cases])
        grants = await self._replies.resolve([case.recipients for case in cases])
        given = [grant for grant in grants if grant]
        threads = await _by_id(Thread, {grant.thread for grant in given}, "service")
        holders: dict[Holder, dict[int, Any]] = {
            holder: await _by_id(model, {grant.who for grant in given if grant.holder is holder})
            for holder, model in ((Holder.account, Account), (Holder.agent, Agent))
        }
        shared = await self._directory.agents_of({grant.who for grant in given if grant.holder is Holder.service})
        return [
            replace(
                case,
                met=before,
                grant=grant,
                thread=threads[grant.thread] if grant else None,
                holder=holders.get(grant.holder, {}).get(grant.who) if grant else None,
                colleagues=shared.get(grant.who, ()) if grant and grant.holder is Holder.service else (),
            )
            for case, before, grant in zip(cases, met, grants, strict=True)
        ]

    async def write(self, cases: Sequence[Case]) -> None:
        """Put what the steps decided into the threads: a few statements for a whole batch."""
        ready = [(case, case.post) for case in cases if case.post]
        if ready:
            await self._threads.post_all([post for _, post in ready])
        await self._inbound.settle_stored([case.mail for case in cases if case.post or case.posted])

    async def settle_bounce(self, case: Case) -> Case:
        """Only a signed return path makes a failure hard: a report by itself can be written by anyone."""
        report = case.reading.bounce
        if report is None:
            return case
        token = next((t for r in case.recipients if isinstance(t := self._addresses.read(r), BounceToken)), None)
        message_id = token.message_id if token else report.original_message_id
        hard = token is not None and report.action == "failed" and not (report.status or "5").startswith("4")
        known = message_id and await self._outbox.bounced(message_id, hard, report.status or "", report.diagnostic)
        raise Refusal(Reason.bounce if known else Reason.unknown_bounce)

    async def refuse_duplicate(self, case: Case) -> Case:
        """By Message-ID and sender, or by its bytes when it has no Message-ID; our own mail come back is one too."""
        if case.met.taken:
            raise Refusal(Reason.duplicate)
        if case.met.sent or case.sender == self._core.config.mail.sender_address.lower():
            raise Refusal(Reason.own_mail)
        return case

    async def refuse_automatic(self, case: Case) -> Case:
        """RFC 3834: an automatic mail is never answered and never posted."""
        if case.reading.kind is Kind.auto_reply:
            raise Refusal(Reason.automatic)
        return case

    async def find_thread(self, case: Case) -> Case:
        """The reply address decides; References only suggest (see check_sender)."""
        if case.grant:
            return case
        if case.reading.kind is Kind.bulk:
            raise Refusal(Reason.bulk)
        return replace(case, thread=await self._by_references(case))

    async def find_author(self, case: Case) -> Case:
        """Whom the mail would speak for, their address on file, and whether From names them."""
        if not case.sender:
            raise Refusal(Reason.no_author)
        if case.grant:
            return await self._holder(case, case.grant)
        account = await Account.filter(email=case.sender, email_verified_at__isnull=False).first()
        if case.thread:
            case = await self._member(case, case.thread, account)
        if not case.thread and account:
            case = replace(case, account=account, registered=account.email, claimed=True)
        return case

    async def check_sender(self, case: Case) -> Case:
        """Three agree: posted. Two: held, and the registered address is asked. A From alone has no effect."""
        if case.mail.released and case.registered:  # somebody vouched for it: see Answers.release, Quarantine.accept
            return case
        aligned = case.reading.verdict.aligned
        if case.grant:
            self._check_grant(case, case.grant, aligned)
        elif not case.registered:
            raise Refusal(Reason.unknown_sender, case.sender if aligned else "")
        elif case.thread:
            raise Refusal(Reason.no_token if aligned else Reason.forged, case.registered)
        elif not aligned:
            raise Refusal(Reason.unauthenticated, case.registered)
        return case

    async def keep_reply(self, case: Case) -> Case:
        """What was newly written; what was cut stays beside it. A mail of files only is a message too."""
        trimmed = case.reading.reply
        text = paragraphs(trimmed.text)
        if not text.strip():
            if not case.files:
                raise Refusal(Reason.empty, case.registered)
            text = NO_TEXT
        longest = self._core.config.limits.body_length
        if len(text) > longest:  # shown as far as a web message could go; the rest is folded, not lost
            return replace(case, text=f"{text[:longest]}…", rest=f"…{text[longest:]}\n\n{trimmed.rest}")
        return replace(case, text=text, rest=trimmed.rest)

    async def choose_service(self, case: Case) -> Case:
        """The thread's own, or for a new thread the one it was written to."""
        if case.thread:
            return replace(case, service=case.thread.service)
        service = await self._directory.by_address(case.recipients)
        if service is None:
            raise Refusal(Reason.no_destination)
        return replace(case, service=service)

    async def store(self, case: Case) -> Case:
        """Into the thread, when all of the batch are (see write); or as the first message of a new one."""
        said = Said(
            text=case.text,
            key=f"mail:{case.mail.id}",
            files=case.files,
            via="email",
            rest=case.rest,
            message_id=case.mail.message_id,
        )
        if case.thread:
            return replace(case, post=Post(case.thread, case.author, said, case.text))
        assert case.account is not None and case.service is not None
        title = one_line(case.reading.parsed.subject)[: self._core.config.limits.subject_length] or NO_SUBJECT
        await self._threads.begin(case.author, case.account.family_id, case.service, None, title, said, case.text)
        return replace(case, posted=True)

    def _check_grant(self, case: Case, grant: Grant, aligned: bool) -> None:
        if grant.standing is not Standing.valid:
            reason = Reason.revoked_token if grant.standing is Standing.revoked else Reason.expired_token
            raise Refusal(reason, case.registered if case.claimed and aligned else "")
        if not case.claimed:
            raise Refusal(Reason.other_sender if aligned else Reason.forged, case.registered)
        if not aligned:
            raise Refusal(Reason.unauthenticated, case.registered)

    async def _holder(self, case: Case, grant: Grant) -> Case:
        """Whom the reply address was given to, and whether it is they who write."""
        assert case.thread is not None
        match case.holder:
            case Account() as account:
                return replace(case, account=account, registered=account.email, claimed=case.sender == account.email)
            case Agent() as agent:
                claimed = case.sender in (agent.email, *agent.aliases)
                return replace(case, agent=agent, registered=agent.email, claimed=claimed)
        same = case.thread.service_id == grant.who
        service = case.thread.service if same else await Service.get(id=grant.who)
        person = writing_from(case.sender, case.colleagues)
        claimed = person is not None or case.sender == service.shared
        return replace(case, agent=person, registered=service.shared, claimed=claimed)

    async def _member(self, case: Case, thread: Thread, account: Account | None) -> Case:
        """The sender's part in the thread that References name; without one, the thread is forgotten."""
        if account and account.family_id == thread.family_id:
            return replace(case, account=account, registered=account.email, claimed=True)
        agent = await self._directory.agent_of(thread.service_id, case.sender)
        if agent:
            return replace(case, agent=agent, registered=agent.email, claimed=True)
        return replace(case, thread=None)

    async def _by_references(self, case: Case) -> Thread | None:
        """The thread of the latest mail named in In-Reply-To and References that we sent or took in."""
        parsed = case.reading.parsed
        named = [i for i in (parsed.in_reply_to, *reversed(parsed.references)) if i][:20]
        if not named:
            return None
        rows = await self._core.db.rows(
            "SELECT thread AS id, message_id FROM outbound_mail WHERE thread IS NOT NULL "
            f"AND message_id IN ({marks(named)}) UNION "
            f"SELECT thread_id AS id, message_id FROM message WHERE message_id IN ({marks(named)})",
            *named,
            *named,
        )
        found = {row["message_id"]: row["id"] for row in rows}
        latest = next((found[i] for i in named if i in found), None)
        return await Thread.get_or_none(id=latest).select_related("service") if latest else None


async def _by_id(model: type[Row], ids: set[int], *related: str) -> dict[int, Row]:
    """Rows of a table by their ids, with what they refer to."""
    found = await model.filter(id__in=ids).select_related(*related) if ids else []
    return {row.pk: row for row in found}
