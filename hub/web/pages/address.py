"""Another e-mail address: asked for by who is logged in, confirmed by links that need no login.

GET only asks: mail scanners follow links.
"""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.errors import Conflict, NotFound, Refused
from hub.web import csrf, forms
from hub.web.doors import PARENTS
from hub.web.keys import rooms
from hub.web.pages.login import LONGEST_EMAIL
from hub.web.show import page, see_other
from hub.web.trouble import Trouble, told

PAGE = "/compte/adresse"
USED = (
    "Ce lien a déjà servi ou n’est plus valable. Connectez-vous pour voir où en est votre adresse e-mail, "
    "ou pour demander un nouveau lien."
)


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """The address in force, the change under way, and the form for another."""
    return await _form(request, who)


async def ask(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Demander le changement. The answer is the same whether the address is somebody's or not."""
    form = await forms.plain(request)
    typed = form.text("adresse")[: LONGEST_EMAIL + 1]
    try:
        await rooms(request).changes.ask(who, typed)
    except Refused as refused:
        return await _form(request, who, typed, refused)
    return see_other(PAGE)


async def cancel(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Annuler le changement."""
    await forms.plain(request)
    await rooms(request).changes.cancel(who)
    return see_other(PAGE)


async def look(request: web.Request) -> web.Response:
    """Which change it is, and a button."""
    csrf.bind(request)
    try:
        asked = await rooms(request).changes.look(request.match_info["token"])
    except NotFound:
        return told(request, Trouble(404, USED))
    return await page(request, "web/address-link.html", {"asked": asked, "url": request.path, "is_done": False})


async def confirm(request: web.Request) -> web.Response:
    """One of the two addresses agrees."""
    await forms.plain(request)
    try:
        is_done = await rooms(request).changes.confirm(request.match_info["token"])
    except NotFound:
        return told(request, Trouble(404, USED))
    except Conflict as refused:
        return told(request, Trouble(409, refused.message))
    return await page(request, "web/address-link.html", {"asked": None, "url": "", "is_done": is_done})


async def _form(
    request: web.Request, who: Visitor, typed: str = "", refused: Refused | None = None
) -> web.StreamResponse:
    state = await rooms(request).changes.state(who)
    context = {
        "state": state,
        "is_first": not state.is_verified,
        "comes_in": bool(request.query.get("premiere")),
        "form": {"adresse": typed or ("" if state.is_verified else state.email)},
    }
    return await PARENTS.form(request, "web/address.html", context, refused)
