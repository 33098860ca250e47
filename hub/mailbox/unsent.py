"""Drafts as their writer's pages show them: what was typed, when it was kept, which files wait with it. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from hub.core.base import Core
from hub.core.errors import NotFound
from hub.core.told import Asked, Question, ask, reading
from hub.mailbox.drafts import Typed

LATEST = 5  # unfinished new messages that are shown


class WaitingFile(NamedTuple):
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


class _Row(NamedTuple):
    id: int
    key: str
    thread: int | None
    service: str
    theme: str
    subject: str
    text: str
    wants_copy: bool
    paper: str
    saved_at: datetime


_COLUMNS = (
    "d.id", "d.key", "d.thread_id", "d.service", "d.theme", "d.subject", "d.text", "d.wants_copy", "d.paper",
    "d.saved_at",
)  # fmt: skip
_FILE_COLUMNS = ("f.id", "f.filename", "f.size", "f.sha256")
_DRAFTS, _FILES = reading(_Row), reading(WaitingFile)


class UnsentMessages:
    """Finds drafts; makes and changes none."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def by_key(self, account: int, key: str) -> Unsent:
        """The draft of that key, if this person writes it. Raises NotFound."""
        [found] = await ask(self._core.db, _asked("d.account_id = ? AND d.key = ?", account, key))
        if not found:
            raise NotFound
        return await self._with_files(found[0])

    def answer(self, account: int, thread: int) -> Asked[Unsent | None]:
        """What this person has begun to answer in a thread; to be asked together with something else."""
        source, values = "FROM draft d WHERE d.account_id = ? AND d.thread_id = ?", (account, thread)
        files = f"FROM draft_file f WHERE f.draft_id IN (SELECT d.id {source}) ORDER BY f.id"
        questions = Question(_COLUMNS, source, values), Question(_FILE_COLUMNS, files, values)
        return Asked(questions, _begun)

    async def latest(self, account: int) -> list[Unsent]:
        """New messages and documents that were begun and hold something, latest first, without their files."""
        [found] = await ask(self._core.db, self.asked_latest(account))
        return found

    def asked_latest(self, account: int) -> Asked[list[Unsent]]:
        """The same, to be asked together with something else."""
        return _asked(
            "d.account_id = ? AND d.thread_id IS NULL AND (d.subject <> '' OR d.text <> '' OR d.paper NOT IN ('', ':') "
            "OR EXISTS (SELECT 1 FROM draft_file f WHERE f.draft_id = d.id)) "
            f"ORDER BY d.saved_at DESC LIMIT {LATEST}",
            account,
        )

    async def _with_files(self, draft: Unsent) -> Unsent:
        asked = Question(_FILE_COLUMNS, "FROM draft_file f WHERE f.draft_id = ? ORDER BY f.id", (draft.id,))
        [files] = await ask(self._core.db, Asked((asked,), _FILES))
        return replace(draft, files=files)


def _asked(condition: str, *values: Any) -> Asked[list[Unsent]]:
    return Asked((Question(_COLUMNS, f"FROM draft d WHERE {condition}", values),), _found)


def _found(drafts: str) -> list[Unsent]:
    return [_unsent(row, ()) for row in _DRAFTS(drafts)]


def _begun(drafts: str, files: str) -> Unsent | None:
    found = _DRAFTS(drafts)
    return _unsent(found[0], _FILES(files)) if found else None


def _unsent(row: _Row, files: tuple[WaitingFile, ...]) -> Unsent:
    typed = Typed(row.service, row.theme, row.subject, row.text, row.wants_copy, row.paper)
    return Unsent(row.id, row.key, row.thread or 0, typed, row.saved_at, files)
