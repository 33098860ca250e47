"""Who may see the desk: agents who are logged in. A parent's session opens nothing here."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from hub.accounts.sessions import Visitor
from hub.core.errors import NotFound, Refused
from hub.desk import show
from hub.desk.door import AGENTS, HOME, LOGIN
from hub.desk.keys import STAFF
from hub.desk.rights import is_administrator
from hub.web.doors import Page
from hub.web.guard import to_what_is_owed
from hub.web.keys import visitor
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


def agent(page: Page) -> Handler:
    """For an agent whose session stands. What they are refused is told on a page; what they do is written down
    by the page itself (see `journal.acting`)."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        who = visitor(request)
        if who is not None and AGENTS.is_of(who) and who.waits_for:
            return to_what_is_owed(request, AGENTS, who)
        if who is None or not is_in(who):
            return see_other(f"{LOGIN}?suite={quote(_back(request), safe='/')}")
        try:
            return await page(request, who)
        except Refused as refused:
            return await _refused(request, refused)

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
