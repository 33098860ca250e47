"""What is written down of each request: by whom, why and by which way."""

from __future__ import annotations

from hub.actions.models import Request, RequestEvent
from hub.core.base import Core
from hub.mailbox.threads import Author


async def note(core: Core, request: Request, act: str, by: Author, via: str, reason: str = "") -> None:
    """One more row. Part of the caller's transaction."""
    await RequestEvent.create(
        request=request, act=act, by=by.name[:160], account=by.account or None, agent=by.agent or None, via=via,
        reason=reason, at=core.clock.now(),
    )  # fmt: skip
