"""Dates and sizes as people say them, on pages and in mails. Pure: `now` and the zone are arguments.

Instants are aware. Spaces inside a figure are unbreakable, so that "12 h" never falls apart at the end of a line.
"""

from __future__ import annotations

import re
from datetime import date as Date
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from babel.dates import format_date

LOCALE = "fr"
KILO = 1024
MEGA = 1024 * 1024
DAY = timedelta(days=1)
BLANK = "\N{NO-BREAK SPACE}"
NARROW = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
# A blank first: what the engine can look for fast. "%(" begins a place where a sentence of ours is filled in.
_BEFORE_SIGN = re.compile(r" (?:(?=[!?;:»€]|%(?!\())(?<=\S )|(?<=« ))")


def size(count: int) -> str:
    """`count` bytes as "340 Ko" or "1,9 Mo"; never "0 Ko" for a file that holds something.

    Rounded up, so that a file just over 2 Mo never reads "2 Mo".
    """
    if count < 1000 * KILO:
        return f"{-(-count // KILO)}{BLANK}Ko"
    tenths = -(-count * 10 // MEGA)
    whole, rest = divmod(tenths, 10)
    return f"{whole}{f',{rest}' if rest else ''}{BLANK}Mo"


def euros(cents: int) -> str:
    """ "11,22 €", "1 234,50 €", "−3,00 €"."""
    whole, rest = divmod(abs(cents), 100)
    grouped = f"{whole:,}".replace(",", NARROW)
    return f"{MINUS if cents < 0 else ''}{grouped},{rest:02}{BLANK}€"


def clock(instant: datetime, zone: tzinfo) -> str:
    """ "14 h 05", or "12 h" on the hour."""
    return _clock(instant.astimezone(zone))


def day(instant: datetime, now: datetime, zone: tzinfo) -> str:
    """ "Aujourd’hui", "Hier", "jeudi 22 octobre", or with its year when that is another one."""
    return calendar(now, zone).day(instant)


def date(instant: datetime, now: datetime, zone: tzinfo) -> str:
    """ "jeudi 22 octobre", or "mercredi 24 décembre 2025" when that is another year."""
    return calendar(now, zone).date(instant)


def moment(instant: datetime, now: datetime, zone: tzinfo) -> str:
    """ "jeudi 22 octobre à 12 h": for sentences and for everything that must be exact."""
    return calendar(now, zone).moment(instant)


def brief(instant: datetime, now: datetime, zone: tzinfo) -> str:
    """For a column: "14 h 05" today, "hier", "lundi" this week, "22 oct." this year, else "22/10/2024"."""
    return calendar(now, zone).brief(instant)


def calendar(now: datetime, zone: tzinfo) -> Calendar:
    """The words of that day."""
    return Calendar(now.astimezone(zone).date(), zone)


class Calendar(NamedTuple):
    """The same words for all the instants of a page, which depend on nothing but the day and the zone."""

    today: Date
    zone: tzinfo

    def day(self, instant: datetime) -> str:
        """See `day`."""
        local = instant.astimezone(self.zone).date()
        if local == self.today:
            return "Aujourd’hui"
        return "Hier" if local == self.today - DAY else self._date(local)

    def isoday(self, instant: datetime) -> str:
        """ "2026-10-22", the day in the zone."""
        return instant.astimezone(self.zone).date().isoformat()

    def date(self, instant: datetime) -> str:
        """See `date`."""
        return self._date(instant.astimezone(self.zone).date())

    def moment(self, instant: datetime) -> str:
        """See `moment`."""
        local = instant.astimezone(self.zone)
        return f"{self._date(local.date())} à {_clock(local)}"

    def clock(self, instant: datetime) -> str:
        """See `clock`."""
        return _clock(instant.astimezone(self.zone))

    def brief(self, instant: datetime) -> str:
        """See `brief`."""
        at = instant.astimezone(self.zone)
        local = at.date()
        if local == self.today:
            return _clock(at)
        if local == self.today - DAY:
            return "hier"
        if DAY < self.today - local < 7 * DAY:
            return _written(local, "EEEE")
        if local.year == self.today.year:
            return _written(local, f"d'{BLANK}'MMM")
        return f"{local.day:02}/{local.month:02}/{local.year}"

    def due(self, day: Date) -> str:
        """A day to come, in a column: "1er déc.", of another year "1er janv. 2027"."""
        year = "" if day.year == self.today.year else " y"
        return _written(day, f"{_day_of_month(day)}{BLANK}MMM{year}")

    def _date(self, local: Date) -> str:
        year = "" if local.year == self.today.year else " y"
        return _written(local, f"EEEE {_day_of_month(local)} MMMM{year}")


def _clock(local: datetime) -> str:
    minutes = f"{BLANK}{local.minute:02}" if local.minute else ""
    return f"{local.hour}{BLANK}h{minutes}"


def _day_of_month(day: Date) -> str:
    """Babel's pattern: the first of a month is "1er"."""
    return "d'er'" if day.day == 1 else "d"


def dated(instant: datetime, zone: tzinfo) -> str:
    """ "jeudi 22 octobre 2026 à 12 h": for mail, which is read years later: the year always stands there."""
    local = instant.astimezone(zone)
    return f"{_written(local, 'EEEE')} {whole_date(local)} à {clock(instant, zone)}"


def month_name(day: Date) -> str:
    """ "octobre 2026"."""
    return _written(day, "MMMM y")


def whole_date(day: Date) -> str:
    """ "22 octobre 2026", "1er novembre 2026"."""
    return _written(day, f"{_day_of_month(day)} MMMM y")


@lru_cache(maxsize=2048)
def _written(day: Date, pattern: str) -> str:
    """Babel takes its time over a day, and a mailbox shows the same few days again and again."""
    return format_date(day, pattern, LOCALE)


def initials(name: str) -> str:
    """Two letters for a round face: "CD" for Claire Durand, "SM" for Saint-Michel-sur-Orge."""
    words = [word for word in re.split(r"[\s'’-]+", name) if word[:1].isalpha()]
    strong = [word for word in words[1:] if word[0].isupper()] or words[1:]
    return "".join(word[0] for word in (words[:1] + strong[:1])).upper()


def unbroken(text: str) -> str:
    """A text with no line beginning by a sign: the spaces that French puts before it hold together."""
    return _BEFORE_SIGN.sub(BLANK, text)
