"""What silence will mean, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from hub.config import Config
from hub.mailbox.receipts import months_after, reference, silence

LATE = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)  # already November in Paris


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 10, 22), 2, date(2026, 12, 22)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 1, 1), 12, date(2027, 1, 1)),
    ],
)
def test_months_are_those_of_the_calendar(day: date, months: int, then: date) -> None:
    assert months_after(day, months) == then


def test_the_day_is_counted_in_town() -> None:
    assert "1er janvier 2027" in silence(Config(), LATE).replace("\xa0", " ")
    assert (
        silence(Config(), LATE, "Le {date}, c’est oui.", 1).replace("\xa0", " ") == "Le 1er décembre 2026, c’est oui."
    )


def test_a_reference_can_be_read_out() -> None:
    assert reference(123, LATE) == "2026-000123"
