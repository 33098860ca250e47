"""Who may see the desk: agents who are logged in. A parent's session opens nothing here."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web
from aiohttp.hdrs import METH_POST
from aiohttp.typedefs import Handler

from hub.accounts.sessions import Visitor
from hub.core.errors import NotFound, Refused
from hub.desk import show
from hub.desk.door import AGENTS, HOME, LOGIN
from hub.desk.journal import about, act
from hub.desk.keys import JOURNAL
from hub.web.doors import Page
from hub.web.guard import to_what_is_owed
from hub.web.keys import core, visitor
from hub.web.show import see_other
from hub.web.trouble import of_refusal

ADDRESSES = "/bureau/adresses"
DOCUMENTS = "/bureau/documents"
REQUESTS = "/bureau/demandes"
THREADS = "/bureau/conversations"
MAILINGS = "/bureau/envois"
OUTBOX_PAGE = "/bureau/non-remis"
FIGURES_PAGE = "/bureau/chiffres"
JOURNAL_PAGE = "/bureau/journal"


def agent(page: Page, written: bool = True) -> Handler:
    """For an agent whose session stands. What they do is written down; what they are refused is told on a page."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        who = visitor(request)
        if who is not None and AGENTS.is_of(who) and who.waits_for:
            return to_what_is_owed(request, AGENTS, who)
        if who is None or not is_in(who):
            return see_other(f"{LOGIN}?suite={quote(_back(request), safe='/')}")
        try:
            response = await page(request, who)
        except Refused as refused:
            return await _refused(request, refused)
        if written and request.method == METH_POST and response.status < 400:
            await request.app[JOURNAL].add(who.agent, who.name, act(request), about(request))
        return response

    return guarded


def unwritten(page: Page) -> Handler:
    """The same for a sign that a page gives by itself: nobody has done anything."""
    return agent(page, written=False)


def administrator(page: Page) -> Handler:
    """For an agent whom the settings name; to the others the page is not there."""

    async def guarded(request: web.Request, who: Visitor) -> web.StreamResponse:
        if not is_administrator(request, who):
            raise NotFound
        return await page(request, who)

    return agent(guarded)


def is_administrator(request: web.Request, who: Visitor) -> bool:
    """Whether the settings name this agent."""
    named = core(request).config.security.administrators
    return bool(who.agent) and who.email.lower() in {address.strip().lower() for address in named}


def is_in(who: Visitor) -> bool:
    """Whether it is an agent whose session stands and owes nothing more."""
    return AGENTS.is_of(who) and not who.waits_for


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
    return f"{HOME}/{mail}" if mail else HOME


async def _refused(request: web.Request, refused: Refused) -> web.Response:
    return await show.page(request, "desk/refused.html", {"message": refused.message}, of_refusal(refused).status)
