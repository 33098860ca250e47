"""Addresses to which mail comes back: whose they are, since when, what happened; and an agent's word that one works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.core.base import Core
from hub.core.db import Counted, known, marks
from hub.core.errors import NotFound
from hub.mail.failures import Event, revive

PAGE = 200
LATEST = 5  # events shown of each


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of an address's history."""

    event: Event
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Failing:
    """An address that fails. `is_held`: no mail is sent to it any more; `whose`: the people on file with it."""

    address: str
    whose: tuple[str, ...]
    is_held: bool
    since: datetime
    reason: str
    history: tuple[Happened, ...]


class FailingAddresses:
    """Lists them, and takes one off the list."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def all(self) -> list[Failing]:
        """Those that get no mail any more first, then the latest first."""
        rows = await self._core.db.rows(
            "SELECT address, state, since, reason FROM address_failure "
            f"ORDER BY CASE state WHEN 'hard' THEN 0 ELSE 1 END, last_at DESC, address LIMIT {PAGE}"
        )
        addresses = [row["address"] for row in rows]
        whose, history = await self._whose(addresses), await self._history(addresses)
        return [
            Failing(
                address=row["address"],
                whose=tuple(whose.get(row["address"], ())),
                is_held=row["state"] == "hard",
                since=known(row["since"]),
                reason=row["reason"],
                history=tuple(history.get(row["address"], ())),
            )
            for row in rows
        ]

    def counted(self) -> Counted:
        """How many get no mail any more."""
        return Counted("SELECT COUNT(*) FROM address_failure WHERE state = 'hard'")

    async def vouch(self, address: str, agent: int) -> None:
        """An agent says that it works again: mail goes there. Raises NotFound when it does not fail."""
        async with self._core.db.transaction():
            if not await revive(self._core, address, Event.vouched, f"agent {agent}"):
                raise NotFound

    async def _whose(self, addresses: list[str]) -> dict[str, list[str]]:
        if not addresses:
            return {}
        rows = await self._core.db.rows(
            f"SELECT email, name FROM account WHERE email IN ({marks(addresses)}) UNION "
            f"SELECT email, name FROM agent WHERE email IN ({marks(addresses)}) UNION "
            f"SELECT shared AS email, name FROM service WHERE shared IN ({marks(addresses)}) ORDER BY name",
            *addresses * 3,
        )
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row["email"], []).append(row["name"])
        return found

    async def _history(self, addresses: list[str]) -> dict[str, list[Happened]]:
        if not addresses:
            return {}
        rows = await self._core.db.rows(
            "SELECT address, event, at, reason FROM (SELECT id, address, event, at, reason, "
            "ROW_NUMBER() OVER (PARTITION BY address ORDER BY id DESC) AS place FROM address_event "
            f"WHERE address IN ({marks(addresses)})) AS e WHERE place <= {LATEST} ORDER BY id DESC",
            *addresses,
        )
        found: dict[str, list[Happened]] = {}
        for row in rows:
            happened = Happened(Event(row["event"]), known(row["at"]), row["reason"])
            found.setdefault(row["address"], []).append(happened)
        return found
