"""How the words of mails are matched: patterns without case, and cheap looks before them. Pure.

Patterns are matched against one line, or a few joined ones, and every quantifier is bounded or possessive. A space
in them stands for any white space: programs write no-break spaces before colons, and narrow ones before "PM".
"""

import re
from collections.abc import Iterable


def pattern(*alternatives: str, shared: str = "") -> re.Pattern[str]:
    """One case-insensitive pattern of several, where a space is any white space and ' any apostrophe.

    `shared`: how many of the alternatives begin, none of which has an other one inside: prose fails there once.
    """
    if shared:
        alike = [alternative.removeprefix(shared) for alternative in alternatives if alternative.startswith(shared)]
        others = [alternative for alternative in alternatives if not alternative.startswith(shared)]
        alternatives = (f"{shared}(?:{'|'.join(alike)})", *others)
    return re.compile(source(*alternatives), re.IGNORECASE | re.DOTALL)


def source(*alternatives: str) -> str:
    joined = "|".join(alternatives).replace("'", "['’]").replace(" ", r"\s")
    return f"(?:{joined})"


def folded(text: str) -> str:
    """One letter for all those that a pattern without case takes for one: what signs are looked for in."""
    lowered = text.casefold()
    return lowered if lowered.isascii() else lowered.replace("\u0307", "").replace("ı", "i")


_HEAD = re.compile(r"[\W_]*+([^\W_]{1,3})")


def head(line: str) -> str:
    """The letters that a line's first word begins by, three at most, as `folded`; "" when it has no word.

    A cheap look before patterns that only signs may precede: most lines begin by none of their first words.
    """
    found = _HEAD.match(line)
    return folded(found[1]) if found else ""


def shows(signs: Iterable[str], text: str) -> bool:
    """A cheap look before a pattern: whether one of the signs, as `folded`, stands in a text."""
    return has(signs, folded(text))


def has(signs: Iterable[str], text: str) -> bool:
    """Whether one of the signs stands in a text as they are written."""
    for sign in signs:  # noqa: SIM110 (a generator costs twice as much)
        if sign in text:
            return True
    return False
