"""Mon compte: what one comes in with, and how it is kept safe."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.web.doors import PARENTS
from hub.web.keys import PROFILES, rooms
from hub.web.show import page


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Its sections, each leading to its page."""
    context = {
        "door": PARENTS,
        "profile": await request.app[PROFILES].of(who.account),
        "address": await rooms(request).changes.state(who),
        "factor": await rooms(request).factor.state(who),
        "devices": len(await rooms(request).sessions.devices(who)),
    }
    return await page(request, "web/account.html", context)
