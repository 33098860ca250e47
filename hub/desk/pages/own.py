"""An agent's own account at the desk."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.desk.door import AGENTS
from hub.desk.keys import STAFF
from hub.desk.rights import is_administrator
from hub.desk.show import page
from hub.web.keys import rooms


async def show(request: web.Request, who: Visitor) -> web.StreamResponse:
    """Second factor and devices, each leading to its page."""
    context = {
        "door": AGENTS,
        "who": who,
        "factor": await rooms(request).factor.state(who),
        "devices": len(await rooms(request).sessions.devices(who)),
        "is_administrator": is_administrator(request, who),
        "is_head": bool(await request.app[STAFF].led(who.agent)),
    }
    return await page(request, "desk/account.html", context)
