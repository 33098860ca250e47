"""Mails that were handed over, on the disk before they are in the database.

SQLite has one writer. While the receiver writes, whoever hands mails over would wait; so they are appended to a file
beside the database, one sync for many, and 250 can be said. They are carried into the database at once, as many
together as have come in meanwhile. A file of a process that was killed is carried by the next that starts. Every mail
has a number in its file, by which the database knows one that it was given before.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import structlog

from hub.core.clock import Clock
from hub.core.work import pause, within
from hub.mail.inbound import ReceivedMail
from hub.mail.spool_file import SpoolFile, files

SPOOL = "spool"  # what the folder is called, after the database's name
MOST_BYTES = 16 * 1024 * 1024  # of a file; then what is in it is carried before more comes
APART = 0.02  # seconds between two commits: what comes after a silence is carried at once
CARRIED = 100  # mails carried in one commit, at most
RETRY = 1.0  # seconds after the database could not be written, then twice as many each time
DOWN = 3  # mails that are refused one after the other: it is the database
PATIENCE = 5.0  # seconds for which whoever hands mails over waits for room, at most
CLOSE_WAIT = 10.0  # seconds given at the end to what is being carried

Take = Callable[[Sequence[ReceivedMail]], Awaitable[object]]
log = structlog.get_logger(__name__)


class Spool:
    """`take` stores mails in the database. Without a folder nothing lies in between."""

    def __init__(self, folder: Path | None, take: Take, clock: Clock) -> None:
        self._folder = folder
        self._take = take
        self._clock = clock
        self._file: SpoolFile | None = None
        self._waiting: list[ReceivedMail] = []
        self._carrying: asyncio.Task[None] | None = None
        self._failures = 0  # in a row
        self._is_kept = False  # the file, for something in it was refused
        self._closing = asyncio.Event()
        self._rest_until = 0.0  # as the loop counts

    @property
    def waiting(self) -> Sequence[ReceivedMail]:
        """Mails that are on the disk, and not in the database yet."""
        return self._waiting

    async def append(self, mails: Sequence[ReceivedMail]) -> None:
        """Returns once they are durable. One call at a time. Raises OSError when that cannot be promised."""
        if self._folder is None:
            await self._take(mails)
            return
        if self._file and self._file.end > MOST_BYTES:
            await self._make_room(self._file)
        if self._file and self._is_kept:
            self._leave(self._file)
        file, self._file = self._file, None  # which it remains where it cannot be relied on
        if file is None:
            file = await asyncio.to_thread(SpoolFile.create, self._folder)
        if not self._waiting:
            file.begin_again()
        self._waiting += await asyncio.to_thread(file.append, mails, self._clock.now())
        self._file = file
        if self._carrying is None:
            self._carrying = asyncio.create_task(self._carry(), context=contextvars.Context())

    async def carried(self) -> None:
        """Wait until all that was appended is in the database."""
        if self._carrying:
            await asyncio.shield(self._carrying)

    async def _make_room(self, file: SpoolFile) -> None:
        """Raises OSError while the database cannot be written: whoever hands mails over has more room for them.

        Where only some mails cannot be carried, the file is left to them.
        """
        if self._carrying:
            await asyncio.wait([self._carrying], timeout=0 if self._failures else PATIENCE)
        if sum(len(mail.raw) for mail in self._waiting) > MOST_BYTES // 2:
            raise OSError(f"{len(self._waiting)} mails of the spool wait for the database")
        if self._waiting:
            self._leave(file)

    def _leave(self, file: SpoolFile) -> None:
        """To what was not taken of it. What comes goes to another one."""
        file.close(remove=False)
        self._file, self._is_kept = None, False

    async def recover(self) -> int:
        """Carry what was left behind by processes that are gone. How many mails; what cannot be carried is left."""
        if self._folder is None:
            return 0
        found = 0
        for path in await asyncio.to_thread(files, self._folder):
            try:
                found += await self._recover(path)
            except Exception:
                log.exception("mails of a spool were not carried into the database; they stay in it", file=str(path))
        return found

    async def close(self) -> None:
        """Carry what waits, and let go of the file; what cannot be carried stays in it."""
        if carrying := self._carrying:
            self._closing.set()
            await asyncio.wait([carrying], timeout=CLOSE_WAIT)
            carrying.cancel()
            await asyncio.gather(carrying, return_exceptions=True)
        if self._file:
            self._file.close(remove=not (self._waiting or self._is_kept))
            self._file = None

    async def _carry(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(self._rest_until - asyncio.get_running_loop().time())
                batch = self._waiting[:CARRIED]
                refused = await self._offer(batch)
                if len(refused) < len(batch):
                    self._done_with(batch, refused)
                elif await self._wait_for_database():
                    return
        finally:
            self._carrying = None

    def _done_with(self, batch: Sequence[ReceivedMail], refused: Sequence[ReceivedMail]) -> None:
        if refused:
            log.error("mails stay in the spool", mails=len(refused), sizes=[len(mail.raw) for mail in refused])
            self._is_kept = True
        self._failures = 0
        del self._waiting[: len(batch)]
        self._rest_until = asyncio.get_running_loop().time() + APART

    async def _offer(self, mails: Sequence[ReceivedMail]) -> Sequence[ReceivedMail]:
        """Those that were not taken. Of several some alone stay in their file, for the next start and for whoever reads
        the log, and cost their neighbours nothing."""
        try:
            await self._take(mails)
        except Exception:
            log.exception("mails of the spool were not taken", mails=len(mails))
            refused = await self._sift(mails) if len(mails) > 1 else None
            return mails if refused is None else refused
        return ()

    async def _sift(self, batch: Sequence[ReceivedMail]) -> list[ReceivedMail] | None:
        """Each by itself: those that the database will not have; None where it seems to take nothing at all."""
        refused: list[ReceivedMail] = []
        for tried, mail in enumerate(batch, 1):
            try:
                await self._take([mail])
            except Exception:
                refused.append(mail)
                if len(refused) == tried >= min(len(batch), DOWN):
                    return None
        return refused

    async def _wait_for_database(self) -> bool:
        """Longer each time; whether the hub closes meanwhile."""
        self._failures += 1
        self._waiting.append(self._waiting.pop(0))  # perhaps it is this one
        return await within(pause(RETRY, self._failures - 1), self._closing)

    async def _recover(self, path: Path) -> int:
        file = await asyncio.to_thread(SpoolFile.open, path)
        if file is None:
            return 0
        left = True
        try:
            mails = await asyncio.to_thread(lambda: list(file.mails()))
            refused = [one for n in range(0, len(mails), CARRIED) for one in await self._offer(mails[n : n + CARRIED])]
            left = bool(refused)
        finally:
            file.close(remove=not left)
        if mails:
            log.info("a process had left mails in its spool", mails=len(mails), refused=len(refused))
        return len(mails) - len(refused)
