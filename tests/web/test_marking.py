"""What was searched for is seen at a glance; nothing in a subject becomes a tag."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from hub.web.marking import Marker


@pytest.mark.parametrize(
    ("asked", "text", "marked"),
    [
        ("allergie", "Ses allergies", "Ses <mark>allergies</mark>"),
        ("ecole", "À l’École, demain", "À l’<mark>École</mark>, demain"),
        ("cant midi", "Cantine de midi", "<mark>Cantine</mark> de <mark>midi</mark>"),
        ("b", "<b>gras</b>", "&lt;<mark>b</mark>&gt;gras&lt;/<mark>b</mark>&gt;"),
        ("", "Cantine", "Cantine"),
        ("zzz", "A & B", "A &amp; B"),
    ],
)
def test_forms_and_beginnings_of_words_are_marked(asked: str, text: str, marked: str) -> None:
    assert Marker(asked).marked(text) == marked


@given(st.text(), st.text())
def test_no_more_than_marks_is_added(asked: str, text: str) -> None:
    marked = Marker(asked).marked(text)
    assert Markup(marked.replace("<mark>", "").replace("</mark>", "")) == Markup.escape(text)
