"""Which references open a dossier."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.dossier.matching import first_part, folded, numbers, same_name

INVOICE = r"BF[A-Z]*[0-9]{4}(?P<dossier>[0-9]{3,4})"


@pytest.mark.parametrize(
    ("typed", "known", "strictly", "by_first_part"),
    [
        ("DURAND", "Durand", True, True),
        (" durand ", "DURAND", True, True),
        ("Lefevre", "Lefèvre", True, True),
        ("lefèvre", "LEFEVRE", True, True),
        ("Durand Martin", "DURAND-MARTIN", True, True),
        ("Durand", "DURAND-MARTIN", False, True),
        ("Martin", "DURAND-MARTIN", False, False),
        ("Le Derf", "LE DERF", True, True),
        ("Le", "LE DERF", False, False),
        ("Derf", "LE DERF", False, False),
        ("de la Tour", "De La Tour-Maubourg", False, True),
        ("d'Arc", "D’ARC", True, True),
        ("Œillet", "OEILLET", True, True),
        ("Nguyen", "NGUYỄN", True, True),
        ("Laetitia", "LÆTITIA", True, True),
        ("Wojtyla", "WOJTYŁA", True, True),
        ("", "DURAND", False, False),
        ("-", "", False, False),
        ("Dur", "DURAND", False, False),
    ],
)
def test_names(typed: str, known: str, strictly: bool, by_first_part: bool) -> None:
    assert same_name(typed, known, first_part_will_do=False) is strictly
    assert same_name(typed, known, first_part_will_do=True) is by_first_part


@pytest.mark.parametrize(
    ("typed", "pattern", "found"),
    [
        ("404", "", ("404",)),
        (" 04 04 ", "", ("0404", "404")),
        ("BFun 2112 5961", INVOICE, ("BFUN21125961", "5961")),
        ("bfun2112 0596", INVOICE, ("BFUN21120596", "0596", "596")),
        ("BFun 2112 59617", INVOICE, ("BFUN211259617",)),
        ("BFun 2112 5961", "", ("BFUN21125961",)),
        ("5961", INVOICE, ("5961",)),
        ("", INVOICE, ()),
        ("000", "", ("000",)),
        ("BF2112", r"BF[0-9]{4}(?P<dossier>[0-9]{3})?", ("BF2112",)),
    ],
)
def test_numbers(typed: str, pattern: str, found: tuple[str, ...]) -> None:
    assert numbers(typed, pattern) == found


@given(st.text())
def test_any_name_is_like_itself_and_begins_with_its_first_part(name: str) -> None:
    assert folded(folded(name)) == folded(name)
    assert folded(name).startswith(first_part(name))


@given(st.text(), st.sampled_from(["", INVOICE]))
def test_any_number_is_short_enough_to_be_looked_for(typed: str, pattern: str) -> None:
    assert all(0 < len(number) <= 32 for number in numbers(typed, pattern))
