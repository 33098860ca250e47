"""A thread as one person reads it: its last messages, their files, what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from hub.core.base import Core
from hub.core.errors import NotFound
from hub.core.told import Asked, Question, ask, reading, remembered
from hub.mailbox.receipts import reference

PAGE = 50  # messages shown at a time
KEPT = 128  # conversations that are remembered as they were read, for who looks again: some 7 MB when full


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


@dataclass(frozen=True, slots=True, eq=False)
class Conversation:
    """The head, messages oldest first with events between, and the id before which older ones stand (0: none).

    `length`: characters of what was said. Of what was asked twice and has not changed there is one only.
    """

    head: Head
    messages: tuple[Spoken, ...]
    events: tuple[Event, ...]
    older: int
    length: int


class Conversations:
    """Reads threads."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._told = remembered(self._read, KEPT)

    async def read(self, account: int, thread: int, before: int = 0, after: int = 0) -> Conversation:
        """The last PAGE messages, or those before or after an id. Raises NotFound outside the reader's mailbox."""
        [found] = await ask(self._core.db, self.asked(account, thread, before, after))
        return found

    def asked(self, account: int, thread: int, before: int = 0, after: int = 0) -> Asked[Conversation]:
        """The same, to be asked together with something else."""
        span = _span(after), thread, after or before or 2**62
        questions = (_head(account, thread), _messages(*span), _files(*span), _noted(thread), _deliveries(*span))
        return Asked(questions, partial(self._told, account, bool(after)))

    async def attachment(self, account: int, thread: int, attachment: int) -> tuple[File, str]:
        """A file of a thread in the reader's mailbox, and the key of its blob. Raises NotFound."""
        rows = await self._core.db.rows(
            f"SELECT {', '.join(_FILE)}, a.blob FROM attachment a JOIN message m ON m.id = a.message_id "
            "JOIN entry e ON e.thread_id = m.thread_id WHERE a.id = ? AND m.thread_id = ? AND e.account_id = ?",
            attachment,
            thread,
            account,
        )
        if not rows or rows[0]["aside"]:
            raise NotFound
        return _file(rows[0]), rows[0]["blob"]

    def _read(self, account: int, newer: bool, *answers: str) -> Conversation:
        """Of the answers. `newer`: what came after a message was asked for, and all of it."""
        head, messages, files, noted, deliveries = answers
        rows = _MESSAGES(messages)
        more = not newer and len(rows) > PAGE
        shown = rows if newer else rows[:PAGE][::-1]
        attached = _by_message(_FILES(files))
        return Conversation(
            self._head(head),
            tuple(_spoken(row, account, attached.get(row.id, ())) for row in shown),
            tuple(_events(shown, _NOTED(noted), _DELIVERIES(deliveries))),
            shown[0].id if more else 0,
            len(messages),
        )

    def _head(self, answer: str) -> Head:
        found = _HEADS(answer)
        if not found:
            raise NotFound
        row = found[0]
        told = reference(self._core.config, row.first, row.first_at) if row.first and row.first_at else ""
        deleted = row.deleted_at is not None
        return Head(
            row.id, row.subject, row.service, row.service_id, row.delay, row.theme, deleted, row.unread, row.messages,
            told, row.overheard,
        )  # fmt: skip


def _head(account: int, thread: int) -> Question:
    columns = (
        "t.id", "t.subject", "s.name", "s.id", "s.delay", "COALESCE(th.name, '')", "e.deleted_at", "e.unread",
        "t.messages_count", "f.id", "f.at",
        "EXISTS (SELECT 1 FROM family y JOIN entry o ON o.thread_id = t.id AND o.account_id <> e.account_id "
        "WHERE y.id = t.family_id AND y.is_separated)",
    )  # fmt: skip
    return Question(
        columns,
        "FROM entry e JOIN thread t ON t.id = e.thread_id JOIN service s ON s.id = t.service_id "
        "LEFT JOIN theme th ON th.id = t.theme_id "
        "LEFT JOIN message f ON f.id = (SELECT MIN(m.id) FROM message m WHERE m.thread_id = t.id) "
        "WHERE e.account_id = ? AND e.thread_id = ?",
        (account, thread),
    )


class _HeadRow(NamedTuple):
    id: int
    subject: str
    service: str
    service_id: int
    delay: str
    theme: str
    deleted_at: datetime | None
    unread: int
    messages: int
    first: int | None
    first_at: datetime | None
    overheard: bool


def _span(after: int) -> str:
    """The messages that are read: of a thread, from an id on or the last ones before one. One more than a page, so
    that one knows whether older ones exist."""
    bound, limit = ("AND m.id > ?", "") if after else ("AND m.id < ?", f"DESC LIMIT {PAGE + 1}")
    return f"FROM message m WHERE m.thread_id = ? {bound} ORDER BY m.id {limit}"


def _messages(span: str, *values: int) -> Question:
    """What was cut from an agent's mail stays where it is."""
    rest = "CASE WHEN m.account_id IS NULL THEN '' ELSE m.rest END"
    return Question(("m.id", "m.author", "m.text", rest, "m.at", "m.via", "m.account_id"), span, values)


class _MessageRow(NamedTuple):
    id: int
    author: str
    text: str
    rest: str
    at: datetime
    via: str
    account: int | None


def _files(span: str, *values: int) -> Question:
    within = f"SELECT id FROM (SELECT m.id {span}) AS span"
    source = f"FROM attachment a WHERE a.message_id IN ({within}) ORDER BY a.message_id, a.position"
    return Question(("a.message_id", *_FILE), source, values)


class _FileRow(NamedTuple):
    """A message, then a File of it."""

    message: int
    id: int
    filename: str
    content_type: str
    size: int
    inline: bool
    aside: str


def _by_message(rows: Iterable[_FileRow]) -> Mapping[int, tuple[File, ...]]:
    found: dict[int, tuple[File, ...]] = {}
    for row in rows:
        found[row.message] = (*found.get(row.message, ()), File(*row[1:]))
    return found


def _noted(thread: int) -> Question:
    """Transfers and the like."""
    return Question(
        ("e.id", "e.kind", "e.text", "e.at"), "FROM thread_event e WHERE e.thread_id = ? ORDER BY e.id", (thread,)
    )


class _NoteRow(NamedTuple):
    id: int
    kind: str
    text: str
    at: datetime


def _deliveries(span: str, *values: int) -> Question:
    """How the family's messages reached the service: the only mail of which a family sees how it fared."""
    of_family = f"SELECT id FROM (SELECT m.id, m.account_id {span}) AS span WHERE account_id IS NOT NULL"
    return Question(
        ("o.message", "o.state", "COALESCE(o.settled_at, o.created_at)"),
        f"FROM outbound_mail o WHERE o.message IN ({of_family}) AND o.kind = '{_AGENT_MAIL}' ORDER BY o.id",
        values,
    )


class _DeliveryRow(NamedTuple):
    message: int
    state: str
    at: datetime


def _events(
    messages: Sequence[_MessageRow], noted: Iterable[_NoteRow], deliveries: Iterable[_DeliveryRow]
) -> list[Event]:
    """What happened within the span shown."""
    if not messages:
        return []
    shown, since = {message.id for message in messages}, messages[0].at
    events = [Event(f"note-{row.id}", row.kind, row.text, row.at) for row in noted if row.at >= since]
    told = _delivered(delivery for delivery in deliveries if delivery.message in shown)
    return sorted([*events, *told], key=lambda event: event.at)


_FILE = ("a.id", "a.filename", "a.content_type", "a.size", "a.inline", "a.aside")
_AGENT_MAIL = "agent-message"  # the template of mail to a service
_FATES = {
    "sent": ("delivered", "Transmis au service"),
    "queued": ("sending", "En cours d’envoi au service"),
    "rejected": ("failed", "La messagerie du service a refusé ce message ; la mairie en est avertie"),
    "given_up": ("failed", "La messagerie du service ne répond pas ; la mairie en est avertie"),
    "bounced": ("failed", "La messagerie du service a renvoyé ce message ; la mairie en est avertie"),
}
_BEST_FIRST = ("sent", "queued", "bounced", "rejected", "given_up")


def _delivered(deliveries: Iterable[_DeliveryRow]) -> list[Event]:
    """One line a message, the best of its fates: one agent who has it is enough. No agent's address is told."""
    fates: dict[int, list[_DeliveryRow]] = {}
    for delivery in deliveries:
        fates.setdefault(delivery.message, []).append(delivery)
    best = (min(each, key=lambda d: _BEST_FIRST.index(d.state)) for each in fates.values())
    return [Event(f"envoi-{d.message}", *_FATES[d.state], d.at) for d in best]


def _spoken(row: _MessageRow, reader: int, files: tuple[File, ...]) -> Spoken:
    mine, family = row.account == reader, row.account is not None
    return Spoken(row.id, row.author, row.text, row.rest, row.at, row.via, mine, family, files)


def _file(row: dict[str, Any]) -> File:
    return File(row["id"], row["filename"], row["content_type"], row["size"], bool(row["inline"]), row["aside"])


_HEADS, _MESSAGES, _FILES = reading(_HeadRow), reading(_MessageRow), reading(_FileRow)
_NOTED, _DELIVERIES = reading(_NoteRow), reading(_DeliveryRow)
