"""Pure: the words that were searched for, marked where they stand in a row."""

from __future__ import annotations

import re

from markupsafe import Markup

from hub.mailbox.words import Stems

_WORD = re.compile(r"\w+")


class Marker:
    """Marks what a search means by its words: any form of each, or any word that begins with it."""

    def __init__(self, asked: str) -> None:
        self._stems = Stems()
        self._asked = self._stems.query(asked)

    def marked(self, text: str) -> Markup:
        """`text`, escaped, each of these words within `<mark>`."""
        parts, end = [], 0
        for word in _WORD.finditer(text):
            if self._meant(word[0]):
                parts += [Markup.escape(text[end : word.start()]), Markup("<mark>{}</mark>").format(word[0])]
                end = word.end()
        return Markup("").join([*parts, Markup.escape(text[end:])])

    def _meant(self, word: str) -> bool:
        return any(
            stem == asked_stem or folded.startswith(asked)
            for stem, folded in self._stems.query(word)
            for asked_stem, asked in self._asked
        )
