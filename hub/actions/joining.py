"""Two conversations of a family that are about the same thing become one.

Everything moves: messages, notes, files, reply addresses, what was mailed, the request. The address of the one that is
gone leads to the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from hub.actions.models import OPEN, PAPER, Request
from hub.core.base import Core
from hub.core.errors import NotFound, Refused
from hub.mailbox.models import Entry, FormerThread, ServiceAgent, Thread
from hub.mailbox.receipts import decides_on
from hub.mailbox.threads import Author, Threads

LISTED = 20
# Tables whose rows speak of a thread, and the column by which they do. A test holds this against the models.
MOVED = (
    ("message", "thread_id"),
    ("thread_event", "thread_id"),
    ("thread_note", "thread_id"),
    ("wanted_paper", "thread_id"),
    ("later_answer", "thread_id"),
    ("reply_address", "thread_id"),
    ("request", "thread_id"),
    ("former_thread", "thread_id"),
    ("outbound_mail", "thread"),
    ("inbound_mail", "thread"),
    ("document", "thread"),
)
LEFT = ("entry", "draft", "presence")  # joined by hand, or gone


class ThreadJoining:
    """The verb, and what it may be done to."""

    def __init__(self, core: Core, threads: Threads) -> None:
        self._core = core
        self._threads = threads

    async def others(self, agent: int, thread: Thread) -> list[Thread]:
        """Conversations of the same family with the agent's services, the latest first."""
        mine = Thread.filter(family_id=thread.family_id, service__members__agent_id=agent)
        return await mine.exclude(id=thread.id).order_by("-last_at").limit(LISTED)

    async def join(self, by: Author, thread: int, into: int) -> None:
        """Move all of `thread` into the other one. Raises NotFound, Refused."""
        if thread == into:
            raise Refused("Choisissez une autre conversation.", "avec")
        async with self._core.db.transaction():
            await self._core.db.lock("join threads")
            gone, kept = [await self._threads.served(one, by.agent, "theme") for one in (thread, into)]
            await self._refuse(gone, kept)
            ruling = await self._ruling(gone, kept)
            for table, column in MOVED:
                await self._core.db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", kept.id, gone.id)
            await self._entries(gone.id, kept.id)
            await self._free_drafts(gone)
            await FormerThread.create(id=gone.id, thread=kept)
            await Thread.filter(id=gone.id).delete()
            await self._sum_up(gone, kept, ruling)
            await self._threads.note(kept, "joined", f"La conversation « {gone.subject} » est réunie avec celle-ci.")

    async def _refuse(self, gone: Thread, kept: Thread) -> None:
        if gone.family_id != kept.family_id:
            raise NotFound
        readers = [{e.account_id for e in await Entry.filter(thread_id=one.id)} for one in (gone, kept)]
        if readers[0] != readers[1]:
            raise Refused("Ces conversations n’ont pas les mêmes lecteurs : elles ne peuvent pas être réunies.", "avec")
        if await Request.filter(thread_id__in=[gone.id, kept.id]).exclude(kind=PAPER).count() > 1:
            raise Refused("Chacune porte une demande : décidez-en séparément.", "avec")

    async def _entries(self, gone: int, kept: int) -> None:
        """One line in each mailbox: unread and dated by both."""
        others = {entry.account_id: entry for entry in await Entry.filter(thread_id=gone)}
        for entry in await Entry.filter(thread_id=kept):
            other = others[entry.account_id]
            entry.received_at = _latest((entry.received_at, other.received_at))
            entry.sent_at = _latest((entry.sent_at, other.sent_at))
            entry.unread += other.unread
            entry.deleted_at = entry.deleted_at if other.deleted_at else None
            await entry.save()
        await Entry.filter(thread_id=gone).delete()

    async def _free_drafts(self, gone: Thread) -> None:
        """An answer that was begun there becomes a message that was begun: nothing typed is lost."""
        await self._core.db.execute(
            "UPDATE draft SET thread_id = NULL, subject = ? WHERE thread_id = ?", gone.subject, gone.id
        )
        await self._core.db.execute("DELETE FROM presence WHERE thread_id = ?", gone.id)

    async def _follower(self, gone: Thread, kept: Thread) -> int | None:
        """Who looked after the one that is gone, where they answer for the service of the other."""
        serves = await ServiceAgent.exists(service_id=kept.service_id, agent_id=gone.assigned_id or 0)
        return gone.assigned_id if serves else None

    async def _ruling(self, gone: Thread, kept: Thread) -> Thread:
        """Whose clock goes on, with the theme by which its day and what silence means were told: that of a request
        which waits, else the one that runs out first."""
        running = [one for one in (kept, gone) if one.clock_since]
        asked = Request.filter(thread_id__in=[one.id for one in running], state__in=OPEN).exclude(kind=PAPER)
        if waiting := await asked.first():
            return next(one for one in running if one.id == waiting.thread_id)
        return min(running, key=self._decides_on, default=kept)

    def _decides_on(self, thread: Thread) -> date:
        assert thread.clock_since is not None
        return decides_on(self._core.config, thread.clock_since, thread.theme.months if thread.theme else 0)

    async def _sum_up(self, gone: Thread, kept: Thread, ruling: Thread) -> None:
        latest = max(gone, kept, key=lambda one: one.last_at)
        await Thread.filter(id=kept.id).update(
            opened_at=min(gone.opened_at, kept.opened_at),
            last_at=latest.last_at,
            last_author=latest.last_author,
            snippet=latest.snippet,
            messages_count=gone.messages_count + kept.messages_count,
            files_count=gone.files_count + kept.files_count,
            waits_since=_earliest((gone.waits_since, kept.waits_since)),
            assigned_id=kept.assigned_id or await self._follower(gone, kept),
            theme_id=ruling.theme_id,
            clock_since=ruling.clock_since,
            clock_held=gone.clock_held or kept.clock_held,
            clock_stopped_at=ruling.clock_stopped_at,
            clock_resumes_after=ruling.clock_resumes_after,
            silence_told_at=ruling.silence_told_at,
        )


def _earliest(values: Iterable[Any]) -> Any:
    return min(_given(values), default=None)


def _latest(values: Iterable[Any]) -> Any:
    return max(_given(values), default=None)


def _given(values: Iterable[Any]) -> Sequence[Any]:
    return [value for value in values if value is not None]
