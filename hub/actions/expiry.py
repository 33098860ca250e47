"""Requests about which silence has decided (see hub.mailbox.clock)."""

from __future__ import annotations

from hub.actions.events import note
from hub.actions.models import Request
from hub.core.base import Core
from hub.mailbox.clock import Clocks
from hub.mailbox.pieces import Pieces
from hub.mailbox.receipts import decides_on, silence
from hub.mailbox.threads import Author, Threads


class Expiry:
    """Lets them expire."""

    def __init__(self, core: Core, threads: Threads, pieces: Pieces) -> None:
        self._core = core
        self._threads = threads
        self._pieces = pieces
        self._clocks = Clocks(core)

    async def step(self) -> int:
        """Those about which silence has decided: noted in their threads, and no longer pending. For the round."""
        config, today, expired = self._core.config, self._core.today(), 0
        running = Request.filter(state="pending", thread__clock_since__not_isnull=True, thread__clock_stopped_at=None)
        for request in await running.select_related("thread__theme"):
            theme, since = request.thread.theme, request.thread.clock_since
            months, sentence = (theme.months, theme.silence) if theme else (0, "")
            if since and decides_on(config, since, months) < today:
                expired += await self._expire(request, silence(config, since, sentence, months))
        return expired

    async def _expire(self, request: Request, words: str) -> int:
        async with self._core.db.transaction():
            now = self._core.clock.now()
            if not await Request.filter(id=request.id, state="pending").update(state="expired", decided_at=now):
                return 0
            await self._pieces.drop_all(request.thread_id, now)
            await self._clocks.end(request.thread_id)
            await note(self._core, request, "expired", Author("Silence de la mairie"), "")
            await self._threads.note(request.thread, "silence", f"Le délai est écoulé. {words}")
        return 1
