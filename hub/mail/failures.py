"""Addresses that fail: their state, which holds mail back, and their history, which says why.

(none) ──soft──> soft ──soft on N days of M──> hard ──a mail from it, a confirmation, an agent──> (none)
   └────────────────────hard─────────────────────^

A state is a row of `address_failure`; each step is one of `address_event` too. Mail to a hard one is not sent.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from tortoise.expressions import F

from hub.core.base import Core
from hub.core.db import marks
from hub.mail.gravity import Gravity, is_lasting
from hub.mail.models import AddressEvent, AddressFailure

HISTORY = timedelta(days=400)
LOCK = "address-events"  # of a transaction that marks addresses: two of them would wait for each other's rows


class Event(StrEnum):
    """What happened to an address. Only the first three tell against it."""

    hard = "hard"
    soft = "soft"
    lasting = "lasting"  # soft for so long that it counts as hard
    refused = "refused"  # a mail was, for reasons of its own
    delayed = "delayed"
    unsigned = "unsigned"  # a report that anybody may have written
    unknown = "unknown"  # a report about a mail that we never sent
    wrote = "wrote"  # a mail came from it
    confirmed = "confirmed"  # a link sent to it was used
    vouched = "vouched"  # an agent says that it works


FOLDED = frozenset({Event.delayed, Event.unsigned, Event.unknown})  # they come by the thousand, and tell nothing new


async def note(core: Core, address: str, event: Event, by: str, status: str = "", reason: str = "") -> None:
    """One line of history. `by`: who said so ("smtp", "bounce", "agent 3" …); `status`: RFC 3463 or a reply code."""
    line: dict[str, Any] = {"by": by, "status": status[:20], "reason": reason[:500], "at": core.clock.now()}
    address = address.lower()[:320]
    if event in FOLDED and await _fold(core, address, event, line):
        return
    await AddressEvent.create(address=address, event=event, **line)


async def _fold(core: Core, address: str, event: Event, line: dict[str, Any]) -> bool:
    """Count it with those of its kind of the same day; False for the first."""
    day = line["at"].replace(hour=0, minute=0, second=0, microsecond=0)
    latest = await AddressEvent.filter(address=address, event=event, at__gte=day).order_by("-id").first()
    return latest is not None and bool(await AddressEvent.filter(id=latest.id).update(times=F("times") + 1, **line))


async def mark(core: Core, address: str, gravity: Gravity, by: str, status: str, reason: str) -> None:
    """A mail to the address failed. A hard failure outweighs soft ones; soft ones become hard when they last."""
    if gravity is Gravity.none:
        await note(core, address, Event.refused, by, status, reason)
        return
    await note(core, address, Event(gravity), by, status, reason)
    now = core.clock.now()
    row = await AddressFailure.get_or_none(address=address)
    if row is None:
        row = AddressFailure(address=address, count=0, since=now, state=Gravity.soft)
    row.status, row.reason, row.count, row.last_at = status[:20], reason[:500], row.count + 1, now
    if gravity is Gravity.hard:
        row.state = Gravity.hard
    elif row.state == Gravity.soft and await _lasts(core, row):
        row.state = Gravity.hard
        await note(core, address, Event.lasting, by, status, reason)
    await row.save(force_create=row.count == 1)


async def clear(core: Core, addresses: Sequence[str]) -> None:
    """Mail was accepted for these. It clears soft failures only once they are old, and hard ones never.

    Our server accepts everything and lets the report follow: acceptance by itself says little.
    """
    if addresses:
        old = core.clock.now() - timedelta(days=core.config.mail.soft_days)
        await core.db.execute(
            f"DELETE FROM address_failure WHERE state = 'soft' AND last_at < ? AND address IN ({marks(addresses)})",
            old,
            *addresses,
        )


async def revive(core: Core, address: str, event: Event, by: str) -> bool:
    """The address works after all: mail goes there again. Whether it had failed."""
    row = await AddressFailure.get_or_none(address=address)
    if row is None:
        return False
    await row.delete()
    await note(core, address, event, by)
    return True


async def failing(core: Core, addresses: Collection[str], only_hard: bool = False) -> dict[str, str]:
    """Those of the addresses that have failed, each with the reason."""
    if not addresses:
        return {}
    state = "AND state = 'hard'" if only_hard else ""
    rows = await core.db.rows(
        f"SELECT address, reason FROM address_failure WHERE address IN ({marks(list(addresses))}) {state}", *addresses
    )
    return {row["address"]: row["reason"] for row in rows}


async def counts(core: Core) -> dict[str, int]:
    """How often each kind of event is on file; every kind has its number."""
    rows = await core.db.rows("SELECT event, SUM(times) AS n FROM address_event GROUP BY event")
    return {event.value: 0 for event in Event} | {row["event"]: int(row["n"]) for row in rows}


async def forget(core: Core) -> None:
    """Drop history that is too old to matter. For the daily round."""
    await AddressEvent.filter(at__lt=core.clock.now() - HISTORY).delete()


async def _lasts(core: Core, row: AddressFailure) -> bool:
    """Whether the soft failures since the first are enough for a hard one, by the days of the town."""
    zone, mail = core.config.town.tz, core.config.mail
    since = max(row.since, core.clock.now() - timedelta(days=mail.soft_days))
    found = await AddressEvent.filter(address=row.address, event=Event.soft, at__gte=since).values_list("at", flat=True)
    days = [at.astimezone(zone).date() for at in found]  # type: ignore[attr-defined]
    return is_lasting(days, core.today(), mail.soft_bounces, mail.soft_days)
