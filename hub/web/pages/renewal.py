""" "Mot de passe oublié", the link that it sends, and a change of password by who is in."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from hub.accounts import throttle
from hub.accounts.names import known_as
from hub.accounts.renewal import Owner
from hub.core.errors import Invalid, NotFound, TooOften
from hub.web import csrf, forms
from hub.web.keys import core, rooms
from hub.web.pages.login import LONGEST, client, shortened
from hub.web.receiving import Form
from hub.web.show import page, see_other
from hub.web.trouble import retry_after

FORGOTTEN = "/mot-de-passe-oublie"


async def ask(request: web.Request) -> web.Response:
    """The form."""
    return await _asking(request)


async def send(request: web.Request) -> web.Response:
    """The same answer for everyone: if there is an account, its owner has a mail."""
    form = await forms.plain(request)
    name = shortened(form.text("identifiant"))
    if not name.strip():
        return await _asking(request, {"identifiant": "Indiquez votre nom d’utilisateur ou votre adresse e-mail."}, 422)
    try:
        await rooms(request).renewals.ask(name, throttle.network(client(request)))
    except TooOften as refused:
        response = await _asking(request, {"": refused.message}, 429, name)
        return retry_after(response, refused.retry_after)
    return see_other(f"{FORGOTTEN}?envoye=1")


async def show(request: web.Request) -> web.Response:
    """Whose password it is, and two fields."""
    try:
        owner = await rooms(request).renewals.owner(request.match_info["token"])
    except NotFound:
        return await _lapsed(request)
    return await _choosing(request, owner)


async def renew(request: web.Request) -> web.Response:
    """The password is set; whoever had the old one is out."""
    token, form = request.match_info["token"], await forms.plain(request)
    try:
        owner = await rooms(request).renewals.owner(token)
        account = await rooms(request).renewals.renew(token, *_twice(form))
    except NotFound:
        return await _lapsed(request)
    except Invalid as refused:
        return await _choosing(request, owner, refused.errors, 422)
    known = known_as(core(request).config.entrance.by, account.login, account.email)
    context = {"done": True, "known": known, "first": owner.is_first}
    return await page(request, "web/new_password.html", context)


def _twice(form: Form) -> tuple[str, str]:
    return form.text("mot_de_passe")[:LONGEST], form.text("mot_de_passe2")[:LONGEST]


async def _asking(
    request: web.Request, errors: Mapping[str, str] | None = None, status: int = 200, name: str = ""
) -> web.Response:
    csrf.bind(request)
    config = core(request).config
    context = {
        "errors": errors or {},
        "name": name,
        "sent": "envoye" in request.query and not errors,
        "hours": config.entrance.reset_hours,
        "by": config.entrance.by,
    }
    return await page(request, "web/forgotten.html", context, status)


async def _choosing(
    request: web.Request, owner: Owner, errors: Mapping[str, str] | None = None, status: int = 200
) -> web.Response:
    csrf.bind(request)
    context = {
        "done": False,
        "owner": owner,
        "known": known_as(core(request).config.entrance.by, owner.login, owner.email),
        "errors": errors or {},
        "url": request.path,
        "security": core(request).config.security,
    }
    return await page(request, "web/new_password.html", context, status)


async def _lapsed(request: web.Request) -> web.Response:
    return await page(request, "web/new_password.html", {"done": False, "owner": None, "errors": {}}, 404)
