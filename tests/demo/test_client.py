"""What the demo's mail client writes is what the hub must read back."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.demo import files, show
from hub.demo.client import Text, Writer, answer, answer_subject, fresh
from hub.mail import parse
from hub.mail.parse import ParsedMail
from hub.mail.reply import trim

PARIS = ZoneInfo("Europe/Paris")
AT = datetime(2026, 10, 22, 10, 5, tzinfo=PARIS)
NORA = Writer("Nora Benali", "nora@ville.example", "Nora Benali\nActivités périscolaires")
WORDS = st.lists(st.sampled_from(["bonjour", "Léo", "cantine", "jeudi", "merci", "à 17 h", "c’est noté"]), min_size=1)


def question(**headers: str) -> ParsedMail:
    """A mail to answer."""
    head = {"From": "Portail <portail@ville.example>", "Subject": "Cantine", "Message-ID": "<2@x>", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in head.items())
    return parse.read(f"{lines}\r\nBonjour,\r\n\r\nLéo mangera-t-il jeudi ?\r\n".encode())


def test_an_answer_goes_to_reply_to_and_threads() -> None:
    asked = question(Reply_To="reponse+1@x.example", References="<0@x> <1@x>", Date="Thu, 22 Oct 2026 07:58:00 +0000")
    written = answer(asked, NORA, Text(answer_subject(asked), "Oui."), "abc", AT)
    read = parse.read(written.raw)
    assert written.recipient == "reponse+1@x.example" == read.to[0].address
    assert (read.in_reply_to, read.references) == ("<2@x>", ("<0@x>", "<1@x>", "<2@x>"))
    assert (read.message_id, read.subject, read.date) == ("<abc@ville.example>", "Re: Cantine", AT)
    assert "Le jeu. 22 oct. 2026 à 09:58, Portail <portail@ville.example> a écrit :\n> Bonjour," in read.text


def test_without_reply_to_the_author_is_answered() -> None:
    assert answer(question(), NORA, Text("Re: Cantine", "Oui."), "abc", AT).recipient == "portail@ville.example"


@pytest.mark.long
@given(WORDS)
def test_the_hub_reads_back_what_was_typed_and_no_more(words: list[str]) -> None:
    typed = "\n\n".join(words)
    read = parse.read(answer(question(), NORA, Text("Re: Cantine", typed), "abc", AT).raw)
    assert trim(read).text == typed


def test_files_and_accents_arrive() -> None:
    sent = (files.photo(), files.certificate(), files.invoice())
    read = parse.read(fresh(NORA, "marie@famille.example", Text("Été à l’école", "Voilà", sent), "abc", AT).raw)
    assert read.subject == "Été à l’école"
    assert [(f.filename, f.content) for f in read.attachments] == [(f.name, f.content) for f in sent]


@pytest.mark.parametrize("subject", ["a\r\nBcc: x@y.example", "a\nb", "\x00"])
def test_no_header_can_be_smuggled_in(subject: str) -> None:
    read = parse.read(fresh(NORA, "marie@famille.example", Text(subject, "Bonjour"), "abc", AT).raw)
    assert not read.all("bcc") and read.text.startswith("Bonjour")


@pytest.mark.parametrize(
    "hostile", ["<head " * 30_000, "<!--" * 5_000, "<style " * 3_000, "&#" + "9" * 5_000 + ";"], ids=range(4)
)
def test_a_hostile_mail_is_shown_like_any_other(hostile: str) -> None:
    mail = parse.read(f"Content-Type: text/html\n\n<title>Non</title><p>Oui.<b> Merci</b>{hostile}".encode())
    began = time.process_time()
    assert hostile[:6] in show.preview(mail)
    assert show.first_words(mail).split()[0] == "Oui."
    assert time.process_time() - began < 1
