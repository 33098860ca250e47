"""Mail of ours that did not arrive, for those who can do something about it. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.core.base import Core
from hub.core.db import known

PAGE = 50
FAILED = "state IN ('rejected', 'given_up', 'bounced')"  # to the letter that of its index


@dataclass(frozen=True, slots=True)
class Unsent:
    """A mail: to whom, by which template, what became of it, and what the other server said."""

    id: int
    recipient: str
    kind: str
    state: str
    response: str
    attempts: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is still on its way: how many mails, how many of them are being tried again, and the oldest."""

    count: int
    retried: int
    since: datetime | None


class UnsentMail:
    """Finds it."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def failed(self, before: int = 0, limit: int = PAGE) -> list[Unsent]:
        """The latest first; those with an id below `before`."""
        rows = await self._core.db.rows(
            "SELECT id, recipient, kind, state, response, attempts, COALESCE(settled_at, created_at) AS at "
            f"FROM outbound_mail WHERE {FAILED} AND id < ? ORDER BY id DESC LIMIT {limit}",
            before or 2**62,
        )
        return [Unsent(**{**row, "at": known(row["at"])}) for row in rows]

    async def waiting(self) -> Waiting:
        """What the outbox holds now."""
        [row] = await self._core.db.rows(
            "SELECT COUNT(*) AS n, COUNT(CASE WHEN attempts > 0 THEN 1 END) AS retried, MIN(created_at) AS since "
            "FROM outbound_mail WHERE state = 'queued'"
        )
        return Waiting(int(row["n"]), int(row["retried"]), known(row["since"]) if row["since"] else None)
