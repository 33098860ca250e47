"""A row of a queue in the shape of desk/queue_row.html."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from hub.core.french import Calendar
from hub.desk.guard import THREADS
from hub.mailbox.queues import Row
from hub.mailbox.receipts import months_after
from hub.web.render import iso

SOON = timedelta(days=30)  # from when on a queue tells that silence will decide


class Queued(NamedTuple):
    """What it is made of is compared to know whether it was written before (see hub.web.pieces); how it looks is only
    found out when it is written.

    `months`: after which silence decides, where the row's theme has none of its own; `says`: whether it tells that it
    waits, which a queue of what waits need not.
    """

    row: Row
    dates: Calendar
    months: int
    says: bool

    @property
    def url(self) -> str:
        return f"{THREADS}/{self.row.id}"

    @property
    def family(self) -> str:
        return f"{self.row.family} ({self.row.number})"

    @property
    def waits(self) -> bool:
        return self.row.waits_since is not None

    @property
    def iso(self) -> str:
        return iso(self.row.waits_since or self.row.last_at)

    @property
    def brief(self) -> str:
        return self.dates.brief(self.row.waits_since or self.row.last_at)

    @property
    def decides_on(self) -> str:
        """The day on which no answer will have decided, once it is near; or ""."""
        since = self.row.clock_since
        if since is None or self.row.is_stopped:
            return ""
        day = months_after(since.astimezone(self.dates.zone).date(), self.row.months or self.months)
        return self.dates.due(day) if day <= self.dates.today + SOON else ""
