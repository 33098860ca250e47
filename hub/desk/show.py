"""Handing pages of the desk over: what its shell needs is added here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from hub.desk.keys import HANDLING, failing, filing, waiting
from hub.web.keys import REQUESTED, visitor
from hub.web.show import written


async def page(
    request: web.Request, template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> web.Response:
    """A page with the shell's context: who is logged in, what waits (mails, papers, addresses), the form token."""
    who = visitor(request)
    numbers = {
        "waiting": await waiting(request).count(),
        "failing": await failing(request).count(),
        "papers": await filing(request).count(who.agent) if who and who.agent else 0,
        "unanswered": await request.app[HANDLING].count(who.agent) if who and who.agent else 0,
        "asked": await request.app[REQUESTED].count(who.agent) if who and who.agent else 0,
    }
    return written(request, template, {**numbers, **(context or {})}, status)
