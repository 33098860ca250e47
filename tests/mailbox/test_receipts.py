"""What silence will mean, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from hub.config import Config, Town
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
    assert reference(Config(), 123, LATE) == "2026-000123"


def test_its_year_is_that_of_the_town() -> None:
    """Half an hour past midnight of New Year in Paris, and still the old year there until then."""
    eve = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)
    assert reference(Config(), 123, eve) == "2026-000123"
    assert reference(Config(), 123, eve.replace(hour=23)) == "2027-000123"
    reunion = Config(town=Town(zone="Indian/Reunion"))
    assert reference(reunion, 123, eve.replace(hour=20)) == "2027-000123"
