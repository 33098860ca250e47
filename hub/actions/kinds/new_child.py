"""A child who will soon come to school."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from hub.actions.kinds.base import Asked, Change, Field, Ground, Kind, Payload, read_all, shown
from hub.core.errors import Invalid
from hub.dossier.models import Child, Custody


class NewChild(Kind):
    """Enters the dossier when it is accepted."""

    slug, title, is_single = "enfant", "Ajout d’un enfant", False
    sentence = "Je demande l’ajout d’un enfant à mon dossier."
    fields = (
        Field("prenom", "Prénom", required=True, most=80),
        Field("nom", "Nom", required=True, most=80),
        Field("naissance", "Date de naissance", "date", required=True),
        Field("sexe", "Sexe", "choice", options=(("F", "Féminin"), ("M", "Masculin"))),
        Field("ecole", "École souhaitée"),
    )

    async def present(self, ground: Ground) -> Mapping[str, str]:
        return {"nom": ground.view.me.last_name}

    async def check(self, ground: Ground, typed: Mapping[str, str]) -> Asked:
        found = read_all(self.fields, typed)
        born: date = found["naissance"]
        if not ground.today.year - 18 <= born.year or born > ground.today.replace(year=ground.today.year + 1, day=1):
            raise Invalid({"naissance": "Vérifiez cette date de naissance."})
        changes = tuple(Change(f.label, "", shown(f, found[f.name])) for f in self.fields if found[f.name])
        return Asked(changes, {**found, "naissance": born.isoformat()})

    async def accept(self, ground: Ground, payload: Payload) -> Payload:
        child = await Child.create(
            family_id=ground.view.family.id,
            first_name=payload["prenom"],
            last_name=payload["nom"],
            born_on=date.fromisoformat(payload["naissance"]),
            sex=payload["sexe"],
            school=payload["ecole"],
        )
        if ground.view.family.is_separated:
            await Custody.create(child=child, guardian_id=ground.guardian)
        return {"child": child.id}

    async def revert(self, ground: Ground, before: Payload) -> None:
        await Child.filter(id=before["child"], family_id=ground.view.family.id).delete()
