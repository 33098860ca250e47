"""Coordonnées bancaires, with "passer au prélèvement": the family's, or each their own where parents live apart.

The number is only ever shown masked.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.actions.kinds.base import UNCHANGED, Asked, Change, Field, Ground, Kind, Payload, read_all, shown, was
from hub.core.errors import Conflict, Invalid
from hub.dossier.file import NewBank
from hub.dossier.iban import masked, read_iban


class Bank(Kind):
    """Another account, or another way to pay from it."""

    slug, title, direct = "banque", "Coordonnées bancaires", "bank"
    fields = (
        Field("titulaire", "Titulaire du compte", required=True),
        Field(
            "iban",
            "IBAN",
            most=80,
            hint="Il commence par FR et figure sur votre RIB. Laissez vide pour garder le compte déjà enregistré.",
        ),
        Field("prelevement", "Passer au prélèvement", "tick"),
    )

    async def present(self, ground: Ground) -> Mapping[str, str]:
        bank = ground.view.bank
        return {"titulaire": bank.holder, "prelevement": "1" if bank.by_debit else ""} if bank else {}

    async def check(self, ground: Ground, typed: Mapping[str, str]) -> Asked:
        found = read_all(self.fields, typed)
        bank = ground.view.bank
        iban, fault = (None, "") if bank and not found["iban"] else read_iban(found["iban"])
        if fault:
            raise Invalid({"iban": fault})
        present = bank.masked if bank else ""
        pairs = (
            ("Titulaire du compte", bank.holder if bank else "", found["titulaire"]),
            ("IBAN", present, masked(str(iban)) if iban else present),
            ("Prélèvement", bank.by_debit if bank else "", found["prelevement"]),
        )
        kinds = (self.fields[0], self.fields[1], self.fields[2])
        changes = tuple(
            Change(what, was(f, before), shown(f, after))
            for f, (what, before, after) in zip(kinds, pairs, strict=True)
            if before != after
        )
        if not changes:
            raise Invalid({"titulaire": UNCHANGED})
        return Asked(changes, {**found, "iban": str(iban or "")})

    async def accept(self, ground: Ground, payload: Payload) -> Payload:
        new = NewBank(payload["titulaire"], payload["iban"], payload["prelevement"])
        try:
            return {"accounts": await ground.files.set_bank(ground.guardian, new)}
        except Invalid as refused:
            raise Conflict(refused.message) from refused

    async def revert(self, ground: Ground, before: Payload) -> None:
        await ground.files.put_bank_back(ground.guardian, before["accounts"])
