"""Dates and sizes as people say them, on pages and in mails. Pure: `now` and the zone are arguments.

Instants are aware. Spaces inside a figure are unbreakable, so that "12 h" never falls apart at the end of a line.
"""

from __future__ import annotations

import re
from datetime import date as Date
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from babel.dates import format_date

LOCALE = "fr"
KILO = 1024
MEGA = 1024 * 1024
BLANK = "\N{NO-BREAK SPACE}"
_BEFORE_SIGN = re.compile(r"(?<=\S) (?=[!?;:»%€])|(?<=«) ")


def size(count: int) -> str:
    """`count` bytes as "340 Ko" or "1,9 Mo"; never "0 Ko" for a file that holds something.

    Rounded up, so that a file just over 2 Mo never reads "2 Mo".
    """
    if count < 1000 * KILO:
        return f"{-(-count // KILO)}{BLANK}Ko"
    tenths = -(-count * 10 // MEGA)
    whole, rest = divmod(tenths, 10)
    return f"{whole}{f',{rest}' if rest else ''}{BLANK}Mo"


def clock(instant: datetime, zone: tzinfo) -> str:
    """ "14 h 05", or "12 h" on the hour."""
    local = instant.astimezone(zone)
    minutes = f"{BLANK}{local.minute:02}" if local.minute else ""
    return f"{local.hour}{BLANK}h{minutes}"


def day(instant: datetime, now: datetime, zone: tzinfo) -> str:
    """ "Aujourd’hui", "Hier", "jeudi 22 octobre", or with its year when that is another one."""
    local, today = instant.astimezone(zone).date(), now.astimezone(zone).date()
    near = {today: "Aujourd’hui", today - timedelta(days=1): "Hier"}
    return near.get(local) or date(instant, now, zone)


def date(instant: datetime, now: datetime, zone: tzinfo) -> str:
    """ "jeudi 22 octobre", or "mercredi 24 décembre 2025" when that is another year."""
    local, today = instant.astimezone(zone).date(), now.astimezone(zone).date()
    year = "" if local.year == today.year else " y"
    return _written(local, f"EEEE {_day_of_month(local)} MMMM{year}")


def _day_of_month(day: Date) -> str:
    """Babel's pattern: the first of a month is "1er"."""
    return "d'er'" if day.day == 1 else "d"


def moment(instant: datetime, now: datetime, zone: tzinfo) -> str:
    """ "jeudi 22 octobre à 12 h": for sentences and for everything that must be exact."""
    return f"{date(instant, now, zone)} à {clock(instant, zone)}"


def dated(instant: datetime, zone: tzinfo) -> str:
    """ "jeudi 22 octobre 2026 à 12 h": for mail, which is read years later: the year always stands there."""
    local = instant.astimezone(zone)
    return f"{_written(local, 'EEEE')} {whole_date(local)} à {clock(instant, zone)}"


def whole_date(day: Date) -> str:
    """ "22 octobre 2026", "1er novembre 2026"."""
    return _written(day, f"{_day_of_month(day)} MMMM y")


@lru_cache(maxsize=2048)
def _written(day: Date, pattern: str) -> str:
    """Babel takes its time over a day, and a mailbox shows the same few days again and again."""
    return format_date(day, pattern, LOCALE)


def brief(instant: datetime, now: datetime, zone: tzinfo) -> str:
    """For a column: "14 h 05" today, "hier", "lundi" this week, "22 oct." this year, else "22/10/2024"."""
    local, today = instant.astimezone(zone).date(), now.astimezone(zone).date()
    if local == today:
        return clock(instant, zone)
    if local == today - timedelta(days=1):
        return "hier"
    if today - timedelta(days=7) < local < today:
        return _written(local, "EEEE")
    if local.year == today.year:
        return _written(local, f"d'{BLANK}'MMM")
    return _written(local, "dd/MM/y")


def initials(name: str) -> str:
    """Two letters for a round face: "CD" for Claire Durand, "SM" for Saint-Michel-sur-Orge."""
    words = [word for word in re.split(r"[\s'’-]+", name) if word[:1].isalpha()]
    strong = [word for word in words[1:] if word[0].isupper()] or words[1:]
    return "".join(word[0] for word in (words[:1] + strong[:1])).upper()


def unbroken(text: str) -> str:
    """What somebody typed, with no line beginning by a sign: the spaces that French puts before it hold together."""
    return _BEFORE_SIGN.sub(BLANK, text)
