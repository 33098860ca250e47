"""CAF: the name and number under which the family draws benefits."""

from __future__ import annotations

from tortoise.models import Model

from hub.actions.kinds.base import Columns, Field, Ground
from hub.dossier.view import FileView


class Caf(Columns):
    """Allocataire, régime, N° allocataire."""

    slug, title = "caf", "CAF"
    fields = (
        Field("allocataire", "Nom de l’allocataire"),
        Field("regime", "Régime allocataire", most=60, hint="Régime général, MSA…"),
        Field("numero", "N° allocataire", most=30),
    )
    columns = {"allocataire": "allocataire", "regime": "regime", "numero": "allocataire_number"}

    def is_offered(self, view: FileView) -> bool:
        return view.shows_incomes

    def row(self, ground: Ground) -> Model | None:
        return ground.view.family if ground.view.shows_incomes else None
