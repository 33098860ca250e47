"""Pure: what one guardian may see of their family's file. The one place where something is withheld.

Parents who live together see everything. Of parents who live apart each sees their own block, the children tied to
them and what they themselves have said of these; nothing of the other's address, telephones, work, incomes or bank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.dossier.models import BankAccount, Child, Collector, Family, Guardian


@dataclass(frozen=True, slots=True)
class Stored:
    """A family's file as it lies in the database."""

    family: Family
    guardians: Sequence[Guardian]
    children: Sequence[Child]
    custodies: Mapping[int, frozenset[int]] = field(default_factory=dict)  # guardians by child
    banks: Sequence[BankAccount] = ()
    collectors: Sequence[Collector] = ()


@dataclass(frozen=True, slots=True)
class FileView:
    """The file as its reader sees it. `me` is the reader; `partner` the other guardian, where they may be seen."""

    family: Family
    me: Guardian
    partner: Guardian | None
    children: tuple[Child, ...]
    collectors: Mapping[int, tuple[Collector, ...]]  # by child
    bank: BankAccount | None
    shows_incomes: bool


def seen_by(reader: int, stored: Stored) -> FileView:
    """The view of the guardian `reader`, who is one of the family's."""
    me = next(guardian for guardian in stored.guardians if guardian.id == reader)
    others = [guardian for guardian in stored.guardians if guardian.id != reader]
    apart = stored.family.is_separated
    children = tuple(child for child in stored.children if sees_child(reader, child, stored))
    return FileView(
        family=stored.family,
        me=me,
        partner=others[0] if others and not apart else None,
        children=children,
        collectors={child.id: _collectors(reader, child, stored) for child in children},
        bank=_bank(reader, stored),
        shows_incomes=not apart,
    )


def sees_child(reader: int, child: Child, stored: Stored) -> bool:
    """Whether a child is shown to a guardian: of parents who live apart, to those it is tied to, or else to both."""
    if child.left_at is not None:
        return False
    tied = stored.custodies.get(child.id, frozenset())
    return not stored.family.is_separated or not tied or reader in tied


def phones(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The numbers of a row of `guardian`, the mobile one first, none twice."""
    return tuple(dict.fromkeys(filter(None, (row["mobile"], row["phone_home"], row["phone_work"]))))


def age(born_on: date | None, today: date) -> int | None:
    """Whole years."""
    if born_on is None or born_on > today:
        return None
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def _bank(reader: int, stored: Stored) -> BankAccount | None:
    """The family's account; of parents who live apart the reader's own. Where they live together again, the last one
    given stands for the family until somebody changes it."""
    apart = stored.family.is_separated
    seen = [bank for bank in stored.banks if not apart or bank.guardian_id == reader]
    return max(seen, key=lambda bank: (bank.updated_at, bank.id), default=None)


def _collectors(reader: int, child: Child, stored: Stored) -> tuple[Collector, ...]:
    """Who may collect the child; of parents who live apart each sees whom they named themselves."""
    return tuple(
        collector
        for collector in stored.collectors
        if collector.child_id == child.id and (not stored.family.is_separated or collector.guardian_id == reader)
    )
