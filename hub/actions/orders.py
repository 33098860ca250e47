"""`/accepter` or `/refuser motif` as the first line of an agent's answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hub.actions.models import OPEN, PAPER, Request
from hub.actions.requests import Decided, Requests
from hub.core.errors import Conflict, Invalid
from hub.mailbox.orders import Order, OrderRefused
from hub.mailbox.threads import Author


class Orders:
    """Carries out what the inbound pipeline found, for whom it has found to be an agent of the thread's service."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def obey(self, thread: int, by: Author, order: Order, shown_at: datetime | None) -> int:
        """Decide on what the thread carries; the message that tells of it. Part of the caller's transaction. Raises
        OrderRefused."""
        carried = await self._requests.in_thread(thread)
        if not carried:
            raise OrderRefused("Cette conversation ne porte aucune demande à accepter ou à refuser.")
        meant = _meant([one for one in carried if shown_at is None or one.asked_at <= shown_at])
        if not meant:
            raise OrderRefused("Ce qui attend ici est arrivé après le courriel auquel vous répondez.")
        if order.until and any(one.kind != PAPER for one in meant):
            raise OrderRefused("Seul un document s’accepte jusqu’à une date : écrivez « /accepter » seul.")
        instead = {"until": order.until.isoformat()} if order.until else None
        ids = [one.id for one in meant]
        try:
            return await self._requests.decide_all(ids, Decided(order.accept, order.reason), by, "email", instead)
        except (Invalid, Conflict) as refused:
            raise OrderRefused(refused.message) from refused

    async def awaits(self, thread: int) -> bool:
        """Whether anything there waits for a decision."""
        return any(one.state in OPEN for one in await self._requests.in_thread(thread))


def _meant(carried: Sequence[Request]) -> list[Request]:
    """Pure: on which an order decides: on what waits, and on papers beside it only when nothing else does. Where
    nothing waits, whoever was first is told.
    """
    waiting = [one for one in carried if one.state in OPEN] or carried[-1:]
    asked = [one for one in waiting if one.kind != PAPER]
    return asked or list(waiting)
