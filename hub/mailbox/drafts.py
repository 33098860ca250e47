"""Drafts: what somebody is writing, kept on the server until it is sent.

A file goes to the draft the moment it arrives, so a form that comes back with an error still has every good file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tortoise.exceptions import IntegrityError

from hub.core.base import Core
from hub.core.errors import NotFound, TooLarge
from hub.core.tokens import random_token
from hub.mailbox.models import Draft, DraftFile
from hub.mailbox.threads import StoredFile


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields as typed, unchecked: a draft may be wrong. `paper`: of a document, its kind and whose, "a:b"."""

    service: str = ""
    theme: str = ""
    subject: str = ""
    text: str = ""
    wants_copy: bool = False
    paper: str = ""


class Drafts:
    """Keeps what is being written, for its writer only."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def begin(self, account: int, thread: int = 0, key: str = "") -> Draft:
        """A new draft; of an answer there is one per thread, and it is found again.

        `key`: of a form whose draft is not there any more (sent, or too old), so that it still sends once.
        """
        if thread and (known := await Draft.get_or_none(account_id=account, thread_id=thread)):
            return known
        try:
            return await Draft.create(
                account_id=account,
                thread_id=thread or None,
                key=key or random_token(),
                saved_at=self._core.clock.now(),
            )
        except IntegrityError:  # two tabs at once
            return await self.find(account, key) if key else await Draft.get(account_id=account, thread_id=thread)

    async def find(self, account: int, key: str) -> Draft:
        """The draft of that key, if this person writes it. Raises NotFound."""
        draft = await Draft.get_or_none(account_id=account, key=key).prefetch_related("files")
        if draft is None:
            raise NotFound
        return draft

    async def latest(self, account: int) -> list[Draft]:
        """Unsent new messages, latest first."""
        return await Draft.filter(account_id=account, thread_id=None).order_by("-saved_at").limit(10)

    async def save(self, draft: Draft, typed: Typed) -> None:
        """Keep what was typed, cut to twice what could ever be sent."""
        limits = self._core.config.limits
        draft.service, draft.theme = typed.service[:20], typed.theme[:20]
        draft.subject, draft.text = typed.subject[: limits.subject_length * 2], typed.text[: limits.body_length * 2]
        draft.wants_copy, draft.paper, draft.saved_at = typed.wants_copy, typed.paper[:140], self._core.clock.now()
        await draft.save(update_fields=["service", "theme", "subject", "text", "wants_copy", "paper", "saved_at"])

    async def attach(self, draft: Draft, file: StoredFile) -> DraftFile:
        """Add a stored file. Raises TooLarge when the draft is full."""
        async with self._core.db.transaction():
            if await DraftFile.filter(draft=draft).count() >= self._core.config.limits.files:
                raise TooLarge(f"Vous pouvez joindre {self._core.config.limits.files} fichiers au plus.", "fichiers")
            return await DraftFile.create(
                draft=draft,
                blob=file.blob,
                filename=file.filename,
                content_type=file.content_type,
                size=file.size,
                sha256=file.sha256,
            )

    async def detach(self, draft: Draft, file_id: int) -> None:
        """Take a file away again. Raises NotFound."""
        file = await DraftFile.get_or_none(id=file_id, draft=draft)
        if file is None:
            raise NotFound
        await file.delete()
        await self._core.blobs.delete(file.blob)

    async def files(self, draft: Draft) -> list[StoredFile]:
        """The files kept so far, in order."""
        kept = await DraftFile.filter(draft=draft).order_by("id")
        return [StoredFile(f.blob, f.filename, f.content_type, f.size, f.sha256) for f in kept]

    async def sent(self, draft: Draft) -> None:
        """The draft became a message, which owns its files now."""
        await draft.delete()

    async def discard(self, draft: Draft) -> None:
        """Throw a draft away, files and all."""
        kept = await self.files(draft)
        await draft.delete()
        for file in kept:
            await self._core.blobs.delete(file.blob)

    async def forget(self) -> int:
        """Drop drafts nobody touched for `limits.draft_days`. For the daily round."""
        before = self._core.clock.now() - timedelta(days=self._core.config.limits.draft_days)
        old = await Draft.filter(saved_at__lt=before).limit(200)
        for draft in old:
            await self.discard(draft)
        return len(old)
