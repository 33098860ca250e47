"""A message of the town to many families: written, counted and looked at, then sent by a worker, each family once.

Every family gets a thread of its own, so that each answer stands in its own conversation; of parents who live apart,
each who sees a child concerned gets one. How far it came moves in the same commit as the threads: killed at any moment,
the worker goes on where it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from tortoise.expressions import Q

from hub.core.base import Core
from hub.core.db import marks
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.work import wake
from hub.mailbox.criteria import Criteria, Whom
from hub.mailbox.models import Mailing, Service
from hub.mailbox.threads import Author, Said, StoredFile, Threads
from hub.mailbox.writing import checked_subject, checked_text, refuse

WORKER = "mailing"
LAYING = "mailings"  # the lock of who lays one, and of whoever takes families out of the file
BATCH = 20  # families in one commit
SAMPLE = 10  # families that are named before it goes
LISTED = 50
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a mailing would reach: how many conversations, and some of the families by name; whom it would not, though
    they fit, since they have no account: how many families, and some of them."""

    count: int
    sample: tuple[str, ...]
    missed: int = 0
    sample_missed: tuple[str, ...] = ()


class Mailings:
    """The verbs."""

    def __init__(self, core: Core, threads: Threads, criteria: Criteria) -> None:
        self.criteria = criteria
        self._core = core
        self._threads = threads

    async def draft(
        self, by: Author, service: int, subject: str, text: str, whom: Whom, files: Sequence[StoredFile]
    ) -> Mailing:
        """Write one down; nothing goes yet. Raises Invalid."""
        title, wrong_subject = checked_subject(subject, self._core.config.limits)
        checked, wrong_text = checked_text(text, self._core.config.limits)
        found = await Service.get_or_none(id=service, closed_at=None)
        wrong_service = {} if found else {"service": "Choisissez le service au nom duquel vous écrivez."}
        chosen, wrong_whom = await self._chosen(whom)
        refuse(wrong_service, wrong_whom, wrong_subject, wrong_text)
        return await Mailing.create(
            service=found, agent_id=by.agent, author=by.name, subject=title, text=checked, whom=chosen,
            created_at=self._core.clock.now(), files=[file.packed() for file in files],
        )  # fmt: skip

    async def reach(self, whom: Whom) -> Reach:
        """Whom it would reach now."""
        condition, values = self.criteria.condition(whom)
        [row] = await self._core.db.rows(f"SELECT COUNT(*) AS n FROM {condition}", *values)
        named = await self._core.db.rows(
            f"SELECT f.name, f.number FROM {condition} ORDER BY f.name, a.id LIMIT {SAMPLE}", *values
        )
        return Reach(int(row["n"]), _names(named), *await self._missed(whom))

    async def _missed(self, whom: Whom) -> tuple[int, tuple[str, ...]]:
        condition, values = self.criteria.beyond(whom)
        [row] = await self._core.db.rows(f"SELECT COUNT(DISTINCT f.id) AS n FROM {condition}", *values)
        named = await self._core.db.rows(
            f"SELECT DISTINCT f.name, f.number FROM {condition} ORDER BY f.name, f.number LIMIT {SAMPLE}", *values
        )
        return int(row["n"]), _names(named)

    async def find(self, mailing: int) -> Mailing:
        """One. Raises NotFound."""
        found = await Mailing.get_or_none(id=mailing).select_related("service")
        if found is None:
            raise NotFound
        return found

    async def latest(self) -> list[Mailing]:
        """The last ones, but for those that were dropped before anybody had them."""
        return (
            await Mailing.exclude(Q(state="dropped", count=0)).order_by("-id").limit(LISTED).select_related("service")
        )

    async def send(self, mailing: int, expected: int) -> None:
        """Let it go. Raises NotFound, or Conflict when it reaches others by now than were shown, or is on its way."""
        found = await self.find(mailing)
        reach = await self.reach(found.whom)
        if reach.count != expected:
            raise Conflict(
                f"Les familles concernées ont changé : {reach.count} au lieu de {expected}. Vérifiez à nouveau."
            )
        if not await Mailing.filter(id=mailing, state="draft").update(state="sending"):
            raise Conflict("Ce message est déjà parti.")
        await self._core.db.after_commit(lambda: wake(self._core.channel, WORKER))

    async def drop(self, mailing: int) -> None:
        """Not after all. Raises Conflict once it is on its way."""
        found = await self.find(mailing)
        if not await Mailing.filter(id=mailing, state="draft").update(state="dropped"):
            raise Conflict("Ce message est déjà parti.")
        for blob, *_ in found.files:
            await self._core.db.after_commit(partial(self._core.blobs.delete, blob))

    async def step(self) -> int:
        """A batch of the oldest that is on its way. How many families had it."""
        mailing = await Mailing.filter(state="sending").order_by("id").first()
        if mailing is None:
            return 0
        try:
            async with self._core.db.transaction():
                await self._core.db.lock(LAYING)
                return await self._lay(mailing.id)
        except Conflict:  # its criterion went with a change of the settings: those behind it must not wait for ever
            log.exception("a message to many cannot go on", mailing=mailing.id)
            return await Mailing.filter(id=mailing.id, state="sending").update(state="dropped")

    async def _lay(self, sending: int) -> int:
        """Its next families, whom nobody takes away meanwhile. Part of the caller's transaction."""
        mailing = await Mailing.get_or_none(id=sending, state="sending").select_related("service")
        if mailing is None:
            return 0  # another process has done the last of it
        rows = await self._next(mailing)
        if not rows:
            return await Mailing.filter(id=sending).update(state="sent", sent_at=self._core.clock.now())
        await Mailing.filter(id=sending).update(reached=rows[-1]["family_id"], count=mailing.count + len(rows))
        for row in rows:
            await self._begin(mailing, row)
        return len(rows)

    async def _chosen(self, whom: Whom) -> tuple[dict[str, str], dict[str, str]]:
        """What was chosen, and what is wrong with it."""
        try:
            return await self.criteria.checked(whom), {}
        except Invalid as refused:
            return {}, refused.errors

    async def _next(self, mailing: Mailing) -> list[dict[str, Any]]:
        """By family, not by account: those may come and go while it is on its way, and a family has it once."""
        condition, values = self.criteria.condition(mailing.whom)
        families = await self._core.db.rows(
            f"SELECT DISTINCT f.id FROM {condition} AND f.id > ? ORDER BY f.id LIMIT {BATCH}", *values, mailing.reached
        )
        ids = [row["id"] for row in families]
        return await self._core.db.rows(
            f"SELECT a.id, a.family_id, f.is_separated FROM {condition} AND f.id IN ({marks(ids)}) ORDER BY f.id, a.id",
            *values,
            *ids,
        )

    async def _begin(self, mailing: Mailing, row: dict[str, Any]) -> None:
        files = [StoredFile.unpacked(file) for file in mailing.files]
        said = Said(mailing.text, f"mailing:{mailing.id}:{row['id']}", files, via="desk")
        author = Author(mailing.author, agent=mailing.agent_id or 0)
        alone = [row["id"]] if row["is_separated"] else ()
        await self._threads.begin(
            author, row["family_id"], mailing.service, None, mailing.subject, said, mailing.text, alone
        )


def _names(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(f"{one['name']} ({one['number']})" for one in rows)
