"""Papers that were asked for, as they come: any answer with a file brings them, from the web or from a mail.

What came is filed as that document of that person, and waits for an agent's look like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from hub.core.base import Core
from hub.dossier.models import Document
from hub.mailbox.clock import Clocks
from hub.mailbox.models import Thread, WantedPaper
from hub.mailbox.words import Stems

if TYPE_CHECKING:
    from hub.mailbox.posting import Written
    from hub.mailbox.threads import Post, StoredFile

PHOTO = 50 * 1024  # bytes: a picture within the text that is larger is no signature; phones send papers so
Shared = tuple["WantedPaper", "StoredFile"]


class Carries(Protocol):
    """Makes a paper something that an agent decides on: that room lies above."""

    async def carry(self, document: Document, via: str) -> None:
        """Part of the caller's transaction."""


class Pieces:
    """Takes them in."""

    def __init__(self, core: Core, carries: Carries) -> None:
        self._core = core
        self._carries = carries
        self._clocks = Clocks(core)
        self._stems = Stems()

    async def take_in(self, messages: Sequence[Written], posts: Sequence[Post]) -> None:
        """File what the family's messages bring. Part of the caller's transaction."""
        brought = [
            (message, papers)
            for message, post in zip(messages, posts, strict=True)
            if post.author.account and (papers := [file for file in post.said.files if _is_paper(file)])
        ]
        if not brought:
            return
        threads = [message.thread_id for message, _ in brought]
        wanted = await WantedPaper.filter(thread_id__in=threads, state="waiting").order_by("id")
        for message, papers in brought:
            mine = [one for one in wanted if one.thread_id == message.thread_id and one.state == "waiting"]
            if mine:
                await self._came(message, self._shared(mine, papers))

    async def settle(
        self, family: int, kind: str, child: int | None, guardian: int | None, reader: int | None = None
    ) -> list[WantedPaper]:
        """A paper came by another way: those that were waited for, `reader`: only where that account was asked.

        Part of the caller's transaction.
        """
        whose = WantedPaper.filter(family_id=family, kind=kind, child=child, guardian=guardian, state="waiting")
        found = await (whose.filter(thread__entries__account_id=reader) if reader else whose)
        for one in found:
            await self._settled(one, "came")
        return found

    async def drop(self, wanted: WantedPaper) -> None:
        """It is no longer needed. Part of the caller's transaction."""
        await self._settled(wanted, "dropped")

    async def drop_all(self, thread: int, at: datetime) -> None:
        """None of a thread's is needed any more: what they were for is decided. Part of the caller's transaction."""
        if await WantedPaper.filter(thread_id=thread, state="waiting").update(state="dropped", settled_at=at):
            await self._clocks.resume(thread, at)

    async def want_again(self, thread: int, at: datetime) -> None:
        """Those that were dropped at that moment are waited for after all, and the clock stands still as it did.

        Part of the caller's transaction.
        """
        dropped = WantedPaper.filter(thread_id=thread, state="dropped", settled_at=at)
        again = await dropped
        if not again:
            return
        await dropped.update(state="waiting", settled_at=None)
        last, found = max(one.until for one in again), await Thread.get(id=thread)
        if last >= self._core.today():
            await self._clocks.stop(found, found.clock_since, last, min(one.asked_at for one in again))

    async def are_wanted(self, thread: int) -> bool:
        """Whether a thread waits for any."""
        return await WantedPaper.exists(thread_id=thread, state="waiting")

    async def filed(self, document: Document, via: str) -> None:
        """One came in a conversation, and waits for a decision. Part of the caller's transaction."""
        await self._carries.carry(document, via)

    async def _came(self, message: Written, shared: Iterable[Shared]) -> None:
        for position, (one, file) in enumerate(shared):
            if one.kind:
                await self._file(message, one, file, position)
            if one.state == "waiting":
                await self._settled(one, "came")

    async def _file(self, message: Written, wanted: WantedPaper, file: StoredFile, position: int) -> None:
        document = await Document.create(
            family_id=wanted.family_id, child_id=wanted.child, guardian_id=wanted.guardian,
            account_id=message.account_id, kind=wanted.kind, state="sent", blob=file.blob, filename=file.filename,
            content_type=file.content_type, size=file.size, sha256=file.sha256, key=f"piece:{message.id}:{position}",
            sent_at=message.at, thread=message.thread_id,
        )  # fmt: skip
        await self.filed(document, message.via)

    async def _settled(self, wanted: WantedPaper, state: str) -> None:
        wanted.state, wanted.settled_at = state, self._core.clock.now()
        await wanted.save(update_fields=["state", "settled_at"])
        if not await self.are_wanted(wanted.thread_id):
            await self._clocks.resume(wanted.thread_id, wanted.settled_at)

    def _shared(self, wanted: Sequence[WantedPaper], files: Sequence[StoredFile]) -> list[Shared]:
        """Which file is which paper: by the words of its name, else in the order in which they were asked for.

        The files that are left are further pages of the last. An agent looks at each of them anyway.
        """
        left, shared = list(wanted), []
        last = wanted[-1]
        for file in files:
            named = next((one for one in left if self._is_named(one, file)), None)
            chosen = named or (left[0] if left else last)
            if chosen in left:
                left.remove(chosen)
            shared.append((chosen, file))
            last = chosen
        return shared

    def _is_named(self, wanted: WantedPaper, file: StoredFile) -> bool:
        names = {stem for stem, word in self._stems.query(wanted.name) if len(word) > 4}
        return bool(names & {stem for stem, _ in self._stems.query(file.filename.replace("_", " "))})


def _is_paper(file: StoredFile) -> bool:
    """Not a picture of a signature, nor what was set aside."""
    return not file.aside and (not file.inline or file.size > PHOTO)
