"""Who may see the desk: agents who are logged in. A parent's session opens nothing here."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from hub.accounts.sessions import Visitor
from hub.core.errors import NotFound, Refused
from hub.desk import show
from hub.desk.door import AGENTS, HOME, LOGIN, START
from hub.desk.keys import STAFF
from hub.desk.rights import is_administrator, may_help
from hub.web import forms
from hub.web.doors import Page
from hub.web.guard import to_what_is_owed
from hub.web.keys import rooms, visitor
from hub.web.receiving import Form
from hub.web.show import see_other
from hub.web.trouble import of_refusal

ADDRESSES = "/bureau/adresses"
DOCUMENTS = "/bureau/documents"
REQUESTS = "/bureau/demandes"
THREADS = "/bureau/conversations"
SEEKING = "/bureau/recherche"
MAILINGS = "/bureau/envois"
OUTBOX_PAGE = "/bureau/non-remis"
FIGURES_PAGE = "/bureau/chiffres"
JOURNAL_PAGE = "/bureau/journal"
ORGANISATION = "/bureau/organisation"
EXPIRED = "Votre session a expiré. Reconnectez-vous pour continuer."
WORDS = ("message", "note", "motif", "precision")  # fields in which agents write more than a word
JOINED = "Cette conversation vient d’être réunie avec une autre."


def agent(page: Page) -> Handler:
    """For an agent whose session stands. What they are refused is told on a page; what they do is written down
    by the page itself (see `journal.acting`)."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        who = visitor(request)
        if who is not None and AGENTS.is_of(who) and who.waits_for:
            return to_what_is_owed(request, AGENTS, who)
        if who is None or not is_in(who):
            return await _to_login(request, who)
        try:
            return await page(request, who)
        except Refused as refused:
            return await _refused(request, who, refused)

    return guarded


def administrator(page: Page) -> Handler:
    """For an agent whom the settings name, or who was made one at the desk; to the others the page is not there."""

    async def guarded(request: web.Request, who: Visitor) -> web.StreamResponse:
        if not is_administrator(request, who):
            raise NotFound
        return await page(request, who)

    return agent(guarded)


def head(page: Page) -> Handler:
    """For an administrator, and for a head: of the service that the address names or, where it names none, of any."""

    async def guarded(request: web.Request, who: Visitor) -> web.StreamResponse:
        if not is_administrator(request, who):
            led = await request.app[STAFF].led(who.agent)
            named = request.match_info.get("service")
            if not led or (named is not None and int(named) not in led):
                raise NotFound
        return await page(request, who)

    return agent(guarded)


def helper(page: Page) -> Handler:
    """For an agent who helps families into their accounts; to the others the page is not there."""

    async def guarded(request: web.Request, who: Visitor) -> web.StreamResponse:
        if not await may_help(request, who):
            raise NotFound
        return await page(request, who)

    return agent(guarded)


def is_in(who: Visitor) -> bool:
    """Whether it is an agent whose session stands and owes nothing more."""
    return AGENTS.is_of(who) and not who.waits_for


async def _to_login(request: web.Request, who: Visitor | None) -> web.StreamResponse:
    """There, and then back here; by way of a page with what was typed, where a session has lapsed meanwhile."""
    login = f"{LOGIN}?suite={quote(_back(request), safe='/')}"
    typed = await _late(request) if who is not None and who.agent and request.method == "POST" else ""
    if not typed:
        return see_other(login)
    nothing = {"waiting": 0}  # is told of what waits to who is out
    context = {"message": EXPIRED, "back": login, "typed": typed, "counts": nothing}
    return await show.page(request, "desk/refused.html", context, web.HTTPUnauthorized.status_code)


async def _late(request: web.Request) -> str:
    """The words in a form of ours that comes too late."""
    try:
        return _words(await forms.read(request))
    except Refused:
        return ""


def _words(form: Form | None) -> str:
    """What an agent has typed, that must not be lost with a button that comes too late."""
    texts = [form.text(name) for name in WORDS] if form else []
    return next((text for text in texts if text.strip()), "")


def _back(request: web.Request) -> str:
    """Where to go on after logging in: here, or to the page whose button was pressed."""
    if request.method in ("GET", "HEAD"):
        return request.raw_path
    mail = request.match_info.get("mail", "")
    guardian = request.match_info.get("guardian", "")
    if asked := request.match_info.get("request", ""):
        return f"{REQUESTS}/{asked}"
    if thread := request.match_info.get("thread", ""):
        return f"{THREADS}/{thread}"
    if guardian:
        return f"/bureau/comptes/{guardian}"
    if mailing := request.match_info.get("mailing", ""):
        return f"{MAILINGS}/{mailing}"
    if document := request.match_info.get("document", ""):
        return f"{DOCUMENTS}?document={document}"
    return f"{HOME}/{mail}" if mail else HOME


async def _refused(request: web.Request, who: Visitor, refused: Refused) -> web.Response:
    """Told on a page, with what was typed: a colleague may have been faster while it was being written."""
    message, back = refused.message, _back(request) if request.method == "POST" else START
    if isinstance(refused, NotFound):
        into = await _joined_to(request, who)
        message, back = (JOINED, f"{THREADS}/{into}") if into else (message, START)
    context = {"message": message, "back": back, "typed": _words(request.get(forms.SENT))}
    return await show.page(request, "desk/refused.html", context, of_refusal(refused).status)


async def _joined_to(request: web.Request, who: Visitor) -> int:
    """Of which conversation the one that the address names is part by now, where this agent may see it; or 0."""
    threads = rooms(request).threads
    into = await threads.joined_to(int(request.match_info.get("thread", 0)))
    try:
        return (await threads.served(into, who.agent)).id if into else 0
    except NotFound:
        return 0
