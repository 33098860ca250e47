"""The lists of one person's mailbox: each one explicit query on its own index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from hub.core.base import Core
from hub.core.db import marks
from hub.core.errors import NotFound
from hub.core.told import Asked, Question, ask, reading, remembered
from hub.mailbox.models import Entry
from hub.mailbox.receipts import quoted
from hub.mailbox.words import Stems, expression, family_mark

PAGE = 50
KEPT = 128  # pages that are remembered as they were read, for who looks again: some 10 MB when full


class Folder(StrEnum):
    """Reçus, Envoyés, Supprimés. A thread stands in the first two at once when both sides have spoken."""

    received = "received"
    sent = "sent"
    deleted = "deleted"


class Row(NamedTuple):
    """A thread as a list shows it; `at` is what the folder is ordered by. `is_away`: 1 among the deleted ones."""

    thread: int
    subject: str
    service: str
    author: str
    snippet: str
    at: datetime
    unread: int
    messages: int
    files: int
    is_away: int
    entry: int


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Rows, newest first, where older ones begin ("" when there are none), and how many threads hold something new.

    Of what was asked twice and has not changed there is one only.
    """

    rows: tuple[Row, ...]
    older: str
    unread: int = 0


# The conditions repeat those of the partial indexes, to the letter: a parameter would hide them from the planner.
_FOLDERS = {
    Folder.received: ("received_at", "e.deleted_at IS NULL AND e.received_at IS NOT NULL"),
    Folder.sent: ("sent_at", "e.deleted_at IS NULL AND e.sent_at IS NOT NULL"),
    Folder.deleted: ("deleted_at", "e.deleted_at IS NOT NULL"),
}
_UNREAD = "FROM entry WHERE account_id = ? AND unread > 0 AND deleted_at IS NULL"
_JOINS = "FROM entry e JOIN thread t ON t.id = e.thread_id JOIN service s ON s.id = t.service_id"


class Lists:
    """What a person sees before opening anything."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._stems = Stems()
        self._told = remembered(_page, KEPT)

    async def folder(self, account: int, folder: Folder, before: str = "") -> Page:
        """One page of a folder. `before` is what the previous page gave as `older`."""
        [page] = await ask(self._core.db, self.asked(account, folder, before))
        return page

    def asked(self, account: int, folder: Folder, before: str = "") -> Asked[Page]:
        """The same, to be asked together with something else."""
        column, condition = _FOLDERS[folder]
        cursor = _read(before)
        after = f" AND (e.{column}, e.id) < (?, ?)" if cursor else ""
        rows = Question(
            _columns(f"e.{column}"),
            f"{_JOINS} WHERE e.account_id = ? AND {condition}{after} "
            f"ORDER BY e.{column} DESC, e.id DESC LIMIT {PAGE + 1}",
            (account, *cursor),
        )
        return Asked((rows, Question(("COUNT(*)",), _UNREAD, (account,))), self._told)

    async def search(self, account: int, family: int, text: str, before: str = "") -> Page:
        """Threads of this mailbox in which every word of `text` occurs in one message, newest first; or the one of the
        reference that `text` is. `before` is what the previous page gave as `older`."""
        asked, message, cursor = self._stems.query(text), quoted(text), _read(before)
        if not asked:
            return Page((), "")
        matching = "SELECT thread_id FROM message WHERE id = ?" if message else self._matching()
        after = " AND (t.last_at, e.id) < (?, ?)" if cursor else ""
        rows = Question(
            _columns("t.last_at"),
            f"{_JOINS} WHERE e.account_id = ? AND t.id IN ({matching}){after} "
            f"ORDER BY t.last_at DESC, e.id DESC LIMIT {PAGE + 1}",
            (account, message or expression(self._core.db.dialect, asked, family_mark(family)), *cursor),
        )
        [page] = await ask(self._core.db, Asked((rows,), _page))
        return page

    async def unread(self, account: int) -> int:
        """How many threads hold something new."""
        rows = await self._core.db.rows(f"SELECT COUNT(*) AS n {_UNREAD}", account)
        return int(rows[0]["n"])

    async def changed(self, account: int, since: datetime) -> bool:
        """Whether anything was said in this mailbox since then."""
        rows = await self._core.db.rows(
            "SELECT 1 FROM entry e JOIN thread t ON t.id = e.thread_id "
            "WHERE e.account_id = ? AND t.last_at >= ? LIMIT 1",
            account,
            since,
        )
        return bool(rows)

    async def delete(self, account: int, threads: list[int]) -> None:
        """Put threads among the deleted ones, for this person only. Raises NotFound for one not in the mailbox."""
        await self._mark(account, threads, "deleted_at = ?", self._core.clock.now())

    async def restore(self, account: int, threads: list[int]) -> None:
        """Take threads back out of the deleted ones."""
        await self._mark(account, threads, "deleted_at = NULL")

    async def read(self, account: int, thread: int) -> bool:
        """Note that this person has seen the thread; whether there was anything new."""
        return bool(await Entry.filter(account_id=account, thread_id=thread, unread__gt=0).update(unread=0))

    async def _mark(self, account: int, threads: list[int], change: str, *values: Any) -> None:
        done = await self._core.db.execute(
            f"UPDATE entry SET {change} WHERE account_id = ? AND thread_id IN ({marks(threads)})",
            *values,
            account,
            *threads,
        )
        if not done:
            raise NotFound

    def _matching(self) -> str:
        if self._core.db.dialect == "sqlite":
            return (
                "SELECT m.thread_id FROM message_search JOIN message m ON m.id = message_search.rowid "
                "WHERE message_search MATCH ?"
            )
        return "SELECT thread_id FROM message WHERE to_tsvector('simple', words) @@ to_tsquery('simple', ?)"


def _columns(at: str) -> tuple[str, ...]:
    """Those of Row, in its order. `at`: the column that the list is ordered by."""
    return (
        "t.id", "t.subject", "s.name", "t.last_author", "t.snippet", at, "e.unread", "t.messages_count",
        "t.files_count", "CASE WHEN e.deleted_at IS NULL THEN 0 ELSE 1 END", "e.id",
    )  # fmt: skip


_ROWS = reading(Row)


def _page(answer: str, unread: str = "[[0]]") -> Page:
    found = _ROWS(answer)
    shown, more = found[:PAGE], len(found) > PAGE
    older = f"{shown[-1].at.timestamp():.6f}-{shown[-1].entry}" if more else ""
    [[new]] = msgspec.json.decode(unread)
    return Page(shown, older, new)


def _read(cursor: str) -> tuple[()] | tuple[datetime, int]:
    """A page's cursor; anything that is not one starts from the top."""
    at, _, entry = cursor.partition("-")
    try:
        return datetime.fromtimestamp(float(at), UTC), min(int(entry), 2**62)
    except (ValueError, OverflowError, OSError):
        return ()
