"""The link in a service's mail by which a request is decided without logging in: GET shows, POST acts.

Whoever has the mail may decide, as they may answer it; so the link works once, lapses, and dies with any decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hub.actions.listing import Listed
from hub.actions.models import OPEN, DecisionLink, Request
from hub.actions.requests import Decided, Requests, checked
from hub.core.base import Core
from hub.core.errors import NotFound
from hub.core.tokens import digest, random_token
from hub.mailbox.models import ServiceAgent
from hub.mailbox.threads import Author

LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Opened:
    """A request behind a link, and in whose name the link decides. `is_usable`: whether it still does."""

    request: Request
    author: Author
    is_usable: bool


class DecisionLinks:
    """Issues and uses them."""

    def __init__(self, core: Core, requests: Requests) -> None:
        self._core = core
        self._requests = requests

    async def issue(self, request: int, agent: int, name: str) -> str:
        """The address of a link for one recipient of a mail. Part of the caller's transaction."""
        token = random_token()
        await DecisionLink.create(
            token=digest(token), request_id=request, agent=agent, name=name[:160],
            expires_at=self._core.clock.now() + LIFE,
        )  # fmt: skip
        return f"{self._core.config.web.url.rstrip('/')}/decision/{token}"

    async def beside(self, carried: Sequence[Listed], agent: int, name: str) -> list[tuple[Listed, str]]:
        """Each request of a mail's conversation with its link for that recipient; "" for one that waits no more.

        Part of the caller's transaction.
        """
        return [(one, await self.issue(one.id, agent, name) if one.is_pending else "") for one in carried]

    async def look(self, token: str) -> Opened:
        """What it is about; changes nothing. Raises NotFound."""
        link = await DecisionLink.get_or_none(token=digest(token))
        if link is None:
            raise NotFound
        request = await Request.get(id=link.request_id).select_related("thread__service", "thread__family")
        usable = link.used_at is None and link.expires_at > self._core.clock.now() and request.state in OPEN
        return Opened(request, Author(link.name, agent=link.agent), usable and await self._still_serves(link, request))

    async def use(self, token: str, decided: Decided, instead: Mapping[str, str] | None = None) -> None:
        """Decide; `instead` as Requests.decide has it.

        Raises Invalid, NotFound when the link has lapsed, Conflict when somebody was first.
        """
        checked(decided)  # a reason that is missing costs no link
        opened = await self.look(token)
        if not opened.is_usable and opened.request.state in OPEN:
            raise NotFound
        await self._requests.decide(opened.request.id, decided, opened.author, "link", instead)

    async def undo(self, token: str) -> None:
        """Take back what the link has decided within the last minute. Raises NotFound, Conflict."""
        opened = await self.look(token)
        await self._requests.undo(opened.request.id, opened.author)

    async def can_undo(self, opened: Opened) -> bool:
        """Whether it has decided within the last minute."""
        return await self._requests.can_undo(opened.request, opened.author)

    async def _still_serves(self, link: DecisionLink, request: Request) -> bool:
        """An agent's link dies with their work for the service; a shared mailbox's with a transfer elsewhere."""
        service = request.thread.service
        if link.agent:
            return await ServiceAgent.exists(agent_id=link.agent, service_id=service.id)
        return bool(service.shared) and link.name == service.name
