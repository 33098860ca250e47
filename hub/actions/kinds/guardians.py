"""Responsable and Conjoint: a guardian's own block of the dossier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tortoise.models import Model

from hub.actions.kinds.base import Columns, Field, Ground
from hub.dossier.view import FileView

_FIELDS = (
    (Field("civilite", "Civilité", "choice", options=(("Mme", "Mme"), ("M.", "M."))), "civility"),
    (Field("nom", "Nom", required=True, most=80), "last_name"),
    (Field("prenom", "Prénom", required=True, most=80), "first_name"),
    (Field("qualite", "Qualité", most=40, hint="Père, mère, tuteur…"), "quality"),
    (Field("situation", "Situation", most=40, hint="Célibataire, marié, pacsé, divorcé, veuf…"), "situation"),
    (Field("adresse", "Adresse", most=200), "address"),
    (Field("code_postal", "Code postal", most=10), "postcode"),
    (Field("ville", "Ville", most=80), "city"),
    (Field("tel_domicile", "Tél. domicile", "tel", most=30), "phone_home"),
    (Field("tel_travail", "Tél. prof.", "tel", most=30), "phone_work"),
    (Field("mobile", "Mobile", "tel", most=30), "mobile"),
    (Field("profession", "Profession", most=80), "profession"),
    (Field("csp", "CSP", most=80), "csp"),
    (Field("employeur", "Employeur"), "employer"),
    (Field("adresse_employeur", "Adresse employeur", most=200), "employer_address"),
    (Field("organisme", "Organisme de rattachement", most=80), "affiliation"),
    (Field("courriel", "Autorisation courriel", "tick"), "accepts_mail"),
    (Field("sms", "Autorisation SMS", "tick"), "accepts_sms"),
    (Field("factures", "Factures par e-mail", "tick"), "wants_bills"),
)


_OWN = {  # what browsers know of whoever sits before them (WCAG 1.3.5)
    "nom": "family-name", "prenom": "given-name", "adresse": "address-line1", "code_postal": "postal-code",
    "ville": "address-level2", "tel_domicile": "home tel", "tel_travail": "work tel", "mobile": "mobile tel",
    "profession": "organization-title", "employeur": "organization",
}  # fmt: skip


class _Guardian(Columns):
    fields = tuple(field for field, _ in _FIELDS)
    columns = {field.name: column for field, column in _FIELDS}


class Responsible(_Guardian):
    """Whoever asks, about themselves."""

    slug, title = "responsable", "Responsable"

    def inputs(self, ground: Ground) -> Sequence[Field]:
        return [replace(field, complete=_OWN.get(field.name, "off")) for field in self.fields]

    def row(self, ground: Ground) -> Model:
        return ground.view.me


class Partner(_Guardian):
    """The other guardian, of parents who live together."""

    slug, title = "conjoint", "Conjoint"

    def is_offered(self, view: FileView) -> bool:
        return view.partner is not None

    def row(self, ground: Ground) -> Model | None:
        return ground.view.partner
