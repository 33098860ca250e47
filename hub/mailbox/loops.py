"""Pure: when machines write to each other, and how often the hub answers by itself (RFC 3834 §2).

Automatic mail that says so never comes this far. These are for machines that say nothing: a program that answers each
mail with the same words, two of them facing each other across a conversation, a flood of refusals.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

SAME_WORDS = 2  # times somebody may have said exactly this in a conversation within a day; people say "Merci" twice
BEGINNING = 400  # characters of texts that are compared but for their numbers
REFRAIN = 9  # times somebody may have begun the same conversation within a day: who is not answered writes again
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


_NUMBER = re.compile(r"\d+")
Who = tuple[int, int]  # account, agent; 0 for none, both 0: the service


@dataclass(frozen=True, slots=True)
class Lately:
    """Mails in a conversation, those of the same batch as they are decided: how often each author said the same within
    a day (of the texts that were asked about), or the same but for numbers (once they have said much), and how many
    they wrote within an hour."""

    said: dict[tuple[Who, str], int] = field(default_factory=partial(defaultdict, int))
    shapes: dict[tuple[Who, str], int] = field(default_factory=partial(defaultdict, int))
    written: dict[Who, int] = field(default_factory=partial(defaultdict, int))

    def add(self, who: Who, text: str) -> None:
        """One more."""
        self.said[who, text] += 1
        self.shapes[who, shape(text)] += 1
        self.written[who] += 1

    def is_loop(self, who: Who, text: str, per_hour: int, has_files: bool = False) -> bool:
        """Whether one more mail of the same author is a machine's. `per_hour` 0: no bound; of those that differ by
        their numbers alone as many a day, since a machine that counts may be slow about it. Photos are sent one by
        one, all with the same word or none."""
        if 0 < per_hour <= max(self.written[who], self.shapes[who, shape(text)]):
            return True
        return not has_files and self.said[who, text] >= SAME_WORDS


def shape(text: str) -> str:
    """How a text begins, whatever the numbers in it."""
    return _NUMBER.sub("0", text[:BEGINNING])


@dataclass(frozen=True, slots=True)
class Given:
    """Letters the hub gave in answer by itself: to this address for this reason today, to it and to all this hour."""

    for_reason: int
    to_address: int
    to_all: int


def may_answer(given: Given, per_day: int, per_sender: int, per_hour: int) -> bool:
    """Whether one more may go. `per_sender` and `per_hour`: ceilings of an hour."""
    return given.for_reason < per_day and given.to_address < per_sender and given.to_all < per_hour
