"""Informations fiscales: the incomes that the quotient is made of."""

from __future__ import annotations

from tortoise.models import Model

from hub.actions.kinds.base import Columns, Field, Ground
from hub.dossier.view import FileView


class Taxes(Columns):
    """The town works the quotient out itself."""

    slug, title = "fiscal", "Informations fiscales"
    fields = (
        Field(
            "revenus", "Revenu fiscal de référence", "number", most=12, hint="En euros, il figure sur l’avis d’impôt."
        ),
        Field("enfants", "Enfants à charge", "number", most=2),
    )
    columns = {"revenus": "income", "enfants": "dependent_children"}

    def is_offered(self, view: FileView) -> bool:
        return view.shows_incomes

    def row(self, ground: Ground) -> Model | None:
        return ground.view.family if ground.view.shows_incomes else None
