"""Who at the desk may do and see what."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.desk.keys import STAFF
from hub.web.keys import core


def is_administrator(request: web.Request, who: Visitor) -> bool:
    """Whether the settings name this agent or, where the desk keeps the agents, another administrator has."""
    config = core(request).config
    made = who.is_administrator and config.desk.directory == "desk"
    return bool(who.agent) and (made or config.security.names(who.email))


async def may_help(request: web.Request, who: Visitor) -> bool:
    """Whether this agent helps families into their accounts, as `desk.accounts` says."""
    asked = core(request).config.desk.accounts
    if asked == "agents" or is_administrator(request, who):
        return True
    return asked == "heads" and bool(await request.app[STAFF].led(who.agent))


def sight(request: web.Request, who: Visitor) -> int:
    """Whose eyes a list is shown to: the agent's, or 0 for an administrator, who sees everything."""
    return 0 if is_administrator(request, who) else who.agent
