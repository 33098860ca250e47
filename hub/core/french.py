"""Pure: dates, sizes and counts as French people say them. Shared by pages and mails."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date


def day(at: datetime, zone: ZoneInfo) -> str:
    """ "jeudi 22 octobre 2026"."""
    return format_date(at.astimezone(zone), "EEEE d MMMM y", locale="fr")


def moment(at: datetime, zone: ZoneInfo) -> str:
    """ "jeudi 22 octobre 2026 à 14 h 05"."""
    return f"{day(at, zone)} à {hour(at, zone)}"


def hour(at: datetime, zone: ZoneInfo) -> str:
    """ "14 h 05", or "14 h" on the hour."""
    local = at.astimezone(zone)
    return f"{local.hour} h {local.minute:02}" if local.minute else f"{local.hour} h"


def size(count: int) -> str:
    """ "3,4 Mo", "812 Ko", "12 octets"; 1 Mo = 1024 × 1024 bytes, as in the limit families are told."""
    if count >= 1024 * 1024:
        return f"{count / 1024 / 1024:.1f}".replace(".", ",").removesuffix(",0") + " Mo"
    if count >= 1024:
        return f"{round(count / 1024)} Ko"
    return f"{count} octet{'s' if count > 1 else ''}"
