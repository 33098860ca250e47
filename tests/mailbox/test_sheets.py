"""Fields of the desk's forms, cleaned and checked: pure."""

from __future__ import annotations

from datetime import date

import pytest

from hub.core.errors import Invalid
from hub.mailbox.sheets import Sheet, short_name


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("31/12/2026", date(2026, 12, 31)),
        ("1.2.2027", date(2027, 2, 1)),
        (" ", None),
        ("31/02/2026", "wrong"),
        ("demain", "wrong"),
        ("0/0/0000", "wrong"),
    ],
)
def test_a_day_as_browsers_send_it_and_as_people_write_it(typed: str, day: date | str | None) -> None:
    sheet = Sheet({"jour": typed})
    found = sheet.day("jour")
    assert ("wrong" if sheet.errors else found) == day


@pytest.mark.parametrize(
    ("typed", "is_fine"),
    [
        ("", True), ("https://ville.example/a?b#c", True), ("/documents", True), ("//ailleurs.example", False),
        ("javascript:alert(1)", False), ("https://a b", False), ("ville.example", False), ('https://x"y', False),
    ],
)  # fmt: skip
def test_a_link_leads_to_the_web_or_into_the_portal(typed: str, is_fine: bool) -> None:
    sheet = Sheet({"lien": typed})
    sheet.link("lien")
    assert (not sheet.errors) is is_fine


@pytest.mark.parametrize(
    ("typed", "number"), [("", 0), ("12", 12), ("13", None), ("-1", None), ("²", None), ("1,5", None)]
)
def test_a_number_is_whole_and_bounded(typed: str, number: int | None) -> None:
    sheet = Sheet({"mois": typed})
    found = sheet.number("mois", 12)
    assert (None if sheet.errors else found) == number


def test_all_that_is_wrong_is_told_at_once_and_a_line_is_one_line() -> None:
    sheet = Sheet({"nom": " Un\r\nBcc: x ", "texte": "x" * 11, "autres": "a@b.fr, pas-ça\na@b.fr C@D.fr"})
    assert sheet.line("nom", 20) == "Un Bcc: x"
    sheet.text("texte", 10)
    assert sheet.addresses("autres") == ["a@b.fr", "pas-ça", "c@d.fr"]
    sheet.line("vide", 5, "Remplissez.")
    with pytest.raises(Invalid) as refused:
        sheet.refuse()
    assert list(refused.value.errors) == ["texte", "autres", "vide"]


@pytest.mark.parametrize(
    ("name", "short"),
    [("Petite enfance", "petite-enfance"), ("Œuvres & État civil", "oeuvres-etat-civil"), ("日本", "service")],
)
def test_a_name_as_it_stands_in_addresses(name: str, short: str) -> None:
    assert short_name(name) == short
