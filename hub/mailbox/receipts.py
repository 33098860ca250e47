"""What a family is told once its message is in: the reference it can quote, and what happens next."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.config import Config
from hub.core import french
from hub.core.base import Core
from hub.core.db import known
from hub.core.errors import NotFound

_QUOTED = re.compile(r"(?:\w*\W{0,3})[0-9]{4}-([0-9]{6,12})")  # "2026-000123", "n° 2026-000123", "réf. …"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message of the reader's own, as the service received it. `reference`: the number that the family quotes;
    `files`: names and sizes in bytes."""

    thread: int
    message: int
    at: datetime
    reference: str
    subject: str
    service: str
    phone: str
    delay: str
    silence: str
    wants_copy: bool
    files: tuple[tuple[str, int], ...]


def reference(config: Config, message: int, at: datetime) -> str:
    """The number a family can quote: the year in town and the message, "2026-000123"."""
    return f"{at.astimezone(config.town.tz).year}-{message:06d}"


def quoted(text: str) -> int:
    """The message of the reference that is all that `text` holds; 0: it is none."""
    found = _QUOTED.fullmatch(text.strip())
    return int(found[1]) if found else 0


def silence(config: Config, received: datetime, sentence: str = "", months: int = 0) -> str:
    """What no answer will mean, with its day (R112-11-1, 1°): a theme's own sentence and months, or the town's."""
    day = decides_on(config, received, months)
    return (sentence or config.acknowledgement.silence).replace("{date}", french.whole_date(day))


def decides_on(config: Config, waits_since: datetime, months: int = 0) -> date:
    """The day on which no answer will have decided. `months`: the theme's; 0: the town's."""
    return months_after(waits_since.astimezone(config.town.tz).date(), months or config.acknowledgement.months)


def last_to_decide_by(day: date, months: int) -> date:
    """The last day of receipt for which silence decides on that day or before."""
    at = day
    while months_after(at, months) > day:
        at -= timedelta(days=1)
    return at


def months_after(day: date, months: int) -> date:
    """The same day of the month `months` later, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


class Receipts:
    """Finds them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def of(self, account: int, thread: int, message: int = 0) -> Receipt:
        """The receipt of a message that this person wrote; without `message`, of their first. Raises NotFound."""
        which = "m.id = ?" if message else "m.id > ?"
        rows = await self._core.db.rows(
            "SELECT m.id AS message, m.thread_id AS thread, m.at, m.wants_copy, t.subject, s.name AS service, "
            "s.phone, s.delay, COALESCE(th.silence, '') AS sentence, COALESCE(th.months, 0) AS months FROM message m "
            "JOIN thread t ON t.id = m.thread_id JOIN service s ON s.id = t.service_id "
            "LEFT JOIN theme th ON th.id = t.theme_id "
            f"WHERE m.thread_id = ? AND m.account_id = ? AND {which} ORDER BY m.id LIMIT 1",
            thread,
            account,
            message,
        )
        if not rows:
            raise NotFound
        row = rows[0]
        at, wants_copy = known(row.pop("at")), bool(row.pop("wants_copy"))
        meant = silence(self._core.config, at, row.pop("sentence"), row.pop("months"))
        told, files = reference(self._core.config, row["message"], at), await self._files(row["message"])
        return Receipt(at=at, reference=told, wants_copy=wants_copy, silence=meant, files=files, **row)

    async def _files(self, message: int) -> tuple[tuple[str, int], ...]:
        rows = await self._core.db.rows(
            "SELECT filename, size FROM attachment WHERE message_id = ? ORDER BY position", message
        )
        return tuple((row["filename"], row["size"]) for row in rows)
