"""Pure: the families' file of the town's software, read row by row into typed values.

One row a child, the family and its guardians repeated; a row without a child tells of the family alone. Headings are
compared without case, accents and signs. An empty cell leaves what is stored as it is, "-" empties it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import BinaryIO

from hub.dossier.cells import (
    CellFault,
    custody,
    day,
    email,
    iban,
    number,
    phone,
    sex,
    text,
    whole,
    yes_or_no,
)
from hub.dossier.matching import folded
from hub.dossier.table import FileFault, read_table

CLEARED = "-"
Value = str | int | bool | date | None


class About(StrEnum):
    """Whom a column tells of; the value is what its heading begins with."""

    family = ""
    first = "resp1"
    second = "resp2"
    child = "enfant"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, the field it fills, and how its cells are read. `aliases`: other headings, folded."""

    heading: str
    about: About
    field: str
    read: Callable[[str], Value]
    told: str
    aliases: tuple[str, ...] = ()


@dataclass(slots=True)
class Row:
    """A row of the file. `values`: by whom they are about, field by field; `faults`: what is wrong with it."""

    line: int
    dossier: str = ""
    values: dict[About, dict[str, Value]] = field(default_factory=lambda: {about: {} for about in About})
    faults: list[str] = field(default_factory=list)


_OF_A_FAMILY = ("situation", "factures_par_courriel", "titulaire", "iban", "prelevement")  # one a dossier in some
# software: the first guardian's
BANK = ("iban", "holder", "by_debit")  # of a bank account, not of the guardian beside whom it stands
WEAK = {"situation", "wants_bills", *BANK}  # fields that make nobody a guardian who has no name


def _guardian(about: About, rank: str) -> tuple[Column, ...]:
    def column(name: str, filled: str, read: Callable[[str], Value], told: str, *aliases: str) -> Column:
        also = tuple(f"{alias} {rank}" for alias in (name, *aliases)) + tuple(f"{about} {alias}" for alias in aliases)
        if about is About.first and name in _OF_A_FAMILY:
            also += (name, *aliases)
        return Column(f"{about}_{name}", about, filled, read, told, tuple(map(folded, also)))

    return (
        column("civilite", "civility", text(10), "Mme, M."),
        column("nom", "last_name", text(80), "nom", "nom responsable", "nom parent"),
        column("prenom", "first_name", text(80), "prénom", "prenom responsable", "prenom parent"),
        column("qualite", "quality", text(40), "Père, Mère, Tuteur…"),
        column("situation", "situation", text(40), "situation de famille", "situation familiale"),
        column("adresse", "address", text(200), "numéro et rue"),
        column("code_postal", "postcode", text(10), "code postal", "cp"),
        column("ville", "city", text(80), "ville", "commune"),
        column("tel_domicile", "phone_home", phone, "téléphone du domicile", "telephone", "tel"),
        column("tel_travail", "phone_work", phone, "téléphone professionnel", "tel prof"),
        column("mobile", "mobile", phone, "téléphone mobile", "portable", "portable parent"),
        column("email", "email", email, "adresse e-mail", "courriel", "mail"),
        column("profession", "profession", text(80), "profession"),
        column("csp", "csp", text(80), "catégorie socioprofessionnelle"),
        column("employeur", "employer", text(120), "employeur"),
        column("adresse_employeur", "employer_address", text(200), "adresse de l’employeur"),
        column("organisme", "affiliation", text(80), "organisme de rattachement", "organisme de rattachement"),
        column("accepte_courriel", "accepts_mail", yes_or_no, "autorisation courriel", "autorisation courriel"),
        column("accepte_sms", "accepts_sms", yes_or_no, "autorisation SMS", "autorisation sms"),
        column("titulaire", "holder", text(120), "titulaire du compte", "titulaire du compte"),
        column("iban", "iban", iban, "son IBAN"),
        column("prelevement", "by_debit", yes_or_no, "paie par prélèvement : oui ou non"),
        column("factures_par_courriel", "wants_bills", yes_or_no, "factures par e-mail : oui ou non"),
    )


COLUMNS = (
    Column("dossier", About.family, "number", number(32), "numéro de dossier ; obligatoire",
           ("numero de dossier", "n dossier", "no dossier", "numero dossier", "n famille", "numero famille")),
    Column("nom_dossier", About.family, "name", text(120), "nom du dossier ; sans lui, celui du responsable",
           ("nom famille", "famille", "nom du dossier")),
    Column("separe", About.family, "is_separated", yes_or_no, "parents séparés : oui ou non", ("parents separes",)),
    Column("allocataire", About.family, "allocataire", text(120), "nom de l’allocataire", ("nom allocataire",)),
    Column("regime", About.family, "regime", text(60), "régime de l’allocataire", ("regime allocataire",)),
    Column("numero_allocataire", About.family, "allocataire_number", number(30), "numéro d’allocataire",
           ("n allocataire", "numero caf", "n caf")),
    Column("quotient", About.family, "quotient", whole, "quotient familial", ("qf", "quotient familial")),
    Column("revenus", About.family, "income", whole, "revenus de référence, par an", ("revenu", "revenu fiscal")),
    Column("date_quotient", About.family, "quotient_on", day, "date de mise à jour des revenus",
           ("date qf", "date revenus")),
    Column("enfants_a_charge", About.family, "dependent_children", whole, "nombre d’enfants à charge",
           ("nombre enfants",)),
    Column("gestionnaire", About.family, "manager", text(160), "qui suit le dossier"),
    Column("contact_gestionnaire", About.family, "manager_contact", text(300), "son adresse, son téléphone"),
    *_guardian(About.first, "1"),
    *_guardian(About.second, "2"),
    Column("enfant_reference", About.child, "reference", number(40), "numéro de l’enfant dans le logiciel de la mairie",
           ("reference enfant", "numero enfant", "id enfant")),
    Column("enfant_nom", About.child, "last_name", text(80), "nom ; sans lui, celui du dossier", ("nom enfant",)),
    Column("enfant_prenom", About.child, "first_name", text(80), "prénom", ("prenom enfant",)),
    Column("enfant_naissance", About.child, "born_on", day, "date de naissance",
           ("date naissance", "naissance", "date de naissance", "enfant date naissance")),
    Column("enfant_sexe", About.child, "sex", sex, "F ou M", ("sexe", "sexe enfant")),
    Column("enfant_ecole", About.child, "school", text(120), "école", ("ecole",)),
    Column("enfant_classe", About.child, "grade", text(40), "classe", ("classe",)),
    Column("enfant_garde", About.child, "custody", custody,
           "parents séparés : qui voit l’enfant, 1, 2 ou 1+2 ; sans elle, les deux", ("garde",)),
)  # fmt: skip
HEADINGS: Mapping[str, Column] = {name: c for c in COLUMNS for name in (folded(c.heading), *c.aliases)}


def rows_of(file: BinaryIO) -> Iterator[Row]:
    """The rows of an open file that can be rewound. Raises FileFault before the first row."""
    headings, records = read_table(file, HEADINGS)
    columns = _columns(headings)
    for record in records:
        if record.fault:
            yield Row(record.line, faults=[record.fault])
        elif any(cell.strip() for cell in record.cells):
            yield _row(record.line, columns, record.cells)


def _columns(headings: Iterable[str]) -> list[Column | None]:
    """The column of each heading; unknown ones are passed over. Raises FileFault."""
    found = [HEADINGS.get(folded(heading)) for heading in headings]
    named = [column.heading for column in found if column]
    if "dossier" not in named:
        raise FileFault("La première ligne doit nommer les colonnes, dont « dossier ». Voir docs/import.md.")
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise FileFault(f"Deux colonnes disent la même chose : {', '.join(twice)}.")
    return found


def _row(line: int, columns: list[Column | None], cells: list[str]) -> Row:
    row = Row(line)
    if any(cell.strip() for cell in cells[len(columns) :]):
        row.faults.append(f"{len(cells)} cellules pour {len(columns)} colonnes")
    for column, cell in zip(columns, cells, strict=False):
        if column is not None and cell.strip():
            _fill(row, column, cell.strip())
    row.dossier = str(row.values[About.family].pop("number", "") or "")
    if not row.dossier:
        row.faults.append("numéro de dossier absent")
    child = row.values[About.child]
    if child and not child.get("first_name"):
        row.faults.append("prénom de l’enfant absent")
    return row


def _fill(row: Row, column: Column, cell: str) -> None:
    try:
        row.values[column.about][column.field] = None if cell == CLEARED else column.read(cell)
    except CellFault as fault:
        shown = "" if column.field == "iban" else f" « {cell[:40]} »"  # reports are printed and kept
        row.faults.append(f"{column.heading}{shown} : {fault}")
