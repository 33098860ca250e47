"""A thread as one person reads it: its last messages, their files, what became of them."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from hub.core.base import Core
from hub.core.db import known, marks
from hub.core.errors import NotFound
from hub.mail.outbox import Delivery, Outbox
from hub.mailbox.receipts import reference

PAGE = 50  # messages shown at a time


class File(NamedTuple):
    """An attachment as shown. `aside` says why it cannot be had, or is ""."""

    id: int
    filename: str
    content_type: str
    size: int
    inline: bool
    aside: str


class Spoken(NamedTuple):
    """A message as shown. `mine`: the reader wrote it; `family`: somebody of the family did.

    `rest` is what was cut from the family's own e-mail. What was cut from an agent's stays with the town: it holds
    private addresses and what colleagues wrote below.
    """

    id: int
    author: str
    text: str
    rest: str
    at: datetime
    via: str
    mine: bool
    family: bool
    files: tuple[File, ...]


class Event(NamedTuple):
    """A quiet line between messages. `kind` is delivered, failed, transferred… The same id, the same line later on."""

    id: str
    kind: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """What the thread is."""

    id: int
    subject: str
    service: str
    service_id: int
    delay: str
    theme: str
    deleted: bool
    unread: int
    messages: int
    reference: str  # that of the first message
    overheard: bool  # by the other guardian of a family that has parted since: an answer begins another thread


@dataclass(frozen=True, slots=True)
class Conversation:
    """The head, messages oldest first with events between, and the id before which older ones stand (0: none)."""

    head: Head
    messages: list[Spoken]
    events: list[Event]
    older: int


class Conversations:
    """Reads threads."""

    def __init__(self, core: Core, outbox: Outbox) -> None:
        self._core = core
        self._outbox = outbox

    async def read(self, account: int, thread: int, before: int = 0, after: int = 0) -> Conversation:
        """The last PAGE messages, or those before or after an id. Raises NotFound outside the reader's mailbox."""
        head, rows, noted, deliveries = await gather(
            self._head(account, thread),
            self._messages(thread, before, after),
            self._noted(thread),
            self._deliveries(thread, before, after),
        )
        more = not after and len(rows) > PAGE
        rows = rows[1:] if more else rows
        with_files = [row["id"] for row in rows if row["files"]]
        files = await self._files(with_files) if with_files else {}
        events = _events(rows, noted, deliveries)
        messages = [_spoken(row, account, files.get(row["id"], ())) for row in rows]
        return Conversation(head, messages, events, rows[0]["id"] if more else 0)

    async def attachment(self, account: int, thread: int, attachment: int) -> tuple[File, str]:
        """A file of a thread in the reader's mailbox, and the key of its blob. Raises NotFound."""
        rows = await self._core.db.rows(
            f"SELECT {_FILE}, a.blob FROM attachment a JOIN message m ON m.id = a.message_id "
            "JOIN entry e ON e.thread_id = m.thread_id WHERE a.id = ? AND m.thread_id = ? AND e.account_id = ?",
            attachment,
            thread,
            account,
        )
        if not rows or rows[0]["aside"]:
            raise NotFound
        return _file(rows[0]), rows[0]["blob"]

    async def _head(self, account: int, thread: int) -> Head:
        rows = await self._core.db.rows(
            "SELECT t.id, t.subject, s.name AS service, s.id AS service_id, s.delay, "
            "COALESCE(th.name, '') AS theme, e.deleted_at, e.unread, t.messages_count AS messages, "
            "f.id AS first, f.at AS first_at, EXISTS (SELECT 1 FROM family y JOIN entry o ON o.thread_id = t.id "
            "AND o.account_id <> e.account_id WHERE y.id = t.family_id AND y.is_separated) AS overheard "
            "FROM entry e JOIN thread t ON t.id = e.thread_id JOIN service s ON s.id = t.service_id "
            "LEFT JOIN theme th ON th.id = t.theme_id "
            "LEFT JOIN message f ON f.id = (SELECT MIN(m.id) FROM message m WHERE m.thread_id = t.id) "
            "WHERE e.account_id = ? AND e.thread_id = ?",
            account,
            thread,
        )
        if not rows:
            raise NotFound
        row = rows[0]
        first, at = row.pop("first"), row.pop("first_at")
        told = reference(self._core.config, first, known(at)) if first else ""
        deleted, overheard = row.pop("deleted_at") is not None, bool(row.pop("overheard"))
        return Head(deleted=deleted, overheard=overheard, reference=told, **row)

    async def _messages(self, thread: int, before: int, after: int) -> list[dict[str, Any]]:
        """One more than a page, so that one knows whether older ones exist; oldest first."""
        rows = await self._core.db.rows(
            "SELECT m.id, m.author, m.text, m.rest, m.at, m.via, m.account_id, "
            f"EXISTS (SELECT 1 FROM attachment a WHERE a.message_id = m.id) AS files {_span(after)}",
            thread,
            after or before or 2**62,
        )
        return rows if after else rows[::-1]

    async def _files(self, messages: list[int]) -> dict[int, tuple[File, ...]]:
        rows = await self._core.db.rows(
            f"SELECT {_FILE}, a.message_id FROM attachment a WHERE a.message_id IN ({marks(messages)}) "
            "ORDER BY a.message_id, a.position",
            *messages,
        )
        found: dict[int, tuple[File, ...]] = {}
        for row in rows:
            found[row["message_id"]] = (*found.get(row["message_id"], ()), _file(row))
        return found

    async def _noted(self, thread: int) -> list[dict[str, Any]]:
        """Transfers and the like."""
        return await self._core.db.rows(
            "SELECT id, kind, text, at FROM thread_event WHERE thread_id = ? ORDER BY id", thread
        )

    async def _deliveries(self, thread: int, before: int, after: int) -> list[Delivery]:
        """How the family's messages reached the service. Asked at once, not when it is known which they are: the way to
        the database costs more than the one message too many."""
        of_family = f"SELECT id FROM (SELECT m.id, m.account_id {_span(after)}) AS span WHERE account_id IS NOT NULL"
        return await self._outbox.deliveries(of_family, thread, after or before or 2**62)


def _span(after: int) -> str:
    """The messages that are read: of a thread, from an id on or the last ones before one."""
    bound, limit = ("AND m.id > ?", "") if after else ("AND m.id < ?", f"DESC LIMIT {PAGE + 1}")
    return f"FROM message m WHERE m.thread_id = ? {bound} ORDER BY m.id {limit}"


def _events(
    messages: Sequence[dict[str, Any]], noted: Iterable[dict[str, Any]], deliveries: Iterable[Delivery]
) -> list[Event]:
    """What happened within the span shown."""
    if not messages:
        return []
    shown, since = {message["id"] for message in messages}, known(messages[0]["at"])
    events = [Event(f"note-{row['id']}", row["kind"], row["text"], known(row["at"])) for row in noted]
    told = _delivered(delivery for delivery in deliveries if delivery.message in shown)
    return sorted([*(event for event in events if event.at >= since), *told], key=lambda event: event.at)


_FILE = "a.id, a.filename, a.content_type, a.size, a.inline, a.aside"
_AGENT_MAIL = "agent-message"  # the template of mail to a service; a family sees only how that fared
_FATES = {
    "sent": ("delivered", "Transmis au service"),
    "queued": ("sending", "En cours d’envoi au service"),
    "rejected": ("failed", "La messagerie du service a refusé ce message ; la mairie en est avertie"),
    "given_up": ("failed", "La messagerie du service ne répond pas ; la mairie en est avertie"),
    "bounced": ("failed", "La messagerie du service a renvoyé ce message ; la mairie en est avertie"),
}
_BEST_FIRST = ("sent", "queued", "bounced", "rejected", "given_up")


def _delivered(deliveries: Iterable[Delivery]) -> list[Event]:
    """One line a message, the best of its fates: one agent who has it is enough. No agent's address is told."""
    fates: dict[int, list[Delivery]] = {}
    for delivery in deliveries:
        if delivery.kind == _AGENT_MAIL:
            fates.setdefault(delivery.message, []).append(delivery)
    best = (min(each, key=lambda d: _BEST_FIRST.index(d.state)) for each in fates.values())
    return [Event(f"envoi-{d.message}", *_FATES[d.state], d.at) for d in best]


def _spoken(row: dict[str, Any], reader: int, files: tuple[File, ...]) -> Spoken:
    return Spoken(
        id=row["id"],
        author=row["author"],
        text=row["text"],
        rest=row["rest"] if row["account_id"] is not None else "",
        at=known(row["at"]),
        via=row["via"],
        mine=row["account_id"] == reader,
        family=row["account_id"] is not None,
        files=files,
    )


def _file(row: dict[str, Any]) -> File:
    return File(row["id"], row["filename"], row["content_type"], row["size"], bool(row["inline"]), row["aside"])
