"""What a family owes, on its home page: as a provider tells it, and not at all where there is none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date

import pytest
import pytest_asyncio

from hub.core.french import euros
from hub.dossier.dues import Dues, Invoice
from tests.cast import MARIE, PAUL, Town
from tests.web.browser import Browser
from tests.web.conftest import Arrive

TODAY = date(2026, 10, 22)
OWED = Dues(
    balance=123_456,
    at=TODAY,
    unpaid=(
        Invoice("BFA2609-001", date(2026, 9, 30), 123_400, due_on=date(2026, 10, 20), url="/messagerie"),
        Invoice("BFA2610-002", date(2026, 10, 21), 56),
    ),
)


def shown(cents: int) -> str:
    """A sum as the tests' browser reads it."""
    return " ".join(euros(cents).split())


class Known:
    """Tells what it was given, by guardian."""

    def __init__(self, told: Mapping[int, Dues]) -> None:
        self._told = told

    async def of(self, guardian: int) -> Dues | None:
        return self._told.get(guardian)


@pytest.fixture
def told(town: Town) -> dict[int, Dues]:
    """What is owed, by guardian: Marie's to begin with."""
    return {town.account(MARIE).guardian_id: OWED}


class TestWithAProvider:
    @pytest_asyncio.fixture
    async def door(self, town: Town, told: dict[int, Dues]) -> AsyncIterator[str]:
        async with replace(town.hub, dues=Known(told)).serving() as port:
            yield f"http://127.0.0.1:{port}/"

    async def test_unpaid_invoices_their_total_and_the_balance(self, marie: Browser) -> None:
        page = await marie.get("/")
        assert page.texts("[aria-labelledby=factures] h3") == ["Facture n° BFA2609-001", "Facture n° BFA2610-002"]
        values = page.texts("[aria-labelledby=factures] dd")
        assert values[:3] == ["30 septembre 2026", "20 octobre 2026", shown(123_400)]
        assert values[3:] == ["21 octobre 2026", shown(56), shown(123_456), f"{shown(123_456)} à payer"]
        assert page.texts("[aria-labelledby=factures] .state") == ["Échéance passée"]
        [link] = page.all("[aria-labelledby=factures] .links a")
        assert link.attributes["href"] == "/messagerie"

    async def test_it_waits_for_the_family_with_a_button(self, marie: Browser) -> None:
        page = await marie.get("/")
        assert "2 factures à payer" in page.texts("[aria-labelledby=attente] h3")
        assert f"{shown(123_456)}, la première échéance est le 20 octobre 2026." in page.text
        assert page.all("[aria-labelledby=attente] a[href='#factures']") and page.all("#factures")

    async def test_who_owes_nothing_sees_the_balance_only(self, marie: Browser, told: dict[int, Dues]) -> None:
        for guardian in told:
            told[guardian] = Dues(balance=-1_250, at=TODAY)
        page = await marie.get("/")
        assert page.texts("[aria-labelledby=factures] dd") == [f"{shown(1_250)} en votre faveur"]
        assert "à payer" not in page.text

    async def test_of_whom_nothing_is_kept_the_rows_are_absent(self, arrive: Arrive) -> None:
        for name in ("pdurand", "lmartin"):
            assert "acture" not in (await (await arrive(name)).get("/")).text

    async def test_each_guardian_is_told_their_own(self, town: Town, arrive: Arrive, told: dict[int, Dues]) -> None:
        told[town.account(PAUL).guardian_id] = Dues(700, TODAY, (Invoice("PAUL-1", TODAY, 700, due_on=TODAY),))
        paul, marie = await (await arrive("pdurand")).get("/"), await (await arrive("mdurand")).get("/")
        assert "PAUL-1" in paul.text and "BFA" not in paul.text and "PAUL-1" not in marie.text
        assert "Une facture à payer" in paul.text and "au plus tard le 22 octobre 2026" in paul.text
        assert not paul.all(".state.bad")  # today is not too late


async def test_without_a_provider_nothing_is_said(town: Town, marie: Browser) -> None:
    assert town.hub.dues is None
    page = await marie.get("/")
    assert not page.all("#factures") and "acture" not in page.text and "Solde" not in page.text


@pytest.mark.parametrize(
    ("cents", "words"),
    [(1122, "11,22 €"), (5, "0,05 €"), (0, "0,00 €"), (123_450, "1\u202f234,50 €"), (-300, "−3,00 €"),
     (100_000_000, "1\u202f000\u202f000,00 €")],
)  # fmt: skip
def test_sums_as_people_write_them(cents: int, words: str) -> None:
    assert euros(cents) == words.replace(" €", "\u00a0€")
