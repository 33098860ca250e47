"""Answers that agents begin with: chosen by name, the conversation's words filled in. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

_PLACE = re.compile(r"\{([a-z]+)\}")


class Written(Protocol):
    """An answer."""

    @property
    def text(self) -> str: ...


def begun(answers: Sequence[Written], chosen: str, words: Mapping[str, str]) -> str:
    """The text of the one chosen by its place in the list, filled in; "" for none. What is no word of ours stays."""
    if not (chosen.isascii() and chosen.isdigit() and int(chosen) < len(answers)):
        return ""
    return filled(answers[int(chosen)].text, words)


def filled(text: str, words: Mapping[str, str]) -> str:
    """`text` with a conversation's words in their places."""
    return _PLACE.sub(lambda found: words.get(found[1], found[0]), text)
