"""Données sanitaires of a child. What is asked stands sealed with the request, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

from hub.actions.kinds.base import UNCHANGED, Asked, Change, Field, Ground, Kind, Payload, read_all
from hub.core.errors import Conflict, Invalid
from hub.dossier.file import HEALTH, LONGEST_NOTE, readable

CONFIDENTIAL = "confidentiel"


class Health(Kind):
    """The notes, all of them as they shall be."""

    slug, title, about, direct, is_secret = "sante", "Données sanitaires", "child", "health", True
    fields = tuple(Field(kind, label, "long", most=LONGEST_NOTE) for kind, label in HEALTH.items())

    async def present(self, ground: Ground) -> Mapping[str, str]:
        return readable(await ground.files.health(ground.guardian, ground.child.id)) if ground.child else {}

    async def check(self, ground: Ground, typed: Mapping[str, str]) -> Asked:
        found, present = read_all(self.fields, typed), await self.present(ground)
        changed = [f for f in self.fields if found[f.name] != present.get(f.name, "")]
        if not changed:
            raise Invalid({self.fields[0].name: UNCHANGED})
        return Asked(
            tuple(Change(f.label, "", CONFIDENTIAL) for f in changed), {f.name: found[f.name] for f in changed}
        )

    async def accept(self, ground: Ground, payload: Payload) -> Payload:
        if ground.child is None:
            raise Conflict("Cet enfant n’est plus dans le dossier.")
        present = dict(await self.present(ground))
        await ground.files.set_health(ground.guardian, ground.child.id, present | payload)
        return present

    async def revert(self, ground: Ground, before: Payload) -> None:
        if ground.child:
            await ground.files.set_health(ground.guardian, ground.child.id, before)
