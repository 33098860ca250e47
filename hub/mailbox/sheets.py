"""Pure: the fields of a form of the desk, each cleaned and checked, everything that is wrong told at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

from hub.accounts.people import EMAIL
from hub.core.errors import Invalid
from hub.mailbox.writing import one_line, paragraphs
from hub.tomlvalues import is_local, is_picture

_LINK = re.compile(r"https?://[^\s\"<>]+|/[^\s\"<>/][^\s\"<>]*")


class Sheet:
    """What was typed, read field by field; `refuse` raises Invalid with all that is wrong."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self._typed = typed
        self.errors: dict[str, str] = {}

    def line(self, name: str, most: int, missing: str = "") -> str:
        """One line of at most that many characters; `missing` is said when it is empty."""
        return self._measured(name, one_line(self._typed.get(name, "")), most, missing)

    def text(self, name: str, most: int, missing: str = "") -> str:
        """Several lines."""
        return self._measured(name, paragraphs(self._typed.get(name, "")), most, missing)

    def tick(self, name: str) -> bool:
        """A box."""
        return bool(self._typed.get(name, ""))

    def number(self, name: str, most: int) -> int:
        """A whole number from 0; 0 when left empty."""
        typed = one_line(self._typed.get(name, "")) or "0"
        if not (typed.isascii() and typed.isdigit() and len(typed) < 6 and int(typed) <= most):
            self.errors[name] = f"Indiquez un nombre entier de 0 à {most}."
            return 0
        return int(typed)

    def address(self, name: str, missing: str = "") -> str:
        """An e-mail address, folded."""
        typed = self.line(name, 320, missing).lower()
        if typed and not EMAIL.fullmatch(typed):
            self.wrong(name, "Cette adresse e-mail n’est pas complète. Exemple : prenom.nom@ville.fr")
        return typed

    def addresses(self, name: str) -> list[str]:
        """Several of them, a line each."""
        typed = [word.lower() for word in re.split(r"[\s,;]+", self._typed.get(name, "")) if word]
        for one in typed:
            if not EMAIL.fullmatch(one) or len(one) > 320:
                self.wrong(name, f"L’adresse « {one[:80]} » n’est pas complète.")
        return list(dict.fromkeys(typed))

    def picture(self, name: str) -> str:
        """A file of the town's folder, or a path of the portal."""
        typed = self.line(name, 300)
        if typed and not (is_local(typed) or is_picture(typed)):
            self.wrong(name, "Choisissez une image de la liste.")
        return typed

    def link(self, name: str) -> str:
        """An address of the web, or a page of the portal."""
        typed = self.line(name, 500)
        if typed and not _LINK.fullmatch(typed):
            self.wrong(name, "Indiquez une adresse en https://, ou une page du portail qui commence par /.")
        return typed

    def day(self, name: str) -> date | None:
        """A day as browsers send it, or as people write it; none when left empty."""
        typed = one_line(self._typed.get(name, ""))
        if not typed:
            return None
        try:
            return _day(typed)
        except ValueError:
            self.errors[name] = "Indiquez une date comme 31/12/2026."
            return None

    def wrong(self, name: str, sentence: str) -> None:
        """One thing more that is wrong; the first of a field is told."""
        self.errors.setdefault(name, sentence)

    def refuse(self) -> None:
        """Raise Invalid if anything is wrong."""
        if self.errors:
            raise Invalid(self.errors)

    def _measured(self, name: str, text: str, most: int, missing: str) -> str:
        if missing and not text.strip():
            self.wrong(name, missing)
        elif len(text) > most:
            self.wrong(name, f"Ce texte fait {len(text)} caractères ; la limite est de {most}. Raccourcissez-le.")
        return text


def short_name(name: str) -> str:
    """A name as it stands in addresses: "Petite enfance" gives "petite-enfance"."""
    plain = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "oe")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:50] or "service"


def _day(typed: str) -> date:
    french = re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", typed)
    return date(int(french[3]), int(french[2]), int(french[1])) if french else date.fromisoformat(typed)
