"""One reader per IMAP mailbox, however many processes work: whoever holds the lease reads, the others wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from datetime import timedelta
from typing import Any, Protocol

import structlog
from tortoise.expressions import Q

from hub.core.base import Core
from hub.mail.imap import ImapStatus
from hub.mail.models import MailboxCursor

LEASE = timedelta(seconds=60)
RENEW = 15.0  # seconds
log = structlog.get_logger(__name__)


class Reader(Protocol):
    """What is run while the lease is ours."""

    status: ImapStatus

    async def run(self) -> None: ...


def fares(status: ImapStatus) -> dict[str, Any]:
    """How a mailbox does, in plain data."""
    last = status.last_success
    return {
        "mailbox": status.mailbox,
        "state": status.state,
        "since": status.since.isoformat(),
        "last_error": status.last_error,
        "last_success": last.isoformat() if last else None,
        "failing": status.failing,
    }


class MailboxWatch:
    """Keeps one mailbox read by exactly one process; reading twice would be harmless, only wasteful."""

    def __init__(self, core: Core, mailbox: str, reader: Reader) -> None:
        self._core = core
        self._mailbox = mailbox
        self._reader = reader
        self._me = secrets.token_hex(8)

    async def run(self) -> None:
        """For ever: wait for the lease, read while it is ours, let it go at the end."""
        try:
            while True:
                try:
                    await MailboxCursor.get_or_create(name=self._mailbox)
                    if await self._lease():
                        await self._read_while_mine()
                except Exception as error:  # the database is away: what comes meanwhile waits in the mailbox
                    log.warning("a mailbox is not read for now", mailbox=self._mailbox, error=str(error))
                await asyncio.sleep(RENEW)
        finally:
            with contextlib.suppress(Exception):  # the database may be gone too: then the lease lapses
                await self._let_go()

    async def _read_while_mine(self) -> None:
        reading = asyncio.create_task(self._reader.run(), name=f"imap {self._mailbox}")
        try:
            while not reading.done() and await self._lease():
                await asyncio.wait([reading], timeout=RENEW)
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading
            self._reader.status.state = "connecting"

    async def _lease(self) -> bool:
        """Whether it is ours, for a while more; whoever is asked how the mailbox does learns it from there."""
        now = self._core.clock.now()
        free = Q(leased_until__isnull=True) | Q(leased_until__lte=now) | Q(reader=self._me)
        mine = {"reader": self._me, "leased_until": now + LEASE, "fares": fares(self._reader.status)}
        return bool(await MailboxCursor.filter(free, name=self._mailbox).update(**mine))

    async def _let_go(self) -> None:
        await MailboxCursor.filter(name=self._mailbox, reader=self._me).update(leased_until=None)
