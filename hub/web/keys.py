"""What handlers find on the application and on a request, and what the web needs of the hub."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web

from hub.accounts.address import AddressChanges
from hub.accounts.factor import SecondFactor
from hub.accounts.login import Login
from hub.accounts.preferences import PreferencesOf
from hub.accounts.profiles import Profiles
from hub.accounts.provisional import Provisional
from hub.accounts.registration import Registrations
from hub.accounts.renewal import Renewals
from hub.accounts.sessions import Sessions, Visitor
from hub.accounts.terms import Terms
from hub.accounts.typed import TypedForms
from hub.actions.links import DecisionLinks
from hub.actions.listing import RequestLists
from hub.actions.papers import Papers
from hub.actions.requests import Requests
from hub.core.base import Core
from hub.dossier.dues import DuesProvider
from hub.dossier.file import FamilyFile
from hub.mailbox.answers import Answers
from hub.mailbox.asking import Asking
from hub.mailbox.conversation import Conversations
from hub.mailbox.directory import Directory
from hub.mailbox.drafts import Drafts
from hub.mailbox.filelinks import FileLinks
from hub.mailbox.filing import Filing
from hub.mailbox.joining import Joining
from hub.mailbox.lists import Lists
from hub.mailbox.news import NewsBoard
from hub.mailbox.receipts import Receipts
from hub.mailbox.sending import Sending
from hub.mailbox.threads import Threads
from hub.mailbox.unsent import UnsentMessages
from hub.web.clients import Proxies
from hub.web.lines import Lines
from hub.web.render import Renderer
from hub.web.statics import Statics


class Rooms(Protocol):
    """The rooms that pages call. `hub.app.Hub` has them all."""

    @property
    def core(self) -> Core: ...
    @property
    def login(self) -> Login: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def factor(self) -> SecondFactor: ...
    @property
    def provisional(self) -> Provisional: ...
    @property
    def terms(self) -> Terms: ...
    @property
    def typed(self) -> TypedForms: ...
    @property
    def preferences(self) -> PreferencesOf: ...
    @property
    def changes(self) -> AddressChanges: ...
    @property
    def registrations(self) -> Registrations: ...
    @property
    def renewals(self) -> Renewals: ...
    @property
    def joining(self) -> Joining: ...
    @property
    def filing(self) -> Filing: ...
    @property
    def asking(self) -> Asking: ...
    @property
    def requests(self) -> Requests: ...
    @property
    def papers(self) -> Papers: ...
    @property
    def decisions(self) -> DecisionLinks: ...
    @property
    def files(self) -> FamilyFile: ...
    @property
    def dues(self) -> DuesProvider | None: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def news(self) -> NewsBoard: ...
    @property
    def threads(self) -> Threads: ...
    @property
    def lists(self) -> Lists: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def drafts(self) -> Drafts: ...
    @property
    def sending(self) -> Sending: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def filelinks(self) -> FileLinks: ...


ROOMS: web.AppKey[Rooms] = web.AppKey("rooms", Rooms)
RENDERER = web.AppKey("renderer", Renderer)
STATICS = web.AppKey("statics", Statics)
PROXIES = web.AppKey("proxies", Proxies)
PROFILES = web.AppKey("profiles", Profiles)
RECEIPTS = web.AppKey("receipts", Receipts)
UNSENT = web.AppKey("unsent", UnsentMessages)
LINES = web.AppKey("lines", Lines)
REQUESTED = web.AppKey("requested", RequestLists)

ABSENT: web.RequestKey[bool] = web.RequestKey("absent", bool)  # who writes may have lost their session
VISITOR: web.RequestKey[Visitor | None] = web.RequestKey("visitor", object)  # type: ignore[arg-type]
SESSION = web.RequestKey("session", str)  # the cookie's token, when it names a session, lapsed or not
FORM_COOKIE = web.RequestKey("form_cookie", str)  # binds the forms of somebody who is not logged in
BEGUN: web.RequestKey[web.StreamResponse] = web.RequestKey("begun", web.StreamResponse)  # what is already on its way
INCIDENT = web.RequestKey("incident", str)  # id of the request in the log


def rooms(request: web.Request) -> Rooms:
    """The hub's rooms."""
    return request.app[ROOMS]


def core(request: web.Request) -> Core:
    """The hub's foundations."""
    return request.app[ROOMS].core


def visitor(request: web.Request) -> Visitor | None:
    """Who is behind the request, if anybody, lapsed or not."""
    return request.get(VISITOR)
