"""What is looked at first, because it is cheap, never hides what the patterns behind it would find."""

import importlib
import re
import sys
from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.mail import authentication
from hub.mail.reading import address, charset, footer, frame, header, introduction, mime, phrases, reports

ATTRIBUTIONS = {
    "with a date": phrases.ATTRIBUTION,
    "in any language": phrases.FOREIGN,
    "with an address": phrases.UNDATED,
    "above a quote": phrases.ATTRIBUTION_LOOSE,
}
LETTERS = "abcdefghijklmnopqrstuvwxyzéêłóпишетнасл"
WORDS = st.text(alphabet="ab<>@.,;:=\"'()[]\\ ?é\t\xa0-+/*", max_size=30)
ADDRESSES = st.from_regex(address.PLAIN, fullmatch=True)


@pytest.mark.parametrize("kind", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_each_attribution_ends_as_its_guard_asks(kind: re.Pattern[str], data: st.DataObject) -> None:
    said = data.draw(st.from_regex(kind)).strip()
    if kind.match(said):
        assert introduction._may_close(said)


@pytest.mark.parametrize("wrote", phrases.WROTE_ENDS)
def test_an_attribution_may_end_in_any_case(wrote: str) -> None:
    assert introduction._may_close(f"Le 12 mars 2024, Nora {wrote.upper()}")


def test_a_letter_is_folded_like_all_that_a_pattern_takes_for_it() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    for letter in LETTERS:
        for like in re.findall(letter, every, re.IGNORECASE):
            assert phrases.folded(like) == phrases.folded(letter), like


@given(st.from_regex(authentication.FORWARDED))
def test_a_forwarder_leaves_one_of_two_words(path: str) -> None:
    assert authentication.FORWARDER.search(path)


@given(st.one_of(ADDRESSES, st.from_regex(address.ALONE, fullmatch=True), WORDS, st.just("")))
@settings(max_examples=200)
def test_one_mailbox_is_read_as_among_several(value: str) -> None:
    value = value.strip()
    assert address.mailboxes(value) == address.mailboxes(f",{value}")


@given(st.one_of(st.from_regex(header.MESSAGE_ID, fullmatch=True), WORDS))
def test_one_message_id_is_read_as_among_several(value: str) -> None:
    assert header.message_ids(value) == header.message_ids(f" {value}")


@given(st.from_regex(header.ONE_PARAMETER, fullmatch=True))
@settings(max_examples=200)
def test_one_parameter_is_read_as_among_several(value: str) -> None:
    assert header.parameters(value) == header.parameters(f"{value};")


@given(st.text(alphabet="aB1:- \t\n\r\xe9\x0b", max_size=60))
@settings(max_examples=200)
def test_fields_are_read_together_as_they_are_one_by_one(block: str) -> None:
    block = block.replace("\r\n", "\n").rstrip("\n")
    assert mime._clean(block, 9) == mime._clean(f"{block}\n", 9)


def longest(kind: re.Pattern[str]) -> int:
    """Characters of the longest text that a pattern matches, without the spaces at its end."""
    parser: Any = importlib.import_module("re._parser")
    return int(parser.parse(kind.pattern.replace(r"\s*$", "$"), kind.flags).getwidth()[1])


def test_no_greeting_and_no_label_of_a_gateway_is_too_long_to_be_looked_at() -> None:
    assert longest(phrases.GREETING) < phrases.GREETING_LENGTH
    assert longest(phrases.BANNER_LABEL) < frame.LABEL_LENGTH


def test_no_attribution_is_too_long_to_be_looked_at() -> None:
    assert max(longest(phrases.ATTRIBUTION), introduction.MAX_LINE) < phrases.ATTRIBUTION_LENGTH


@given(st.text(alphabet="aé\n\t\r\x0c\x00\x1b\x7f\xa0\u2028\ud800\u20ac", max_size=10))
def test_text_is_clean_where_nothing_is_scrubbed(text: str) -> None:
    scrubbed = charset.LONE_SURROGATE.sub("�", charset.CONTROL.sub("", text))
    assert charset.scrub(text) == scrubbed
    assert charset._is_clean(text) == (text == scrubbed)


def unproven(items: Any, signs: Collection[str], begun: frozenset[str] = frozenset({""})) -> frozenset[str]:
    """How texts may end that a parsed pattern matches after `begun` and that hold none of the signs; "\0" is anything.

    Only the ends that a sign may begin in are kept, so that the many ways through a pattern stay few.
    """
    for name, given_ in ((str(operation), argument) for operation, argument in items):
        if name in ("AT", "ASSERT", "ASSERT_NOT"):
            continue
        pieces: frozenset[str] = frozenset({"\0"})
        if name == "LITERAL":
            pieces = frozenset({phrases.folded(chr(given_))})
        elif name == "IN" and all(str(kind) == "LITERAL" for kind, _ in given_):
            pieces = frozenset(phrases.folded(chr(letter)) for _, letter in given_)
        elif name == "BRANCH":
            begun = frozenset().union(*(unproven(each, signs, begun) for each in given_[1]))
            continue
        elif name == "SUBPATTERN":
            begun = unproven(given_[3], signs, begun)
            continue
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and given_[:2] in ((0, 1), (1, 1)):
            begun = unproven(given_[2], signs, begun) | (begun if given_[0] == 0 else frozenset())
            continue
        ends = (start + piece for start in begun for piece in pieces)
        begun = frozenset(end[-max(map(len, signs)) :] for end in ends if not any(sign in end for sign in signs))
    return begun


SIGNS = {
    "attribution": (phrases.ATTRIBUTION_SIGNS, phrases.ATTRIBUTION),
    "absence": (reports.ABSENCE_SIGNS, reports.ABSENCE_SUBJECT),
    "away": (reports.ABSENCE_SIGNS, reports.AWAY_SUBJECT),
    "automatic": (reports.ABSENCE_SIGNS, reports.AUTO_SUBJECT),
    "footer told by its lines": (footer.LATER, footer.FOOTER_LINE),
    "footer told by its paragraph": (footer.LATER, footer.FOOTER_PARAGRAPH),
    "footer about hours": (footer.LATER, footer.AVAILABILITY),
    "failed": (reports.FAILED_SIGNS, reports.FAILED_SUBJECT),
}


@pytest.mark.parametrize(("signs", "kind"), SIGNS.values(), ids=SIGNS.keys())
def test_one_of_its_signs_stands_in_all_that_a_pattern_matches(signs: Collection[str], kind: re.Pattern[str]) -> None:
    parser: Any = importlib.import_module("re._parser")
    assert not unproven(parser.parse(kind.pattern, kind.flags), signs)


@given(st.from_regex(phrases.ATTRIBUTION), st.sampled_from(["", " ", "\xa0"]))
@settings(max_examples=50, deadline=None)
def test_an_attribution_is_known_whether_or_not_the_word_for_wrote_ends_it(said: str, space: str) -> None:
    said += space
    assert introduction._is_attribution(said) == (phrases.ATTRIBUTION.match(said) is not None)
