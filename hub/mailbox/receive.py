"""The inbound pipeline: a flat list of named steps, each returning a fuller case or raising a Refusal.

settle_bounce → refuse_duplicate → hand_postmaster → refuse_automatic → find_thread → find_author → check_sender →
keep_reply → refuse_loop → choose_service → obey → store
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar

import structlog

from hub.core.base import Core
from hub.mail import dkim, failures
from hub.mail.doubles import Doubles
from hub.mail.inbound import Inbound
from hub.mail.models import InboundMail
from hub.mail.readings import MailReader, Reading
from hub.mailbox.answers import Answers
from hub.mailbox.case import Case
from hub.mailbox.intake import Intake
from hub.mailbox.lookup import ancestors
from hub.mailbox.namesakes import Namesakes
from hub.mailbox.opening import Opener
from hub.mailbox.refusals import POLICIES, Refusal
from hub.mailbox.setaside import WAITING
from hub.mailbox.steps import Steps
from hub.mailbox.threads import StoredFile
from hub.mailbox.verify import Verifier

CLAIMED = 400  # mails that are ours at a time
FEW = 50  # after a step with less than that, a stream is let come in: every step has a price of its own
FIRST = 10  # mails of a backlog that share the first commit, then twice as many: until they are read all waits
BATCH = 100  # mails that share a commit, at most
BATCH_BYTES = 8 * 1024 * 1024  # of mails that share a commit; as much again is being read meanwhile
RENEW_EVERY = 10.0  # seconds
WAIT_FOR_OPENER = timedelta(minutes=10)  # how long an answer waits for the mail it answers to be handled
LOOK_AGAIN = 2.0  # seconds
WAIT_FOR_KEY = timedelta(hours=1)  # how long a name server may be silent about who signed a mail
ASK_AGAIN = 300.0  # seconds
log = structlog.get_logger(__name__)
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A claimed mail that was read, its files durable; nothing of the mailbox has been touched yet."""

    mail: InboundMail
    case: Case
    files: tuple[StoredFile, ...]


class Lease:
    """Keeps a claimed batch ours for as long as it takes: a mail may have to wait for name servers."""

    def __init__(self, inbound: Inbound, mails: Sequence[InboundMail]) -> None:
        self._inbound = inbound
        self._mails = mails
        self._due = time.monotonic() + RENEW_EVERY

    async def keep(self) -> None:
        """Renew what is not settled, when it is time to."""
        if time.monotonic() >= self._due:
            await self._inbound.renew([mail for mail in self._mails if mail.leased_until])
            self._due = time.monotonic() + RENEW_EVERY


@dataclass(frozen=True, slots=True)
class Portion:
    """What is left to handle of some mails that were claimed together."""

    ready: Sequence[Ready]
    lease: Lease
    claimed: int


class Receiver:
    """Works the inbound queue off."""

    def __init__(
        self,
        core: Core,
        inbound: Inbound,
        reader: MailReader,
        intake: Intake,
        opener: Opener,
        steps: Steps,
        answers: Answers,
        verifier: Verifier,
        namesakes: Namesakes,
    ) -> None:
        self._core = core
        self._inbound = inbound
        self._doubles = Doubles(core)
        self._reader = reader
        self._intake = intake
        self._opener = opener
        self._steps = steps
        self._answers = answers
        self._verifier = verifier
        self._namesakes = namesakes

    async def step(self) -> int:
        """Claim what waits, and post, refuse or set aside each mail, until few are left. How many were claimed."""
        claimed = 0
        async with aclosing(ahead(self._portions())) as portions:
            async for portion in portions:
                await self._receive(portion.ready, portion.lease)
                claimed += portion.claimed
        return claimed

    async def _portions(self) -> AsyncGenerator[Portion, None]:
        """What waits, read, in portions that share a commit; more is claimed once what was claimed has been read."""
        first = FIRST
        while mails := await self._inbound.claim(CLAIMED):
            lease = Lease(self._inbound, mails)
            for portion in divided(mails, first):
                yield Portion(await self._prepare_all(portion, lease), lease, len(portion))
            if len(mails) < FEW:
                return
            first = BATCH

    async def _prepare_all(self, mails: Sequence[InboundMail], lease: Lease) -> list[Ready]:
        """Those that can be handled now."""
        ready = []
        for mail, reading in await self._verified(await self._read(mails, lease)):
            await lease.keep()
            if prepared := await self._prepare(mail, reading):
                ready.append(prepared)
        return ready

    async def _verified(
        self, read: Sequence[tuple[InboundMail, bytes, Reading]]
    ) -> list[tuple[InboundMail, Reading | BaseException]]:
        """Their verdicts final; none waits for another one's name servers."""
        unproven = [(mail, raw, reading) for mail, raw, reading in read if self._verifier.is_open(reading)]
        asked = (self._verifier.verify(raw, reading, mail.received_at) for mail, raw, reading in unproven)
        answers = await asyncio.gather(*asked, return_exceptions=True) if unproven else ()
        found = {mail.id: answer for (mail, _, _), answer in zip(unproven, answers, strict=True)}
        return [(mail, found.get(mail.id, reading)) for mail, _, reading in read]

    async def _read(self, mails: Sequence[InboundMail], lease: Lease) -> list[tuple[InboundMail, bytes, Reading]]:
        """Together; when that fails each by itself, and only the one that cannot be read is left out."""
        try:
            raws = await self._inbound.raws(mails)
            return [*zip(mails, raws, await self._reader.read(raws), strict=True)]
        except Exception:
            if len(mails) == 1:
                await self._failed(mails[0])
                return []
        read = []
        for mail in mails:
            await lease.keep()
            read += await self._read([mail], lease)
        return read

    async def _receive(self, ready: Sequence[Ready], lease: Lease) -> None:
        """Mails in one commit, or when that fails each in its own; what is answered before what answers it."""
        for row in in_order(await self._timely(ready)):
            await self._receive_row(row, lease)

    async def _receive_row(self, ready: Sequence[Ready], lease: Lease) -> None:
        try:
            await self._together(ready)
        except Exception:  # one of them spoilt the commit of all: by itself it costs its neighbours nothing
            for each in ready:
                await lease.keep()
                await self._alone(each)

    async def _timely(self, ready: Sequence[Ready]) -> list[Ready]:
        """Without those that answer a mail which still waits in the queue: they are looked at again after it.

        For a while only: what they answer may be one that cannot be handled at all.
        """
        here = {each.mail.message_id for each in ready}
        named = {message_id for each in ready for message_id in ancestors(each.case)} - here
        if not named:
            return list(ready)
        since = self._core.clock.now() - WAIT_FOR_OPENER
        waiting = await self._inbound.waiting(named, since)
        early = [e for e in ready if e.mail.received_at > since and waiting.intersection(ancestors(e.case))]
        await self._inbound.put_back([each.mail for each in early], LOOK_AGAIN)
        for each in early:
            await self._intake.drop(each.files)
        return [each for each in ready if each not in early]

    async def _together(self, ready: Sequence[Ready]) -> None:
        """Mails in one commit. What others of their Message-IDs say is found out before it, in the rare case."""
        cases = [each.case for each in ready]
        while looked_up := await self._commit(ready, cases):
            cases = [await self._namesakes.compare(case) if case.unread else case for case in looked_up]

    async def _commit(self, ready: Sequence[Ready], cases: Sequence[Case]) -> list[Case]:
        """The cases, and nothing done, where some have to be compared with mails of their Message-ID first."""
        async with self._core.db.transaction():
            await self._doubles.hold([each.mail for each in ready])
            if any(case.reading.bounce for case in cases):
                await self._core.db.lock(failures.LOCK)
            cases = await self._steps.look_up(cases)
            if any(case.unread for case in cases):
                return cases
            decided = [await self._pass_through(case) for case in cases]
            await self._steps.write([case for case in decided if case])
            for each, case in zip(ready, decided, strict=True):
                if case is None:
                    await self._core.db.after_commit(partial(self._intake.drop, each.files))
        return []

    async def _alone(self, ready: Ready) -> None:
        """One mail in a commit of its own; set aside when that fails."""
        try:
            await self._together([ready])
        except Exception:
            await self._failed(ready.mail)
            await self._intake.drop(ready.files)

    async def _prepare(self, mail: InboundMail, reading: Reading | BaseException) -> Ready | None:
        """Make the files durable, and all else that needs no transaction. None: it failed, or is not due."""
        try:
            if isinstance(reading, BaseException):
                raise reading
            if self._may_yet_be_proven(mail, reading):
                await self._inbound.put_back([mail], ASK_AGAIN)
                return None
            files = await self._intake.keep(reading) if reading.is_human or mail.released else ()
            return Ready(mail, self._opener.case(mail, reading, files), files)
        except Exception:
            await self._failed(mail)
            return None

    def _may_yet_be_proven(self, mail: InboundMail, reading: Reading) -> bool:
        """A name server did not answer us; one that our host could not reach is the host's last word."""
        fresh = mail.received_at > self._core.clock.now() - WAIT_FOR_KEY
        return reading.verdict.by == dkim.BY and reading.verdict.undecided and fresh and not mail.released

    async def _pass_through(self, case: Case) -> Case | None:
        """All steps; None when one of them refused the mail, which is then settled."""
        try:
            for step in self._steps.all:
                case = await step(case)
        except Refusal as refusal:
            policy = POLICIES[refusal.reason]
            await self._answers.give(case, refusal, policy)
            if policy.state in WAITING:
                await self._steps.address(case)
            await self._inbound.settle(case.mail, policy.state, refusal.reason)
            return None
        return case

    async def _failed(self, mail: InboundMail) -> None:
        log.exception("a mail could not be handled; it is kept and will be tried again", mail=mail.id)
        await self._inbound.fail(mail, traceback.format_exc())


async def ahead(items: AsyncGenerator[Item, None]) -> AsyncGenerator[Item, None]:
    """The same, in order. The next one is under way while the caller has the one before written to the disk."""
    async with aclosing(items):
        coming = asyncio.ensure_future(anext(items, None))
        try:
            while (item := await coming) is not None:
                coming = asyncio.ensure_future(anext(items, None))
                yield item
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


def divided(mails: Sequence[InboundMail], first: int) -> Iterator[list[InboundMail]]:
    """Pure: the mails in their order, so divided that BATCH at most, or BATCH_BYTES, or one mail alone are together.

    Of more than one BATCH there are `first` in the first portion, and twice as many each time.
    """
    portion: list[InboundMail] = []
    most, size = first if len(mails) > BATCH else BATCH, 0
    for mail in mails:
        if portion and (len(portion) == most or size + mail.size > BATCH_BYTES):
            yield portion
            portion, most, size = [], min(2 * most, BATCH), 0
        portion.append(mail)
        size += mail.size
    if portion:
        yield portion


def in_order(ready: Sequence[Ready]) -> Iterator[list[Ready]]:
    """Pure: rows of mails, none of which answers a mail of its own row or of a later one, however they came, or has the
    Message-ID of another one of its row: whether that is the same mail is seen once the first is written.

    Of mails that answer each other in a circle the first goes by itself: somebody made that up.
    """
    left = list(ready)
    while left:
        names: dict[str, Ready] = {}
        for each in left:
            if each.mail.message_id:
                names.setdefault(each.mail.message_id, each)
        free = [e for e in left if all(names.get(i, e) is e for i in (e.mail.message_id, *ancestors(e.case)))]
        free = free or left[:1]
        yield free
        left = [each for each in left if each not in free]
