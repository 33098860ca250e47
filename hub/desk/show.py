"""Handing pages of the desk over: what its shell needs is added here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from hub.accounts.sessions import Visitor
from hub.core.told import Asked, ask, numbers
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


async def counted(request: web.Request) -> dict[str, int]:
    """What waits: mails, addresses, and of the agent's own services conversations, requests, papers."""
    who = visitor(request)
    if who is None or not who.agent:  # nobody is in
        return dict.fromkeys(COUNTS, 0)
    [found] = await ask(core(request).db, asked_counts(request, who))
    return named(found)


def asked_counts(request: web.Request, who: Visitor) -> Asked[list[int]]:
    """The numbers of COUNTS, to be asked together with something else."""
    app = request.app
    return numbers(
        waiting(request).counted(sight(request, who)),
        failing(request).counted(),
        app[QUEUES].counted(who.agent),
        app[REQUESTED].counted(who.agent),
        filing(request).counted(who.agent),
    )


def named(found: Sequence[int]) -> dict[str, int]:
    """Numbers of COUNTS, by their names."""
    return dict(zip(COUNTS, found, strict=True))
