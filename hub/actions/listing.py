"""Requests as they are listed: by a guardian, and by the agents who decide. Reads only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hub.actions.kinds import title
from hub.actions.kinds.base import Change
from hub.actions.models import OPEN, PAPER
from hub.actions.requests import STATES
from hub.core.base import Core
from hub.core.db import Counted, instant, known
from hub.core.errors import NotFound
from hub.core.told import Asked, Question, ask

LISTED = 50  # requests on a page
RECENT = timedelta(days=31)  # what a guardian sees unless they ask for all
_FIELDS = {
    "id": "r.id", "thread": "r.thread_id", "kind": "r.kind", "state": "r.state", "changes": "r.changes",
    "reason": "r.reason", "asked_at": "r.asked_at", "decided_at": "r.decided_at",
    "child": "COALESCE(c.first_name, '')",
}  # fmt: skip
_EXPRESSIONS = tuple(_FIELDS.values())
_COLUMNS = ", ".join(f"{expression} AS {name}" for name, expression in _FIELDS.items())

# For an agent: also what silence has granted (CRPA, L231-1) and nobody has carried out.
_WAITS = "r.state IN ('pending', 'expired') AND (r.state = 'pending' OR th.accepts)"
ABOUT = {"account": "r.child IS NULL", "child": "r.child IS NOT NULL"}  # what a list may be narrowed to
_FROM = "FROM request r LEFT JOIN child c ON c.id = r.child"


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


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What of a guardian's requests is listed. `kind`: a slug, or a key of ABOUT; "" for all, as `state`.

    `everything`: not only of the last month. `before`: the id with which the page before ended, or 0.
    """

    kind: str = ""
    state: str = ""
    everything: bool = False
    before: int = 0


ALL = Narrowed()


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of requests, and the id from which the list goes on (0 at its end)."""

    requests: list[Listed]
    more: int


class RequestLists:
    """Lists them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def of_account(self, account: int, wanted: Narrowed = ALL) -> Listing:
        """Those whose thread stands in that mailbox, newest first."""
        condition, values = self._narrowed(wanted)
        rows = await self._core.db.rows(
            f"SELECT {_COLUMNS} FROM entry e JOIN request r ON r.thread_id = e.thread_id "
            f"LEFT JOIN child c ON c.id = r.child WHERE e.account_id = ? {condition}"
            f"ORDER BY r.id DESC LIMIT {LISTED + 1}",
            account,
            *values,
        )
        return _listing(rows)

    async def of_thread(self, thread: int) -> list[Listed]:
        """What a thread carries, in the order in which it was asked: a request, papers."""
        [found] = await ask(self._core.db, self.asked_in(thread))
        return found

    def asked_in(self, thread: int) -> Asked[list[Listed]]:
        """The same, to be asked together with something else."""
        return Asked((Question(_EXPRESSIONS, f"{_FROM} WHERE r.thread_id = ? ORDER BY r.id", (thread,)),), _carried)

    async def one(self, request: int) -> Listed:
        """One of them. Raises NotFound."""
        rows = await self._core.db.rows(f"SELECT {_COLUMNS} {_FROM} WHERE r.id = ?", request)
        if not rows:
            raise NotFound
        return _listed(rows[0])

    async def waiting(self, agent: int, after: int = 0) -> Listing:
        """Those that wait for this agent's services, oldest first; papers have a row of their own (see Filing).

        `after`: the id with which the page before ended.
        """
        rows = await self._core.db.rows(
            f"SELECT {_COLUMNS}, f.name AS family, f.number FROM request r JOIN thread t ON t.id = r.thread_id "
            "JOIN family f ON f.id = t.family_id LEFT JOIN child c ON c.id = r.child "
            f"LEFT JOIN theme th ON th.id = t.theme_id WHERE {_WAITS} AND r.kind <> '{PAPER}' AND r.id > ? "
            "AND t.service_id IN (SELECT service_id FROM service_agent WHERE agent_id = ?) "
            f"ORDER BY r.id LIMIT {LISTED + 1}",
            after,
            agent,
        )
        return _listing(rows)

    def counted(self, agent: int) -> Counted:
        """How many wait for this agent."""
        return Counted(
            "SELECT COUNT(*) FROM request r JOIN thread t ON t.id = r.thread_id "
            f"LEFT JOIN theme th ON th.id = t.theme_id WHERE {_WAITS} AND r.kind <> '{PAPER}' "
            "AND t.service_id IN (SELECT service_id FROM service_agent WHERE agent_id = ?)",
            (agent,),
        )

    def _narrowed(self, wanted: Narrowed) -> tuple[str, list[Any]]:
        """The condition, and its values."""
        since = self._core.clock.now() - RECENT
        parts: list[tuple[str, tuple[Any, ...]]] = [
            ("r.kind = ?", (wanted.kind,)) if wanted.kind and wanted.kind not in ABOUT else ("", ()),
            (ABOUT.get(wanted.kind, ""), ()),
            ("r.state = ?", (wanted.state,)) if wanted.state else ("", ()),
            ("(r.asked_at > ? OR r.decided_at > ?)", (since, since)) if not wanted.everything else ("", ()),
            ("r.id < ?", (wanted.before,)) if wanted.before else ("", ()),
        ]
        condition = "".join(f"AND {part} " for part, _ in parts if part)
        return condition, [value for _, values in parts for value in values]


def _listing(rows: Sequence[Mapping[str, Any]]) -> Listing:
    """Of one row more than a page."""
    shown = [_listed(row) for row in rows[:LISTED]]
    return Listing(shown, shown[-1].id if len(rows) > LISTED else 0)


def _carried(answer: str) -> list[Listed]:
    return [_listed(dict(zip(_FIELDS, row, strict=True))) for row in msgspec.json.decode(answer)]


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
