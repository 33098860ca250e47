"""The composition root: settings in, a whole hub out. The only file that knows every room."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from hub.accounts.address import AddressChanges
from hub.accounts.agents import Agents
from hub.accounts.factor import SecondFactor
from hub.accounts.finding import Finding
from hub.accounts.identifiers import Identifiers
from hub.accounts.journal import Journal
from hub.accounts.links import Links
from hub.accounts.login import Login
from hub.accounts.notices import Notices
from hub.accounts.passwords import Passwords
from hub.accounts.people import People
from hub.accounts.preferences import PreferencesOf
from hub.accounts.provisional import Provisional
from hub.accounts.registration import Registrations
from hub.accounts.renewal import Renewals
from hub.accounts.sessions import Sessions
from hub.accounts.terms import Terms
from hub.actions.athand import FamilyAtHand
from hub.actions.expiry import Expiry
from hub.actions.joining import ThreadJoining
from hub.actions.kinds import BY_SLUG
from hub.actions.links import DecisionLinks
from hub.actions.orders import Orders
from hub.actions.papers import CarriedPapers, Papers
from hub.actions.requests import Requests
from hub.config import Config, ConfigError, Imap
from hub.core.base import Core, lay
from hub.core.clock import Clock
from hub.core.work import Crew, Worker, settle
from hub.desk import routes as desk
from hub.dossier.dues import DuesProvider
from hub.dossier.file import FamilyFile
from hub.health import Health
from hub.mail import failures
from hub.mail.addresses import Addresses
from hub.mail.imap import ImapMail, ImapReader, Take
from hub.mail.inbound import WORKER as RECEIVE
from hub.mail.inbound import Cursors, Inbound, ReceivedMail
from hub.mail.letters import Letters
from hub.mail.lmtp import Envelope, LmtpServer
from hub.mail.outbox import WORKER as OUTBOX
from hub.mail.outbox import Outbox
from hub.mail.readings import MailReader
from hub.mail.smtp import SmtpTransport
from hub.mail.together import Together
from hub.mail.unsent import UnsentMail
from hub.mail.watch import MailboxWatch
from hub.mailbox.answers import Answers
from hub.mailbox.asking import Asking
from hub.mailbox.assigning import Assigning
from hub.mailbox.canned import CannedAnswers
from hub.mailbox.care import Care
from hub.mailbox.conversation import Conversations
from hub.mailbox.criteria import Criteria, Knows, Missing, OfSchool
from hub.mailbox.directory import Directory
from hub.mailbox.drafts import Drafts
from hub.mailbox.failing import FailingAddresses
from hub.mailbox.figures import Figures
from hub.mailbox.filelinks import FileLinks
from hub.mailbox.filing import Filing
from hub.mailbox.handling import Handling
from hub.mailbox.intake import Intake
from hub.mailbox.joining import Joining
from hub.mailbox.later import WORKER as LATER
from hub.mailbox.later import Later
from hub.mailbox.lists import Lists
from hub.mailbox.mailings import WORKER as MAILING
from hub.mailbox.mailings import Mailings
from hub.mailbox.news import NewsBoard
from hub.mailbox.opening import Opener
from hub.mailbox.pieces import Pieces
from hub.mailbox.presence import PresenceOf
from hub.mailbox.quarantine import Quarantine
from hub.mailbox.queues import Queues
from hub.mailbox.receive import BATCH, Receiver
from hub.mailbox.replies import Replies
from hub.mailbox.seeking import Seeking
from hub.mailbox.sending import Sending
from hub.mailbox.services import Services
from hub.mailbox.staff import Staff
from hub.mailbox.steps import Steps
from hub.mailbox.threads import ANNOUNCE, Threads
from hub.mailbox.unreachable import Unreachable
from hub.mailbox.verify import Verifier
from hub.notifications.announce import Announcer
from hub.notifications.facts import FactsOf
from hub.notifications.letters import MessageLetters
from hub.notifications.silence import SilenceClock
from hub.privacy.erasure import Erasure
from hub.privacy.export import Export
from hub.web.server import application

POLL = 1.0  # seconds: what a wake-up from another process costs at most on SQLite
LATENESS = 20.0  # seconds that an answer may go after its time
HOURLY = 3600.0  # seconds between rounds of forgetting

Extend = Callable[[web.Application], None]


@dataclass(frozen=True, slots=True)
class Hub:
    """One town's hub: its foundations, its rooms, and the workers that move things between them."""

    core: Core
    passwords: Passwords
    login: Login
    sessions: Sessions
    people: People
    notices: Notices
    factor: SecondFactor
    provisional: Provisional
    terms: Terms
    journal: Journal
    preferences: PreferencesOf
    changes: AddressChanges
    identifiers: Identifiers
    finding: Finding
    links: Links
    registrations: Registrations
    renewals: Renewals
    agents: Agents
    joining: Joining
    files: FamilyFile
    filing: Filing
    papers: Papers
    asking: Asking
    handling: Handling
    queues: Queues
    assigning: Assigning
    seeking: Seeking
    at_hand: FamilyAtHand
    later: Later
    presence: PresenceOf
    thread_joining: ThreadJoining
    figures: Figures
    mailings: Mailings
    requests: Requests
    decisions: DecisionLinks
    care: Care
    export: Export
    erasure: Erasure
    addresses: Addresses
    inbound: Inbound
    handed_over: Together[ReceivedMail]
    outbox: Outbox
    unsent: UnsentMail
    transport: SmtpTransport
    letters: Letters
    directory: Directory
    services: Services
    staff: Staff
    canned: CannedAnswers
    news: NewsBoard
    threads: Threads
    lists: Lists
    conversations: Conversations
    drafts: Drafts
    sending: Sending
    replies: Replies
    answers: Answers
    filelinks: FileLinks
    quarantine: Quarantine
    failing: FailingAddresses
    unreachable: Unreachable
    verifier: Verifier
    receiver: Receiver
    announcer: Announcer
    silence: SilenceClock
    readers: tuple[ImapReader, ...]
    dues: DuesProvider | None = None  # until a room bills

    @property
    def workers(self) -> tuple[Worker, ...]:
        """Everything that runs by itself."""
        return (
            Worker(RECEIVE, self.receiver.step, POLL, few=BATCH),
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
            await self.transport.close()
            self.passwords.close()
            await self.core.close()

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Workers, IMAP readers and the LMTP door, running until the block ends."""
        crew = Crew(self.workers, self.core.channel)
        watches = [MailboxWatch(self.core, s.name, r) for s, r in zip(self._mailboxes, self.readers, strict=True)]
        door = self.lmtp()
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
        Health(self.core, self.readers).add_to(app)
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
        return LmtpServer(mail.lmtp, self.take, self.accepts, limits.mail_bytes)

    async def take(self, envelope: Envelope) -> None:
        """Store a mail that came by LMTP; returns once it is durable."""
        await self.handed_over.add(
            ReceivedMail(envelope.raw, "lmtp", envelope_from=envelope.mail_from, envelope_to=envelope.rcpt_tos)
        )

    async def accepts(self, address: str) -> bool:
        """Whether an address is ours: a service's, the hub's own, or one it issued."""
        folded = address.strip().lower()
        if folded == self.core.config.mail.sender_address.lower() or self.addresses.read(folded):
            return True
        return await self.directory.by_address([folded]) is not None

    async def settle(self) -> None:
        """Step every worker until nothing is left to do."""
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
        await self.filing.expire()
        await self.drafts.forget()
        await self.quarantine.forget()
        await self.answers.forget()
        await self.presence.forget()
        await failures.forget(self.core)
        return 0

    @property
    def _mailboxes(self) -> Sequence[Imap]:
        return self.core.config.mail.imap


def build(config: Config, clock: Clock | None = None) -> Hub:
    """A hub as the settings describe it, not yet opened. Raises ConfigError for what only the rooms know is wrong."""
    named = {*(config.dossier.requests or ()), *(one.kind for one in config.dossier.themes)}
    if unknown := named - set(BY_SLUG):
        raise ConfigError(f"dossier : aucune demande ne s’appelle « {min(unknown)} » ; attendu : {', '.join(BY_SLUG)}")
    core = lay(config, clock)
    passwords = Passwords()
    people = People(core, passwords)
    addresses = Addresses(config.mail, core.signer)
    inbound, outbox = Inbound(core), Outbox(core)
    letters = Letters(core, addresses)
    notices, sessions, login = Notices(core, letters, outbox), Sessions(core), Login(core, passwords)
    provisional = Provisional(core, passwords, sessions, notices)
    pieces = Pieces(core, CarriedPapers(core))
    directory, threads, drafts = Directory(core, people), Threads(core, pieces), Drafts(core)
    links, files, sending = Links(core), FamilyFile(core), Sending(core, threads, drafts)
    registrations = Registrations(core, passwords, links, letters, outbox)
    replies, filelinks = Replies(core, addresses), FileLinks(core)
    reader, opener, verifier = MailReader(config.mail.authserv_ids), Opener(core, addresses), Verifier(core)
    answers = Answers(core, letters, outbox)
    renewals = Renewals(core, passwords, links, sessions, registrations, letters, outbox)
    agents = Agents(core, links, sessions, renewals, notices)
    requests = Requests(core, files, threads, pieces)
    decisions = DecisionLinks(core, requests)
    steps = Steps(core, addresses, inbound, outbox, directory, replies, threads, Orders(requests))
    facts = FactsOf(core, directory)
    message_letters = MessageLetters(core, addresses, letters, replies, filelinks, decisions)
    return Hub(
        core=core,
        passwords=passwords,
        login=login,
        sessions=sessions,
        people=people,
        notices=notices,
        factor=SecondFactor(core, login, passwords, notices),
        provisional=provisional,
        terms=Terms(core),
        journal=Journal(core),
        preferences=PreferencesOf(core),
        changes=AddressChanges(core, notices),
        identifiers=Identifiers(core, provisional, sessions, notices),
        finding=Finding(core),
        links=links,
        registrations=registrations,
        renewals=renewals,
        agents=agents,
        joining=Joining(core, registrations, threads, requests),
        files=files,
        filing=Filing(core, files, threads, sending, drafts, pieces),
        papers=Papers(core, requests),
        asking=Asking(core, threads, pieces),
        handling=Handling(core, threads),
        queues=Queues(core),
        seeking=Seeking(core),
        assigning=Assigning(core, threads),
        at_hand=FamilyAtHand(core),
        later=Later(core, threads),
        presence=PresenceOf(core),
        thread_joining=ThreadJoining(core, threads),
        figures=Figures(core),
        mailings=Mailings(core, threads, Criteria(OfSchool(core), Missing(core), Knows(core))),
        requests=requests,
        decisions=decisions,
        care=Care(core, files),
        export=Export(core, inbound),
        erasure=Erasure(core),
        addresses=addresses,
        inbound=inbound,
        handed_over=Together(inbound.take),
        outbox=outbox,
        unsent=UnsentMail(core),
        transport=SmtpTransport(config.mail.smtp),
        letters=letters,
        directory=directory,
        services=Services(core),
        staff=Staff(core, agents),
        canned=CannedAnswers(core),
        news=NewsBoard(core),
        threads=threads,
        lists=Lists(core),
        conversations=Conversations(core, outbox),
        drafts=drafts,
        sending=sending,
        replies=replies,
        answers=answers,
        filelinks=filelinks,
        quarantine=Quarantine(core, inbound, reader, opener, steps, verifier),
        unreachable=Unreachable(core),
        failing=FailingAddresses(core),
        verifier=verifier,
        receiver=Receiver(core, inbound, reader, Intake(core, addresses), opener, steps, answers, verifier),
        announcer=Announcer(core, outbox, facts, message_letters),
        silence=SilenceClock(core, directory, replies, letters, outbox, Expiry(core, threads, pieces), decisions),
        readers=tuple(ImapReader(s, Cursors(), _take_imap(inbound), core.clock) for s in config.mail.imap),
    )


def _take_imap(inbound: Inbound) -> Take:
    async def take(mails: Sequence[ImapMail]) -> None:
        await inbound.take([ReceivedMail(m.raw, m.mailbox, m.uidvalidity, m.uid) for m in mails])

    return take
