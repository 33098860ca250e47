"""The words and colours of letters, one by one; the letters themselves: tests/notifications/test_letters.py."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from hub.core.base import lay
from hub.core.colour import ink
from hub.mail import parse
from hub.mail.addresses import Addresses
from hub.mail.letters import Envelope, Letters, answering, excerpt, lines, quoted
from tests.cast import MARIE, settings


@pytest.mark.parametrize("colour", ["#1f5fa8", "#ffd500", "#000000", "#ffffff", "#777777"])
def test_the_button_reads_in_any_colour(colour: str, tmp_path: Path) -> None:
    config = settings(f"sqlite://{tmp_path}/x.sqlite3", tmp_path, 25)
    core = lay(msgspec.structs.replace(config, town=msgspec.structs.replace(config.town, colour=colour)))
    context = {"subject": "Cantine", "sender": MARIE, "received_at": datetime(2026, 10, 22, tzinfo=UTC)}
    context |= {"is_agent": False}
    envelope = Envelope(key="x", address=MARIE, name="Marie Durand")
    posted = Letters(core, Addresses(core.config.mail, core.signer)).write("empty-mail", envelope, context)
    [button] = re.findall(r'<td class="button".*?</td>', parse.read(posted.raw).html)
    assert f'bgcolor="{colour}"' in button and f"color:{ink(colour)};" in button


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\nb\r\nc", "a<br>\nb<br>\nc"),
        ("<i>&", "&lt;i&gt;&amp;"),
        ("  a  b", "\xa0\xa0a  b"),
        ("\ta", "\xa0\xa0\xa0\xa0a"),
        ("", ""),
    ],
)
def test_lines_keep_their_breaks_and_indentation(text: str, html: str) -> None:
    assert lines(text) == html


@pytest.mark.parametrize(("text", "marked"), [("a\n\nb", "> a\n>\n> b"), ("> a", "> > a"), ("", "")])
def test_quoted_marks_every_line(text: str, marked: str) -> None:
    assert quoted(text) == marked


@pytest.mark.parametrize(
    ("text", "length", "short"),
    [
        ("un deux\ntrois", 20, "un deux trois"),
        ("un deux trois", 9, "un deux…"),
        ("allez sur HTTPS://x.test/a?b vite", 80, "allez sur [lien retiré] vite"),
        ("(www.x.test)", 80, "[lien retiré]"),
        ("payez sur vilain.com/x, merci", 80, "payez sur [lien retiré] merci"),
        ("payez sur vilain.com.", 80, "payez sur [lien retiré]"),
        ("à 13.30 etc. pour 12,50 €", 80, "à 13.30 etc. pour 12,50 €"),
        ("", 10, ""),
    ],
)
def test_excerpts_are_short_and_without_links(text: str, length: int, short: str) -> None:
    assert excerpt(text, length) == short


@pytest.mark.parametrize("subject", ["Cantine", "Re: Cantine", "RE : re: Cantine", "Rép : Cantine", "Fwd: Cantine"])
def test_an_answer_has_one_prefix(subject: str) -> None:
    assert answering(subject) == "Re: Cantine"


@pytest.mark.parametrize("subject", ["Rentrée : horaires", "Retard: bus", "Treize : à table"])
def test_words_that_only_begin_like_a_prefix_stay(subject: str) -> None:
    assert answering(subject) == f"Re: {subject}"
