"""Dates and sizes as people say them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.french import brief, calendar, clock, dated, day, initials, moment, size, unbroken

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 10, 22, 12, 30, tzinfo=UTC)  # a Thursday, 14 h 30 in Paris


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 Ko"),
        (1, "1 Ko"),
        (1024, "1 Ko"),
        (50_000, "49 Ko"),
        (340_000, "333 Ko"),
        (1000 * 1024, "1 Mo"),
        (2 * 1024 * 1024, "2 Mo"),
        (2 * 1024 * 1024 + 1, "2,1 Mo"),
        (3_565_158, "3,4 Mo"),
        (34 * 1024 * 1024, "34 Mo"),
    ],
)
def test_sizes(count: int, said: str) -> None:
    assert plain(size(count)) == said


@given(st.integers(2 * 1024 * 1024 + 1, 10**10))
def test_a_file_over_the_limit_never_reads_as_the_limit(count: int) -> None:
    assert plain(size(count)) != "2 Mo"


@pytest.mark.parametrize(
    ("text", "said"), [("2026-10-22 14:05", "14 h 05"), ("2026-10-22 12:00", "12 h"), ("2026-10-22 00:00", "0 h")]
)
def test_clock(text: str, said: str) -> None:
    assert plain(clock(at(text), PARIS)) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-10-22 00:00", "Aujourd’hui"),
        ("2026-10-21 23:59", "Hier"),
        ("2026-10-20 09:00", "mardi 20 octobre"),
        ("2026-09-01 09:00", "mardi 1er septembre"),
        ("2025-12-24 09:00", "mercredi 24 décembre 2025"),
    ],
)
def test_day(text: str, said: str) -> None:
    assert day(at(text), NOW, PARIS) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-10-22 12:00", "jeudi 22 octobre à 12 h"),
        ("2025-01-01 08:07", "mercredi 1er janvier 2025 à 8 h 07"),
    ],
)
def test_moment(text: str, said: str) -> None:
    assert plain(moment(at(text), NOW, PARIS)) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-10-22 08:00", "8 h"),
        ("2026-10-21 08:00", "hier"),
        ("2026-10-16 08:00", "vendredi"),
        ("2026-10-15 08:00", "15 oct."),
        ("2025-10-22 08:00", "22/10/2025"),
        ("2026-10-23 08:00", "23 oct."),
    ],
)
def test_brief(text: str, said: str) -> None:
    assert plain(brief(at(text), NOW, PARIS)) == said


def test_a_day_to_come_in_a_column() -> None:
    dates = calendar(NOW, PARIS)
    assert plain(dates.due(date(NOW.year, 12, 1))) == "1er déc."
    assert plain(dates.due(date(NOW.year + 1, 1, 9))) == f"9 janv. {NOW.year + 1}"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Claire Durand", "CD"),
        ("Saint-Michel-sur-Orge", "SM"),
        ("Affaires scolaires", "AS"),
        ("Nora", "N"),
        ("élodie d’Arc", "ÉA"),
        ("Service de l'Enfance", "SE"),
        ("", ""),
        ("42", ""),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_days_begin_in_the_town_not_in_utc() -> None:
    assert day(datetime(2026, 10, 21, 22, 30, tzinfo=UTC), NOW, PARIS) == "Aujourd’hui"


def test_a_mail_is_read_years_later() -> None:
    assert plain(dated(NOW, PARIS)) == "jeudi 22 octobre 2026 à 14 h 30"
    assert plain(dated(at("2026-11-01T09:00"), PARIS)) == "dimanche 1er novembre 2026 à 9 h"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Bravo !", "Bravo~!"),
        ("Il dit : « Oui ; non ? »", "Il dit~: «~Oui~; non~?~»"),
        ("11 € et 5 %", "11~€ et 5~%"),
        ("Oui! Non: peut-être", "Oui! Non: peut-être"),
        (" : au début\n ? d’une ligne", " : au début\n ? d’une ligne"),
    ],
)
def test_no_line_begins_with_a_sign(typed: str, shown: str) -> None:
    assert unbroken(typed) == shown.replace("~", "\N{NO-BREAK SPACE}")
