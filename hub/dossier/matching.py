"""Pure: whether the references that somebody types are those of a dossier."""

from __future__ import annotations

import re
import unicodedata

_APART = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})  # NFKD leaves them whole
_PARTICLE = re.compile(
    "le|la|l|les|de|du|des|d|el|al|ben|ait|bou|van|von|der|da|dos|di|do|san|saint|sainte|st|ste|mac|mc|o"
)


def folded(name: str) -> str:
    """A name as it is compared: no accents, no case, hyphens and apostrophes as spaces."""
    lower = unicodedata.normalize("NFKD", name).casefold().translate(_APART)
    plain = unicodedata.normalize("NFKD", lower)
    letters = "".join(part for part in plain if not unicodedata.combining(part))
    return " ".join(re.sub(r"[\W_]+", " ", letters).split())


def first_part(name: str) -> str:
    """The first part of a compound name, folded: "Durand-Martin" gives "durand", "Le Derf" stays "le derf"."""
    words = folded(name).split()
    for position, word in enumerate(words):
        if not _PARTICLE.fullmatch(word):
            return " ".join(words[: position + 1])
    return " ".join(words)


def same_name(typed: str, known: str, first_part_will_do: bool) -> bool:
    """Whether `typed` is the name `known`, or, where that will do, its first part."""
    given = folded(typed)
    return bool(given) and (given == folded(known) or (first_part_will_do and given == first_part(known)))


def numbers(typed: str, invoice_pattern: str) -> tuple[str, ...]:
    """The dossier numbers that `typed` may stand for, the likeliest first: as it is, without leading zeros, and read
    off an invoice number when `invoice_pattern` (with a group "dossier") says how."""
    plain = "".join(typed.split()).upper()
    found = [plain, plain.lstrip("0")]
    match = re.fullmatch(invoice_pattern, plain, re.IGNORECASE) if invoice_pattern else None
    if match and match["dossier"]:
        found += [match["dossier"], match["dossier"].lstrip("0")]
    return tuple(dict.fromkeys(number for number in found if 0 < len(number) <= 32))
