""" "Mot de passe oublié" of agents, and the link that it sends. Their second factor stays what it is."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from hub.accounts import throttle
from hub.core.errors import Invalid, NotFound, TooOften
from hub.desk.show import page
from hub.web import csrf, forms
from hub.web.keys import core, rooms
from hub.web.pages.login import LONGEST, LONGEST_EMAIL, client
from hub.web.show import see_other
from hub.web.trouble import retry_after

FORGOTTEN = "/bureau/mot-de-passe-oublie"


async def ask(request: web.Request) -> web.Response:
    """The form."""
    return await _asking(request)


async def send(request: web.Request) -> web.Response:
    """The same answer for everyone."""
    form = await forms.plain(request)
    email = form.text("identifiant").strip()[:LONGEST_EMAIL]
    if not email:
        return await _asking(request, {"identifiant": "Indiquez votre adresse e-mail."}, 422)
    try:
        await rooms(request).renewals.ask_for_desk(email, throttle.network(client(request)))
    except TooOften as refused:
        return retry_after(await _asking(request, {"": refused.message}, 429, email), refused.retry_after)
    return see_other(f"{FORGOTTEN}?envoye=1")


async def show(request: web.Request) -> web.Response:
    """Two fields. Changes nothing: scanners follow links."""
    return await _choosing(request)


async def renew(request: web.Request) -> web.Response:
    """The password is set; whoever had the old one is out."""
    form = await forms.plain(request)
    password, again = form.text("mot_de_passe")[:LONGEST], form.text("mot_de_passe2")[:LONGEST]
    try:
        await rooms(request).renewals.renew_at_desk(request.match_info["token"], password, again)
    except NotFound:
        return await _choosing(request)
    except Invalid as refused:
        return await _choosing(request, refused.errors, 422)
    return await page(request, "desk/new_password.html", {"done": True})


async def _asking(
    request: web.Request, errors: Mapping[str, str] | None = None, status: int = 200, email: str = ""
) -> web.Response:
    csrf.bind(request)
    context = {
        "errors": errors or {},
        "email": email,
        "sent": "envoye" in request.query and not errors,
        "hours": core(request).config.entrance.reset_hours,
    }
    return await page(request, "desk/forgotten.html", context, status)


async def _choosing(request: web.Request, errors: Mapping[str, str] | None = None, status: int = 200) -> web.Response:
    csrf.bind(request)
    try:
        agent = await rooms(request).renewals.agent(request.match_info["token"])
    except NotFound:
        return await page(request, "desk/new_password.html", {"done": False, "owner": None, "errors": {}}, 404)
    context = {
        "done": False,
        "owner": agent,
        "errors": errors or {},
        "url": request.path,
        "security": core(request).config.security,
    }
    return await page(request, "desk/new_password.html", context, status)
