"""The families' file of the town's software, brought into the dossier: what is new, what changed, what cannot be.

Batch by batch, each in a transaction of its own; a trial run is rolled back. A second run of the same file changes
nothing. Who is not in the file is left alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Any, BinaryIO

from tortoise.models import Model

from hub.core.base import Core
from hub.core.db import Also, marks
from hub.dossier.banking import Banks, of_bank, of_guardian
from hub.dossier.csvfile import WEAK, About, Row, rows_of
from hub.dossier.matching import folded
from hub.dossier.models import Child, Custody, Family, Guardian

BATCH = 1_000  # families in one transaction
RANKS = {About.first: 1, About.second: 2}
BLANK: dict[str, Any] = {"quotient": None, "income": None, "quotient_on": None, "dependent_children": None,
                         "born_on": None, "is_separated": False, "wants_bills": False, "accepts_mail": False,
                         "accepts_sms": False}  # fmt: skip


class Kind(StrEnum):
    """What became of a row."""

    new = "new"
    changed = "changed"
    same = "same"
    failed = "failed"


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the file and what became of it. `words`: what changes, or why it cannot."""

    line: int
    dossier: str
    kind: Kind
    words: str = ""


class _TrialOver(Exception):
    """Rolls a trial run back."""


@dataclass(slots=True)
class _Known:
    """Families of a batch as they are stored, by their number, and what is tied to them."""

    families: dict[str, Family] = field(default_factory=dict)
    guardians: dict[tuple[int, int], Guardian] = field(default_factory=dict)  # by family and rank
    children: dict[int, list[Child]] = field(default_factory=lambda: defaultdict(list))
    held: set[int] = field(default_factory=set)  # guardians who have an account
    custodies: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))  # guardians by child
    banks: Banks = field(kw_only=True)


@dataclass(slots=True)
class _Made:
    """What a batch writes."""

    new: list[Model] = field(default_factory=list)
    changed: dict[int, Model] = field(default_factory=dict)
    custody: list[tuple[Child, str]] = field(default_factory=list)


class FamilyImport:
    """Brings files in."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def run(self, file: BinaryIO, trial: bool = False, also: Also | None = None) -> AsyncIterator[Told]:
        """What became of each row, in their order. Raises FileFault before anything was done.

        `also`: what is written down with the first batch; a trial run writes nothing.
        """
        for place, batch in enumerate(batches(rows_of(file))):
            told: list[Told] = []
            async with self._batch(trial):
                told = await self._bring_in(batch)
                if also and place == 0:
                    await also()
            for one in told:
                yield one

    @asynccontextmanager
    async def _batch(self, trial: bool) -> AsyncIterator[None]:
        try:
            async with self._core.db.transaction():
                yield
                if trial:
                    raise _TrialOver
        except _TrialOver:
            pass

    async def _bring_in(self, rows: Sequence[Row]) -> list[Told]:
        good = [row for row in rows if not row.faults]
        known = await self._load({row.dossier for row in good})
        told = [Told(row.line, row.dossier, Kind.failed, " ; ".join(row.faults)) for row in rows if row.faults]
        fresh = _families(good, known, self._core.clock.now())
        await Family.bulk_create(fresh)
        await self._ids(fresh, known)
        made = _Made(changed={})
        new = {family.number for family in fresh}
        told += [self._row(row, known, made, new) for row in good]
        await self._write(made, known)
        return sorted(told, key=lambda one: one.line)

    def _row(self, row: Row, known: _Known, made: _Made, fresh: set[str]) -> Told:
        """Lay a row on what is known; what it changes goes into `made`."""
        family = known.families[row.dossier]
        changes: list[str] = []
        if fault := _fault(row, family, known):
            return Told(row.line, row.dossier, Kind.failed, fault)
        if row.dossier not in fresh:
            changes += _laid(family, row.values[About.family], made)
        for about, rank in RANKS.items():
            changes += _guardian(family, rank, of_guardian(row.values[about]), known, made)
        there = [(known.guardians.get((family.id, rank)), of_bank(row.values[about])) for about, rank in RANKS.items()]
        changes += known.banks.lay(family, [(who, told) for who, told in there if who])
        changes += _child(family, row.values[About.child], known, made)
        if row.dossier in fresh:
            return Told(row.line, row.dossier, Kind.new, f"famille {family.name}")
        return Told(row.line, row.dossier, Kind.changed if changes else Kind.same, " ; ".join(changes))

    async def _load(self, numbers: set[str]) -> _Known:
        known = _Known(banks=Banks(self._core))
        for family in await Family.filter(number__in=numbers) if numbers else ():
            known.families[family.number] = family
        ids = [family.id for family in known.families.values()]
        if not ids:
            return known
        for guardian in await Guardian.filter(family_id__in=ids):
            known.guardians[guardian.family_id, guardian.rank] = guardian
        await known.banks.load(known.families.values(), list(known.guardians.values()))
        for child in await Child.filter(family_id__in=ids):
            known.children[child.family_id].append(child)
        rows = await self._core.db.rows(f"SELECT guardian_id FROM account WHERE family_id IN ({marks(ids)})", *ids)
        known.held = {row["guardian_id"] for row in rows}
        for custody in await Custody.filter(child__family_id__in=ids):
            known.custodies[custody.child_id].add(custody.guardian_id)
        return known

    async def _ids(self, fresh: Sequence[Family], known: _Known) -> None:
        """Learn the ids of families that were just made: a statement for many tells none."""
        numbers = [family.number for family in fresh]
        if not numbers:
            return
        rows = await self._core.db.rows(f"SELECT id, number FROM family WHERE number IN ({marks(numbers)})", *numbers)
        for row in rows:
            family = known.families[row["number"]]
            family.id, family._saved_in_db = row["id"], True

    async def _write(self, made: _Made, known: _Known) -> None:
        now = self._core.clock.now()
        await Guardian.bulk_create([one for one in made.new if isinstance(one, Guardian)])
        await Child.bulk_create([one for one in made.new if isinstance(one, Child)])
        for one in made.changed.values():
            if isinstance(one, Family):
                one.updated_at = now
        for model in Family, Guardian, Child:
            changed = [one for one in made.changed.values() if isinstance(one, model)]
            columns = [name for name in model._meta.db_fields if name != "id"]
            await self._core.db.many(
                f"UPDATE {model._meta.db_table} SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?",
                [(*(_stored(model, one, name) for name in columns), one.pk) for one in changed],
            )
        await self._settle_custody(made, known)
        await known.banks.write()

    async def _settle_custody(self, made: _Made, known: _Known) -> None:
        """Who sees which child, for the children whose row says so."""
        if not made.custody:
            return
        families = {child.family_id for child, _ in made.custody}
        children: dict[int, list[Child]] = defaultdict(list)
        for one in await Child.filter(family_id__in=families):
            children[one.family_id].append(one)
        guardians = {(g.family_id, g.rank): g.id for g in await Guardian.filter(family_id__in=families)}
        wanted: dict[int, set[int]] = {}  # by child: the last row about it has the word
        for told, ranks in made.custody:
            child = next(c for c in children[told.family_id] if _same_child(c, _told_of(told)))
            told_of = {rank: guardians.get((child.family_id, rank)) for rank in RANKS.values()}
            seeing = {guardian for rank, guardian in told_of.items() if guardian and str(rank) in ranks}
            third = known.custodies[child.id] - set(told_of.values())  # on a third guardian the file has no word
            wanted[child.id] = seeing | third
        gone = [(child_id, one) for child_id, seen in wanted.items() for one in known.custodies[child_id] - seen]
        await self._core.db.many("DELETE FROM custody WHERE child_id = ? AND guardian_id = ?", gone)
        fresh = [(child_id, one) for child_id, seen in wanted.items() for one in seen - known.custodies[child_id]]
        await Custody.bulk_create([Custody(child_id=child_id, guardian_id=one) for child_id, one in fresh])


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Pure: rows in their order, cut between families."""
    batch: list[Row] = []
    count = 0
    for _, group in groupby(rows, key=lambda row: row.dossier):
        batch += group
        count += 1
        if count >= BATCH:
            yield batch
            batch, count = [], 0
    if batch:
        yield batch


def _families(rows: Sequence[Row], known: _Known, now: Any) -> list[Family]:
    """The families that are not known yet, as their first row tells them."""
    fresh = []
    for row in rows:
        if row.dossier in known.families:
            continue
        told = {name: _value(name, value) for name, value in row.values[About.family].items()}
        name = told.pop("name", "") or row.values[About.first].get("last_name") or row.dossier
        family = Family(number=row.dossier, name=name, created_at=now, updated_at=now, **told)
        known.families[row.dossier] = family
        fresh.append(family)
    return fresh


def _fault(row: Row, family: Family, known: _Known) -> str:
    """Why a row is not believed: an account would come to stand for somebody else."""
    if not family.is_known:
        return "ce numéro est celui d’un compte qui attend son dossier"
    for about, rank in RANKS.items():
        guardian, told = known.guardians.get((family.id, rank)), row.values[about]
        if guardian is None and told.keys() - WEAK and not told.get("last_name"):
            return f"{about.value}_nom absent"
        if guardian is None or guardian.id not in known.held:
            continue
        names = [(told.get(name), getattr(guardian, name)) for name in ("first_name", "last_name")]
        if all(new and folded(str(new)) != folded(old) for new, old in names):
            return f"le responsable {rank} a un compte au nom de {guardian.first_name} {guardian.last_name}"
    return _custody_fault(row, family, known)


def _custody_fault(row: Row, family: Family, known: _Known) -> str:
    """A child tied to nobody is shown to both: who alone may see it has to be there."""
    ranks = str(row.values[About.child].get("custody") or "")
    named = [about for about, rank in RANKS.items() if str(rank) in ranks]
    there = [a for a in named if (family.id, RANKS[a]) in known.guardians or row.values[a].get("last_name")]
    return f"enfant_garde : le dossier n’a pas de responsable {ranks}" if named and not there else ""


def _guardian(family: Family, rank: int, told: dict[str, Any], known: _Known, made: _Made) -> list[str]:
    guardian = known.guardians.get((family.id, rank))
    if not told or (guardian is None and not told.get("last_name")):
        return []
    if guardian is not None:
        return _laid(guardian, told, made)
    values = {name: _value(name, value) for name, value in told.items()}
    guardian = Guardian(family_id=family.id, rank=rank, **{"first_name": "", **values})
    known.guardians[family.id, rank] = guardian
    made.new.append(guardian)
    return [f"responsable {rank} : {guardian.first_name} {guardian.last_name}"]


def _child(family: Family, told: dict[str, Any], known: _Known, made: _Made) -> list[str]:
    told = dict(told)
    tells_custody, ranks = "custody" in told, told.pop("custody", None)
    if not told:
        return []
    same = [child for child in known.children[family.id] if _same_child(child, told)]
    if same:
        child, changes = same[0], _laid(same[0], told, made)
        if child.left_at is not None:
            child.left_at = None
            made.changed[id(child)] = child
            changes.append("de retour")
    else:
        values = {name: _value(name, value) for name, value in told.items()}
        child = Child(family_id=family.id, **{"last_name": family.name, **values})
        known.children[family.id].append(child)
        made.new.append(child)
        changes = [f"enfant : {child.first_name}"]
    ranks = _there(family, ranks, known)  # "": the cell empties, and both see the child
    if tells_custody and _ranks(child, known) != ranks:
        made.custody.append((child, ranks))
        changes += [f"garde : {_shown(ranks)}"] if same else []
    return changes


def _ranks(child: Child, known: _Known) -> str:
    """Which guardians see the child, as the file writes it."""
    held = known.custodies[child.id]
    places = {rank: known.guardians.get((child.family_id, rank)) for rank in RANKS.values()}
    return "+".join(str(rank) for rank, guardian in places.items() if guardian and guardian.id in held)


def _there(family: Family, ranks: str | None, known: _Known) -> str:
    """Those of the guardians that the file names who are there."""
    return "+".join(rank for rank in (ranks or "").split("+") if rank and (family.id, int(rank)) in known.guardians)


def _same_child(child: Child, told: dict[str, Any]) -> bool:
    """By the town's reference, else by first name and birth date, as far as both are known."""
    if child.reference and told.get("reference"):
        return bool(child.reference == told["reference"])
    if folded(child.first_name) != folded(str(told.get("first_name", ""))):
        return False
    born = told.get("born_on")
    return born is None or child.born_on is None or child.born_on == born


def _told_of(child: Child) -> dict[str, Any]:
    """What tells a child."""
    return {"reference": child.reference, "first_name": child.first_name, "born_on": child.born_on}


def _laid(one: Any, told: dict[str, Any], made: _Made) -> list[str]:
    """Lay what is told on a row; what changes, in words."""
    changes = []
    for name, value in told.items():
        new, old = _value(name, value), getattr(one, name)
        if new != old:
            setattr(one, name, new)
            made.changed[id(one)] = one
            changes.append(f"{name} : {_shown(old)} → {_shown(new)}")
    if one.pk is None:  # it is written with the new ones
        made.changed.pop(id(one), None)
    return changes


def _value(name: str, value: Any) -> Any:
    """What is stored for a cell that empties."""
    return BLANK.get(name, "") if value is None else value


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "(vide)"
    if isinstance(value, bool):
        return "oui" if value else "non"
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)


def _stored(model: type[Model], one: Model, column: str) -> Any:
    """A value as the database takes it."""
    name = model._meta.fields_db_projection_reverse[column]
    return model._meta.fields_map[name].to_db_value(getattr(one, name), one)
