"""Pure: which passwords may be chosen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

LONGEST = 200  # characters
SHORTEST_KNOWN = 4  # characters of a name that a password must not consist of
TOO_COMMON = "Ce mot de passe est trop courant : il serait deviné. Choisissez-en un autre, par exemple trois mots."
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "azertyuiopqsdfghjklmwxcvbn", "qwertyuiopasdfghjklzxcvbnm", "01234567890")
_LEET = str.maketrans("@4310$5!", "aaeiossi")


def password_fault(password: str, length: int, mixed: bool, known: Sequence[str] = ()) -> str:
    """What is wrong with a new password, "" when nothing is. `known`: names that it must not consist of.

    `length`: characters at least. `mixed`: an upper and a lower case letter and a digit too.
    """
    if not password:
        return "Choisissez un mot de passe."
    if len(password) < length:
        return f"Le mot de passe doit avoir au moins {length} caractères."
    if len(password) > LONGEST:
        return f"Le mot de passe ne doit pas dépasser {LONGEST} caractères."
    if mixed and not all(any(map(is_one, password)) for is_one in (str.isupper, str.islower, str.isdecimal)):
        return "Le mot de passe doit contenir au moins une majuscule, une minuscule et un chiffre."
    if _is_common(password) or any(_is_made_of(password, name) for name in known):
        return TOO_COMMON
    return ""


def _is_common(password: str) -> bool:
    """One of the commonest, whatever its case, a few digits or signs at its ends, and letters written as digits."""
    plain = _plain(password)
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    if not commonest().isdisjoint((plain, core, core.translate(_LEET))):
        return True
    return _is_regular(core or plain)


def _is_regular(text: str) -> bool:
    """One sign again and again, two in turn, or a walk along a row of the keyboard, either way."""
    if not text:
        return False
    walked = any(text in row * 2 or text[::-1] in row * 2 for row in _ROWS)
    return len(set(text)) <= 2 or walked


def _is_made_of(password: str, name: str) -> bool:
    """Nothing but a name, with digits or signs around it."""
    known = _plain(name)
    rest = re.sub(r"[\W\d_]+", "", _plain(password))
    return len(known) >= SHORTEST_KNOWN and rest == re.sub(r"[\W\d_]+", "", known) != ""


def _plain(text: str) -> str:
    """Lower case, without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


@lru_cache(1)
def commonest() -> frozenset[str]:
    """The commonest passwords, lower case, without accents: those of France and those of everywhere."""
    text = (resources.files("hub.accounts") / "commonest.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())
