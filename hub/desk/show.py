"""Handing pages of the desk over: what its shell needs is added here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from hub.desk.keys import QUEUES, failing, filing, waiting
from hub.desk.rights import sight
from hub.web.keys import REQUESTED, core, visitor
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
    who, app = visitor(request), request.app
    if who is None or not who.agent:  # nobody is in
        return dict.fromkeys(COUNTS, 0)
    numbers = await core(request).db.counts(
        waiting(request).counted(sight(request, who)),
        failing(request).counted(),
        app[QUEUES].counted(who.agent),
        app[REQUESTED].counted(who.agent),
        filing(request).counted(who.agent),
    )
    return dict(zip(COUNTS, numbers, strict=True))
