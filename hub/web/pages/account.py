"""Mon compte: what one comes in with, and how it is kept safe."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.web.doors import PARENTS
from hub.web.keys import PROFILES, core, rooms
from hub.web.show import page


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Its sections, each leading to its page."""
    address = await rooms(request).changes.state(who)
    context = {
        "door": PARENTS,
        "profile": await request.app[PROFILES].of(who.account),
        "address": address,
        "by_email": bool(address.email) and core(request).config.entrance.by == "email",
        "factor": await rooms(request).factor.state(who),
        "devices": len(await rooms(request).sessions.devices(who)),
    }
    return await page(request, "web/account.html", context)
