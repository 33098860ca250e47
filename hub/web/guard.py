"""Who may see a page: guardians who are logged in; everybody else is asked to log in and comes back."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from hub.accounts.sessions import Visitor
from hub.core.errors import Forbidden, Refused
from hub.web import csrf, forms
from hub.web.doors import PARENTS, Door, Page
from hub.web.keys import ABSENT, core, rooms, visitor
from hub.web.receiving import Form
from hub.web.show import see_other

LOGIN = "/connexion"
NOBODY = Visitor(session=0, name="", email="", lapsed=True)  # yet: the key of their form tells


def guardian(page: Page, back: str = "") -> Handler:
    """For a guardian whose session stands.

    `back`: of a form in which one writes, the page that it is on, as a route has it. There somebody whose session has
    lapsed meanwhile finds what they typed, once they are back (see `given_back`).
    """

    async def guarded(request: web.Request) -> web.StreamResponse:
        who = visitor(request)
        if who is None or not who.account or who.lapsed:
            return to_login(request, await _kept(request, who, back) if back else "")
        if who.waits_for:
            return to_what_is_owed(request, PARENTS, who)
        response = await page(request, who)
        if back and response.status == web.HTTPSeeOther.status_code:
            await rooms(request).typed.drop(who.account, _place(request, back))
        return response

    return guarded


async def given_back(request: web.Request, who: Visitor) -> Form | None:
    """What they typed on this page when their session had lapsed; None where nothing is kept."""
    typed = await rooms(request).typed.of(who.account, _place(request, request.path))
    return Form(typed) if typed else None


async def _kept(request: web.Request, who: Visitor | None, back: str) -> str:
    """The page on which what was typed will be found; "" where it is nobody's, or cannot be kept."""
    if _is_script(request):
        return ""
    request[ABSENT] = who is None
    try:
        form = await forms.read(request)
    except (Refused, web.HTTPUnsupportedMediaType):
        return ""
    account = who.account if who else csrf.writer_of(core(request).signer, form.text(csrf.SENDING))
    place = _place(request, back)
    return place if account and await rooms(request).typed.keep(account, place, form.fields) else ""


def _place(request: web.Request, back: str) -> str:
    """A page, told from the others of its kind: by its path, and by the child that a request is for."""
    path, child = back.format(**request.match_info), request.query.get("enfant", "")
    return f"{path}?enfant={child}" if child.isascii() and child.isdigit() else path


def writer(page: Page) -> Handler:
    """For a guardian who sends what they wrote, even when their session lapsed or is gone: the page keeps it."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        who = visitor(request)
        if who is None:
            return await _absent(page, request)
        if not who.account:
            return to_login(request)
        if who.waits_for:
            return to_what_is_owed(request, PARENTS, who)
        return await page(request, who)

    return guarded


async def _absent(page: Page, request: web.Request) -> web.StreamResponse:
    request[ABSENT] = True
    try:
        return await page(request, NOBODY)
    except Forbidden:  # the form names nobody
        return to_login(request)


def to_login(request: web.Request, onward: str = "") -> web.Response:
    """The login page, which leads on to `onward`, where words are kept, or back here. It says whether they are: most
    forms keep none. Scripts are told 401 instead."""
    if _is_script(request):
        return web.json_response({"message": "Votre session a expiré. Connectez-vous à nouveau."}, status=401)
    looks = request.method in ("GET", "HEAD")
    back = request.raw_path if looks else _form_of(request)
    kept = "&garde=1" if onward else "" if looks else "&garde=0"
    return see_other(f"{LOGIN}?suite={quote(onward or back, safe='/')}{kept}")


def _form_of(request: web.Request) -> str:
    """The page that the form was on, as the browser says it; the login page leads to pages of ours only."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    page = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return page if page and came_from.netloc == request.host else "/messagerie"


def to_what_is_owed(request: web.Request, door: Door, who: Visitor) -> web.Response:
    """A code, or a password of one's own, before anything else is seen or done; then on to where one wanted to go."""
    if _is_script(request):
        return web.json_response({"message": "Finissez de vous connecter."}, status=401)
    back = request.raw_path if request.method in ("GET", "HEAD") else ""
    return see_other(door.onward(request, who.waits_for, back))


def _is_script(request: web.Request) -> bool:
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted or "text/event-stream" in accepted
