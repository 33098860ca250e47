"""The inbound steps, in order. Each takes a case and returns a fuller one, or raises a Refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from msgspec.structs import replace

from hub.accounts.journal import ANSWERED, Journal
from hub.core.base import Core
from hub.mail import automatic
from hub.mail.addresses import Addresses, BounceToken
from hub.mail.automatic import Kind
from hub.mail.doubles import Doubles
from hub.mail.failures import Event, note, revive
from hub.mail.inbound import Inbound
from hub.mail.letters import LOOP
from hub.mail.outbox import Outbox
from hub.mail.reading.frame import unmarked
from hub.mailbox.authors import Authors
from hub.mailbox.case import Case
from hub.mailbox.directory import Directory
from hub.mailbox.lookup import Lookup, ancestors, opening_key
from hub.mailbox.loops import REFRAIN
from hub.mailbox.models import Message, MessageCopy, Service, Thread
from hub.mailbox.orders import UNCLEAR, Doubt, Obedient, Order, OrderRefused, doubt, order
from hub.mailbox.refusals import Reason, Refusal
from hub.mailbox.replies import Replies
from hub.mailbox.threads import Post, Said, Threads
from hub.mailbox.writing import NO_TEXT, one_line

NO_SUBJECT = "(Sans objet)"
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
        orders: Obedient,
    ) -> None:
        self._core = core
        self._addresses = addresses
        self._inbound = inbound
        self._doubles = Doubles(core)
        self._outbox = outbox
        self._lookup = Lookup(core, addresses, directory, replies)
        self._threads = threads
        self._orders = orders
        self._journal = Journal(core)
        self.authors = Authors(core)
        self.all: tuple[Step, ...] = (
            self.settle_bounce,  # a delivery report settles the mail it speaks of, and opens nothing
            self.refuse_duplicate,  # the same mail by another road
            self.hand_postmaster,  # what is about the mail itself is for administrators
            self.refuse_automatic,  # machines are never answered
            self.find_thread,  # by reply address, else by References of mail we sent
            self.authors.find_author,  # whom it speaks for, and whether From says the same
            self.authors.check_sender,  # token, From and authentication must agree
            self.keep_reply,  # what was newly written, the rest folded
            self.refuse_loop,  # machines that do not say that they are
            self.choose_service,  # a new thread needs a service address
            self.obey,  # "/accepter" as an agent's first line decides on what the thread carries
            self.store,
        )

    async def look_up(self, cases: Sequence[Case]) -> list[Case]:
        """The same cases with what is on file about them: a few queries for a whole batch, not a few for each."""
        return await self._lookup.fill(cases)

    async def write(self, cases: Sequence[Case]) -> None:
        """Put what the steps decided into the threads: a few statements for a whole batch."""
        said = [(case, case.post) for case in cases if case.post]
        if posts := [post for _, post in said]:
            messages = await self._threads.post_all(posts)
            for (case, _), message in zip(said, messages, strict=True):
                await self._copy(message.id, case.copied)
            of_town = [(p.author, f"conversation {p.thread.id}") for p in posts if not p.author.account]
            await self._journal.add_all([(by.agent, by.name, ANSWERED, about) for by, about in of_town])
        await self._inbound.settle_stored([case.mail for case in cases if case.post or case.posted])

    async def address(self, case: Case) -> None:
        """Note for which conversation and service a mail was that is set aside: only agents of that service see it."""
        case.mail.thread = case.thread.id if case.thread else None
        first = case.addressed[0].id if case.addressed else None
        case.mail.service = case.thread.service_id if case.thread else first

    async def settle_bounce(self, case: Case) -> Case:
        """A delivery report. One about a mail we never sent is counted, and that is all: anybody may write one, and
        about any address. One that was read before tells nothing, whatever has become of its mail since."""
        report = case.reading.bounce
        if report is None:
            return case
        if case.met.taken or case.met.erased:
            raise Refusal(Reason.duplicate)
        token = next((token for token in case.tokens if isinstance(token, BounceToken)), None)
        message_id = token.message_id if token else report.original_message_id
        if message_id and await self._outbox.bounced(message_id, report, signed=token is not None):
            raise Refusal(Reason.bounce)
        await note(self._core, "", Event.unknown, "bounce")
        raise Refusal(Reason.unknown_bounce)

    async def refuse_duplicate(self, case: Case) -> Case:
        """The same mail by another road: of the same Message-ID, sender and words, or of the same bytes; our own mail
        come back is one too. Other words under a known Message-ID are another mail: scanners give all theirs one."""
        if case.met.erased:  # read again, of a mailbox whose UIDs have changed
            raise Refusal(Reason.duplicate)
        if case.met.taken or case.is_copy:
            case = await self._for_others(case)
        if case.met.sent or self._is_ours(case):
            raise Refusal(Reason.own_mail)
        return case

    async def hand_postmaster(self, case: Case) -> Case:
        """What somebody wrote to postmaster, or a machine: complaints have a form of their own (RFC 5965). Nobody is
        answered, and what went to a service or a conversation as well belongs there."""
        if case.mail.released or case.grant or case.addressed:
            return case
        if any(map(self._addresses.is_postmaster, case.mail.envelope_to or case.recipients)):
            raise Refusal(Reason.postmaster)
        return case

    async def refuse_automatic(self, case: Case) -> Case:
        """RFC 3834: an automatic mail is never answered and never posted.

        One that only reads like it waits for somebody to look, and so does what many get without having asked.
        """
        if case.mail.released:
            return case
        if case.reading.kind is Kind.auto_reply:
            declared = automatic.is_declared(case.reading.parsed)
            raise Refusal(Reason.automatic if declared else Reason.seems_automatic)
        if case.reading.kind is Kind.bulk and not case.grant:
            raise Refusal(Reason.bulk)
        return case

    async def find_thread(self, case: Case) -> Case:
        """The reply address decides, or an agent who publishes it; References only suggest (see check_sender)."""
        if case.mail.chosen is not None:
            thread = await Thread.get_or_none(id=case.mail.chosen).select_related("service")
            return replace(case, thread=thread, has_parted=thread is not None)  # whether it has, store finds out
        if not case.thread and ancestors(case):  # what it answers may have come in just before it, in the same batch
            [found] = await self._lookup.fill([case])
            return replace(found, met=case.met)
        return case

    async def keep_reply(self, case: Case) -> Case:
        """What was newly written; what was cut stays beside it. A mail of files only is a message too."""
        if not case.text:
            raise Refusal(Reason.empty, case.registered)
        return case

    async def refuse_loop(self, case: Case) -> Case:
        """Two answering machines that face each other across a conversation stop here, and one that begins the same
        conversation over and over. People are not so fast, and copies of what they said are not counted."""
        if case.again:
            return case
        if case.lately is None:
            return await self._refuse_refrain(case)
        who = case.author.account, case.author.agent
        per_hour = self._core.config.mail.thread_mails_per_hour
        if not case.mail.released and case.lately.is_loop(who, case.text, per_hour, bool(case.files)):
            raise Refusal(Reason.loop)
        case.lately.add(who, case.text)
        return case

    async def _refuse_refrain(self, case: Case) -> Case:
        """Files without a word are told apart by what they show: photos are sent one by one."""
        if case.account is None or case.files or case.mail.released:
            return case
        if await self._lookup.begun(case.account.id, self.title(case), case.text) >= REFRAIN:
            raise Refusal(Reason.loop)
        return case

    def title(self, case: Case) -> str:
        """The subject of a conversation that this mail begins."""
        return one_line(unmarked(case.reading.parsed.subject))[: self._core.config.limits.subject_length] or NO_SUBJECT

    async def choose_service(self, case: Case) -> Case:
        """The thread's own, or for a new thread the one it was written to. Others that a family wrote to, or named in
        Cc, get it too: none of them is told of it in any other way."""
        if case.again:
            if not case.account:
                await self._copy_late(case)
                raise Refusal(Reason.duplicate)
            case = replace(case, thread=None)
        service = case.thread.service if case.thread else await self._destination(case)
        if service is None:
            raise Refusal(Reason.no_destination, case.registered)
        others = () if case.mail.chosen else tuple(each for each in case.addressed if each.id != service.id)
        if case.account:
            return replace(case, service=service, beside=others)
        return replace(case, service=service, copied=others)

    async def _copy_late(self, case: Case) -> None:
        """A blind copy of what an agent wrote, for services that only its envelope names."""
        for said in await Message.filter(message_id=case.mail.message_id, account_id=None).order_by("id"):
            await self._copy(said.id, case.addressed)

    async def _copy(self, message: int, services: Sequence[Service]) -> None:
        """An agent opens no conversation in a family's place, but whoever they name is told, as by any mail program: of
        what they wrote, and in its place of the decision that an order came to."""
        for service in services:
            await MessageCopy.get_or_create(message_id=message, service_id=service.id)

    async def _destination(self, case: Case) -> Service | None:
        """The first service that it was written to, or the one that an agent gave it to."""
        if not case.addressed and case.mail.released and case.mail.service:
            return await Service.get_or_none(id=case.mail.service, closed_at=None)
        return next(iter(case.addressed), None)

    async def obey(self, case: Case) -> Case:
        """An order of the town's side. What else the mail says is posted below the decision; nothing else: nothing."""
        if case.thread is None or not case.is_of_town:
            return case
        found = order(case.text)
        await self._refuse_unclear(case, case.thread.id, found)
        if found is None:
            return case
        try:
            if case.has_left:  # a colleague may vouch for their words, and not lend them the right to decide
                raise OrderRefused("Un autre service suit maintenant cette conversation : lui seul en décide.")
            shown_at = await self._lookup.shown_at(case)
            told = await self._orders.obey(case.thread.id, case.author, found, shown_at)
        except OrderRefused as refused:
            raise Refusal(Reason.order, case.registered, str(refused)) from refused
        await Message.filter(id=told).update(message_id=case.mail.message_id)  # by it a blind copy finds what to tell
        await self._copy(told, case.copied)
        if not found.rest and not case.files:
            return replace(case, posted=True)
        return replace(case, text=found.rest or NO_TEXT, words="")

    async def _refuse_unclear(self, case: Case, thread: int, found: Order | None) -> None:
        """What its writer takes for a decision, and the family would: neither decided nor said."""
        unsure = doubt(case.text, found)
        if unsure is Doubt.order or (unsure is Doubt.word and await self._orders.awaits(thread)):
            raise Refusal(Reason.order, case.registered, UNCLEAR)

    async def store(self, case: Case) -> Case:
        """Into the thread, when all of the batch are (see write); or as the first message of a new one."""
        if case.posted:
            return case
        if case.is_failing:
            await revive(self._core, case.sender, Event.wrote, f"mail {case.mail.id}")
        new = case.beside if case.thread else (case.service, *case.beside)
        for service in filter(None, new):
            await self._begin(case, service)
        if case.thread is None:
            return replace(case, posted=True)
        said = self._said(case)
        if case.has_parted and await self._threads.is_overheard(case.thread, case.author):
            await self._threads.begin_anew(case.thread, case.author, said, case.text)
            return replace(case, posted=True)
        return replace(case, post=Post(case.thread, case.author, said, case.text))

    async def _begin(self, case: Case, service: Service) -> None:
        """A new conversation with a service. What starts the legal clock is acknowledged, by whichever way it came."""
        assert case.account is not None
        said = self._said(case, opening_key(case.mail.id, service.id), wants_copy=True)
        title, family = self.title(case), case.account.family_id
        await self._threads.begin(case.author, family, service, None, title, said, case.text)

    def _said(self, case: Case, key: str = "", wants_copy: bool = False) -> Said:
        return Said(
            text=case.text,
            key=key or f"mail:{case.mail.id}",
            wants_copy=wants_copy,
            files=case.files,
            via="email",
            rest=case.rest,
            words=case.words,
            message_id=case.mail.message_id,
        )

    async def _for_others(self, case: Case) -> Case:
        """A copy of a mail for services that the mail itself did not name: To or Bcc, each is delivered by itself."""
        missed = await self._lookup.missed(case) if case.mail.proven and case.mail.message_id else ()
        if not missed:
            await self._doubles.widen(case.mail, [service.email for service in case.addressed])
            raise Refusal(Reason.duplicate)
        return replace(case, again=True, addressed=missed)

    def _is_ours(self, case: Case) -> bool:
        """Our own mail come back, though a list or a forward wrote another From or Message-ID into it."""
        sender, parsed = self._core.config.mail.sender_address.lower(), case.reading.parsed
        marks = [value.strip().lower() for value in parsed.all(LOOP)]
        paths = (case.sender, case.mail.envelope_from, (parsed.header("Return-Path") or "").strip().strip("<>"))
        return case.sender == sender or sender in marks or any(self._addresses.read(path) for path in paths)
