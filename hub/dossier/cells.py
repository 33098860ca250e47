"""Pure: what a cell of the families' file may hold, read into a value or refused in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from hub.dossier.iban import read_iban
from hub.dossier.matching import folded

EARLIEST = 1900  # year of a date that is believed


class CellFault(Exception):
    """A cell cannot be; the message says why."""


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
