"""Who of a service looks after a conversation: taken on, given to a colleague, let go.

Colleagues are told by a note when it was somebody else who said so. What is theirs stands in their queue.
"""

from __future__ import annotations

from hub.accounts.models import Agent
from hub.core.base import Core
from hub.core.errors import Invalid
from hub.mailbox.models import Thread
from hub.mailbox.remarks import remark
from hub.mailbox.threads import Author, Threads


class Assigning:
    """The verbs, in the name of an agent who answers for the conversation's service."""

    def __init__(self, core: Core, threads: Threads) -> None:
        self._core = core
        self._threads = threads

    async def colleagues(self, service: int) -> list[Agent]:
        """To whom conversations of a service may be given: whoever answers for it, by name."""
        found = await Agent.filter(services__service_id=service, left_at=None)
        return sorted(found, key=lambda one: one.name.casefold())

    async def assign(self, by: Author, thread: int, agent: int) -> None:
        """It is that agent's from now on. Raises NotFound, Invalid for who does not answer for its service."""
        found = await self._threads.served(thread, by.agent, "assigned")
        colleague = next((one for one in await self.colleagues(found.service_id) if one.id == agent), None)
        if colleague is None:
            raise Invalid({"confier": "Choisissez un agent de ce service."})
        async with self._core.db.transaction():
            await Thread.filter(id=thread).update(assigned_id=agent)
            if agent not in (found.assigned_id, by.agent):
                await remark(self._core, by, thread, f"Confiée à {colleague.name}.")
            elif found.assigned and found.assigned_id != agent:  # who took it on must see that it was taken over
                await remark(self._core, by, thread, f"Reprise à {found.assigned.name}.")

    async def release(self, by: Author, thread: int) -> None:
        """Nobody looks after it any more. Raises NotFound."""
        found = await self._threads.served(thread, by.agent)
        async with self._core.db.transaction():
            await Thread.filter(id=thread).update(assigned_id=None)
            if found.assigned_id not in (None, by.agent):
                await remark(self._core, by, thread, "Libérée : plus personne ne la suit.")
