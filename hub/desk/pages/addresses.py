"""Addresses to which mail comes back, and the button by which an agent says that one works again."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.desk.guard import ADDRESSES, is_administrator
from hub.desk.journal import acting
from hub.desk.keys import failing
from hub.desk.show import page
from hub.desk.words import HAPPENED
from hub.web import forms
from hub.web.show import see_other


async def listing(request: web.Request, who: Visitor) -> web.StreamResponse:
    """All of them."""
    found = await failing(request).all()
    context = {"addresses": found, "words": HAPPENED, "is_administrator": is_administrator(request, who)}
    return await page(request, "desk/addresses.html", context)


async def vouch(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Réessayer."""
    form = await forms.plain(request)
    async with acting(request):
        await failing(request).vouch(form.text("adresse"), who.agent)
    return see_other(ADDRESSES)
