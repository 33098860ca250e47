"""Requests as they are listed: by a guardian, and by the agents who decide. Reads only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.actions.kinds import title
from hub.actions.kinds.base import Change
from hub.actions.models import OPEN, PAPER
from hub.actions.requests import STATES
from hub.core.base import Core
from hub.core.db import instant, known
from hub.core.errors import NotFound

LISTED = 200
RECENT = timedelta(days=31)  # what a guardian sees unless they ask for all
_COLUMNS = (
    "r.id, r.thread_id AS thread, r.kind, r.state, r.changes, r.reason, r.asked_at, r.decided_at, "
    "COALESCE(c.first_name, '') AS child"
)

_ONE = f"SELECT {_COLUMNS} FROM request r LEFT JOIN child c ON c.id = r.child"


@dataclass(frozen=True, slots=True)
class Listed:
    """A request in words."""

    id: int
    thread: int
    kind: str
    child: str  # first name, or ""
    state: str
    changes: tuple[Change, ...]
    reason: str
    asked_at: datetime
    decided_at: datetime | None
    family: str = ""  # for agents
    number: str = ""

    @property
    def title(self) -> str:
        name = title(self.kind)
        return f"{name} – {self.child}" if self.child else name

    @property
    def words(self) -> str:
        return STATES[self.state]

    @property
    def is_pending(self) -> bool:
        return self.state == "pending"

    @property
    def is_open(self) -> bool:
        """An agent may decide."""
        return self.state in OPEN

    @property
    def is_paper(self) -> bool:
        return self.kind == PAPER


class RequestLists:
    """Lists them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def of_account(self, account: int, kind: str = "", state: str = "", everything: bool = False) -> list[Listed]:
        """Those whose thread stands in that mailbox, newest first: of the last month, or all."""
        since = None if everything else self._core.clock.now() - RECENT
        rows = await self._core.db.rows(
            f"SELECT {_COLUMNS} FROM entry e JOIN request r ON r.thread_id = e.thread_id "
            "LEFT JOIN child c ON c.id = r.child WHERE e.account_id = ? "
            f"{'AND r.kind = ? ' if kind else ''}{'AND r.state = ? ' if state else ''}"
            f"{'AND (r.asked_at > ? OR r.decided_at > ?) ' if since else ''}ORDER BY r.id DESC LIMIT {LISTED}",
            account,
            *filter(None, (kind, state, since, since)),
        )
        return [_listed(row) for row in rows]

    async def of_thread(self, thread: int) -> list[Listed]:
        """What a thread carries, in the order in which it was asked: a request, papers."""
        rows = await self._core.db.rows(f"{_ONE} WHERE r.thread_id = ? ORDER BY r.id", thread)
        return [_listed(row) for row in rows]

    async def one(self, request: int) -> Listed:
        """One of them. Raises NotFound."""
        rows = await self._core.db.rows(f"{_ONE} WHERE r.id = ?", request)
        if not rows:
            raise NotFound
        return _listed(rows[0])

    async def waiting(self, agent: int) -> list[Listed]:
        """Those that wait for this agent's services, oldest first; papers have a row of their own (see Filing)."""
        rows = await self._core.db.rows(
            f"SELECT {_COLUMNS}, f.name AS family, f.number FROM request r JOIN thread t ON t.id = r.thread_id "
            "JOIN family f ON f.id = t.family_id LEFT JOIN child c ON c.id = r.child WHERE r.state = 'pending' "
            f"AND r.kind <> '{PAPER}' AND t.service_id IN (SELECT service_id FROM service_agent WHERE agent_id = ?) "
            f"ORDER BY r.asked_at, r.id LIMIT {LISTED}",
            agent,
        )
        return [_listed(row) for row in rows]

    async def count(self, agent: int) -> int:
        """How many wait for this agent."""
        rows = await self._core.db.rows(
            "SELECT COUNT(*) AS n FROM request r JOIN thread t ON t.id = r.thread_id WHERE r.state = 'pending' "
            f"AND r.kind <> '{PAPER}' AND t.service_id IN (SELECT service_id FROM service_agent WHERE agent_id = ?)",
            agent,
        )
        return int(rows[0]["n"])


def _listed(row: Mapping[str, Any]) -> Listed:
    changes = json.loads(row["changes"]) if isinstance(row["changes"], str) else row["changes"]
    return Listed(
        id=row["id"],
        thread=row["thread"],
        kind=row["kind"],
        child=row["child"],
        state=row["state"],
        changes=tuple(Change(*change) for change in changes),
        reason=row["reason"],
        asked_at=known(row["asked_at"]),
        decided_at=instant(row["decided_at"]),
        family=row.get("family", ""),
        number=row.get("number", ""),
    )
