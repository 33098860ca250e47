"""Who at the desk may do and see what."""

from __future__ import annotations

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.web.keys import core


def is_administrator(request: web.Request, who: Visitor) -> bool:
    """Whether the settings name this agent or, where the desk keeps the agents, another administrator has."""
    config = core(request).config
    made = who.is_administrator and config.desk.directory == "desk"
    return bool(who.agent) and (made or config.security.names(who.email))


def sight(request: web.Request, who: Visitor) -> int:
    """Whose eyes a list is shown to: the agent's, or 0 for an administrator, who sees everything."""
    return 0 if is_administrator(request, who) else who.agent
