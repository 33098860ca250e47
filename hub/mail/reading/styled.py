"""The words of an HTML body that stand together in one style: a colour, a size. Pure."""

import re
from collections.abc import Callable
from typing import Generic, TypeVar

from hub.mail.html import MAX_HTML, VOID
from hub.mail.reading import markup

MAX_RUNS = 500
OWN_LINE = frozenset("p div li tr td th br blockquote h1 h2 h3 h4 ul ol table pre hr".split())  # noqa: SIM905

Style = TypeVar("Style")
Told = Callable[[str, str, Style | None], Style | None]
"""The style of an element, None when it has none: of its name, its attributes and the style around."""


def runs(html: str, told: Told[Style]) -> list[tuple[Style, str]]:
    """Words in a style and one line, at most MAX_RUNS, in their order."""
    found = _Runs(told)
    for token in markup.tokens(html[:MAX_HTML]):
        found.take(*token)
    found.end()
    return found.found[:MAX_RUNS]


def squeezed(text: str) -> str:
    """A text without white space, quote marks and our own marks."""
    return re.sub(r"[\s\x00-\x08>]+", "", text)


class _Runs(Generic[Style]):
    def __init__(self, told: Told[Style]) -> None:
        self.found: list[tuple[Style, str]] = []
        self._told = told
        self._open: list[tuple[str, Style | None]] = []
        self._words: list[str] = []
        self._style: Style | None = None

    def take(self, kind: str, name: str, value: str) -> None:
        """One token of `markup.tokens`."""
        if kind == "text":
            self._text(value, self._open[-1][1] if self._open else None)
            return
        if name in OWN_LINE:
            self.end()
        if kind == "open" and name not in VOID:
            around = self._open[-1][1] if self._open else None
            self._open.append((name, self._told(name, value, around)))
        elif kind == "close" and any(opened == name for opened, _ in self._open[-20:]):
            while self._open.pop()[0] != name:
                pass

    def end(self, style: Style | None = None) -> None:
        """What comes is in another line, or in another style."""
        if self._style is not None and (said := " ".join(markup.unescape("".join(self._words)).split())):
            self.found.append((self._style, said))
        self._words, self._style = [], style

    def _text(self, text: str, style: Style | None) -> None:
        if style != self._style and text.strip():
            self.end(style)
        if self._style is not None:
            self._words.append(text)
