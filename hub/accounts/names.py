"""Pure: names compared whatever their accents, and user names made of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

LONGEST = 40  # characters of a user name that we make: it is typed off a sheet of paper
_APART = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


def folded(text: str) -> str:
    """Lower case, without accents: "Éléonore Lœuillet" is "eleonore loeuillet"."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_APART))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def user_name(first_name: str, last_name: str, number: str, taken: Container[str]) -> str:
    """ "marie.durand", or "marie.durand2" when somebody has that one. A name in letters of another kind leaves the
    number of the dossier."""
    parts = [re.sub(r"[^a-z0-9]", "", folded(part)) for part in (first_name, last_name)]
    named = ".".join(filter(None, parts)) or f"famille.{re.sub(r'[^a-z0-9]', '', folded(number))}"
    stem = named[:LONGEST].rstrip(".")
    name, count = stem, 1
    while name in taken:
        count += 1
        name = f"{stem}{count}"
    return name
