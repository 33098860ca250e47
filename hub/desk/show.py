"""Handing pages of the desk over: what its shell needs is added here."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from hub.desk.keys import QUEUES, failing, filing, waiting
from hub.desk.rights import sight
from hub.web.keys import REQUESTED, visitor
from hub.web.show import written

COUNTS = ("waiting", "failing", "unanswered", "asked", "papers")  # what stands in the bar


async def page(
    request: web.Request, template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> web.Response:
    """A page with the shell's context: who is logged in, what waits (unless given already), the form token."""
    given = context or {}
    return written(request, template, {**given, "counts": given.get("counts") or await counted(request)}, status)


async def counted(request: web.Request) -> dict[str, Any]:
    """What waits: mails, addresses, and of the agent's own services conversations, requests, papers."""
    who = visitor(request)
    agent = who.agent if who else 0
    app = request.app
    numbers = await gather(
        waiting(request).count(sight(request, who) if who else 0),
        failing(request).count(),
        *((app[QUEUES].count(agent), app[REQUESTED].count(agent), filing(request).count(agent)) if agent else ()),
    )
    return dict(zip(COUNTS, [*numbers, 0, 0, 0], strict=False))  # 0: nobody is in
