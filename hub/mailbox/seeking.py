"""Search at the desk: conversations of an agent's own services, by what was said in them or by whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.core.base import Core
from hub.core.db import marks
from hub.core.told import Asked, Question, ask
from hub.mailbox.queues import COLUMNS, JOINS, READ, Listing
from hub.mailbox.receipts import quoted
from hub.mailbox.words import Stems, expression

FOUND = 50  # conversations that are shown
LATEST = 200  # messages of these services, the latest that fit, whose conversations are looked at
_MINE = "t.service_id IN (SELECT service_id FROM service_agent WHERE agent_id = ?)"
# The latest first, so that a word which stands everywhere is as quick as one that stands once.
_SAID_SQLITE = (
    "SELECT t.id FROM message_search JOIN message m ON m.id = message_search.rowid JOIN thread t ON t.id = m.thread_id "
    f"WHERE message_search MATCH ? AND {_MINE} ORDER BY message_search.rowid DESC LIMIT {LATEST}"
)
_SAID_POSTGRES = (
    "SELECT t.id FROM message m JOIN thread t ON t.id = m.thread_id "
    "WHERE to_tsvector('simple', m.words) @@ to_tsquery('simple', ?) "
    f"AND {_MINE} ORDER BY m.id DESC LIMIT {LATEST}"
)


class Seeking:
    """Searches."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._stems = Stems()

    async def threads(self, agent: int, text: str, families: Sequence[str] = ()) -> Listing:
        """Those in which every word of `text` occurs in one message, or the one of the reference that it is, and those
        of the families of these numbers; the latest first, up to FOUND."""
        said = await (self._quoted(agent, message) if (message := quoted(text)) else self._said(agent, text))
        ids = [*said, *await self._theirs(agent, families)]
        if not ids:
            return Listing(())
        source = f"FROM thread t {JOINS} WHERE t.id IN ({marks(ids)}) ORDER BY t.last_at DESC, t.id DESC LIMIT {FOUND}"
        [rows] = await ask(self._core.db, Asked((Question(COLUMNS, source, ids),), READ))
        return Listing(rows)

    async def _said(self, agent: int, text: str) -> list[int]:
        asked = self._stems.query(text)
        if not asked:
            return []
        dialect = self._core.db.dialect
        sql = _SAID_SQLITE if dialect == "sqlite" else _SAID_POSTGRES
        return _once(await self._core.db.rows(sql, expression(dialect, asked), agent))

    async def _quoted(self, agent: int, message: int) -> list[int]:
        sql = f"SELECT t.id FROM message m JOIN thread t ON t.id = m.thread_id WHERE m.id = ? AND {_MINE}"
        return _once(await self._core.db.rows(sql, message, agent))

    async def _theirs(self, agent: int, families: Sequence[str]) -> list[int]:
        if not families:
            return []
        rows = await self._core.db.rows(
            f"SELECT t.id FROM thread t JOIN family f ON f.id = t.family_id WHERE f.number IN ({marks(families)}) "
            f"AND {_MINE} ORDER BY t.last_at DESC LIMIT {FOUND}",
            *families,
            agent,
        )
        return _once(rows)


def _once(rows: list[dict[str, Any]]) -> list[int]:
    return list(dict.fromkeys(row["id"] for row in rows))
