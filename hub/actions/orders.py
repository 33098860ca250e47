"""`/accepter` or `/refuser motif` as the first line of an agent's answer."""

from __future__ import annotations

from hub.actions.requests import Decided, Requests
from hub.core.errors import Conflict, Invalid
from hub.mailbox.orders import Order, OrderRefused
from hub.mailbox.threads import Author


class Orders:
    """Carries out what the inbound pipeline found, for whom it has found to be an agent of the thread's service."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def obey(self, thread: int, by: Author, order: Order) -> None:
        """Decide on the thread's request. Part of the caller's transaction. Raises OrderRefused."""
        found = await self._requests.of_thread(thread)
        if found is None:
            raise OrderRefused("Cette conversation ne porte aucune demande à accepter ou à refuser.")
        try:
            await self._requests.decide(found.id, Decided(order.accept, order.reason), by, "email")
        except (Invalid, Conflict) as refused:
            raise OrderRefused(refused.message) from refused
