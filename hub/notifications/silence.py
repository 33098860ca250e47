"""The legal clock: a service is warned some days before its silence will have decided (CRPA, L231-1 and L231-4).

What moves the clock: see `hub.mailbox.clock`. Requests whose clock has run out expire.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from hub.actions.expiry import Expiry
from hub.actions.links import DecisionLinks
from hub.actions.listing import RequestLists
from hub.core.base import Core
from hub.mail.letters import Envelope, Letters
from hub.mail.outbox import Outbox
from hub.mailbox.clock import Clocks
from hub.mailbox.directory import Directory
from hub.mailbox.models import Theme, Thread
from hub.mailbox.receipts import decides_on, last_to_decide_by, silence
from hub.mailbox.replies import Holder, Replies

LETTER = "silence-warning"
BATCH = 50  # conversations of a theme in one round


class SilenceClock:
    """Warns."""

    def __init__(
        self,
        core: Core,
        directory: Directory,
        replies: Replies,
        letters: Letters,
        outbox: Outbox,
        expiry: Expiry,
        decisions: DecisionLinks,
    ) -> None:
        self._core = core
        self._directory = directory
        self._replies = replies
        self._letters = letters
        self._outbox = outbox
        self._expiry = expiry
        self._decisions = decisions
        self._requests = RequestLists(core)
        self._clocks = Clocks(core)

    async def step(self) -> int:
        """Let stopped clocks run on, warn about what is due, let requests expire. How many conversations."""
        return await self._clocks.resume_lapsed() + await self._warn_all() + await self._expiry.step()

    async def _warn_all(self) -> int:
        settings = self._core.config.acknowledgement
        if not settings.warn_days:
            return 0
        themes = [(theme.id, theme.months or settings.months) for theme in await Theme.all()]
        warned = 0
        for theme, months in [(0, settings.months), *themes]:
            for thread in await self._due(theme, months):
                warned += await self._warn(thread)
        return warned

    async def _due(self, theme: int, months: int) -> list[int]:
        """Conversations whose clock runs out soon and whose service was not told since it began, oldest first."""
        zone, settings = self._core.config.town.tz, self._core.config.acknowledgement
        soon = self._core.today() + timedelta(days=settings.warn_days)
        last = datetime.combine(last_to_decide_by(soon, months) + timedelta(days=1), time(), zone)
        rows = await self._core.db.rows(
            "SELECT id FROM thread WHERE clock_since IS NOT NULL AND clock_since < ? AND clock_stopped_at IS NULL "
            "AND (silence_told_at IS NULL OR silence_told_at < clock_since) "
            f"AND {'theme_id = ?' if theme else 'theme_id IS NULL'} ORDER BY clock_since LIMIT {BATCH}",
            last,
            *([theme] if theme else []),
        )
        return [row["id"] for row in rows]

    async def _warn(self, thread_id: int) -> int:
        """The letters to whoever answers for the service; 0 when somebody was faster, or has answered."""
        thread = await Thread.get(id=thread_id).select_related("service", "theme", "family")
        since, now = thread.clock_since, self._core.clock.now()
        async with self._core.db.transaction():
            same = Thread.filter(id=thread.id, clock_since=since, silence_told_at=thread.silence_told_at)
            if since is None or not await same.update(silence_told_at=now):
                return 0
            for person in await self._directory.correspondents(thread.service_id):
                await self._tell(thread, since, person.address, person.name, person.agent)
        return 1

    async def _tell(self, thread: Thread, since: datetime, address: str, name: str, agent: int) -> None:
        months, sentence = (thread.theme.months, thread.theme.silence) if thread.theme else (0, "")
        holder, who = (Holder.agent, agent) if agent else (Holder.service, thread.service_id)
        envelope = Envelope(
            key=f"{LETTER}:{thread.id}:{since.timestamp():.0f}:{holder}:{who}",
            address=address,
            name=name,
            reply_to=await self._replies.issue(thread.id, holder, who),
            thread=thread.id,
        )
        waiting = [one for one in await self._requests.of_thread(thread.id) if one.is_pending]
        context = {
            "requests": await self._decisions.beside(waiting, agent, name),
            "held": thread.clock_held,
            "subject": thread.subject,
            "family": thread.family,
            "snippet": thread.snippet,
            "since": since,
            "day": decides_on(self._core.config, since, months),
            "silence": silence(self._core.config, since, sentence, months),
            "thread": thread,
        }
        await self._outbox.queue([self._letters.write(LETTER, envelope, context)])
