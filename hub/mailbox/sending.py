"""A draft becomes a message: in one transaction, once."""

from __future__ import annotations

from dataclasses import dataclass

from hub.core.base import Core
from hub.mailbox.drafts import Drafts, Typed
from hub.mailbox.models import Draft, Message
from hub.mailbox.threads import Author, Said, Threads


@dataclass(frozen=True, slots=True)
class Sender:
    """The guardian who sends."""

    account: int
    family: int
    name: str

    @property
    def author(self) -> Author:
        return Author(self.name, account=self.account)


class Sending:
    """What *Envoyer* and *Répondre* do."""

    def __init__(self, core: Core, threads: Threads, drafts: Drafts) -> None:
        self._core = core
        self._threads = threads
        self._drafts = drafts

    async def sent_before(self, account: int, key: str) -> Message | None:
        """The message that a first click on the same form made."""
        return await Message.get_or_none(account_id=account, key=key)

    async def faults(self, typed: Typed) -> dict[str, str]:
        """What is wrong with the fields of a new message."""
        return await self._threads.faults(typed.service, typed.theme, typed.subject, typed.text)

    async def new(self, sender: Sender, draft: Draft, typed: Typed) -> Message:
        """Open a thread with what was typed and the draft's files. Raises Invalid; the draft is then kept."""
        async with self._core.db.transaction():
            said = await self._said(draft, typed)
            message = await self._threads.open(
                sender.author, sender.family, typed.service, typed.theme, typed.subject, said
            )
            await self._drafts.sent(draft)
        return message

    async def answer(self, sender: Sender, thread: int, draft: Draft, typed: Typed, key: str = "") -> Message:
        """Write on in a thread. Raises NotFound, Invalid; the draft is then kept.

        `key`: of the form that was sent, when the draft was begun by another one (two tabs).
        """
        async with self._core.db.transaction():
            said = await self._said(draft, typed, key)
            message = await self._threads.answer(sender.author, thread, said)
            await self._drafts.sent(draft)
        return message

    async def _said(self, draft: Draft, typed: Typed, key: str = "") -> Said:
        files = await self._drafts.files(draft)
        return Said(text=typed.text, key=key or draft.key, files=files, wants_copy=typed.wants_copy)
