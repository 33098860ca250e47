"""Pure: what a user name may be, how it is kept and compared, and how one is made; names compared without accents.

Whoever makes a user name or takes one asks here: the wizard, letters with identifiers, `hub account add`, the demo,
the pages that one logs in by.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

SHORTEST, LONGEST = 2, 60  # characters of a user name
MADE = 40  # characters of one that we make: it is typed off a sheet of paper
_LOGIN = re.compile(r"[^\W_](?:[\w.'-]*[^\W_])?")
_APART = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


def fold(name: str) -> str:
    """How an address is kept and compared: trimmed, lower case."""
    return name.strip().casefold()


def kept(login: str) -> str:
    """How a user name is kept and compared: trimmed, lower case, each accented letter one character, and the
    apostrophe that telephones put in for the one of keyboards."""
    return unicodedata.normalize("NFC", fold(login).replace("’", "'"))


def entered(typed: str) -> str:
    """What somebody logs in by, as it is kept: a user name or an address."""
    return fold(typed) if "@" in typed else kept(typed)


def known_as(by: str, login: str, email: str | None) -> tuple[str, str]:
    """What to tell somebody to log in by, after its label. `by`: "name", "email" or "both", as the town asks. Who has
    no address yet comes in by their user name there too."""
    return ("Adresse e-mail", email) if by == "email" and email else ("Nom d’utilisateur", login)


def login_fault(login: str) -> str:
    """What is wrong with a user name, "" when nothing is."""
    name = kept(login)
    if not name:
        return "Choisissez un nom d’utilisateur, par exemple votre nom de famille."
    if "@" in name:
        return "Un nom d’utilisateur ne contient pas de « @ » : ce n’est pas une adresse e-mail."
    if not SHORTEST <= len(name) <= LONGEST or not _LOGIN.fullmatch(name):
        return (
            f"De {SHORTEST} à {LONGEST} caractères, sans espace : des lettres et des chiffres, avec un point, un tiret "
            "ou une apostrophe entre eux."
        )
    return ""


def folded(text: str) -> str:
    """Lower case, without accents: "Éléonore Lœuillet" is "eleonore loeuillet"."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_APART))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def user_name(first_name: str, last_name: str, number: str, taken: Container[str]) -> str:
    """ "marie.durand", or "marie.durand2" when somebody has that one. A name in letters of another kind, or of a
    single one, leaves the number of the dossier."""
    parts = [re.sub(r"[^a-z0-9]", "", folded(part)) for part in (first_name, last_name)]
    named = ".".join(filter(None, parts))
    if len(named) < SHORTEST:
        named = f"famille.{re.sub(r'[^a-z0-9]', '', folded(number))}"
    stem = named[:MADE].rstrip(".")
    name, count = stem, 1
    while name in taken:
        count += 1
        name = f"{stem}{count}"
    return name
