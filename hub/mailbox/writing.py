"""Pure: what a person wrote, cleaned, and refused field by field when it cannot be sent."""

from __future__ import annotations

import re
from unicodedata import category

from hub.config import Limits
from hub.core.errors import Invalid
from hub.core.french import NARROW

NO_TEXT = "(Message sans texte, voir les pièces jointes.)"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
# ... and what turns the direction of writing: "fdp.exe" would read "exe.pdf" (Unicode TR 36)
_NOT_IN_A_LINE = re.compile(_CONTROL.pattern[:-1] + r"\u202a-\u202e\u2066-\u2069]")
_UNSEEN = ("Cc", "Cf", "Zl", "Zp", "Zs")


def one_line(text: str) -> str:
    """`text` on one line: control characters (a header injection needs CR or LF) and runs of blanks become a space.

    Of what nobody would see nothing is left.
    """
    line = " ".join(_NOT_IN_A_LINE.sub(" ", text).split())
    return line if _seen(line) else ""


def paragraphs(text: str) -> str:
    """`text` with LF line ends, without control characters but tabs, trimmed of blank lines at both ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", lines).rstrip().lstrip("\n")


def snippet(text: str, length: int = 140) -> str:
    """The first words, on one line."""
    line = one_line(text[: length * 4])
    return line if len(line) <= length else line[: length - 1].rsplit(" ", 1)[0] + "…"


def checked_subject(subject: str, limits: Limits) -> tuple[str, dict[str, str]]:
    """The subject as it will stand, and what is wrong with it."""
    line = one_line(subject)
    if not line:
        return line, {"objet": "Indiquez l’objet de votre message en quelques mots."}
    if len(line) > limits.subject_length:
        over = f"L’objet fait {len(line)} caractères ; la limite est de {limits.subject_length}. Raccourcissez-le."
        return line, {"objet": over}
    return line, {}


def checked_text(text: str, limits: Limits, carries: bool = False) -> tuple[str, dict[str, str]]:
    """The message as it will stand, and what is wrong with it. One that `carries` files needs no words."""
    clean = paragraphs(text)
    if carries and not _seen(clean):
        return NO_TEXT, {}
    if not _seen(clean):
        return clean, {"message": "Écrivez votre message."}
    if len(clean) > limits.body_length:
        over = (
            f"Votre message fait {_figure(len(clean))} caractères ; la limite est de {_figure(limits.body_length)}. "
            "Raccourcissez-le ou joignez-le en fichier."
        )
        return clean, {"message": over}
    return clean, {}


def _seen(text: str) -> bool:
    """Whether any of it shows: blanks and joiners alone leave a subject that nobody can press."""
    return any(category(sign) not in _UNSEEN for sign in text)


def _figure(count: int) -> str:
    return f"{count:,}".replace(",", NARROW)


def refuse(*errors: dict[str, str]) -> None:
    """Raise Invalid with everything that is wrong, if anything is."""
    found = {field: message for each in errors for field, message in each.items()}
    if found:
        raise Invalid(found)
