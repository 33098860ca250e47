"""One rule for user names, at every place that makes one or takes one."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.accounts.names import LONGEST, entered, fold, kept, login_fault, user_name
from hub.accounts.people import NewGuardian
from hub.core.errors import Invalid
from hub.demo.people import PARENTS
from hub.dossier.models import Family, Guardian
from tests.cast import FAMILIES, PASSWORD, Town

GOOD = ("durand", "marie.durand", "o'brien", "O’Brien", "lederf-2", "José", "le_derf", "42", " Durand ")
BAD = (
    "", " ", "a", "a b", "marie@famille.test", "x" * (LONGEST + 1), "a\nb", "<script>", ".durand", "durand-", "--",
)  # fmt: skip


@pytest.mark.parametrize("login", GOOD)
async def test_a_good_name_is_taken_and_opens_the_door_however_it_is_typed(town: Town, login: str) -> None:
    assert login_fault(login) == ""
    account = await town.hub.people.add_guardian(NewGuardian("77", "Ana", "Costa", login, "a@famille.test", PASSWORD))
    assert account.login == kept(login)
    for typed in (login, login.upper(), unicodedata.normalize("NFD", login), login.replace("'", "’")):
        assert (await town.hub.login.guardian(typed, PASSWORD, "192.0.2.1")).id == account.id
        assert (await town.hub.finding.named(typed)).id == account.id


async def test_an_account_is_that_of_the_guardian_in_the_file(town: Town) -> None:
    """The town's software knew her first: she is not there twice."""
    family = await Family.create(number="77", name="COSTA", created_at=town.clock.now())
    luis = await Guardian.create(family=family, first_name="Luís", last_name="COSTA")
    ana = await Guardian.create(family=family, rank=2, first_name="ANA", last_name="COSTA", mobile="06 01 02 03 04")
    new = NewGuardian("77", "Ana", "Costa", "ana", "a@famille.test", PASSWORD)
    assert (await town.hub.people.add_guardian(new)).guardian_id == ana.id
    other = await town.hub.people.add_guardian(replace(new, login="ana2", email="b@famille.test"))
    assert other.guardian_id not in (ana.id, luis.id), "another one of that name"
    assert [one.rank for one in await Guardian.filter(family=family).order_by("id")] == [1, 2, 3]


@pytest.mark.parametrize("login", BAD)
async def test_a_bad_name_is_refused_with_words(town: Town, login: str) -> None:
    assert login_fault(login)
    with pytest.raises(Invalid) as refused:
        await town.hub.people.add_guardian(NewGuardian("77", "Ana", "Costa", login, "a@famille.test", PASSWORD))
    assert refused.value.errors == {"login": login_fault(login)}


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=32))
def test_what_we_make_is_what_we_would_take(first: str, last: str, number: str) -> None:
    made = user_name(first, last, number, set())
    another = user_name(first, last, number, {made})
    assert (login_fault(made), login_fault(another)) == ("", "") and kept(made) == made != another


@given(st.text(max_size=80))
def test_any_text_is_judged_and_kept_but_once(text: str) -> None:
    assert isinstance(login_fault(text), str)
    if not login_fault(text):
        assert kept(kept(text)) == kept(text) == entered(text) and not login_fault(kept(text))


def test_an_address_is_looked_for_as_it_is_kept() -> None:
    assert entered(" O’Brien@Famille.test") == fold("O’Brien@famille.test") == "o’brien@famille.test"


def test_the_people_of_the_demo_and_of_the_tests_have_good_names() -> None:
    assert [one.login for one in (*PARENTS, *FAMILIES) if login_fault(one.login)] == []
