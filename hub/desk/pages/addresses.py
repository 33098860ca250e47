"""Addresses to which mail comes back, the button by which an agent says that one works again, and the families whom
nobody reaches.
"""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.desk.guard import ADDRESSES
from hub.desk.journal import acting
from hub.desk.keys import UNREACHABLE, failing
from hub.desk.rights import is_administrator
from hub.desk.show import page
from hub.desk.words import HAPPENED
from hub.mailbox.unreachable import PAGE
from hub.web import forms
from hub.web.show import see_other
from hub.web.views import number

FAMILIES = f"{ADDRESSES}/familles"


async def listing(request: web.Request, who: Visitor) -> web.StreamResponse:
    """All of them."""
    found = await failing(request).all()
    context = {
        "addresses": found,
        "out": await request.app[UNREACHABLE].count(),
        "words": HAPPENED,
        "is_administrator": is_administrator(request, who),
    }
    return await page(request, "desk/addresses.html", context)


async def families(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Whom nobody reaches: to be called, or written to on paper."""
    after = number(request.query.get("suite", ""))
    found = await request.app[UNREACHABLE].families(after, PAGE + 1)
    context = {
        "families": found[:PAGE],
        "count": await request.app[UNREACHABLE].count(),
        "more": f"{FAMILIES}?suite={found[PAGE - 1].id}" if len(found) > PAGE else "",
        "first": FAMILIES if after else "",
    }
    return await page(request, "desk/unreachable.html", context)


async def vouch(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Réessayer."""
    form = await forms.plain(request)
    async with acting(request):
        await failing(request).vouch(form.text("adresse"), who.agent)
    return see_other(ADDRESSES)
