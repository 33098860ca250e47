"""What stands in smaller or grey letters below a closing formula: a notice in whatever words. Pure.

Asked last, of what `notice` has left: most mails have nothing there.
"""

import re
from functools import partial

from hub.mail.reading import notice, styled, subjects
from hub.mail.reading.styled import squeezed

SMALL = {"pt": 9.0, "px": 12.0, "em": 0.85, "rem": 0.85, "%": 85.0}
"""The largest sizes that are small, by unit."""

SIZE = re.compile(
    r"font-size\s{0,3}:\s{0,3}(?:(\d{1,3}(?:\.\d{1,3})?)\s?(pt|px|r?em|%)|([a-z-]{5,9}))|\bsize=[\"']?([-+]?\d)"
)
GREY = re.compile(
    r"color\s{0,3}[:=]\s{0,3}[\"']?\s{0,3}(?:(?:dark)?gr[ae]y\b|#([6-9ab])([0-9a-f])(?:\1\2){2}\b|#([6-9ab])\3{2}\b"
    r"|rgb\(\s?(1[0-7]\d|[89]\d),\s?\4,\s?\4\))"
)
SIGNS = ("font-size", "color", "size=", "<small")
LINK = re.compile(r"<(?:https?|mailto|tel):[^<>\s]{0,2000}>|\[[^\[\]]{0,80}\]")
"""What the text has besides the words: where a link leads, that a picture stands there."""


def split(markup: str, text: str, writer: frozenset[str]) -> tuple[str, str]:
    """A reply, and the last paragraphs of it that are fine print, "" when none is."""
    lines = text.split("\n")
    below = notice.below_signature(lines, writer)
    if not below or not any(sign in markup for sign in SIGNS):
        return text, ""
    fine = squeezed(" ".join(said for _, said in styled.runs(markup.lower(), _fine)))
    first = squeezed(next(line for line in lines if line.strip()).lower())
    if first in fine:
        return text, ""  # they write so
    kept, cut = notice.take_last(lines, below, partial(_is_fine_print, fine))
    return "\n".join(kept), "\n".join(cut)


def _is_fine_print(fine: str, said: str) -> bool:
    return squeezed(LINK.sub("", said).lower()) in fine and not _speaks(said[: subjects.MAX_PARAGRAPH])


def _speaks(said: str) -> bool:
    signs = (subjects.OWN, subjects.MATTER, subjects.DAY, subjects.TO_COME)
    return "?" in subjects.ADDRESS.sub("", said) or any(sign.search(said) for sign in signs)


def _fine(name: str, attributes: str, inherited: bool | None) -> bool | None:
    """Whether an element is small or grey; one that is larger, in a small one, is not."""
    if name == "small" or GREY.search(attributes):
        return True
    sized = SIZE.search(attributes) if "size" in attributes else None
    return inherited if sized is None else (_is_small(*sized.groups()) or None)


def _is_small(number: str | None, unit: str | None, word: str | None, html: str | None) -> bool:
    if number and unit:
        return 0 < float(number) <= SMALL[unit]
    return word in ("x-small", "xx-small", "smaller") or html in ("1", "-1", "-2")
