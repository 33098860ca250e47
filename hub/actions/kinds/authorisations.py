"""Autorisations: who may collect a child."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.actions.kinds.base import Asked, Change, Field, Ground, Kind, Payload, read_all
from hub.core.errors import Conflict, Invalid
from hub.dossier.models import Collector

_NEW = (
    Field("nom", "Nom et prénom", hint="De la personne à ajouter."),
    Field("lien", "Lien avec l’enfant", most=60, hint="Grand-mère, voisin…"),
    Field("telephone", "Téléphone", "tel", most=30),
)
_MAY_COLLECT = "Peut venir chercher l’enfant"


class Authorisations(Kind):
    """One more person, one less, or both."""

    slug, title, about, direct = "autorisations", "Autorisations", "child", "collectors"

    def inputs(self, ground: Ground) -> Sequence[Field]:
        options = tuple((str(one.id), one.name) for one in self._collectors(ground))
        return (*_NEW, Field("retirer", "Personne à retirer", "choice", options=options)) if options else _NEW

    async def check(self, ground: Ground, typed: Mapping[str, str]) -> Asked:
        found = read_all(self.inputs(ground), typed)
        gone = next((one for one in self._collectors(ground) if str(one.id) == found.get("retirer")), None)
        if not found["nom"] and not gone:
            raise Invalid({"nom": "Indiquez qui ajouter, ou qui retirer."})
        added = ", ".join(filter(None, (found["nom"], found["lien"], found["telephone"])))
        changes = [Change(_MAY_COLLECT, "", added)] if found["nom"] else []
        changes += [Change(_MAY_COLLECT, gone.name, "n’est plus autorisé")] if gone else []
        return Asked(tuple(changes), {**found, "retirer": gone.id if gone else 0})

    async def accept(self, ground: Ground, payload: Payload) -> Payload:
        if ground.child is None:
            raise Conflict("Cet enfant n’est plus dans le dossier.")
        before: Payload = {}
        if payload["retirer"] and (gone := await Collector.get_or_none(id=payload["retirer"], child=ground.child)):
            before["gone"] = {name: getattr(gone, name) for name in ("guardian_id", "name", "phone", "relation")}
            await gone.delete()
        if payload["nom"]:
            new = await Collector.create(
                child=ground.child, guardian_id=ground.guardian, name=payload["nom"], relation=payload["lien"],
                phone=payload["telephone"],
            )  # fmt: skip
            before["new"] = new.id
        return before

    async def revert(self, ground: Ground, before: Payload) -> None:
        await Collector.filter(id=before.get("new", 0), child=ground.child).delete()
        if "gone" in before and ground.child:
            await Collector.create(child=ground.child, **before["gone"])

    def _collectors(self, ground: Ground) -> Sequence[Collector]:
        return ground.view.collectors[ground.child.id] if ground.child else ()
