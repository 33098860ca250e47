"""Bank accounts that the town's software knows, brought in with its families (see importing).

A family has one, parents who live apart one each. The numbers are compared unsealed, stored sealed, and told masked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schwifty import IBAN

from hub.core.base import Core
from hub.core.seal import SealBroken
from hub.dossier.csvfile import BANK
from hub.dossier.file import IBAN_PURPOSE, numbered
from hub.dossier.iban import masked
from hub.dossier.models import BankAccount, Family, Guardian

Place = tuple[int, int]  # family, and the rank of the guardian whose it is, 0 where they live together


@dataclass(frozen=True, slots=True)
class Plain:
    """An account, its number as it is. `iban` "": there is none."""

    iban: str = ""
    holder: str = ""
    by_debit: bool = False


@dataclass(slots=True)
class Banks:
    """Accounts of a batch of families: as they are stored, and as the file has them."""

    core: Core
    plain: dict[Place, Plain] = field(default_factory=dict)
    stored: dict[Place, list[int]] = field(default_factory=dict)  # ids of the rows that a change replaces
    changed: dict[Place, int] = field(default_factory=dict)  # the rank of the guardian who is written beside it

    async def load(self, families: Collection[Family], guardians: Sequence[Guardian]) -> None:
        """What is stored of these families."""
        ranks = {guardian.id: guardian.rank for guardian in guardians}
        apart = {family.id: family.is_separated for family in families}
        for bank in await BankAccount.filter(family_id__in=list(apart)).order_by("updated_at", "id"):
            for rank in {0, ranks.get(bank.guardian_id or 0, 0)}:  # it may be asked for either way: they may part
                place = bank.family_id, rank
                self.stored.setdefault(place, []).append(bank.id)
                self.plain[place] = Plain(self._opened(bank.iban), bank.holder, bank.by_debit)

    def lay(self, family: Family, told: Sequence[tuple[Guardian, Mapping[str, Any]]]) -> list[str]:
        """Lay what a row tells of each guardian's account; what changes, in words."""
        given = [(who, values) for who, values in told if values]
        if not family.is_separated:
            given = given[:1]  # the family's one account: the first guardian's, where both have one
        return [words for who, values in given for words in self._lay(family, who, values)]

    def _lay(self, family: Family, who: Guardian, told: Mapping[str, Any]) -> list[str]:
        rank = who.rank
        place = family.id, rank if family.is_separated else 0
        old = self.plain.get(place, Plain())
        new = _laid(old, told, f"{who.first_name} {who.last_name}".strip())
        if new == old:
            return []
        self.plain[place], self.changed[place] = new, rank
        shown = [f"compte bancaire : {_shown(old)} → {_shown(new)}"] if old.iban != new.iban else []
        if new.iban and old.holder != new.holder:
            shown.append(f"titulaire : {old.holder or '(vide)'} → {new.holder}")
        if new.iban and old.by_debit != new.by_debit:
            shown.append(f"prélèvement : {'oui' if new.by_debit else 'non'}")
        return shown

    async def write(self) -> None:
        """Into the database, when the families and their guardians are. Part of the caller's transaction."""
        if not self.changed:
            return
        gone = [bank for place in self.changed for bank in self.stored.get(place, ())]
        await BankAccount.filter(id__in=gone).delete()
        families = {family for family, _ in self.changed}
        ids = {(g.family_id, g.rank): g.id for g in await Guardian.filter(family_id__in=families)}
        await BankAccount.bulk_create(
            [
                self._row(place[0], ids[place[0], rank], self.plain[place])
                for place, rank in self.changed.items()
                if self.plain[place].iban
            ]
        )

    def _row(self, family: int, guardian: int, plain: Plain) -> BankAccount:
        return BankAccount(
            family_id=family,
            guardian_id=guardian,
            holder=plain.holder,
            by_debit=plain.by_debit,
            updated_at=self.core.clock.now(),
            **numbered(self.core, IBAN(plain.iban)),
        )

    def _opened(self, sealed: str) -> str:
        try:
            return self.core.sealer.open(IBAN_PURPOSE, sealed)
        except SealBroken:  # of a secret that is lost: what the file says replaces it
            return "?"


def of_bank(told: Mapping[str, Any]) -> dict[str, Any]:
    """What a row tells of the account, among what stands beside a guardian."""
    return {name: value for name, value in told.items() if name in BANK}


def of_guardian(told: Mapping[str, Any]) -> dict[str, Any]:
    """The rest."""
    return {name: value for name, value in told.items() if name not in BANK}


def _laid(old: Plain, told: Mapping[str, Any], name: str) -> Plain:
    """An account as a row makes it; without a number there is none."""
    iban = (told["iban"] or "") if "iban" in told else old.iban
    if not iban:
        return Plain()
    by_debit = bool(told.get("by_debit", old.by_debit))
    return Plain(iban, told.get("holder") or old.holder or name, by_debit)


def _shown(plain: Plain) -> str:
    return masked(plain.iban) if plain.iban else "(vide)"
