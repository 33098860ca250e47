"""What agents do with conversations at the desk: queues, an answer, a note, another service.

Always in the name of one agent, and only for the services that they work for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from tortoise.exceptions import IntegrityError

from hub.accounts.models import Account
from hub.core.base import Core
from hub.core.db import instant, known, marks
from hub.core.errors import Invalid, NotFound
from hub.core.tokens import random_token
from hub.mailbox.conversation import File
from hub.mailbox.models import Attachment, Message, Note, Service, Thread, ThreadEvent
from hub.mailbox.threads import Author, Said, StoredFile, Threads
from hub.mailbox.writing import checked_subject, checked_text, paragraphs, refuse

PAGE = 50  # conversations of a queue at a time
SHOWN = 50  # messages of one that are shown: the last ones
MOST = 1_000  # that are counted
LONGEST_NOTE = 5_000  # characters
COLUMNS = (
    "t.id, t.subject, t.last_author, t.snippet, t.messages_count, t.files_count, t.waits_since, t.last_at, "
    "t.clock_since, t.clock_stopped_at, "
    "s.name AS service, f.name AS family, f.number, COALESCE(a.name, '') AS assigned, COALESCE(th.months, 0) AS months"
)
JOINS = (
    "JOIN service s ON s.id = t.service_id JOIN family f ON f.id = t.family_id "
    "LEFT JOIN agent a ON a.id = t.assigned_id LEFT JOIN theme th ON th.id = t.theme_id"
)


class Queue(StrEnum):
    """À répondre, and those that wait for a paper: oldest first. Mine, and all of them: the latest first."""

    waiting = "waiting"
    mine = "mine"
    stopped = "stopped"
    everything = "everything"


class Row(NamedTuple):
    """A conversation in a queue."""

    id: int
    subject: str
    author: str  # of the last message
    snippet: str
    messages: int
    files: int
    waits_since: datetime | None
    last_at: datetime
    service: str
    family: str
    number: str
    assigned: str  # the name of who looks after it, or ""
    clock_since: datetime | None  # from when on the legal clock runs
    is_stopped: bool  # the clock: a paper is waited for
    months: int  # after which silence decides, by its theme; 0: the theme has no rule of its own


class Served(NamedTuple):
    """A service that an agent works for."""

    id: int
    name: str


class Filter(NamedTuple):
    """What of a queue is shown. 0: of all services, about all themes, of any age.

    `days`: since when nothing has happened, at least. `after`: where the page before ended.
    """

    service: int = 0
    theme: int = 0
    days: int = 0
    after: str = ""


EVERYTHING = Filter()


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows, and from where the queue goes on ("" at its end)."""

    rows: list[Row]
    more: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation as an agent sees it, its last messages oldest first."""

    thread: Thread
    messages: Sequence[Message]
    files: dict[int, list[File]]
    events: Sequence[ThreadEvent]
    notes: Sequence[Note]
    is_cut: bool  # older messages are not shown


class Handling:
    """The desk's verbs on conversations."""

    def __init__(self, core: Core, threads: Threads) -> None:
        self._core = core
        self._threads = threads

    async def services(self, agent: int) -> list[Served]:
        """Those the agent works for."""
        rows = await self._core.db.rows(
            "SELECT s.id, s.name FROM service s WHERE s.closed_at IS NULL AND s.id IN "
            "(SELECT service_id FROM service_agent WHERE agent_id = ?) ORDER BY s.position, s.id",
            agent,
        )
        return [Served(**row) for row in rows]

    async def themes(self, services: Sequence[Served]) -> list[Served]:
        """The themes of these services, in order."""
        ids = [one.id for one in services]
        rows = await self._core.db.rows(
            f"SELECT t.id, t.name FROM theme t WHERE t.service_id IN ({marks(ids)}) AND t.closed_at IS NULL "
            "ORDER BY t.service_id, t.position, t.id",
            *ids,
        )
        return [Served(**row) for row in rows]

    async def queue(
        self, agent: int, queue: Queue, wanted: Filter = EVERYTHING, services: Sequence[Served] | None = None
    ) -> Listing:
        """A page of a queue: of one service, or of all the agent's (`services`, where they are known already)."""
        known = await self.services(agent) if services is None else services
        mine = [one.id for one in known if wanted.service in (0, one.id)]
        rows = await self._page(agent, queue, mine, wanted) if mine else []
        last = rows[PAGE - 1] if len(rows) > PAGE else None
        return Listing([row_of(row) for row in rows[:PAGE]], _cursor(last, queue) if last else "")

    async def count(self, agent: int) -> int:
        """How many wait for an answer, up to MOST: nobody reads on, and the page must not grow with the town."""
        rows = await self._core.db.rows(
            "SELECT COUNT(*) AS n FROM (SELECT 1 FROM thread WHERE waits_since IS NOT NULL "
            f"AND service_id IN (SELECT service_id FROM service_agent WHERE agent_id = ?) LIMIT {MOST}) q",
            agent,
        )
        return int(rows[0]["n"])

    async def open(self, agent: int, thread: int) -> Opened:
        """One of them. Raises NotFound."""
        found = await self._find(agent, thread)
        messages = await Message.filter(thread_id=thread).order_by("-id").limit(SHOWN + 1)
        shown = messages[SHOWN - 1 :: -1] if len(messages) > SHOWN else messages[::-1]
        since = shown[0].at if shown else found.opened_at
        attachments = await Attachment.filter(message_id__in=[m.id for m in shown] or [0]).order_by("position")
        files: dict[int, list[File]] = {}
        for one in attachments:
            file = File(one.id, one.filename, one.content_type, one.size, one.inline, one.aside)
            files.setdefault(one.message_id, []).append(file)
        return Opened(
            thread=found,
            messages=shown,
            files=files,
            events=await ThreadEvent.filter(thread_id=thread, at__gte=since).order_by("id"),
            notes=await Note.filter(thread_id=thread).order_by("id"),
            is_cut=len(messages) > SHOWN,
        )

    async def attachment(self, agent: int, thread: int, file: int) -> Attachment:
        """A file of one of them. Raises NotFound."""
        await self._find(agent, thread)
        found = await Attachment.get_or_none(id=file, message__thread_id=thread, aside="")
        if found is None:
            raise NotFound
        return found

    async def answer(
        self, by: Author, thread: int, text: str, files: Sequence[StoredFile], key: str, seen: int = 0
    ) -> bool:
        """Say something to the family. False: the same key has said it before. Raises NotFound, Invalid.

        `seen`: the last message that its writer had before them; they are told once of what came since.
        """
        found = await self._find(by.agent, thread)
        checked, wrong = checked_text(text, self._core.config.limits)
        wrong = wrong or await self._overtaken(by, thread, key, seen)
        if wrong:
            raise Invalid(wrong)
        try:
            async with self._core.db.transaction():
                await self._threads.post(found, by, Said(checked, key, files, via="desk"), checked)
        except IntegrityError:
            if not await Message.exists(key=key, thread_id=thread, agent_id=by.agent):
                raise
            return False
        return True

    async def write(
        self, by: Author, guardian: int, service: int, subject: str, text: str, files: Sequence[StoredFile], key: str
    ) -> tuple[int, bool]:
        """Begin a conversation with a family: with that guardian alone where parents live apart. Its id, and whether it
        is new: the same key begins one.

        Raises NotFound when the guardian has no account, Invalid.
        """
        account = await Account.get_or_none(guardian_id=guardian).select_related("family")
        if account is None:
            raise NotFound
        title, wrong_subject = checked_subject(subject, self._core.config.limits)
        checked, wrong_text = checked_text(text, self._core.config.limits)
        chosen = await Service.get_or_none(id=service, members__agent_id=by.agent, closed_at=None)
        wrong_service = {} if chosen else {"service": "Choisissez le service au nom duquel vous écrivez."}
        refuse(wrong_service, wrong_subject, wrong_text)
        assert chosen is not None
        alone = [account.id] if account.family.is_separated else ()
        said = Said(checked, key, files, via="desk")
        try:
            async with self._core.db.transaction():
                message = await self._threads.begin(by, account.family_id, chosen, None, title, said, checked, alone)
        except IntegrityError:
            message = await Message.get(key=key, agent_id=by.agent)
            return message.thread_id, False
        return message.thread_id, True

    async def note(self, by: Author, thread: int, text: str, key: str) -> None:
        """Tell one's colleagues something. Raises NotFound, Invalid."""
        await self._find(by.agent, thread)
        words = paragraphs(text).strip()
        if not words or len(words) > LONGEST_NOTE:
            raise Invalid({"note": f"Écrivez votre note ({LONGEST_NOTE} caractères au plus)."})
        values = {"thread_id": thread, "agent_id": by.agent, "author": by.name, "text": words}
        await Note.get_or_create(values | {"at": self._core.clock.now()}, key=key)

    async def close(self, by: Author, thread: int) -> None:
        """Nothing needs to be answered: it waits no more. Noted for colleagues. Raises NotFound."""
        found = await self._find(by.agent, thread)
        async with self._core.db.transaction():
            changed = await Thread.filter(id=thread, waits_since__not_isnull=True).update(waits_since=None)
            if not found.clock_held and found.clock_stopped_at is None:
                await Thread.filter(id=thread).update(clock_since=None)
            if changed:
                await self._tell(by, thread, "Classée sans réponse : elle n’en attend pas.")

    async def reopen(self, by: Author, thread: int) -> None:
        """It waits for an answer after all, since the family last wrote. Noted for colleagues. Raises NotFound."""
        found = await self._find(by.agent, thread)
        last = await Message.filter(thread_id=thread, account_id__not_isnull=True).order_by("-id").first()
        since = last.at if last else self._core.clock.now()
        async with self._core.db.transaction():
            changed = await Thread.filter(id=thread, waits_since=None).update(
                waits_since=since, clock_since=found.clock_since or since
            )
            if changed:
                await self._tell(by, thread, "Remise parmi les conversations à répondre.")

    async def transfer(self, by: Author, thread: int, service: int) -> None:
        """Hand it to another service, with its history. Raises NotFound, Refused."""
        await self._find(by.agent, thread)
        await self._threads.transfer(thread, service, by.name)
        await Thread.filter(id=thread).update(assigned_id=None)

    async def _overtaken(self, by: Author, thread: int, key: str, seen: int) -> dict[str, str]:
        """What somebody else has said meanwhile."""
        newer = Message.filter(thread_id=thread, id__gt=seen).exclude(key=key).order_by("-id")
        other = next((one for one in await newer.limit(SHOWN) if one.agent_id != by.agent), None) if seen else None
        if other is None:
            return {}
        said = f"{other.author} a écrit entre-temps : relisez la conversation, puis envoyez à nouveau"
        return {"message": f"{said}, si votre réponse convient toujours."}

    async def _tell(self, by: Author, thread: int, words: str) -> None:
        await Note.create(
            thread_id=thread, agent_id=by.agent, author=by.name, text=words, key=f"act-{random_token()}",
            at=self._core.clock.now(),
        )  # fmt: skip

    async def _find(self, agent: int, thread: int) -> Thread:
        found = await Thread.get_or_none(id=thread, service__members__agent_id=agent).select_related(
            "service", "theme", "family", "assigned"
        )
        if found is None:
            raise NotFound
        return found

    async def _page(self, agent: int, queue: Queue, services: Sequence[int], wanted: Filter) -> list[dict[str, Any]]:
        """One more than a page. Each service walks its own index and is then merged: no queue is sorted whole."""
        column, order, condition = _ORDERS[queue]
        bound, edge = _bound(wanted.after, column, order)
        if wanted.days:
            bound, edge = f"{bound}AND {column} <= ? ", [*edge, self._core.clock.now() - timedelta(days=wanted.days)]
        if wanted.theme:
            bound, edge = f"{bound}AND t.theme_id = ? ", [*edge, wanted.theme]
        one = (
            f"SELECT * FROM (SELECT t.id FROM thread t WHERE t.service_id = ? AND {condition} {bound}"
            f"ORDER BY {column} {order}, t.id {order} LIMIT {PAGE + 1}) q"
        )
        whose = [agent] if queue is Queue.mine else []
        values = [value for service in services for value in (service, *whose, *edge)]
        return await self._core.db.rows(
            f"SELECT {COLUMNS} FROM thread t {JOINS} WHERE t.id IN ({' UNION ALL '.join([one] * len(services))}) "
            f"ORDER BY {column} {order}, t.id {order} LIMIT {PAGE + 1}",
            *values,
        )


# The conditions repeat those of the partial indexes, to the letter.
_ORDERS = {
    Queue.waiting: ("t.waits_since", "ASC", "t.waits_since IS NOT NULL"),
    Queue.mine: ("t.last_at", "DESC", "t.assigned_id IS NOT NULL AND t.assigned_id = ?"),
    Queue.stopped: ("t.clock_stopped_at", "ASC", "t.clock_stopped_at IS NOT NULL"),
    Queue.everything: ("t.last_at", "DESC", "TRUE"),
}


def _bound(after: str, column: str, order: str) -> tuple[str, list[Any]]:
    """The condition that skips what was shown, and its values; a made-up cursor begins anew."""
    micros, _, row = after.partition("-")
    if not (micros.isdigit() and row.isdigit() and len(micros) < 18 and len(row) < 19):
        return "", []
    at = datetime.fromtimestamp(int(micros) / 1_000_000, UTC)
    sign = ">" if order == "ASC" else "<"
    return f"AND ({column}, t.id) {sign} (?, ?) ", [at, int(row)]


def _cursor(row: dict[str, Any], queue: Queue) -> str:
    at = known(row[_ORDERS[queue][0].removeprefix("t.")])
    return f"{round(at.timestamp() * 1_000_000)}-{row['id']}"


def row_of(row: dict[str, Any]) -> Row:
    """Of COLUMNS."""
    return Row(
        id=row["id"],
        subject=row["subject"],
        author=row["last_author"],
        snippet=row["snippet"],
        messages=row["messages_count"],
        files=row["files_count"],
        waits_since=instant(row["waits_since"]),
        last_at=known(row["last_at"]),
        service=row["service"],
        family=row["family"],
        number=row["number"],
        assigned=row["assigned"],
        clock_since=instant(row["clock_since"]),
        is_stopped=row["clock_stopped_at"] is not None,
        months=row["months"],
    )
