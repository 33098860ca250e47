"""Pure: which papers are good, for how long, and which are still owed."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hub.config import DocumentKind

SOON = timedelta(days=30)  # how long before it lapses a paper is asked for again
SUMMER = (8, 31)  # the last day of a school year


@dataclass(frozen=True, slots=True)
class Person:
    """Of whom there is a paper: a child, a guardian, or (both 0) the family."""

    name: str
    child: int = 0
    guardian: int = 0

    @property
    def is_family(self) -> bool:
        return not self.child and not self.guardian


@dataclass(frozen=True, slots=True)
class Sent:
    """A paper as it was sent. `state`: sent | validated | refused | expired."""

    kind: str
    child: int
    guardian: int
    state: str
    valid_until: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """A paper that is wanted. `why`: missing | refused | expired | soon."""

    kind: DocumentKind
    person: Person
    why: str
    reason: str = ""
    until: date | None = None


def good_until(kind: DocumentKind, today: date) -> date | None:
    """Until when a paper validated today is good; None for ever."""
    if kind.until:
        month, day = SUMMER if kind.until == "school-year" else (12, 31)
        end = date(today.year, month, day)
        return end if today <= end else date(today.year + 1, month, day)
    if not kind.valid_months:
        return None
    years, month = divmod(today.month - 1 + kind.valid_months, 12)
    year = today.year + years
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


def owed(kinds: Sequence[DocumentKind], people: Sequence[Person], sent: Sequence[Sent], today: date) -> list[Owed]:
    """What a family still has to send; `sent` oldest first. What waits for an agent is not asked for again."""
    found = [_owed(kind, person, sent, today) for kind in kinds if kind.required for person in of(kind, people)]
    return [one for one in found if one]


def of(kind: DocumentKind, people: Sequence[Person]) -> list[Person]:
    """Those of `people` whom a paper of that kind is about."""
    return [person for person in people if _about(person) == kind.about]


def _about(person: Person) -> str:
    return "child" if person.child else "guardian" if person.guardian else "family"


def _owed(kind: DocumentKind, person: Person, sent: Sequence[Sent], today: date) -> Owed | None:
    mine = [s for s in sent if (s.kind, s.child, s.guardian) == (kind.slug, person.child, person.guardian)]
    if any(one.state == "sent" for one in mine):
        return None
    good = [one for one in mine if one.state == "validated" and (not one.valid_until or one.valid_until >= today)]
    best = max(good, key=lambda one: one.valid_until or date.max, default=None)
    if best and (best.valid_until is None or best.valid_until - today > SOON):
        return None
    if mine and mine[-1].state == "refused":
        return Owed(kind, person, "refused", mine[-1].reason)
    if best:
        return Owed(kind, person, "soon", until=best.valid_until)
    return Owed(kind, person, "expired" if mine else "missing")
