"""Whatever the bytes, the mail is read: no exception, and text that a database and JSON can hold."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.mail import authentication, automatic, bounce, html, parse, reply, show

SEEDS = [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "mails").glob("*.eml"))]
FRAGMENTS = [
    *(
        b"\r\n",
        b"\n",
        b"\n\n",
        b"\0",
        b"\xe9",
        b"=?utf-8?B?",
        b"?=",
        b"--b1",
        b"--b1--\n",
        b'"',
        b"(",
        b"<",
        b">",
        b";",
    ),
    *(b"Content-Type: multipart/mixed; boundary=b1\n", b"Content-Type: text/html\n\n", b"begin 644 x\n", b"\nend\n"),
    *(b"<blockquote>", b"</div>", b"<!--", b"<style>", b"Le 12 mars 2024, X a \xc3\xa9crit :\n", b"-- \n", b"> x\n"),
    *(b"De : x\nDate : y\nObjet : z\n", b"charset=utf-7", b"filename*0*=x''%", b"Content-Transfer-Encoding: base64\n"),
    *(b"Content-Type: message/delivery-status\n\nAction: failed\n", b"application/ms-tnef", b"\x78\x9f\x3e\x22"),
    *(b"-----Message d'origine-----\n", b"12/03/2024 09:58\nPour\tx\nObjet\ty\n", b"Cordialement,\n", b"[cid:x]\n"),
    *(b"From: MAILER-DAEMON@x\nSubject: Undelivered\n", b"RCPT TO:<", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"&#xD800;"),
    *(b"Content-ID: <\0>\n", b"Message-ID: \x1b\n", b"begin 644 ../x\n#0V%T\n`\nend\n", b"charset=cp037\n"),
]

LINES = [
    *(
        "",
        "Bonjour,",
        "Oui.",
        "Cordialement,",
        "Cordialement, Nora Petit",
        "Nora Petit",
        "Nora",
        "Merci,",
        "-- ",
        "_____",
    ),
    *("Service enfance", "Mairie de Saint-Michel", "Tél. : 03 87 00 11 22", "1 place de la Mairie", "PS : et jeudi ?"),
    *("Envoyé de mon iPhone", "Ce message est confidentiel.", "> Bonjour", ">", "Réunion Microsoft Teams", "[cid:x]"),
    *("Le 12 mars 2024 à 10:12, X <x@y.fr> a écrit :", "Nora Petit <n@x.fr>", "a écrit :", "Merci de contacter Mme X"),
    *("De : x <x@y.fr>", "Envoyé : mardi 12 mars 2024", "Objet : z", "-----Message d'origine-----", "<blockquote>"),
]
"""What people and their programs write, in any order."""


def read_whole(raw: bytes) -> parse.ParsedMail:
    mail = parse.read(raw)
    shown = show.show(raw)
    told = json.dumps(shown, ensure_ascii=False, allow_nan=False)
    told.encode("utf-8")
    assert "\\u0000" not in told
    assert not [file for file in shown["attachments"] if "/" in file["filename"]]
    assert not [defect for defect in shown["defects"] if defect.startswith("reader_failed")]
    assert "\0" not in mail.text + mail.subject + reply.trim(mail).text
    assert isinstance(automatic.kind(mail), automatic.Kind)
    authentication.verdict(mail, ("mx.example",))
    found = bounce.read(mail)
    assert (found is not None) == (automatic.kind(mail) is automatic.Kind.bounce)
    return mail


@given(st.binary(max_size=2_000))
@settings(deadline=None)
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    read_whole(raw)


@given(st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=20), max_size=60).map(b"".join))
@settings(deadline=None)
def test_any_pieces_of_mail_are_a_mail(raw: bytes) -> None:
    read_whole(raw)


@pytest.mark.long
@given(
    st.sampled_from(["Nora Petit <n@x.fr>", "Service enfance <n@x.fr>", "n@x.fr", ""]),
    st.sampled_from(["plain", "html"]),
    st.lists(st.sampled_from(LINES), max_size=12),
)
@settings(max_examples=400, deadline=None)
def test_any_lines_of_people_are_a_mail(sender: str, kind: str, lines: list[str]) -> None:
    text = ("<br>" if kind == "html" else "\n").join(lines)
    read_whole(f"From: {sender}\nSubject: Re: x\nContent-Type: text/{kind}; charset=utf-8\n\n{text}".encode())


@pytest.mark.long
@given(st.sampled_from(SEEDS), st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_mail_is_a_mail(seed: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(start, min(len(seed), start + 200)))
    read_whole(seed[:start] + data.draw(st.sampled_from(FRAGMENTS)) + seed[end:])


@pytest.mark.long
@given(
    st.sampled_from(SEEDS), st.sampled_from(SEEDS), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=6)
)
@settings(max_examples=200, deadline=None)
def test_two_mails_shuffled_into_one_are_a_mail(one: bytes, other: bytes, cuts: list[tuple[float, float]]) -> None:
    for here, there in cuts:
        at, start = int(here * len(one)), int(there * len(other))
        one = one[:at] + other[start : start + 500] + one[at + 50 :]
    read_whole(one)


@given(st.sampled_from(SEEDS), st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_a_mail_cut_anywhere_is_a_mail(seed: bytes, where: float) -> None:
    read_whole(seed[: int(where * len(seed))])


@given(st.text(max_size=500), st.text(max_size=500))
@settings(deadline=None)
def test_what_was_written_is_never_answered_by_an_empty_reply(new: str, old: str) -> None:
    words = "Bonjour " + " ".join(new.split())
    mail = parse.read(f"Content-Type: text/plain; charset=utf-8\n\n{words}\n\n> {old}\n".encode("utf-8", "replace"))
    assert reply.trim(mail).text


@given(st.text(alphabet=st.sampled_from('<>/"= -!abdivspnstyle&;'), max_size=300))
@settings(deadline=None)
def test_any_markup_is_text(source: str) -> None:
    assert isinstance(html.to_text(source), str)
    assert isinstance(html.marked_text(source), str)
