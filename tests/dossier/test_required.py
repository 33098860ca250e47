"""Which papers are owed, and until when one is good."""

from __future__ import annotations

from datetime import date

import pytest

from hub.config import DocumentKind
from hub.dossier.required import Person, Sent, good_until, owed

TODAY = date(2026, 10, 22)
INSURANCE = DocumentKind(slug="assurance", name="Assurance", about="child", required=True, until="school-year")
HOME = DocumentKind(slug="domicile", name="Domicile", required=True, valid_months=12)
OPTIONAL = DocumentKind(slug="photo", name="Photo", about="child")
ZOE, TOM, FAMILY, MARIE = Person("Zoé", child=1), Person("Tom", child=2), Person("Ma famille"), Person("M", guardian=9)
PEOPLE = [FAMILY, MARIE, ZOE, TOM]


@pytest.mark.parametrize(
    ("kind", "today", "until"),
    [
        (INSURANCE, date(2026, 10, 22), date(2027, 8, 31)),
        (INSURANCE, date(2026, 8, 31), date(2026, 8, 31)),
        (HOME, date(2026, 10, 22), date(2027, 10, 22)),
        (HOME, date(2027, 1, 31), date(2028, 1, 31)),
        (HOME, date(2028, 2, 29), date(2029, 2, 28)),
        (DocumentKind(slug="x", name="x", until="year"), date(2026, 10, 22), date(2026, 12, 31)),
        (OPTIONAL, date(2026, 10, 22), None),
    ],
)
def test_until_when_a_paper_is_good(kind: DocumentKind, today: date, until: date | None) -> None:
    assert good_until(kind, today) == until


def sent(state: str, until: date | None = None, child: int = 1, kind: str = "assurance", reason: str = "") -> Sent:
    return Sent(kind, child, 0, state, until, reason)


@pytest.mark.parametrize(
    ("papers", "why"),
    [
        ([], "missing"),
        ([sent("sent")], None),
        ([sent("refused", reason="flou"), sent("sent")], None),
        ([sent("refused", reason="flou")], "refused"),
        ([sent("validated", date(2027, 8, 31))], None),
        ([sent("validated", None)], None),
        ([sent("validated", date(2026, 10, 30))], "soon"),
        ([sent("validated", date(2026, 10, 21))], "expired"),
        ([sent("expired", date(2025, 8, 31))], "expired"),
        ([sent("validated", date(2027, 8, 31)), sent("refused")], None),
        ([sent("validated", date(2026, 10, 30)), sent("refused", reason="flou")], "refused"),
        ([sent("validated", date(2027, 8, 31), child=2)], "missing"),
        ([sent("validated", date(2027, 8, 31), kind="photo")], "missing"),
    ],
)
def test_what_is_owed_for_a_child(papers: list[Sent], why: str | None) -> None:
    found = owed([INSURANCE, OPTIONAL], [FAMILY, MARIE, ZOE], papers, TODAY)
    assert [one.why for one in found] == ([why] if why else [])


def test_each_person_owes_their_own() -> None:
    found = owed([INSURANCE, HOME], PEOPLE, [], TODAY)
    assert [(one.kind.slug, one.person.name) for one in found] == [
        ("assurance", "Zoé"), ("assurance", "Tom"), ("domicile", "Ma famille"),
    ]  # fmt: skip
