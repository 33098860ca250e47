"""Which passwords may be chosen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.accounts.policy import commonest, password_fault

MARIE = ("Marie", "Durand", "mdurand", "marie.durand@famille.test")


@pytest.mark.parametrize(
    "password",
    ["tilleul-galet-42", "Tilleul2026!", "ma grand-mère fait du vélo", "kX9$wq", "correcthorse", "日本語の鍵穴"],
)
def test_good_ones(password: str) -> None:
    assert password_fault(password, 6, mixed=False, known=MARIE) == ""


@pytest.mark.parametrize(
    "password",
    [
        "password", "Password1", "motdepasse", "MotDePasse2026", "M0tdepasse!", "azertyuiop", "AZERTY123", "azerty",
        "123456", "12345678", "87654321", "000000", "aaaaaaaa", "abababab", "abcdefgh", "soleil2024", "P@ssw0rd!",
        "marseille13", "Doudou59", "!!chocolat!!", "11111111", "qwertyuiop", "poiuytreza",
        "Durand2026", "marie1985", "mdurand123", "février2025",
    ],
)  # fmt: skip
def test_those_that_are_guessed_first(password: str) -> None:
    assert "trop courant" in password_fault(password, 6, mixed=False, known=MARIE)


@pytest.mark.parametrize(
    ("password", "mixed", "word"),
    [
        ("", False, "Choisissez"),
        ("kX9$", False, "au moins 8"),
        ("x" * 201, False, "200"),
        ("tilleul-galet", True, "majuscule"),
        ("écureuil-42", True, "majuscule"),
        ("Tilleul-galet", True, "chiffre"),
        ("TILLEUL-42", True, "minuscule"),
        ("Écureuil-42", True, ""),
    ],
)
def test_rules(password: str, mixed: bool, word: str) -> None:
    found = password_fault(password, 8, mixed)
    assert word in found and bool(found) == bool(word)


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    assert isinstance(password_fault(text, 8, mixed=True, known=(text,)), str)


def test_the_list_is_as_it_is_looked_up() -> None:
    assert len(commonest()) > 450
    assert all(word == word.lower() and word.isascii() and " " not in word for word in commonest())
