"""Who else has a conversation open at the desk, and who is writing in it."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from hub.core.base import Core
from hub.mailbox.models import Presence

LASTS = timedelta(seconds=45)  # without a sign; pages give one every 15 seconds


class Other(NamedTuple):
    """A colleague."""

    name: str
    writes: bool


class PresenceOf:
    """Notes it and tells it."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def note(self, agent: int, thread: int, writes: bool) -> None:
        """This agent is there. Whether they may be is the caller's to know."""
        values = {"writes": writes, "at": self._core.clock.now()}
        await Presence.update_or_create(thread_id=thread, agent_id=agent, defaults=values)

    async def others(self, agent: int, thread: int) -> list[Other]:
        """Those who were there a moment ago, this agent left out; who writes comes first."""
        rows = await self._core.db.rows(
            "SELECT a.name, p.writes FROM presence p JOIN agent a ON a.id = p.agent_id "
            "WHERE p.thread_id = ? AND p.agent_id <> ? AND p.at > ? ORDER BY p.writes DESC, p.id",
            thread,
            agent,
            self._core.clock.now() - LASTS,
        )
        return [Other(row["name"], bool(row["writes"])) for row in rows]

    async def forget(self) -> None:
        """Drop what no longer counts. For the round."""
        await Presence.filter(at__lt=self._core.clock.now() - LASTS).delete()


def told(others: list[Other]) -> list[str]:
    """Pure: as the page tells it."""
    does = {True: "écrit une réponse", False: "regarde aussi cette conversation"}
    return [f"{one.name} {does[one.writes]}." for one in others]
