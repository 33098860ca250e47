"""The rooms of a hub, made part by part: each is given what it stands on, and nothing else.

The lower parts come first; the order in which `hub.app.build` calls them is that of the floors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

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
from hub.accounts.typed import TypedForms
from hub.actions.athand import FamilyAtHand
from hub.actions.expiry import Expiry
from hub.actions.joining import ThreadJoining
from hub.actions.links import DecisionLinks
from hub.actions.orders import Orders
from hub.actions.papers import CarriedPapers, Papers
from hub.actions.requests import Requests
from hub.core.base import Core
from hub.dossier.file import FamilyFile
from hub.mail.addresses import Addresses
from hub.mail.cursors import Cursors
from hub.mail.imap import ImapMail, ImapReader, Take
from hub.mail.inbound import Inbound, ReceivedMail
from hub.mail.letters import Letters
from hub.mail.outbox import Outbox
from hub.mail.readings import MailReader
from hub.mail.reused import told_apart
from hub.mail.smtp import SmtpTransport
from hub.mail.spool import SPOOL, Spool
from hub.mail.together import Together
from hub.mail.unsent import UnsentMail
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
from hub.mailbox.later import Later
from hub.mailbox.lists import Lists
from hub.mailbox.mailings import Mailings
from hub.mailbox.namesakes import Namesakes
from hub.mailbox.news import NewsBoard
from hub.mailbox.opening import Opener
from hub.mailbox.pieces import Pieces
from hub.mailbox.presence import PresenceOf
from hub.mailbox.quarantine import Quarantine
from hub.mailbox.queues import Queues
from hub.mailbox.receive import Receiver
from hub.mailbox.replies import Replies
from hub.mailbox.seeking import Seeking
from hub.mailbox.sending import Sending
from hub.mailbox.services import Services
from hub.mailbox.staff import Staff
from hub.mailbox.steps import Steps
from hub.mailbox.threads import Threads
from hub.mailbox.unreachable import Unreachable
from hub.mailbox.verify import Verifier
from hub.notifications.announce import Announcer
from hub.notifications.facts import FactsOf
from hub.notifications.letters import MessageLetters
from hub.notifications.silence import SilenceClock
from hub.privacy.erasure import Erasure
from hub.privacy.export import Export


@dataclass(frozen=True, kw_only=True)
class Wire:
    """Mail as it comes and goes."""

    addresses: Addresses
    inbound: Inbound
    handed_over: Together[ReceivedMail]
    spool: Spool
    handed_in: Counter[str]  # at the door of this process, by what became of it
    outbox: Outbox
    unsent: UnsentMail
    transport: SmtpTransport
    letters: Letters


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """Who comes in, and how."""

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
    typed: TypedForms


@dataclass(frozen=True, kw_only=True)
class Town:
    """The services, who works there, and what they keep at the desk."""

    directory: Directory
    services: Services
    staff: Staff
    canned: CannedAnswers
    news: NewsBoard


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """Conversations, families' files among them."""

    pieces: Pieces
    threads: Threads
    drafts: Drafts
    sending: Sending
    files: FamilyFile
    filing: Filing
    lists: Lists
    conversations: Conversations
    replies: Replies
    answers: Answers
    filelinks: FileLinks
    failing: FailingAddresses


@dataclass(frozen=True, kw_only=True)
class Handled:
    """What agents do with conversations."""

    asking: Asking
    handling: Handling
    queues: Queues
    assigning: Assigning
    seeking: Seeking
    later: Later
    presence: PresenceOf
    figures: Figures
    mailings: Mailings
    care: Care
    unreachable: Unreachable


@dataclass(frozen=True, kw_only=True)
class Actions:
    """What a conversation can carry."""

    requests: Requests
    papers: Papers
    decisions: DecisionLinks
    joining: Joining
    at_hand: FamilyAtHand
    thread_joining: ThreadJoining


@dataclass(frozen=True, kw_only=True)
class Moving:
    """What goes by itself: mail into conversations, messages into mail."""

    verifier: Verifier
    receiver: Receiver
    quarantine: Quarantine
    announcer: Announcer
    silence: SilenceClock
    readers: tuple[ImapReader, ...]


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """What is held on a family."""

    export: Export
    erasure: Erasure


def wire(core: Core) -> Wire:
    """The part that stands on nothing but the foundations."""
    config = core.config
    addresses, inbound = Addresses(config.mail, core.signer), Inbound(core)
    spool = Spool(core.db.beside(SPOOL), inbound.take, core.clock)
    return Wire(
        addresses=addresses,
        inbound=inbound,
        handed_over=Together(spool.append),
        spool=spool,
        handed_in=Counter(),
        outbox=Outbox(core),
        unsent=UnsentMail(core),
        transport=SmtpTransport(config.mail.smtp),
        letters=Letters(core, addresses),
    )


def accounts(core: Core, mail: Wire) -> Accounts:
    """Those who come in, who get letters about it."""
    passwords, links, sessions = Passwords(), Links(core), Sessions(core)
    login, notices = Login(core, passwords), Notices(core, mail.letters, mail.outbox)
    provisional = Provisional(core, passwords, sessions, notices)
    registrations = Registrations(core, passwords, links, mail.letters, mail.outbox)
    renewals = Renewals(core, passwords, links, sessions, registrations, mail.letters, mail.outbox)
    return Accounts(
        passwords=passwords,
        login=login,
        sessions=sessions,
        people=People(core, passwords),
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
        agents=Agents(core, links, sessions, renewals, notices),
        typed=TypedForms(core),
    )


def town(core: Core, who: Accounts) -> Town:
    """The services, whose agents have accounts."""
    return Town(
        directory=Directory(core, who.people),
        services=Services(core),
        staff=Staff(core, who.agents),
        canned=CannedAnswers(core),
        news=NewsBoard(core),
    )


def mailbox(core: Core, mail: Wire) -> Mailbox:
    """Conversations, and the addresses that lead to them."""
    pieces, files, drafts = Pieces(core, CarriedPapers(core)), FamilyFile(core), Drafts(core)
    threads = Threads(core, pieces)
    sending = Sending(core, threads, drafts)
    return Mailbox(
        pieces=pieces,
        threads=threads,
        drafts=drafts,
        sending=sending,
        files=files,
        filing=Filing(core, files, threads, sending, drafts, pieces),
        lists=Lists(core),
        conversations=Conversations(core),
        replies=Replies(core, mail.addresses),
        answers=Answers(core, mail.letters, mail.outbox),
        filelinks=FileLinks(core),
        failing=FailingAddresses(core),
    )


def handled(core: Core, box: Mailbox) -> Handled:
    """What is done with conversations at the desk."""
    return Handled(
        asking=Asking(core, box.threads, box.pieces),
        handling=Handling(core, box.threads),
        queues=Queues(core),
        assigning=Assigning(core, box.threads),
        seeking=Seeking(core),
        later=Later(core, box.threads),
        presence=PresenceOf(core),
        figures=Figures(core),
        mailings=Mailings(core, box.threads, Criteria(OfSchool(core), Missing(core), Knows(core))),
        care=Care(core, box.files),
        unreachable=Unreachable(core),
    )


def actions(core: Core, who: Accounts, box: Mailbox) -> Actions:
    """Requests, which open conversations and change files."""
    requests = Requests(core, box.files, box.threads, box.pieces)
    return Actions(
        requests=requests,
        papers=Papers(core, requests),
        decisions=DecisionLinks(core, requests),
        joining=Joining(core, who.registrations, box.threads, requests),
        at_hand=FamilyAtHand(core),
        thread_joining=ThreadJoining(core, box.threads),
    )


def moving(core: Core, mail: Wire, services: Town, box: Mailbox, asked: Actions) -> Moving:
    """What carries mail in and out; an order by mail decides on a request."""
    reader, opener, verifier = MailReader(core.config.mail.authserv_ids), Opener(core, mail.addresses), Verifier(core)
    orders, intake = Orders(asked.requests), Intake(core, mail.addresses)
    inbound, outbox, directory = mail.inbound, mail.outbox, services.directory
    steps = Steps(core, mail.addresses, inbound, outbox, directory, box.replies, box.threads, orders)
    letters = MessageLetters(core, mail.addresses, mail.letters, box.replies, box.filelinks, asked.decisions)
    expiry = Expiry(core, box.threads, box.pieces)
    namesakes = Namesakes(inbound, mail.addresses, reader)
    return Moving(
        verifier=verifier,
        receiver=Receiver(core, inbound, reader, intake, opener, steps, box.answers, verifier, namesakes),
        quarantine=Quarantine(core, inbound, reader, opener, steps, verifier, box.answers),
        announcer=Announcer(core, outbox, FactsOf(core, directory), letters),
        silence=SilenceClock(core, directory, box.replies, mail.letters, outbox, expiry, asked.decisions),
        readers=tuple(ImapReader(s, Cursors(), _take_imap(core, inbound), core.clock) for s in core.config.mail.imap),
    )


def privacy(core: Core, mail: Wire) -> Privacy:
    """What looks everywhere."""
    return Privacy(export=Export(core, mail.inbound), erasure=Erasure(core))


def _take_imap(core: Core, inbound: Inbound) -> Take:
    async def take(mails: Sequence[ImapMail]) -> None:
        received = [ReceivedMail(m.raw, m.mailbox, m.uidvalidity, m.uid) for m in mails]
        await inbound.take(await told_apart(core, received))

    return take
