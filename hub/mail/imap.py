"""Mail in over IMAP: one mailbox read for ever, nothing lost, nothing trusted to the server's flags.

A mail is handed to `take`, which stores it durably; only then is the server's copy flagged or moved and the
cursor saved. Whatever breaks in between repeats: `take` must not mind being given the same mail twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import structlog

from hub.config import Imap
from hub.core.clock import Clock
from hub.mail.imap_ledger import Ledger
from hub.mail.imap_mailbox import LARGEST, Declined, ImapError, LoginRefused, Lost, Mailbox
from hub.mail.imap_wire import batches

__all__ = ["Cursor", "CursorStore", "ImapMail", "ImapReader", "ImapStatus"]

BATCH = 100  # mails in one fetch: aioimaplib's parser recurses
BATCH_BYTES = 4 * 1024 * 1024
ALONE = BATCH_BYTES + 1  # a size that no other mail fits beside
SAVE_EVERY = 1.0  # seconds: what a process that is killed has to fetch again, which is harmless
WINDOW = 200  # UIDs whose size is asked at once
LONGEST_IDLE = 28 * 60.0  # seconds; servers may hang up after 30 minutes (RFC 2177)
LONGEST_PAUSE = 60.0  # seconds between attempts to connect
EMPTY_PAUSE = 0.5  # seconds after news of mail that was not there: a server may tell such news without end
LOGIN_PAUSE = 30.0  # at least this after a refused login: hosts lock accounts

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Every mail up to `uid` is stored, as long as the folder's UIDVALIDITY is `uidvalidity`."""

    uidvalidity: int
    uid: int


class CursorStore(Protocol):
    """Where the cursor of a mailbox is kept. An unknown mailbox has Cursor(0, 0)."""

    async def load(self, mailbox: str) -> Cursor:
        """The cursor last saved."""

    async def save(self, mailbox: str, cursor: Cursor) -> None:
        """Keep it."""


@dataclass(frozen=True, slots=True)
class ImapMail:
    """A mail as it lies on the server. `mailbox` is the name in the settings."""

    mailbox: str
    uidvalidity: int
    uid: int
    raw: bytes


Take = Callable[[Sequence[ImapMail]], Awaitable[None]]
State = Literal["connecting", "fetching", "idle", "down"]


@dataclass(slots=True)
class ImapStatus:
    """How a mailbox fares, for /healthz and metrics. Instants are UTC.

    `failing`: mails on the server that could not be taken so far.
    """

    mailbox: str
    since: datetime
    state: State = "connecting"
    last_error: str = ""
    last_success: datetime | None = None
    failing: int = 0


class ImapReader:
    """Reads one mailbox. `take` gets up to 100 mails at a time and returns once all are stored durably."""

    def __init__(self, settings: Imap, cursors: CursorStore, take: Take, clock: Clock | None = None) -> None:
        self._settings = settings
        self._cursors = cursors
        self._take = take
        self._clock = clock or Clock()
        self._passing = asyncio.Lock()
        self._ledger = Ledger(0)
        self._uidvalidity = 0
        self._attempts = 0
        self.status = ImapStatus(settings.name, self._clock.now())

    async def run(self) -> None:
        """For ever: connect, take what is new, wait for more. Ends only by cancellation."""
        while True:
            self._enter("connecting")
            try:
                async with self._connected() as mailbox:
                    await self._watch(mailbox)
            except Exception as error:
                self._fail(error)
                await asyncio.sleep(pause(error, self._attempts, random.random()))  # noqa: S311

    async def step(self) -> int:
        """One pass on a connection of its own, without waiting: how many mails were taken.

        Mails that failed before are tried again whether due or not. Raises ImapError.
        """
        async with self._connected() as mailbox:
            return await self._pass(mailbox, every=True)

    async def _watch(self, mailbox: Mailbox) -> None:
        while True:
            found = await self._pass(mailbox)
            self._attempts = 0
            await asyncio.sleep(0 if found else EMPTY_PAUSE)
            await mailbox.wait(self._patience())

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[Mailbox]:
        before = await self._cursors.load(self._settings.name)
        mailbox = await Mailbox.open(self._settings)
        try:
            await self._look_back(mailbox, before)
            yield mailbox
            await mailbox.close()
        finally:
            mailbox.drop()

    async def _pass(self, mailbox: Mailbox, every: bool = False) -> int:
        """Take all that is new. One pass at a time, whoever asks."""
        async with self._passing:
            await self._open_ledger(mailbox.uidvalidity)
            if not self._ledger.failures:
                self.status.last_error = ""
            present = await mailbox.search(self._ledger.cursor)
            wanted = self._ledger.wanted(present, _now(), every)
            taken, saved = 0, _now()
            for window in (wanted[n : n + WINDOW] for n in range(0, len(wanted), WINDOW)):
                self._enter("fetching")
                for batch, size in await self._plan(mailbox, window):
                    taken += await self._batch(mailbox, batch, size)
                    if _now() > saved + SAVE_EVERY:
                        await self._advance(present)
                        saved = _now()
            await self._advance(present)
            self._succeed(taken)
            return taken

    async def _look_back(self, mailbox: Mailbox, before: Cursor) -> None:
        """A server restored from a backup gives UIDs a second time, under the UIDVALIDITY of before: what comes from
        then on lies below the cursor. No server should; what else it tells must bear it out."""
        following = mailbox.uidnext
        if before.uidvalidity != mailbox.uidvalidity or following is None or following > before.uid:
            return
        if all(uid < following for uid in await mailbox.search(0)):
            log.warning("UIDs have gone backwards", mailbox=self._settings.name, cursor=before.uid, uidnext=following)
            await self._cursors.save(self._settings.name, Cursor(before.uidvalidity, 0))

    async def _open_ledger(self, uidvalidity: int) -> None:
        """Start from the cursor saved; what this process remembers beyond it stays if it still fits."""
        saved = await self._cursors.load(self._settings.name)
        if saved.uidvalidity != uidvalidity:
            log.info("reading a mailbox from its start", mailbox=self._settings.name, uidvalidity=uidvalidity)
            saved = Cursor(uidvalidity, 0)
            await self._cursors.save(self._settings.name, saved)
        if (self._uidvalidity, self._ledger.cursor) != (saved.uidvalidity, saved.uid):
            self._uidvalidity, self._ledger = saved.uidvalidity, Ledger(saved.uid)

    async def _plan(self, mailbox: Mailbox, uids: list[int]) -> list[tuple[list[int], int]]:
        """Batches to fetch, each with its size in bytes. What once broke a fetch goes alone."""
        try:
            sizes = await mailbox.sizes(uids)
        except Declined as error:
            log.warning("the server hides the size of mails", mailbox=self._settings.name, error=str(error))
            sizes = {}
        sizes = {uid: sizes.get(uid, ALONE) for uid in uids}  # of no size: gone meanwhile, or only not told
        for uid in [uid for uid in uids if sizes[uid] > LARGEST]:
            self._left(uid, f"{sizes.pop(uid)} bytes")
        alone = dict.fromkeys(self._ledger.suspects(sizes), ALONE)
        cut = batches(sizes | alone, BATCH, BATCH_BYTES)
        return [(batch, sum(sizes[uid] for uid in batch)) for batch in cut]

    def _left(self, uid: int, why: str) -> None:
        """It stays on the server, and is asked for again."""
        log.warning("a mail stays on the server", mailbox=self._settings.name, uid=uid, why=why)
        self._note(f"mail {uid}: {why}")
        self._ledger.failed(uid, _now())

    async def _batch(self, mailbox: Mailbox, uids: list[int], size: int) -> int:
        """Fetch, take, and only then flag or move: how many were taken."""
        mails = await self._fetch(mailbox, uids, size)
        stored = await self._store(mails)
        if stored:
            await self._dispose(mailbox, stored)
            self._ledger.done(stored)
        return len(stored)

    async def _fetch(self, mailbox: Mailbox, uids: list[int], size: int) -> list[ImapMail]:
        try:
            bodies = await mailbox.fetch(uids, size)
        except Lost:
            self._blame(uids)
            raise
        except Declined as error:
            return await self._fetch_singly(mailbox, uids, size, error)
        for missing in sorted(set(uids) - bodies.keys()):
            self._left(missing, "not given whole")
        return [ImapMail(self._settings.name, mailbox.uidvalidity, u, raw) for u, raw in sorted(bodies.items())]

    async def _fetch_singly(self, mailbox: Mailbox, uids: list[int], size: int, error: Declined) -> list[ImapMail]:
        """The server will not give these together: one of them is damaged on its side."""
        if len(uids) == 1:
            self._left(uids[0], str(error))
            return []
        return [mail for uid in uids for mail in await self._fetch(mailbox, [uid], size)]

    def _blame(self, uids: list[int]) -> None:
        if len(uids) == 1:
            self._ledger.failed(uids[0], _now())
        else:
            self._ledger.suspect(uids)

    async def _store(self, mails: list[ImapMail]) -> list[int]:
        """UIDs of those `take` accepted. When it refuses several, each is offered by itself."""
        if not mails:
            return []
        try:
            await self._take(mails)
        except Exception as error:
            return await self._store_singly(mails, error)
        return [mail.uid for mail in mails]

    async def _store_singly(self, mails: list[ImapMail], error: Exception) -> list[int]:
        if len(mails) > 1:
            return [uid for mail in mails for uid in await self._store([mail])]
        name, uid = self._settings.name, mails[0].uid
        log.error("a mail was not taken; it stays on the server", mailbox=name, uid=uid, exc_info=error)
        self._note(f"mail {uid}: {error!r}")
        self._ledger.failed(uid, _now())
        return []

    async def _dispose(self, mailbox: Mailbox, uids: list[int]) -> None:
        """What the settings want done with the server's copy. A server that will not is only told of: the hub
        has the mails, and reads on by its cursor."""
        after = self._settings.after
        if after == "move" and await self._agreed(mailbox.move(uids, self._settings.done_folder)):
            return
        if after != "keep":
            await self._agreed(mailbox.flag(uids))

    async def _agreed(self, asked: Coroutine[None, None, bool]) -> bool:
        try:
            return await asked
        except Declined as error:
            log.warning("the server keeps copies as they are", mailbox=self._settings.name, error=str(error))
            self._note(str(error))
            return False

    async def _advance(self, present: list[int]) -> None:
        """Save the cursor when it moved."""
        before = self._ledger.cursor
        after = self._ledger.settle(present)
        if after != before:
            await self._cursors.save(self._settings.name, Cursor(self._uidvalidity, after))

    def _patience(self) -> float:
        """Seconds to wait for news: renewing IDLE every `poll` also finds out a connection that died silently."""
        retry = self._ledger.next_retry(_now())
        longest = min(self._settings.poll, LONGEST_IDLE)
        return longest if retry is None else min(longest, max(1.0, retry))

    def _enter(self, state: State) -> None:
        if self.status.state != state:
            self.status.state, self.status.since = state, self._clock.now()

    def _note(self, error: str) -> None:
        self.status.last_error = error

    def _succeed(self, taken: int) -> None:
        self.status.failing = self._ledger.failures
        self.status.last_success = self._clock.now()
        self._enter("idle")
        if taken:
            log.info("mails taken", mailbox=self._settings.name, count=taken)

    def _fail(self, error: Exception) -> None:
        """A server in trouble is a line in the log; anything else is our own fault and comes with its trace."""
        self._attempts += 1
        self._enter("down")
        self._note(str(error) or repr(error))
        trace = None if isinstance(error, ImapError) else error
        log.warning("mailbox down", mailbox=self._settings.name, error=self.status.last_error, exc_info=trace)


def pause(error: Exception, attempts: int, chance: float) -> float:
    """Seconds before connecting again: doubled each time up to a minute, less up to half by `chance` (0..1),
    so that many readers do not knock together."""
    longest = min(LONGEST_PAUSE, 2.0 ** min(attempts - 1, 10))
    least = LOGIN_PAUSE if isinstance(error, LoginRefused) else 0.0
    return max(least, longest * (1 - chance / 2))


def _now() -> float:
    return asyncio.get_running_loop().time()
