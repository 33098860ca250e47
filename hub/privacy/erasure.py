"""A family erased, but for what the law makes the town keep.

What was written to a service is an administrative record (code du patrimoine, L211-1 and L212-2), which nobody may
change or destroy before its time (L214-3), and which the right to erasure does not reach (RGPD, art. 17, 3, b and d):
of conversations of the last `retention.messages_years` the texts stay as they were written, and the files that came
with them, by service, theme and day. Nothing leads to them from a person any more: names of writers, subjects, names of
files, previews, words to search by, and events that name people or papers go, and the conversations themselves once
they are as old. Everything else goes at once: accounts, addresses, children, health, bank, documents, drafts, mails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any, NamedTuple

import structlog
from tortoise.expressions import Q

from hub.accounts.models import Account, Registration
from hub.actions.models import Request
from hub.core.base import Core
from hub.core.blobs import BlobError
from hub.core.db import Also, marks
from hub.dossier.models import BankAccount, Child, Document, Family, FileReading, Guardian
from hub.mail.erased import erase
from hub.mail.models import AddressEvent, AddressFailure, GivenAnswer, InboundMail, OutboundMail
from hub.mailbox.mailings import LAYING
from hub.mailbox.models import Attachment, LaterAnswer, Message, Note, Presence, Thread, ThreadEvent, WantedPaper
from hub.privacy.holdings import HOLDINGS, Scope, rows_of, scope_of

YEAR = timedelta(days=365.25)
NOBODY = "Famille effacée"
KEPT_SUBJECT = "Conversation d’une famille effacée"
NAMELESS = "effacée"  # the family's name, as pages have it behind "Famille"
NO_CLOCK = {  # nobody is left to be answered
    "waits_since": None, "handed_at": None, "clock_since": None, "clock_held": False, "clock_stopped_at": None,
    "clock_resumes_after": None,
}  # fmt: skip
NAMELESS_EVENTS = ("transferred", "silence")  # whose text names no person and no paper of the family
BLOBS = ("attachment", "draft_file", "document", "inbound_mail", "outbound_mail")  # tables with a column `blob`
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure comes to, in rows."""

    kept_threads: int
    erased_threads: int
    accounts: int
    children: int
    files: int


class Found(NamedTuple):
    """What there is of a family; of its conversations the `old` ones go as a whole, and of files the `blobs`."""

    scope: Scope
    old: list[int]
    blobs: list[str]


class Erasure:
    """Erases."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def run(self, number: str, agent: int = 0, trial: bool = False, also: Also | None = None) -> Erased:
        """Erase the family of that number in one transaction, then the files nobody else has. Raises NotFound.

        `also`: what is written down beside.
        """
        if trial:
            return _told(await self._found(number))
        async with self._core.db.transaction():
            await self._core.db.lock(LAYING)  # what a message to many begins meanwhile would be left out
            found = await self._found(number)
            await self._erase(found.scope, found.old, agent)
            if also:
                await also()
        await self._delete(found.blobs)
        return _told(found)

    async def _found(self, number: str) -> Found:
        scope = await scope_of(self._core, number)
        old = await self._older(scope)
        return Found(scope, old, await self._blobs(scope, old))

    async def forget(self) -> None:
        """What was kept of erased families goes once it is as old as the settings say. For the hourly round."""
        families = await FileReading.filter(what="erasure").values_list("family_id", flat=True)
        old = [t.id for t in await Thread.filter(family_id__in=families, last_at__lt=self._since)]
        if old:
            blobs = await self._attached(old)
            await Thread.filter(id__in=old).delete()
            await self._delete(sorted({row["blob"] for row in blobs}))

    @property
    def _since(self) -> datetime:
        """Since when conversations are kept."""
        return self._core.clock.now() - self._core.config.retention.messages_years * YEAR

    async def _older(self, scope: Scope) -> list[int]:
        """The conversations that nothing makes the town keep."""
        return [t.id for t in await Thread.filter(id__in=scope.ids["threads"]) if t.last_at < self._since]

    async def _erase(self, scope: Scope, old: list[int], agent: int) -> None:
        family, emails = scope.family, scope.ids["emails"]
        await Thread.filter(id__in=old).delete()
        spoken = Message.filter(thread_id__in=scope.ids["threads"])
        raws = [message_id for message_id in await spoken.values_list("message_id", flat=True) if message_id]
        await self._unname(scope.ids["threads"])
        await Request.filter(thread_id__in=scope.ids["threads"]).delete()
        await Note.filter(thread_id__in=scope.ids["threads"]).delete()
        for table in (WantedPaper, LaterAnswer, Presence):
            await table.filter(thread_id__in=scope.ids["threads"]).delete()
        await Document.filter(family=family).delete()
        await BankAccount.filter(family=family).delete()
        await Child.filter(family=family).delete()
        await Account.filter(family=family).delete()
        await Guardian.filter(family=family).delete()
        await Registration.filter(email__in=emails).delete()
        await OutboundMail.filter(Q(recipient__in=emails) | Q(thread__in=scope.ids["threads"])).delete()
        await erase(InboundMail.filter(Q(from_address__in=emails) | Q(message_id__in=raws)))
        for model in AddressEvent, AddressFailure, GivenAnswer:
            await model.filter(address__in=emails).delete()
        await self._nameless(family, self._core.clock.now())
        await FileReading.create(family=family, agent_id=agent or None, what="erasure", at=self._core.clock.now())

    async def _unname(self, threads: list[int]) -> None:
        """What leads from a person to conversations that stay; what was written and sent is left as it is."""
        spoken = Message.filter(thread_id__in=threads)
        await spoken.filter(account_id__isnull=False).update(account_id=None, author=NOBODY)
        await spoken.update(rest="", words="")  # quoted letters, which name the family
        await Thread.filter(id__in=threads).update(subject=KEPT_SUBJECT, last_author="", snippet="", **NO_CLOCK)
        await ThreadEvent.filter(thread_id__in=threads).exclude(kind__in=NAMELESS_EVENTS).delete()
        files = await Attachment.filter(message__thread_id__in=threads)
        for file in files:
            file.filename = _plain(file)
        if files:
            await Attachment.bulk_update(files, ["filename"], batch_size=500)

    async def _nameless(self, family: Family, now: datetime) -> None:
        """The row that kept conversations hang from: a number that means nothing, and no word."""
        blank = Family(number=f"effacée {family.id}", name=NAMELESS, is_known=False, created_at=now, updated_at=now)
        for name in family._meta.db_fields - {"id"}:
            setattr(family, name, getattr(blank, name))
        await family.save()

    async def _blobs(self, scope: Scope, old: list[int]) -> list[str]:
        """Keys of the files that go: not those of conversations that stay."""
        gone = await self._attached(old)
        for holding in HOLDINGS:
            if holding.table in BLOBS and holding.table != "attachment":
                gone += await rows_of(self._core, scope, holding)
        later = await LaterAnswer.filter(thread_id__in=scope.ids["threads"]).exclude(state="sent")
        gone += [{"blob": blob} for answer in later for blob, *_ in answer.files]
        return sorted({row["blob"] for row in gone if row["blob"]})

    async def _attached(self, threads: Sequence[int]) -> list[dict[str, Any]]:
        return await self._core.db.rows(
            "SELECT a.blob FROM attachment a JOIN message m ON m.id = a.message_id "
            f"WHERE m.thread_id IN ({marks(threads)})",
            *threads,
        )

    async def _delete(self, keys: list[str]) -> None:
        """The files themselves, after the commit; one that another row still names stays."""
        for key in keys:
            uses = [await self._core.db.rows(f"SELECT 1 FROM {table} WHERE blob = ? LIMIT 1", key) for table in BLOBS]
            if any(uses):
                continue
            try:
                await self._core.blobs.delete(key)
            except BlobError:
                log.exception("a file of an erased family could not be deleted", blob=key)


def _plain(file: Attachment) -> str:
    """A name that tells of nobody: "piece-2.pdf"."""
    suffix = PurePath(file.filename).suffix.lower()
    return f"piece-{file.position + 1}{suffix if re.fullmatch(r'[.][a-z0-9]{1,5}', suffix) else ''}"


def _told(found: Found) -> Erased:
    ids = found.scope.ids
    return Erased(
        kept_threads=len(ids["threads"]) - len(found.old),
        erased_threads=len(found.old),
        accounts=len(ids["accounts"]),
        children=len(ids["children"]),
        files=len(found.blobs),
    )
