"""What agents do with conversations at the desk: an answer, a note, another service.

Always in the name of one agent, and only for the services that they work for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.exceptions import IntegrityError

from hub.accounts.models import Account
from hub.core.base import Core
from hub.core.errors import Invalid, NotFound
from hub.mailbox.conversation import File
from hub.mailbox.models import Attachment, Message, Note, Service, Thread, ThreadEvent
from hub.mailbox.orders import order
from hub.mailbox.remarks import remark
from hub.mailbox.threads import Author, Said, StoredFile, Threads
from hub.mailbox.writing import checked_subject, checked_text, paragraphs, refuse

SHOWN = 50  # messages of one that are shown at once
LONGEST_NOTE = 5_000  # characters


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation as an agent sees it: some of its messages, oldest first, and what happened meanwhile.

    `older`: the message before which others stand; 0: none. `is_latest`: nothing stands behind them.
    """

    thread: Thread
    messages: Sequence[Message]
    files: dict[int, list[File]]
    events: Sequence[ThreadEvent]
    notes: Sequence[Note]
    older: int
    is_latest: bool


class Handling:
    """The desk's verbs on conversations."""

    def __init__(self, core: Core, threads: Threads) -> None:
        self._core = core
        self._threads = threads

    async def open(self, agent: int, thread: int, before: int = 0) -> Opened:
        """One of them, its last messages or those before that one. Raises NotFound."""
        found = await self._threads.served(thread, agent, "service", "theme", "family", "assigned")
        all_of_it = Message.filter(thread_id=thread)
        newer = await all_of_it.filter(id__gte=before).order_by("id").first() if before else None
        messages = await (all_of_it.filter(id__lt=newer.id) if newer else all_of_it).order_by("-id").limit(SHOWN + 1)
        shown, is_cut = messages[:SHOWN][::-1], len(messages) > SHOWN
        events, notes = ThreadEvent.filter(thread_id=thread), Note.filter(thread_id=thread)
        if is_cut:
            events, notes = events.filter(at__gte=shown[0].at), notes.filter(at__gte=shown[0].at)
        if newer:
            events, notes = events.filter(at__lt=newer.at), notes.filter(at__lt=newer.at)
        return Opened(
            thread=found,
            messages=shown,
            files=await self._files(shown),
            events=await events.order_by("id"),
            notes=await notes.order_by("id"),
            older=shown[0].id if is_cut else 0,
            is_latest=newer is None,
        )

    async def _files(self, messages: Sequence[Message]) -> dict[int, list[File]]:
        files: dict[int, list[File]] = {}
        for one in await Attachment.filter(message_id__in=[m.id for m in messages] or [0]).order_by("position"):
            file = File(one.id, one.filename, one.content_type, one.size, one.inline, one.aside)
            files.setdefault(one.message_id, []).append(file)
        return files

    async def attachment(self, agent: int, thread: int, file: int) -> Attachment:
        """A file of one of them. Raises NotFound."""
        await self._threads.served(thread, agent)
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
        found = await self._threads.served(thread, by.agent)
        checked, wrong = checked_text(text, self._core.config.limits)
        wrong = wrong or _ordering(checked) or await self._overtaken(by, thread, key, seen)
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
        await self._threads.served(thread, by.agent)
        words = paragraphs(text).strip()
        if not words or len(words) > LONGEST_NOTE:
            raise Invalid({"note": f"Écrivez votre note ({LONGEST_NOTE} caractères au plus)."})
        values = {"thread_id": thread, "agent_id": by.agent, "author": by.name, "text": words}
        await Note.get_or_create(values | {"at": self._core.clock.now()}, key=key)

    async def close(self, by: Author, thread: int) -> None:
        """Nothing needs to be answered: it waits no more. Noted for colleagues. Raises NotFound."""
        found = await self._threads.served(thread, by.agent)
        async with self._core.db.transaction():
            changed = await Thread.filter(id=thread, waits_since__not_isnull=True).update(waits_since=None)
            if not found.clock_held and found.clock_stopped_at is None:
                await Thread.filter(id=thread).update(clock_since=None)
            if changed:
                await remark(self._core, by, thread, "Classée sans réponse : elle n’en attend pas.")

    async def reopen(self, by: Author, thread: int) -> None:
        """It waits for an answer after all, since the family first wrote what has none, or else last wrote. Noted for
        colleagues. Where all was answered the legal clock does not begin again. Raises NotFound."""
        found = await self._threads.served(thread, by.agent)
        last = await Message.filter(thread_id=thread, account_id__not_isnull=True).order_by("-id").first()
        asked = await self._unanswered(thread)
        since = asked or (last.at if last else self._core.clock.now())
        async with self._core.db.transaction():
            changed = await Thread.filter(id=thread, waits_since=None).update(
                waits_since=since, clock_since=found.clock_since or asked
            )
            if changed:
                await remark(self._core, by, thread, "Remise parmi les conversations à répondre.")

    async def transfer(self, by: Author, thread: int, service: int) -> None:
        """Hand it to another service, with its history. Raises NotFound, Refused."""
        await self._threads.served(thread, by.agent)
        await self._threads.transfer(thread, service, by.name)
        await Thread.filter(id=thread).update(assigned_id=None)

    async def _unanswered(self, thread: int) -> datetime | None:
        """When the family first wrote since the town last spoke."""
        spoken = await Message.filter(thread_id=thread, account_id=None).order_by("-id").first()
        since = Message.filter(thread_id=thread, id__gt=spoken.id if spoken else 0)
        first = await since.order_by("id").first()
        return first.at if first else None

    async def _overtaken(self, by: Author, thread: int, key: str, seen: int) -> dict[str, str]:
        """What somebody else has said meanwhile."""
        newer = Message.filter(thread_id=thread, id__gt=seen).exclude(key=key).order_by("-id")
        other = next((one for one in await newer.limit(SHOWN) if one.agent_id != by.agent), None) if seen else None
        if other is None:
            return {}
        said = f"{other.author} a écrit entre-temps : relisez la conversation, puis envoyez à nouveau"
        return {"message": f"{said}, si votre réponse convient toujours."}


def _ordering(text: str) -> dict[str, str]:
    """Pure: the order of a mail, typed at the desk, which the family would read."""
    said = "« /accepter » et « /refuser » ne valent que par e-mail : ouvrez la demande et décidez par ses boutons."
    return {"message": said} if order(text) else {}
