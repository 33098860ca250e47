"""A text in plain and in HTML: which of the two is read, and whether they are one. Pure."""

import re
from collections import Counter

from hub.mail.html import to_text

PLACEHOLDER = re.compile(
    r"\bhtml.{0,80}(?:format|message|mail|courriel|reader|client|logiciel|compatible|afficher|view)"
    r"|(?:format|client|logiciel|reader|viewer|version|support).{0,60}\bhtml\b|\A\[image: [^\]]*\]\Z",
    re.IGNORECASE | re.DOTALL,
)
WORD = re.compile(r"\w+")
TWINS = 0.9  # of the words of two renderings: where a link leads may stand in one only


Piece = tuple[str | None, str | None]
"""Of the body, (plain, html): one of the two, or two renderings of the same."""


def without_twins(pieces: list[Piece]) -> list[Piece]:
    """Text and HTML that say the same one after the other are two renderings, whatever their sender puts them into."""
    kept: list[Piece] = []
    for plain, html in pieces:
        before = kept[-1] if kept else (None, None)
        if html and not plain and before[0] and not before[1] and _are_twins(before[0], to_text(html)):
            kept[-1] = before[0], html
        else:
            kept.append((plain, html))
    return kept


def _are_twins(plain: str, shown: str) -> bool:
    said, words = Counter(WORD.findall(plain.lower())), Counter(WORD.findall(shown.lower()))
    return (said & words).total() >= TWINS * max(said.total(), words.total(), 1)


def readable(plain: str | None, html: str | None) -> str:
    """The plain rendering, the HTML made text where that is none that one can use."""
    if not html or (plain and plain.strip() and (len(plain) >= 400 or not _is_placeholder(plain))):
        return plain or ""
    shown = to_text(html)
    return (plain or "") if not shown or (plain and _renders(plain, shown)) else shown


def _renders(plain: str, shown: str) -> bool:
    """Whether a short plain text says what the HTML does, rather than why it is not shown."""
    said, words = WORD.findall(plain.lower()), WORD.findall(shown.lower())
    return len(said) * 2 >= len(words) and len(set(said) & set(words)) * 5 >= len(set(said)) * 4 > 0


def _is_placeholder(plain: str) -> bool:
    """« Votre messagerie ne lit pas le HTML » instead of a text: the HTML is the mail."""
    return ("html" in plain.lower() or "[image" in plain) and bool(PLACEHOLDER.search(plain.strip()))
