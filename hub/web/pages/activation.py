"""The link that activates an account. GET only asks: mail scanners follow links."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.names import known_as
from hub.core.errors import NotFound
from hub.web import csrf, forms
from hub.web.keys import core, rooms
from hub.web.show import page

LAPSED = 404


async def ask(request: web.Request) -> web.Response:
    """Whose account it is, and a button; or how to get another link."""
    csrf.bind(request)
    try:
        waiting = await rooms(request).registrations.waiting(request.match_info["token"])
    except NotFound:
        return await _lapsed(request)
    name = f"{waiting.first_name} {waiting.last_name}"
    known = known_as(core(request).config.entrance.by, waiting.login, waiting.email)
    return await page(request, "web/activation.html", {"name": name, "known": known, "url": request.path})


async def activate(request: web.Request) -> web.Response:
    """The account is open."""
    await forms.plain(request)
    try:
        activated = await rooms(request).joining.activate(request.match_info["token"])
    except NotFound:
        return await _lapsed(request)
    account = activated.account
    known = known_as(core(request).config.entrance.by, account.login, account.email)
    context = {"name": account.name, "known": known, "linked": activated.is_linked}
    return await page(request, "web/activated.html", context)


async def _lapsed(request: web.Request) -> web.Response:
    wizard = core(request).config.registration.wizard
    return await page(request, "web/activation.html", {"name": "", "wizard": wizard}, LAPSED)
