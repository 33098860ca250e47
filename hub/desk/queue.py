"""A row of a queue in the shape of desk/queue_row.html."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from hub.core.french import Calendar
from hub.desk.guard import THREADS
from hub.mailbox.queues import Listing, Row
from hub.mailbox.receipts import months_after
from hub.web.render import iso

SOON = timedelta(days=30)  # from when on a queue tells that silence will decide


@dataclass(frozen=True)
class QueuedRows:
    """The rows of a queue. What they are made of is compared to know whether they were written before (see
    hub.web.pieces); how they look is only found out when they are written.

    `months`: after which silence decides, where the row's theme has none of its own; `says`: whether each tells that
    it waits, which a queue of what waits need not.
    """

    listing: Listing
    dates: Calendar
    months: int
    says: bool

    def __len__(self) -> int:
        return len(self.listing.rows)

    def __iter__(self) -> Iterator[Queued]:
        return (Queued(row, self.dates, self.months, self.says) for row in self.listing.rows)


class Queued(NamedTuple):
    """One of `QueuedRows`."""

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
