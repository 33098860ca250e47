"""format=flowed: a reader that knows it gets the text back, one that does not sees short lines."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.mail.flowed import WIDTH, flow
from hub.mail.reading.transfer import unflowed

LINES = st.text(
    st.sampled_from("ab é« >-\u00a0\t") | st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=300
)
WORDY = st.lists(st.text("abé>-", min_size=1, max_size=90) | st.just("From"), max_size=60).map(" ".join)
TEXTS = st.lists(LINES | WORDY | st.just("-- "), max_size=8).map("\n".join)


def read(flowed: str) -> str:
    return unflowed(flowed.replace("\r\n", "\n"), delsp=False)


def normal(text: str) -> str:
    """What flowing may change: spaces at the ends of lines, and the one space after quote marks."""
    lines = []
    for line in text.splitlines():
        marks, body = re.fullmatch(r"(>*)(.*)", line, re.DOTALL).groups()  # type: ignore[union-attr]
        body = body.removeprefix(" ") if marks else body
        body = body if body == "-- " else body.rstrip(" ")
        lines.append(f"{marks} {body}" if marks and body else marks + body)
    return "\n".join(lines)


@given(TEXTS)
def test_a_reader_joins_the_same_text(text: str) -> None:
    assert read(flow(text)) == normal(text)


@given(TEXTS)
def test_lines_are_short_unless_one_word_is_long(text: str) -> None:
    for line in flow(text).split("\r\n"):
        assert len(line) <= 78 or len(re.findall(r"[^ >]\S*", line)) <= 2


@pytest.mark.parametrize(
    ("text", "flowed"),
    [
        ("", ""),
        ("Bonjour,\n\nMerci.", "Bonjour,\r\n\r\nMerci."),
        ("a" * 60 + " " + "b" * 60, "a" * 60 + " \r\n" + "b" * 60),
        ("a" * 200, "a" * 200),
        ("From Nora", " From Nora"),
        ("  indented", "   indented"),
        ("> cited " + "a" * 60 + " " + "b" * 60, "> cited " + "a" * 60 + " \r\n> " + "b" * 60),
        (">> twice", ">> twice"),
        (">close", "> close"),
        (">", ">"),
        ("ends in spaces   ", "ends in spaces"),
        ("-- \nMairie", "-- \r\nMairie"),
        ("« Léo » :\u00a0non", "« Léo » :\u00a0non"),
    ],
)
def test_what_stands_on_the_wire(text: str, flowed: str) -> None:
    assert flow(text) == flowed


def test_a_soft_line_is_never_taken_for_the_signature_mark() -> None:
    text = "-- " + "x" * (WIDTH + 10)
    assert "-- \r\n" not in flow(text)
    assert read(flow(text)) == text
