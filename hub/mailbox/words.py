"""Pure: the words search looks for, folded and stemmed by us, so that SQLite and PostgreSQL find the same.

"Réservées" and "réservation" share a stem; "cantine" is found by "CANTINES" and by "canti".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, islice

import Stemmer

LONGEST = 40  # characters of a word that are kept
READ = 4 * LONGEST  # characters of it that are looked at, and remembered: some fold to nothing
MOST = 4_000  # distinct words of one message that are kept
FOLDED = 16_384  # words whose forms are remembered: people use the same few thousand
_WORD = re.compile(r"[^\W_]+")


class Stems:
    """Folds and stems French. One per process and thread: the stemmer keeps a cache."""

    def __init__(self) -> None:
        self._stemmer = Stemmer.Stemmer("french")
        self._forms = lru_cache(FOLDED)(self._forms_of)

    def index(self, *texts: str) -> str:
        """What is stored beside a message: its distinct stems and folded words, separated by spaces."""
        found: dict[str, None] = {}
        for text in texts:
            found.update(dict.fromkeys(word[:READ] for word in _WORD.findall(text.lower())[: MOST * 4]))
        folded = dict.fromkeys(chain.from_iterable(map(self._forms, islice(found, MOST))))
        folded.pop("", None)
        return " ".join(folded)

    def query(self, text: str) -> list[tuple[str, str]]:
        """For each word asked for, its stem and its folded form (to be matched as a prefix)."""
        words = list(dict.fromkeys(word[:READ] for word in _WORD.findall(text.lower())))[:12]
        return [forms for forms in map(self._forms, words) if all(forms)]

    def _forms_of(self, word: str) -> tuple[str, str]:
        """Its stem, and itself, folded."""
        return fold(self._stemmer.stemWord(word)), fold(word)


def family_mark(family: int) -> str:
    """A word that stands in every message of a family and in no language: search meets it before all others.

    To ask for it finds nothing but one's own mailbox.
    """
    return f"zqf{family}"


def expression(dialect: str, asked: Sequence[tuple[str, str]], mark: str = "") -> str:
    """What the database's full-text index is asked for: `mark` first, then each word as a stem or as the beginning of
    a word.

    Words hold letters and digits only (see Stems), so nothing in them can be read as an operator.
    """
    if dialect == "sqlite":
        words = [f'("{stem}" OR "{word}" *)' for stem, word in asked]
        return " AND ".join([*([f'"{mark}"'] if mark else []), *words])
    words = [f"('{stem}' | '{word}':*)" for stem, word in asked]
    return " & ".join([*([f"'{mark}'"] if mark else []), *words])


def fold(word: str) -> str:
    """Letters and digits only, without accents and ligatures, cut to a sane length."""
    if word.isascii():
        return word[:LONGEST]
    plain = unicodedata.normalize("NFKD", word.replace("œ", "oe").replace("æ", "ae"))
    return "".join(c for c in plain if c.isalnum())[:LONGEST]
