"""What the desk's handlers find on the application besides what `hub.web.keys` names."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web

from hub.accounts.agents import Agents
from hub.accounts.finding import Finding
from hub.accounts.identifiers import Identifiers
from hub.accounts.journal import Journal
from hub.actions.athand import FamilyAtHand
from hub.actions.joining import ThreadJoining
from hub.mail.outbox import Outbox
from hub.mail.unsent import UnsentMail
from hub.mailbox.asking import Asking
from hub.mailbox.assigning import Assigning
from hub.mailbox.canned import CannedAnswers
from hub.mailbox.care import Care
from hub.mailbox.failing import FailingAddresses
from hub.mailbox.figures import Figures
from hub.mailbox.filing import Filing
from hub.mailbox.handling import Handling
from hub.mailbox.later import Later
from hub.mailbox.mailings import Mailings
from hub.mailbox.presence import PresenceOf
from hub.mailbox.quarantine import Quarantine
from hub.mailbox.queues import Queues
from hub.mailbox.seeking import Seeking
from hub.mailbox.services import Services
from hub.mailbox.staff import Staff
from hub.mailbox.unreachable import Unreachable
from hub.privacy.erasure import Erasure
from hub.privacy.export import Export


class DeskRooms(Protocol):
    """What the desk needs of the hub besides `hub.web.keys.Rooms`."""

    @property
    def quarantine(self) -> Quarantine: ...
    @property
    def failing(self) -> FailingAddresses: ...
    @property
    def unreachable(self) -> Unreachable: ...
    @property
    def filing(self) -> Filing: ...
    @property
    def asking(self) -> Asking: ...
    @property
    def handling(self) -> Handling: ...
    @property
    def queues(self) -> Queues: ...
    @property
    def assigning(self) -> Assigning: ...
    @property
    def seeking(self) -> Seeking: ...
    @property
    def at_hand(self) -> FamilyAtHand: ...
    @property
    def later(self) -> Later: ...
    @property
    def presence(self) -> PresenceOf: ...
    @property
    def thread_joining(self) -> ThreadJoining: ...
    @property
    def mailings(self) -> Mailings: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def figures(self) -> Figures: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def unsent(self) -> UnsentMail: ...
    @property
    def finding(self) -> Finding: ...
    @property
    def identifiers(self) -> Identifiers: ...
    @property
    def agents(self) -> Agents: ...
    @property
    def services(self) -> Services: ...
    @property
    def staff(self) -> Staff: ...
    @property
    def canned(self) -> CannedAnswers: ...
    @property
    def care(self) -> Care: ...
    @property
    def export(self) -> Export: ...
    @property
    def erasure(self) -> Erasure: ...


FAILING = web.AppKey("failing", FailingAddresses)
ASSIGNING = web.AppKey("assigning", Assigning)
AT_HAND = web.AppKey("at_hand", FamilyAtHand)
UNREACHABLE = web.AppKey("unreachable", Unreachable)
HANDLING = web.AppKey("handling", Handling)
QUEUES = web.AppKey("queues", Queues)
MAILED = web.AppKey("mailed", Mailings)
JOURNAL = web.AppKey("journal", Journal)
FIGURES = web.AppKey("figures", Figures)
OUTBOX = web.AppKey("outbox", Outbox)
UNSENT_MAIL = web.AppKey("unsent_mail", UnsentMail)
SOUGHT = web.AppKey("seeking", Seeking)
FILING = web.AppKey("filing", Filing)
QUARANTINE = web.AppKey("quarantine", Quarantine)
FINDING = web.AppKey("finding", Finding)
AGENT_ACCOUNTS = web.AppKey("agents", Agents)
SERVICES = web.AppKey("services", Services)
STAFF = web.AppKey("staff", Staff)
CANNED = web.AppKey("canned", CannedAnswers)
CARE = web.AppKey("care", Care)
EXPORT = web.AppKey("export", Export)
LATER = web.AppKey("later", Later)
PRESENCE = web.AppKey("presence", PresenceOf)
JOINING = web.AppKey("thread_joining", ThreadJoining)
ASKING = web.AppKey("asking", Asking)
ERASURE = web.AppKey("erasure", Erasure)
IDENTIFIERS = web.AppKey("identifiers", Identifiers)
CONCERNS = web.RequestKey("concerns", str)  # what a button made or said, for the journal: by number
LOOKED = web.RequestKey("looked", bool)  # a button only showed what would be: nothing for the journal


def bind(app: web.Application, rooms: DeskRooms) -> None:
    """Put the rooms where handlers find them."""
    app[QUARANTINE] = rooms.quarantine
    app[FAILING] = rooms.failing
    app[UNREACHABLE] = rooms.unreachable
    app[FILING] = rooms.filing
    app[HANDLING] = rooms.handling
    app[QUEUES] = rooms.queues
    app[SOUGHT] = rooms.seeking
    app[ASSIGNING] = rooms.assigning
    app[AT_HAND] = rooms.at_hand
    app[ASKING] = rooms.asking
    app[LATER] = rooms.later
    app[PRESENCE] = rooms.presence
    app[JOINING] = rooms.thread_joining
    app[MAILED] = rooms.mailings
    app[JOURNAL] = rooms.journal
    app[OUTBOX] = rooms.outbox
    app[UNSENT_MAIL] = rooms.unsent
    app[FIGURES] = rooms.figures
    app[FINDING] = rooms.finding
    app[IDENTIFIERS] = rooms.identifiers
    app[CARE] = rooms.care
    app[AGENT_ACCOUNTS] = rooms.agents
    app[SERVICES] = rooms.services
    app[STAFF] = rooms.staff
    app[CANNED] = rooms.canned
    app[EXPORT] = rooms.export
    app[ERASURE] = rooms.erasure


def waiting(request: web.Request) -> Quarantine:
    """The mails that wait for an agent."""
    return request.app[QUARANTINE]


def failing(request: web.Request) -> FailingAddresses:
    """The addresses to which mail comes back."""
    return request.app[FAILING]


def filing(request: web.Request) -> Filing:
    """The papers that families send."""
    return request.app[FILING]
