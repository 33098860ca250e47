"""Pure: when machines write to each other, and how often the hub answers by itself (RFC 3834 §2).

Automatic mail that says so never comes this far. These are for machines that say nothing: a program that answers each
mail with the same words, two of them facing each other across a conversation, a flood of refusals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SAME_WORDS = 2  # times somebody may have said exactly this in a conversation within a day; people say "Merci" twice
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Uttered:
    """What somebody wrote by e-mail in a conversation, and when. `account`, `agent`: who; both 0: the service."""

    account: int
    agent: int
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lately:
    """What was written by e-mail in a conversation within a day, mails of the same batch as they are decided."""

    said: list[Uttered]

    def by(self, account: int, agent: int) -> list[Uttered]:
        """What one author wrote."""
        return [one for one in self.said if (one.account, one.agent) == (account, agent)]


def is_loop(before: Sequence[Uttered], text: str, now: datetime, per_hour: int) -> bool:
    """Whether one more mail of the same author in the same conversation is a machine's. `per_hour` 0: no bound."""
    same = sum(one.text == text and one.at > now - DAY for one in before)
    lately = sum(one.at > now - HOUR for one in before)
    return same >= SAME_WORDS or 0 < per_hour <= lately


@dataclass(frozen=True, slots=True)
class Given:
    """Letters the hub gave in answer by itself: to this address for this reason today, to it and to all this hour."""

    for_reason: int
    to_address: int
    to_all: int


def may_answer(given: Given, per_day: int, per_sender: int, per_hour: int) -> bool:
    """Whether one more may go. `per_sender` and `per_hour`: ceilings of an hour."""
    return given.for_reason < per_day and given.to_address < per_sender and given.to_all < per_hour
