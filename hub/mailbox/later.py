"""Answers that go on a day to come, in the name of who wrote them.

One that somebody has written after does not go by itself: it may no longer be the answer. It is held, the conversation
waits again, and an agent who has read on lets it go or takes its text up anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from tortoise.exceptions import IntegrityError

from hub.core.base import Core
from hub.core.errors import Invalid, NotFound
from hub.core.work import wake
from hub.mailbox.models import LaterAnswer, Message, Note, ServiceAgent, Thread
from hub.mailbox.remarks import remark
from hub.mailbox.threads import Author, Said, StoredFile, Threads
from hub.mailbox.writing import checked_text

WORKER = "later"
LATEST = timedelta(days=92)
BATCH = 20
STANDING = ("waiting", "held")
LEFT = "later-"  # begins the key of such a note; the answer's id follows


class Later:
    """The verbs. Who may is the caller's to know: see Handling."""

    def __init__(self, core: Core, threads: Threads) -> None:
        self._core = core
        self._threads = threads

    async def keep(
        self, by: Author, thread: int, text: str, files: Sequence[StoredFile], key: str, due: datetime, seen: int
    ) -> bool:
        """Keep an answer until then. False: the same key has kept it before. Raises Invalid.

        `seen`: the last message that its writer had before them.
        """
        checked, wrong = checked_text(text, self._core.config.limits)
        now = self._core.clock.now()
        if not now < due <= now + LATEST:
            wrong = {**wrong, "plus_tard": "Choisissez un moment à venir, dans les trois mois."}
        if wrong:
            raise Invalid(wrong)
        kept = [file.packed() for file in files]
        try:
            async with self._core.db.transaction():
                await LaterAnswer.create(
                    thread_id=thread, agent_id=by.agent, author=by.name, text=checked, files=kept, key=key, due_at=due,
                    seen=seen,
                )  # fmt: skip
        except IntegrityError:
            return False
        return True

    async def of_thread(self, thread: int) -> list[LaterAnswer]:
        """Those that wait or are held, in the order in which they will go."""
        return await LaterAnswer.filter(thread_id=thread, state__in=STANDING).order_by("due_at", "id")

    async def files(self, thread: int) -> dict[int, list[StoredFile]]:
        """Of those that wait or are held, and of those that were left as a note, by their ids."""
        found = await LaterAnswer.filter(thread_id=thread, state__in=(*STANDING, "left"))
        return {one.id: [StoredFile.unpacked(file) for file in one.files] for one in found}

    async def file(self, thread: int, later: int, position: int) -> StoredFile:
        """One of these files. Raises NotFound."""
        files = (await self.files(thread)).get(later, [])
        if position >= len(files):
            raise NotFound
        return files[position]

    async def drop(self, thread: int, later: int) -> str:
        """Not after all: its text, so that it can be written anew. Raises NotFound once it has gone."""
        found = await LaterAnswer.get_or_none(id=later, thread_id=thread)
        if found is None or not await LaterAnswer.filter(id=later, state__in=STANDING).update(state="dropped"):
            raise NotFound
        for blob, *_ in found.files:
            await self._core.db.after_commit(partial(self._core.blobs.delete, blob))
        return found.text

    async def let_go(self, thread: int, later: int, seen: int) -> bool:
        """It is to go all the same, by an agent who has read up to the message `seen`: on its day, or at once (True)
        where that has come. Raises NotFound once it has gone."""
        found = await LaterAnswer.get_or_none(id=later, thread_id=thread)
        standing = LaterAnswer.filter(id=later, state__in=STANDING)
        if found is None or not await standing.update(state="waiting", seen=seen):
            raise NotFound
        await self._core.db.after_commit(lambda: wake(self._core.channel, WORKER))
        return found.due_at <= self._core.clock.now()

    async def step(self) -> int:
        """Send what is due. How many."""
        due = LaterAnswer.filter(state="waiting", due_at__lte=self._core.clock.now())
        found = await due.order_by("due_at", "id").limit(BATCH)
        return sum([await self._send(one) for one in found])

    async def _send(self, later: LaterAnswer) -> int:
        """1, or 0 when another process was faster, or it was dropped meanwhile. Who no longer answers for the service
        says nothing in its name: what they wrote is left as a note, with its files, for colleagues to send. Nor does
        anything go blindly after what somebody else has written since."""
        thread = await Thread.get(id=later.thread_id)
        if not await ServiceAgent.exists(agent_id=later.agent_id, service_id=thread.service_id):
            return await self._leave_note(later)
        if other := await self._overtaken(later):
            return await self._hold(later, other)
        return await self._post(later, thread)

    async def _overtaken(self, later: LaterAnswer) -> str:
        """Who else has written since; "" for nobody."""
        newer = await Message.filter(thread_id=later.thread_id, id__gt=later.seen).order_by("-id")
        return next((message.author for message in newer if message.agent_id != later.agent_id), "")

    async def _hold(self, later: LaterAnswer, other: str) -> int:
        """The conversation waits again, so that somebody looks."""
        by, now = Author(later.author, agent=later.agent_id), self._core.clock.now()
        async with self._core.db.transaction():
            if not await LaterAnswer.filter(id=later.id, state="waiting").update(state="held"):
                return 0
            await Thread.filter(id=later.thread_id, waits_since=None).update(waits_since=now)
            await remark(self._core, by, later.thread_id, f"Réponse prévue, retenue : {other} a écrit entre-temps.")
        return 1

    async def _leave_note(self, later: LaterAnswer) -> int:
        words = f"Réponse prévue, non envoyée : {later.author} n’est pas de ce service.\n\n{later.text}"
        async with self._core.db.transaction():
            if not await LaterAnswer.filter(id=later.id, state="waiting").update(state="left"):
                return 0
            await Note.create(
                thread_id=later.thread_id, agent_id=later.agent_id, author=later.author, text=words,
                key=f"{LEFT}{later.id}", at=self._core.clock.now(),
            )  # fmt: skip
        return 1

    async def _post(self, later: LaterAnswer, thread: Thread) -> int:
        files = [StoredFile.unpacked(file) for file in later.files]
        async with self._core.db.transaction():
            if not await LaterAnswer.filter(id=later.id, state="waiting").update(state="sent"):
                return 0
            said = Said(later.text, later.key, files, via="desk")
            await self._threads.post(thread, Author(later.author, agent=later.agent_id), said, later.text)
        return 1


def left(note: Note) -> int:
    """Pure: the id of the answer that a note has taken over, or 0."""
    number = note.key.removeprefix(LEFT)
    return int(number) if number != note.key and number.isdecimal() else 0
