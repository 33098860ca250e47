"""The legal clock of a thread: how long silence may last until it decides (CRPA, L231-1, L231-4, L114-5).

It runs from the first message of the family that the town has not answered. An answer ends it; where the thread carries
a request, only a decision does. A paper that is asked for stops it until the paper comes; where silence means no, at
most until the day given for it is over. A transfer changes nothing: a thread has one clock, whoever holds it.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

from hub.core.base import Core
from hub.mailbox.models import Theme, Thread

# How a message moves the clock of its thread, for an UPDATE. Values: the account of its author (0: the town), its time.
CLOCK = (
    "clock_since = CASE WHEN ? <> 0 THEN COALESCE(clock_since, ?) "
    "WHEN clock_held OR clock_stopped_at IS NOT NULL THEN clock_since ELSE NULL END"
)


class Clocks:
    """What else moves it. Each is part of the caller's transaction."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def hold(self, thread: int, since: datetime) -> None:
        """From here on only a decision ends it; it runs from that moment."""
        await Thread.filter(id=thread).update(clock_held=True, clock_since=since)

    async def keep(self, thread: int) -> None:
        """The same of one that runs already: from when it ran."""
        await Thread.filter(id=thread).update(clock_held=True)

    async def release(self, thread: int) -> None:
        """It was decided while something else is waited for: from here on an answer ends it."""
        await Thread.filter(id=thread).update(clock_held=False)

    async def end(self, thread: int) -> None:
        """All that waited was decided."""
        await Thread.filter(id=thread).update(
            clock_held=False, clock_since=None, clock_stopped_at=None, clock_resumes_after=None
        )

    async def stop(self, thread: Thread, since: datetime | None, until: date, at: datetime | None = None) -> None:
        """A paper is waited for, which the family was given until that day to send. `since`: from when it ran.

        `at`: from when it stands still; None: now.
        """
        if since is None:
            return
        theme = await Theme.get_or_none(id=thread.theme_id) if thread.theme_id else None
        found = await Thread.get(id=thread.id)
        last = max(until, found.clock_resumes_after or until)
        await Thread.filter(id=thread.id).update(
            clock_since=since,
            clock_stopped_at=found.clock_stopped_at or at or self._core.clock.now(),
            clock_resumes_after=None if theme and theme.accepts else last,
        )

    async def resume(self, thread: int, at: datetime) -> None:
        """It runs on from that moment, as if the time between had not passed. Nothing if it was not stopped."""
        found = await Thread.get(id=thread)
        if found.clock_since is None or found.clock_stopped_at is None:
            return
        since = moved(found.clock_since, found.clock_stopped_at, at)
        await Thread.filter(id=thread).update(
            clock_since=since, clock_stopped_at=None, clock_resumes_after=None, silence_told_at=None
        )

    async def resume_lapsed(self) -> int:
        """Let those run on whose family did not send the paper in time. For the round."""
        zone = self._core.config.town.tz
        late = await Thread.filter(clock_stopped_at__isnull=False, clock_resumes_after__lt=self._core.today())
        for thread in late:
            assert thread.clock_resumes_after is not None
            async with self._core.db.transaction():
                await self.resume(thread.id, end_of(thread.clock_resumes_after, zone))
        return len(late)


def moved(since: datetime, stopped_at: datetime, at: datetime) -> datetime:
    """Pure: from when a clock runs that was stopped in between."""
    return since + max(at - stopped_at, timedelta(0))


def end_of(day: date, zone: tzinfo) -> datetime:
    """Pure: the instant in which a day is over in the town."""
    return datetime.combine(day + timedelta(days=1), time(), zone)
