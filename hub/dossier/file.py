"""The family's file: read by its guardians, and changed by them where the town lets them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schwifty import IBAN
from tortoise.queryset import QuerySet

from hub.core.base import Core
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.seal import SealBroken
from hub.dossier.cells import CellFault, phone
from hub.dossier.iban import masked, read_iban
from hub.dossier.models import BankAccount, Child, Collector, Custody, Family, FileReading, Guardian, HealthNote
from hub.dossier.view import FileView, Stored, seen_by

IBAN_PURPOSE, HEALTH_PURPOSE = "iban", "health"
PHONES = {"phone_home": "tel_domicile", "phone_work": "tel_travail", "mobile": "mobile"}  # column: form field
LONGEST_NOTE = 2_000  # characters
UNREADABLE = "(illisible : la clé du portail a changé)"  # shown for a note that was sealed with a secret that is lost
OVERTAKEN = (
    "Ces données ont changé pendant que cette page était ouverte. Regardez ce qui est enregistré sous chaque case, "
    "complétez, puis enregistrez."
)
READERS = 5  # that are told of
HEALTH = {
    "allergies": "Allergies",
    "lunettes": "Lunettes, appareils",
    "traitement": "Traitement en cours",
    "pai": "Projet d’accueil individualisé (PAI)",
    "regime": "Régime alimentaire",
    "medecin": "Médecin traitant",
}


_KEPT = ("guardian_id", "holder", "bank", "iban", "masked", "by_debit")  # of an account that may come back

Banked = dict[str, Any]  # an account that was replaced: JSON, its number still sealed


@dataclass(frozen=True, slots=True)
class NewBank:
    """A bank account as typed. Without `iban` the number that is on file stays: one may but change how one pays."""

    holder: str
    iban: str
    by_debit: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """An agent who has read health notes."""

    name: str
    at: datetime


class FamilyFile:
    """Reads and changes files, always in the name of one guardian."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def of(self, guardian: int) -> FileView:
        """The file as that guardian sees it. Raises NotFound."""
        return seen_by(guardian, await self._stored(guardian))

    async def child(self, guardian: int, child: int) -> tuple[FileView, Child]:
        """A child that this guardian sees. Raises NotFound."""
        view = await self.of(guardian)
        found = next((one for one in view.children if one.id == child), None)
        if found is None:
            raise NotFound
        return view, found

    async def health(self, guardian: int, child: int) -> dict[str, str]:
        """The health notes of a child that this guardian sees, by kind. Raises NotFound."""
        await self.child(guardian, child)
        return await self._health(child)

    async def health_for(self, agent: int, child: Child) -> dict[str, str]:
        """The same for an agent who may read them; it is written down first."""
        await FileReading.create(
            family_id=child.family_id, agent_id=agent, what=HEALTH_PURPOSE, about=_about(child.id),
            at=self._core.clock.now(),
        )  # fmt: skip
        return await self._health(child.id)

    async def readers(self, guardian: int, child: int) -> list[Reader]:
        """Who has read the health notes of a child that this guardian sees, the last ones first. Raises NotFound."""
        _, found = await self.child(guardian, child)
        readings = FileReading.filter(family_id=found.family_id, what=HEALTH_PURPOSE, about=_about(child))
        rows = await readings.order_by("-id").limit(READERS).values("at", "agent__name")
        return [Reader(row["agent__name"] or "", row["at"]) for row in rows]

    async def set_phones(self, guardian: int, typed: Mapping[str, str]) -> None:
        """Their own telephones; `typed` by form field. Raises Invalid."""
        errors, found = {}, {}
        for column, field in PHONES.items():
            number = typed.get(field, "").strip()
            try:
                found[column] = phone(number) if number else ""
            except CellFault:
                errors[field] = "Ce numéro n’est pas complet. Exemple : 06 12 34 56 78"
        if errors:
            raise Invalid(errors)
        await Guardian.filter(id=guardian).update(**found)

    async def set_bills(self, guardian: int, by_mail: bool) -> None:
        """ "Factures par e-mail", of that guardian alone."""
        await Guardian.filter(id=guardian).update(wants_bills=by_mail)

    async def set_bank(self, guardian: int, new: NewBank) -> list[Banked]:
        """Coordonnées bancaires: the family's, or of parents who live apart this guardian's own. The number is sealed
        before it is written. What this one replaces, for `put_bank_back`. Raises Invalid."""
        async with self._core.db.transaction():
            me = await _alone(guardian)
            present = await _replaced(me)
            number = self._number(_checked(new, present), present)
            await _replaced(me).delete()
            await BankAccount.create(
                family_id=me.family_id,
                guardian_id=guardian,
                holder=new.holder.strip(),
                by_debit=new.by_debit,
                updated_at=self._core.clock.now(),
                **number,
            )
        return [_banked(bank) for bank in present]

    def _number(self, iban: IBAN | None, present: Sequence[BankAccount]) -> dict[str, Any]:
        """The columns that hold it; those of the account that is there when none is given."""
        if iban is None:
            return {"bank": present[0].bank, "iban": present[0].iban, "masked": present[0].masked}
        return numbered(self._core, iban)

    async def put_bank_back(self, guardian: int, before: Sequence[Banked]) -> None:
        """What `set_bank` replaced."""
        async with self._core.db.transaction():
            me = await _alone(guardian)
            await _replaced(me).delete()
            for bank in before:
                await BankAccount.create(family_id=me.family_id, **bank)

    async def health_version(self, guardian: int, child: int) -> str:
        """Which notes there are now: their form gives it back. Raises NotFound."""
        await self.child(guardian, child)
        return await _version(child)

    async def set_health(self, guardian: int, child: int, typed: Mapping[str, str], seen: str | None = None) -> None:
        """The health notes of a child that this guardian sees, by kind; an empty one goes, but for one that nobody can
        read: it stays until something is written in its place.

        `seen`: the version that was changed; None: whatever is there. Raises NotFound, Invalid, or Conflict where the
        other guardian, or another page, has written meanwhile: an allergy must not go unseen.
        """
        await self.child(guardian, child)
        errors = {
            kind: f"{LONGEST_NOTE} caractères au plus." for kind in HEALTH if len(typed.get(kind, "")) > LONGEST_NOTE
        }
        if errors:
            raise Invalid(errors)
        async with self._core.db.transaction():
            await self._core.db.lock(f"health {child}")
            if seen is not None and seen != await _version(child):
                raise Conflict(OVERTAKEN)
            unread = {kind for kind, words in (await self._health(child)).items() if words == UNREADABLE}
            given = {kind: typed.get(kind, "").strip() for kind in HEALTH}
            kept = {kind for kind in unread if given[kind] in ("", UNREADABLE)}
            await HealthNote.filter(child_id=child, kind__in=set(HEALTH) - kept).delete()
            for kind, words in given.items():
                if words and kind not in kept:
                    sealed = self._core.sealer.seal(HEALTH_PURPOSE, words)
                    await HealthNote.create(child_id=child, kind=kind, text=sealed, updated_at=self._core.clock.now())

    async def add_collector(self, guardian: int, child: int, name: str, relation: str, number: str) -> None:
        """Somebody who may collect a child; the same one twice, of two clicks, is one. Raises NotFound, Invalid."""
        await self.child(guardian, child)
        errors, digits = {}, ""
        if not name.strip() or len(name) > 120:
            errors["nom"] = "Indiquez le nom et le prénom (120 caractères au plus)."
        if len(relation) > 60:
            errors["lien"] = "60 caractères au plus."
        try:
            digits = phone(number) if number.strip() else ""
        except CellFault:
            errors["telephone"] = "Ce numéro n’est pas complet. Exemple : 06 12 34 56 78"
        if errors:
            raise Invalid(errors)
        values: dict[str, Any] = {
            "child_id": child,
            "name": name.strip(),
            "relation": relation.strip(),
            "phone": digits,
        }
        if not await Collector.exists(guardian_id=guardian, **values):
            await Collector.create(guardian_id=guardian, **values)

    async def drop_collector(self, guardian: int, child: int, collector: int) -> None:
        """They may no longer. Raises NotFound."""
        view, _ = await self.child(guardian, child)
        if collector not in {one.id for one in view.collectors[child]}:
            raise NotFound
        await Collector.filter(id=collector).delete()

    async def _stored(self, guardian: int) -> Stored:
        me = await Guardian.get_or_none(id=guardian).select_related("family")
        if me is None:
            raise NotFound
        children = await Child.filter(family_id=me.family_id).order_by("born_on", "id")
        custodies: dict[int, set[int]] = defaultdict(set)
        for custody in await Custody.filter(child__family_id=me.family_id) if me.family.is_separated else ():
            custodies[custody.child_id].add(custody.guardian_id)
        return Stored(
            family=me.family,
            guardians=await Guardian.filter(family_id=me.family_id).order_by("rank", "id"),
            children=children,
            custodies={child: frozenset(tied) for child, tied in custodies.items()},
            banks=await BankAccount.filter(family_id=me.family_id),
            collectors=await Collector.filter(child__family_id=me.family_id).order_by("id"),
        )

    async def _health(self, child: int) -> dict[str, str]:
        return {note.kind: self._unsealed(note.text) for note in await HealthNote.filter(child_id=child)}

    def _unsealed(self, sealed: str) -> str:
        try:
            return self._core.sealer.open(HEALTH_PURPOSE, sealed)
        except SealBroken:  # sealed with a secret that is lost: the rest of the page must stand
            return UNREADABLE


def readable(notes: Mapping[str, str]) -> dict[str, str]:
    """Pure: those that a form may begin with."""
    return {kind: words for kind, words in notes.items() if words != UNREADABLE}


async def _version(child: int) -> str:
    """Each time they are written the notes are other rows."""
    notes = await HealthNote.filter(child_id=child).order_by("id").values_list("id", flat=True)
    return "-".join(map(str, notes))


async def _alone(guardian: int) -> Guardian:
    """The guardian, whose family's bank accounts nobody else changes before the end of the transaction."""
    me = await Guardian.get(id=guardian)
    await Family.select_for_update().get(id=me.family_id)
    await me.fetch_related("family")
    return me


def _replaced(me: Guardian) -> QuerySet[BankAccount]:
    """What a new account of theirs takes the place of. Who lives apart has no say in what is not theirs."""
    accounts = BankAccount.filter(family_id=me.family_id)
    return accounts.filter(guardian_id=me.id) if me.family.is_separated else accounts


def numbered(core: Core, iban: IBAN) -> dict[str, Any]:
    """The columns of a bank account that hold its number: sealed and masked, and whose it is."""
    sealed = core.sealer.seal(IBAN_PURPOSE, str(iban))
    return {"bank": iban.bank_name or "", "iban": sealed, "masked": masked(str(iban))}


def _banked(bank: BankAccount) -> Banked:
    return {column: getattr(bank, column) for column in _KEPT} | {"updated_at": bank.updated_at.isoformat()}


def _checked(new: NewBank, present: Sequence[BankAccount]) -> IBAN | None:
    """The number; None for the one that is there. Raises Invalid."""
    errors = {}
    if not new.holder.strip():
        errors["titulaire"] = "Indiquez le titulaire du compte."
    elif len(new.holder) > 120:
        errors["titulaire"] = "120 caractères au plus."
    iban, fault = (None, "") if present and not new.iban.strip() else read_iban(new.iban)
    if fault:
        errors["iban"] = fault
    if errors:
        raise Invalid(errors)
    return iban


def _about(child: int) -> str:
    """How a reading names a child: whoever is erased leaves no name here."""
    return f"enfant {child}"
