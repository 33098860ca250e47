"""Pure: the families' file of the town's software, read row by row into typed values.

One row a child, the family and its guardians repeated; a row without a child tells of the family alone. Headings are
compared without case, accents and signs. An empty cell leaves what is stored as it is, "-" empties it.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import BinaryIO

from hub.dossier.iban import read_iban
from hub.dossier.matching import folded

PIECE = 64 * 1024  # bytes looked at at a time
LONGEST_ROW = 200_000  # bytes of a line
MOST_LINES = 50  # of a row: an address has a few
CLEARED = "-"
EARLIEST = 1900  # year of a date that is believed
SIGNS = ";,\t"  # what may part cells: the semicolon of French spreadsheets first
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # what .xlsx and .ods, and .xls, begin with
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
Value = str | int | bool | date | None


class About(StrEnum):
    """Whom a column tells of; the value is what its heading begins with."""

    family = ""
    first = "resp1"
    second = "resp2"
    child = "enfant"


class FileFault(Exception):
    """The file as a whole cannot be used; the message says why."""


class CellFault(Exception):
    """A cell cannot be; the message says why."""


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


def text(longest: int) -> Callable[[str], str]:
    """Words, in one line."""

    def read(cell: str) -> str:
        found = " ".join(cell.split())
        if len(found) > longest:
            raise CellFault(f"{longest} caractères au plus")
        return found

    return read


def number(longest: int) -> Callable[[str], str]:
    """A number that is a name: not one of which a spreadsheet has kept the first digits only."""
    words = text(longest)

    def read(cell: str) -> str:
        if re.fullmatch(r"\d(?:[.,]\d+)?[eE]\+\d+", cell):
            raise CellFault("le tableur a abrégé ce numéro : mettez la colonne au format Texte")
        return words(cell)

    return read


def yes_or_no(cell: str) -> bool:
    """oui, non, 1, 0, o, n, vrai, faux, x."""
    found = folded(cell)
    if found in ("oui", "o", "1", "vrai", "x", "true", "yes"):
        return True
    if found in ("non", "n", "0", "faux", "false", "no"):
        return False
    raise CellFault("oui ou non attendu")


def day(cell: str) -> date:
    """31/12/2019, 31-12-2019, 31.12.2019 or 2019-12-31; an hour after it says nothing."""
    found = re.fullmatch(r"(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4})(?: +[\d:.]+)?", cell) or re.fullmatch(
        r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?:[T ].*)?", cell
    )
    try:
        made = date(int(found["y"]), int(found["m"]), int(found["d"])) if found else None
    except ValueError:
        made = None
    if made is None or made.year < EARLIEST:
        raise CellFault("date attendue, par exemple 31/12/2019")
    return made


def whole(cell: str) -> int:
    """1234, 1 234, 1234,50 €: rounded to the whole."""
    plain = re.sub(r"[\s€]", "", cell).replace(",", ".")
    if not re.fullmatch(r"\d{1,9}(?:\.\d{1,4})?", plain):
        raise CellFault("nombre attendu")
    return round(float(plain))


def phone(cell: str) -> str:
    """Digits in pairs; a foreign number as it is. A spreadsheet takes the 0 in front away."""
    digits = re.sub(r"[\s.()/-]", "", cell)
    if not re.fullmatch(r"\+?\d{6,15}", digits):
        raise CellFault("numéro de téléphone attendu")
    if re.fullmatch(r"[1-9]\d{8}", digits):
        digits = f"0{digits}"
    if re.fullmatch(r"0\d{9}", digits):
        return " ".join(digits[at : at + 2] for at in range(0, 10, 2))
    return digits


def email(cell: str) -> str:
    """An address, folded."""
    found = cell.strip().casefold()
    if not re.fullmatch(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>()]+", found) or len(found) > 320:
        raise CellFault("adresse e-mail incomplète")
    return found


def sex(cell: str) -> str:
    """F or M."""
    found = {"f": "F", "feminin": "F", "fille": "F", "m": "M", "masculin": "M", "garcon": "M", "g": "M"}
    if (known := found.get(folded(cell))) is None:
        raise CellFault("F ou M attendu")
    return known


@lru_cache(64)  # it stands on the row of each child
def iban(cell: str) -> str:
    """A bank account's number, in one piece."""
    found, fault = read_iban(cell)
    if found is None:
        raise CellFault(fault)
    return str(found)


def custody(cell: str) -> str:
    """Which guardians see the child: 1, 2 or 1+2."""
    found = "+".join(sorted(set(re.findall(r"[12]", cell))))
    if not found or re.sub(r"[12+/, ;et]", "", cell):
        raise CellFault("1, 2 ou 1+2 attendu")
    return found


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
    encoding = encoding_of(file)
    records = _records(_lines(file, encoding), _delimiter(file, encoding))
    columns = _columns(_headings(records))
    for record in records:
        if record.fault:
            yield Row(record.line, faults=[record.fault])
        elif any(cell.strip() for cell in record.cells):
            yield _row(record.line, columns, record.cells)


def encoding_of(file: BinaryIO) -> str:
    """utf-16 by its mark, utf-8 (with or without one) when every byte is, else cp1252, which takes any. Raises
    FileFault for a workbook, and where a line has no end: that is no table."""
    decoder, is_utf8, since = codecs.getincrementaldecoder("utf-8")(), True, 0
    file.seek(0)
    head = file.read(4)
    if head in WORKBOOKS:
        raise FileFault("Ce fichier est un classeur (Excel, LibreOffice) : enregistrez-le d’abord au format CSV.")
    file.seek(0)
    while piece := file.read(PIECE):
        is_utf8 = is_utf8 and _decodes(decoder, piece)
        ends = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        since = since + len(piece) if ends < 0 else len(piece) - ends - 1
        if since > LONGEST_ROW:
            raise FileFault("Ce fichier n’est pas un tableau CSV : une ligne n’en finit pas.")
    file.seek(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # Excel's "Texte Unicode"
        return "utf-16"
    return "utf-8-sig" if is_utf8 and _decodes(decoder, b"", final=True) else "cp1252"


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def _lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Lines with their ends, parted where spreadsheets part them: at no other of Unicode's line ends, which may stand
    in a cell. No NUL."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    left = ""
    while piece := file.read(PIECE):
        *whole_lines, left = _LINE.findall((left + decoder.decode(piece)).replace("\0", "")) or [""]
        yield from whole_lines
    if left + decoder.decode(b"", final=True):
        yield left


@dataclass(frozen=True, slots=True)
class _Record:
    """The cells of a row, and the line that it begins on. `fault`: why they cannot be read."""

    line: int
    cells: list[str]
    fault: str = ""


def _records(lines: Iterable[str], delimiter: str) -> Iterator[_Record]:
    """Rows; one may go over several lines, between quotes. A quote that nothing closes spoils its own line only."""
    ahead: deque[str] = deque()
    coming, number = iter(lines), 0
    while line := ahead.popleft() if ahead else next(coming, ""):
        number += 1
        taken = [line]
        while (cells := _cells("".join(taken), delimiter)) is None and len(taken) < MOST_LINES:
            if not (more := ahead.popleft() if ahead else next(coming, "")):
                break
            taken.append(more)
        if cells is None:
            ahead.extendleft(reversed(taken[1:]))
            yield _Record(number, [], "un guillemet n’est pas fermé")
        else:
            yield _Record(number, cells)
            number += len(taken) - 1


def _cells(text: str, delimiter: str) -> list[str] | None:
    """The cells of a row; None while a quote is open."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        if "unexpected end of data" in str(error) or "field larger" in str(error):
            return None
    return next(csv.reader([text], delimiter=delimiter), [])


def _delimiter(file: BinaryIO, encoding: str) -> str:
    """What parts the cells: the sign by which most headings are known."""
    known = {}
    for sign in SIGNS:
        known[sign] = sum(
            heading in HEADINGS for heading in map(folded, _headings(_records(_lines(file, encoding), sign)))
        )
        file.seek(0)
    return max(SIGNS, key=lambda sign: known[sign])


def _headings(records: Iterable[_Record]) -> list[str]:
    """The first row that says something; what Excel leaves for itself (`sep=;`) does not."""
    said = (one.cells for one in records if any(cell.strip() for cell in one.cells))
    return next((cells for cells in said if not cells[0].lower().startswith("sep=")), [])


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
