"""The journal of the desk: who did what, about what, when. Rows are only ever added.

Each in the transaction of its act: see `hub.desk.journal.acting`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.accounts.models import DeskAct
from hub.core.base import Core
from hub.core.db import known

PAGE = 100
AWAY = {  # what agents do without coming to the desk, by the way they go
    "link": "A décidé d’une demande par le lien d’un e-mail",
    "email": "A décidé d’une demande en répondant à un e-mail",
}
ANSWERED = "A répondu par e-mail"
_ESCAPED = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


@dataclass(frozen=True, slots=True)
class Line:
    """One act."""

    id: int
    by: str
    act: str
    about: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for; "" for anything."""

    by: str = ""
    act: str = ""
    about: str = ""


class Journal:
    """Adds and reads lines."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def add(self, agent: int, by: str, act: str, about: str) -> None:
        """Write an act down. `agent`: 0 for a service's shared mailbox. Part of the caller's transaction."""
        at = self._core.clock.now()
        await DeskAct.create(agent_id=agent or None, by=by[:160], act=act[:120], about=about[:200], at=at)

    async def add_all(self, acts: Sequence[tuple[int, str, str, str]]) -> None:
        """Many at once: agent, by, act and about of each."""
        at = self._core.clock.now()
        await self._core.db.many(
            'INSERT INTO desk_act (agent_id, "by", act, about, at) VALUES (?, ?, ?, ?, ?)',
            [(agent or None, by[:160], act[:120], about[:200], at) for agent, by, act, about in acts],
        )

    async def lines(self, sought: Sought, before: int = 0, limit: int = PAGE) -> list[Line]:
        """The latest first; those with an id below `before`."""
        conditions, values = ["id < ?"], list[Any]((before or 2**62,))
        for column, value in (('"by"', sought.by), ("about", sought.about)):
            if value:
                conditions.append(f"LOWER({column}) LIKE ? ESCAPE '\\'")
                values.append(f"%{value.lower().translate(_ESCAPED)}%")
        if sought.act:
            conditions.append("act = ?")
            values.append(sought.act)
        rows = await self._core.db.rows(
            f'SELECT id, "by", act, about, at FROM desk_act WHERE {" AND ".join(conditions)} '
            f"ORDER BY id DESC LIMIT {limit}",
            *values,
        )
        return [Line(row["id"], row["by"], row["act"], row["about"], known(row["at"])) for row in rows]

    async def all(self, sought: Sought) -> AsyncIterator[Line]:
        """Every line, a page at a time."""
        before = 0
        while found := await self.lines(sought, before):
            for line in found:
                yield line
            before = found[-1].id
