"""Who is told of a message, and why: a table, and what holds for any family and service."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.notifications.audience import Correspondent, Guardian, Letter, Spoken, Told, Why, audience

MARIE = Guardian(1, "Marie Durand", "durand@famille.test", True)
PAUL = Guardian(2, "Paul Durand", "paul@famille.test", True)
UNSURE = Guardian(3, "Léo Durand", "leo@famille.test", False)
NORA = Correspondent(7, 11, "Nora Lambert", "nora@ville.test")
SHARED = Correspondent(8, 0, "Service scolaire", "scolaire@ville.test")
TOWN = Spoken(0, 0, False)


@pytest.mark.parametrize(
    ("spoken", "told"),
    [
        (
            Spoken(1, 0, False),
            [
                Told(MARIE, Letter.none, Why.wrote_it),
                Told(PAUL, Letter.none, Why.same_family),
                Told(UNSURE, Letter.none, Why.same_family),
                Told(NORA, Letter.agent_message, Why.follows_service),
                Told(SHARED, Letter.agent_message, Why.follows_service),
            ],
        ),
        (
            Spoken(1, 0, True),
            [
                Told(MARIE, Letter.acknowledgement, Why.asked_for_copy),
                Told(PAUL, Letter.none, Why.same_family),
                Told(UNSURE, Letter.none, Why.same_family),
                Told(NORA, Letter.agent_message, Why.follows_service),
                Told(SHARED, Letter.agent_message, Why.follows_service),
            ],
        ),
        (
            Spoken(0, 11, False),
            [
                Told(MARIE, Letter.town_answer, Why.is_answered),
                Told(PAUL, Letter.town_answer, Why.is_answered),
                Told(UNSURE, Letter.none, Why.unverified),
            ],
        ),
        (
            TOWN,
            [
                Told(MARIE, Letter.town_answer, Why.is_answered),
                Told(PAUL, Letter.town_answer, Why.is_answered),
                Told(UNSURE, Letter.none, Why.unverified),
            ],
        ),
    ],
)
def test_who_is_told(spoken: Spoken, told: list[Told]) -> None:
    assert audience(spoken, [MARIE, PAUL, UNSURE], [NORA, SHARED]) == told


def test_an_unverified_writer_gets_no_copy() -> None:
    assert audience(Spoken(3, 0, True), [UNSURE], []) == [Told(UNSURE, Letter.none, Why.unverified)]


guardians = st.lists(
    st.builds(Guardian, st.integers(1, 9), st.text(max_size=5), st.emails(), st.booleans()),
    unique_by=lambda guardian: guardian.account,
)


@pytest.mark.long
@given(guardians, st.integers(0, 9), st.booleans())
def test_nobody_is_told_twice_and_no_unproven_address_is_written_to(
    family: list[Guardian], account: int, wants_copy: bool
) -> None:
    told = audience(Spoken(account, 0 if account else 11, wants_copy), family, [NORA])
    assert len({each.person.email for each in told if isinstance(each.person, Correspondent)}) <= 1
    assert [each.person for each in told if isinstance(each.person, Guardian)] == family
    for each in told:
        if isinstance(each.person, Guardian) and each.letter is not Letter.none:
            assert each.person.verified
