"""Who may see a page: guardians who are logged in; everybody else is asked to log in and comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from hub.accounts.sessions import Visitor
from hub.web.keys import visitor
from hub.web.show import see_other

LOGIN = "/connexion"
Page = Callable[[web.Request, Visitor], Awaitable[web.StreamResponse]]


def guardian(page: Page) -> Handler:
    """For a guardian whose session stands."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        who = visitor(request)
        if who is None or not who.account or who.lapsed:
            return to_login(request)
        return await page(request, who)

    return guarded


def writer(page: Page) -> Handler:
    """For a guardian who sends what they wrote, even when their session lapsed over it: the page keeps it."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        who = visitor(request)
        if who is None or not who.account:
            return to_login(request)
        return await page(request, who)

    return guarded


def to_login(request: web.Request, onward: str = "") -> web.Response:
    """The login page, which leads on to `onward`, or back here. Scripts are told 401 instead."""
    accepted = request.headers.get("Accept", "")
    if "application/json" in accepted or "text/event-stream" in accepted:
        return web.json_response({"message": "Votre session a expiré. Connectez-vous à nouveau."}, status=401)
    back = request.raw_path if request.method in ("GET", "HEAD") else "/messagerie"
    return see_other(f"{LOGIN}?suite={quote(onward or back, safe='/')}")
