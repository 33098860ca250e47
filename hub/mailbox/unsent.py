"""Drafts as their writer's pages show them: what was typed, when it was kept, which files wait with it. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.core.base import Core
from hub.core.db import known
from hub.core.errors import NotFound
from hub.mailbox.drafts import Typed

LATEST = 5  # unfinished new messages that are shown


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """A file already sent up."""

    id: int
    filename: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """A draft. `thread` is 0 for a new message."""

    id: int
    key: str
    thread: int
    typed: Typed
    saved_at: datetime
    files: tuple[WaitingFile, ...] = ()


_COLUMNS = "d.id, d.key, d.thread_id, d.service, d.theme, d.subject, d.text, d.wants_copy, d.paper, d.saved_at"


class UnsentMessages:
    """Finds drafts; makes and changes none."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def by_key(self, account: int, key: str) -> Unsent:
        """The draft of that key, if this person writes it. Raises NotFound."""
        found = await self._find("d.account_id = ? AND d.key = ?", account, key)
        if not found:
            raise NotFound
        return await self._with_files(found[0])

    async def answer(self, account: int, thread: int) -> Unsent | None:
        """What this person has begun to answer in a thread."""
        found = await self._find("d.account_id = ? AND d.thread_id = ?", account, thread)
        return await self._with_files(found[0]) if found else None

    async def latest(self, account: int) -> list[Unsent]:
        """New messages and documents that were begun and hold something, latest first, without their files."""
        return await self._find(
            "d.account_id = ? AND d.thread_id IS NULL AND (d.subject <> '' OR d.text <> '' OR d.paper NOT IN ('', ':') "
            "OR EXISTS (SELECT 1 FROM draft_file f WHERE f.draft_id = d.id)) "
            f"ORDER BY d.saved_at DESC LIMIT {LATEST}",
            account,
        )

    async def _find(self, condition: str, *values: Any) -> list[Unsent]:
        rows = await self._core.db.rows(f"SELECT {_COLUMNS} FROM draft d WHERE {condition}", *values)
        return [_unsent(row, ()) for row in rows]

    async def _with_files(self, draft: Unsent) -> Unsent:
        rows = await self._core.db.rows(
            "SELECT id, filename, size, sha256 FROM draft_file WHERE draft_id = ? ORDER BY id", draft.id
        )
        files = tuple(WaitingFile(**row) for row in rows)
        return Unsent(draft.id, draft.key, draft.thread, draft.typed, draft.saved_at, files)


def _unsent(row: dict[str, Any], files: tuple[WaitingFile, ...]) -> Unsent:
    typed = Typed(row["service"], row["theme"], row["subject"], row["text"], bool(row["wants_copy"]), row["paper"])
    return Unsent(row["id"], row["key"], row["thread_id"] or 0, typed, known(row["saved_at"]), files)
