"""Pure: what a family owes the town, as the home page shows it; and the seam at which a room that bills tells it.

The hub bills nobody today: without a provider the rows are absent, never made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice that is not paid. `amount`: cents that are left to pay; `url`: where it is read or paid, or ""."""

    number: str
    issued_on: date
    amount: int
    due_on: date | None = None
    url: str = ""

    def is_late(self, today: date) -> bool:
        """Whether its day has passed."""
        return self.due_on is not None and self.due_on < today


@dataclass(frozen=True, slots=True)
class Dues:
    """Where a family stands. `balance`: cents it owes on the day `at`; below zero, what it has in hand."""

    balance: int
    at: date
    unpaid: Sequence[Invoice] = ()

    @property
    def total(self) -> int:
        """Cents of all unpaid invoices."""
        return sum(invoice.amount for invoice in self.unpaid)

    @property
    def first_due(self) -> date | None:
        """The nearest of their days."""
        return min((invoice.due_on for invoice in self.unpaid if invoice.due_on), default=None)


class DuesProvider(Protocol):
    """Whoever knows. Nothing here asks the network: a home page waits for it."""

    async def of(self, guardian: int) -> Dues | None:
        """What this guardian may see, oldest invoice first; of parents who live apart, their own. None: nothing is
        kept on them (collected by the Treasury, or no dossier yet)."""
        ...
