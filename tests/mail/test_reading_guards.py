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
from hub.mail.reading import (
    address,
    charset,
    contacts,
    content,
    footer,
    formulas,
    frame,
    header,
    introduction,
    markup,
    matching,
    mime,
    phrases,
    reports,
)

ATTRIBUTION = matching.pattern(*phrases.ATTRIBUTIONS)
ATTRIBUTIONS = {
    "with a date": ATTRIBUTION,
    "in any language": phrases.FOREIGN,
    "with an address": phrases.UNDATED,
    "above a quote": phrases.ATTRIBUTION_LOOSE,
}
LETTERS = "abcdefghijklmnopqrstuvwxyzéêłóпишетнасл"
WORDS = st.text(alphabet="ab<>@.,;:=\"'()[]\\ ?é\t\xa0-+/*", max_size=30)
ADDRESSES = st.from_regex(address.PLAIN, fullmatch=True)


@pytest.mark.long
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


@pytest.mark.long
def test_a_letter_is_folded_like_all_that_a_pattern_takes_for_it() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    for letter in LETTERS:
        for like in re.findall(letter, every, re.IGNORECASE):
            assert matching.folded(like) == matching.folded(letter), like


@given(st.from_regex(authentication.FORWARDED))
def test_a_forwarder_leaves_one_of_two_words(path: str) -> None:
    assert matching.shows(authentication.FORWARDER, path)


@pytest.mark.long
@given(st.one_of(ADDRESSES, st.from_regex(address.ALONE, fullmatch=True), WORDS, st.just("")))
@settings(max_examples=200)
def test_one_mailbox_is_read_as_among_several(value: str) -> None:
    value = value.strip()
    assert address.mailboxes(value) == address.mailboxes(f",{value}")


@given(st.one_of(st.from_regex(header.MESSAGE_ID, fullmatch=True), WORDS))
def test_one_message_id_is_read_as_among_several(value: str) -> None:
    assert header.message_ids(value) == header.message_ids(f" {value}")


@pytest.mark.long
@given(st.from_regex(header.ONE_PARAMETER, fullmatch=True))
@settings(max_examples=200)
def test_one_parameter_is_read_as_among_several(value: str) -> None:
    assert header.parameters(value) == header.parameters(f"{value};")


@pytest.mark.long
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
    assert longest(formulas.GREETING) < formulas.GREETING_LENGTH
    assert longest(frame.BANNER_LABEL) < frame.LABEL_LENGTH


def test_no_attribution_is_too_long_to_be_looked_at() -> None:
    assert max(longest(ATTRIBUTION), introduction.MAX_LINE) < phrases.ATTRIBUTION_LENGTH


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
            pieces = frozenset({matching.folded(chr(given_))})
        elif name == "IN" and all(str(kind) == "LITERAL" for kind, _ in given_):
            pieces = frozenset(matching.folded(chr(letter)) for _, letter in given_)
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
    "attribution": (phrases.ATTRIBUTION_SIGNS, ATTRIBUTION),
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


def heads(items: Any, begun: frozenset[str] = frozenset({""})) -> frozenset[str]:
    """What `matching.head` may say of texts that a parsed pattern matches after `begun`, and more.

    "\0" ends a word that has less than three letters; "?" is any letter.
    """
    for name, given_ in ((str(operation), argument) for operation, argument in items):
        if name in ("AT", "ASSERT", "ASSERT_NOT"):
            continue
        if name == "BRANCH":
            begun = frozenset().union(*(heads(each, begun) for each in given_[1]))
        elif name == "SUBPATTERN":
            begun = heads(given_[3], begun)
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            turns = [begun]
            for _ in range(min(int(given_[1]), 3)):
                turns.append(heads(given_[2], turns[-1]))
            begun = frozenset().union(*turns[min(int(given_[0]), 1) :])
        else:
            one_of = given_ if name == "IN" else [(name, given_)]
            pieces = {letter_of(str(kind), value) for kind, value in one_of}
            begun = frozenset(
                begin if is_whole(begin) else lengthened(begin, piece) for begin in begun for piece in pieces
            )
    return begun


def letter_of(kind: str, value: Any) -> str:
    if kind == "LITERAL":
        return matching.folded(chr(value)) if chr(value).isalnum() else "\0"
    return "\0" if str(value) in ("CATEGORY_SPACE", "CATEGORY_NOT_WORD") else "?"


def is_whole(head: str) -> bool:
    return len(head) == 3 or head.endswith("\0")


def lengthened(head: str, piece: str) -> str:
    return head if piece == "\0" and not head else head + piece


HEADS = {
    "closing": (formulas.CLOSING_HEADS, formulas.CLOSING, ""),
    "footer": (footer.HEADS, footer.FOOTER, "p"),
}


@pytest.mark.parametrize(("known", "kind", "other"), HEADS.values(), ids=HEADS.keys())
def test_each_pattern_begins_by_one_of_its_heads(known: frozenset[str], kind: re.Pattern[str], other: str) -> None:
    parser: Any = importlib.import_module("re._parser")
    begun = {head.rstrip("\0") for head in heads(parser.parse(kind.pattern, kind.flags))}
    assert not {head for head in begun - known if not other or not head.startswith(other)}


def test_a_head_is_what_a_line_begins_by_whatever_sign_and_case() -> None:
    assert [*map(matching.head, ("*À vous", "d’accord", "_ N'Imprimez", "İSTANBUL", "***", ""))] == [
        *("à", "d", "n", "ist", "", ""),
    ]


@pytest.mark.parametrize("above", ["-", "***", " "])
def test_a_footer_opens_below_signs_as_well(above: str) -> None:
    assert footer._is_told_at_once([above, "Garanti sans virus. www.avast.com"], 0)


def test_no_short_sentence_is_too_long_to_be_looked_at() -> None:
    parser: Any = importlib.import_module("re._parser")
    [(_, (_, alternatives))] = parser.parse(contacts.SENTENCE.pattern.replace(r"\s*$", "$"), contacts.SENTENCE.flags)
    told, *others = alternatives  # the first has its length in a look ahead
    ahead = told[0][1][1]
    assert max(ahead.getwidth()[1], *(each.getwidth()[1] for each in others)) < contacts.SENTENCE_LENGTH


USUAL_DATES = st.from_regex(header.USUAL_DATE, fullmatch=True)


@pytest.mark.long
@given(st.one_of(USUAL_DATES, st.datetimes().map(lambda when: when.strftime("%d %b %Y %H:%M:%S +0100"))))
@settings(max_examples=300)
def test_a_usual_date_is_read_as_any_other(value: str) -> None:
    found = header._usual_date(value)
    assert found is None or (found, found.utcoffset()) == ((slow := header._rfc_date(value)), slow and slow.utcoffset())


NAME_WROTE = matching.pattern(rf"\w.{{0,100}}<\S+@\S+> ?{phrases._WROTE} ?:\s*$")
WROTE_PIECES = [
    "Nora ",
    "<",
    "nora",
    "@",
    "ville.fr",
    ">",
    " ",
    "\xa0",
    "a écrit",
    " :",
    ":",
    "schrieb ",
    "x" * 95,
    "(",
    "> wrote:",
]


@pytest.mark.long
@given(st.one_of(st.from_regex(NAME_WROTE), st.lists(st.sampled_from(WROTE_PIECES), min_size=1).map("".join)))
@settings(max_examples=300, deadline=None)
def test_a_name_and_wrote_are_found_from_the_end_as_from_the_start(line: str) -> None:
    assert introduction._names_and_closes(line) == (NAME_WROTE.match(line) is not None)


BODIES = st.one_of(
    st.binary(max_size=12),
    st.text(alphabet="aé’\n\r\t\x00\x7f\ufeff\u2028", max_size=10).map(str.encode),
    st.text(alphabet="aé\r\n", max_size=10).map(lambda text: text.encode("latin-1")),
)


@pytest.mark.long
@given(BODIES, st.sampled_from([None, "", "utf-8", "UTF-8", "us-ascii", "iso-8859-1", "utf-16", "iso-2022-jp", "x"]))
@settings(max_examples=500)
def test_a_clean_body_is_read_as_any_other(data: bytes, label: str | None) -> None:
    defects: list[str] = []
    if (clean := charset.clean(data, label)) is not None:
        text = charset.decode(data, label, defects)
        assert (clean, []) == (charset.scrub(content._unix(text)), defects)
        assert "\0" not in text


PIECES = [
    "<",
    ">",
    "<p>",
    "</p>",
    "<Br/>",
    "<a href='x>'>",
    '<a b="',
    "<!--",
    "-->",
    "<style>",
    "</STYLE>",
    "</1",
    "x ",
    "&lt;",
]


@pytest.mark.long
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@settings(max_examples=500)
def test_whole_tags_are_read_together_as_they_are_one_by_one(html: str) -> None:
    assert markup._clean(html) in (None, list(markup._each(html)))


@pytest.mark.long
@given(st.from_regex(ATTRIBUTION), st.sampled_from(["", " ", "\xa0"]))
@settings(max_examples=50, deadline=None)
def test_an_attribution_is_known_whether_or_not_the_word_for_wrote_ends_it(said: str, space: str) -> None:
    said += space
    assert introduction.is_attribution(said) == (ATTRIBUTION.match(said) is not None)
