"""What was searched for is seen at a glance; nothing in a subject becomes a tag."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from hub.web.marking import Marker
from hub.web.render import links


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


def test_an_endless_run_of_brackets_costs_no_time_and_other_words_keep_their_links() -> None:
    began = time.process_time()
    shown = str(links("Voir https://ville.test/a). @" + ")" * 20_000 + "a) <b> nora@ville.test"))
    assert time.process_time() - began < 1
    assert shown.count("<a ") == 2 and "&lt;b&gt;" in shown
    assert Markup(shown).striptags() == "Voir https://ville.test/a). @" + ")" * 20_000 + "a) <b> nora@ville.test"
