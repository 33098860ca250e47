"""Our mail on the wire: what strict servers and other people's readers make of it."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from datetime import datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.mail import parse
from hub.mail.compose import File, Letter, clean, serialise
from hub.mail.reading.transfer import unflowed

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=300)
ANY = st.text(max_size=200)  # lone surrogates and controls too
ENCODED = st.text(st.sampled_from("=?utf-8 qQbB_é\"\\()<>@,;:'%*") | st.characters(), max_size=120)
LETTER = Letter(
    message_id="<abc@hub.test>",
    date=datetime(2026, 10, 22, 10, 0, tzinfo=ZoneInfo("Europe/Paris")),
    sender="portail@hub.test",
    sender_name="Activités périscolaires – Saint-Exemple",
    recipient="nora@ville.test",
    recipient_name="Nora Lambert",
    subject="Cantine de Léo",
    text="Bonjour,\n\nLéo mangera-t-il à la cantine ?\n",
    html="<p>Bonjour,</p>\n<p>Léo mangera-t-il à la cantine&nbsp;?</p>\n",
    reply_to="reponse+12-abcdefghijklmnopqrst@hub.test",
)
PDF = File("Certificat médical.pdf", "application/pdf", bytes(range(256)) * 20)


def stdlib(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def head(raw: bytes) -> str:
    return raw.partition(b"\r\n\r\n")[0].decode("ascii")


def names(raw: bytes) -> list[str]:
    return re.findall(r"^([!-9;-~]+):", head(raw), re.MULTILINE)


def quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def test_the_whole_message() -> None:
    raw = serialise(replace(LETTER, in_reply_to="<a@b>", references=("<0@b>", "<a@b>"), headers=(("X-Hub", "1"),)))
    assert head(raw).split("\r\n") == [
        "Date: Thu, 22 Oct 2026 10:00:00 +0200",
        "From: =?utf-8?q?Activit=C3=A9s_p=C3=A9riscolaires_=E2=80=93_Saint-Exemple?=",
        " <portail@hub.test>",
        "To: Nora Lambert <nora@ville.test>",
        "Subject: Cantine de =?utf-8?q?L=C3=A9o?=",
        "Message-ID: <abc@hub.test>",
        "Reply-To: =?utf-8?q?Activit=C3=A9s_p=C3=A9riscolaires_=E2=80=93_Saint-Exem?=",
        " =?utf-8?q?ple?= <reponse+12-abcdefghijklmnopqrst@hub.test>",
        "In-Reply-To: <a@b>",
        "References: <0@b> <a@b>",
        "X-Hub: 1",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "Content-Language: fr",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="=_alternative_265fa23ba4216f48"',
    ]


def test_text_comes_before_html_and_files_stand_beside_both() -> None:
    message = stdlib(serialise(replace(LETTER, files=(PDF, replace(PDF, name="b.pdf")))))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
        "application/pdf",
    ]
    assert [part.get_content() for part in message.iter_attachments()] == [PDF.content] * 2
    [text] = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    assert (text["content-type"].params["format"], text["content-transfer-encoding"]) == ("flowed", "quoted-printable")


def test_the_same_letter_makes_the_same_bytes() -> None:
    assert serialise(LETTER) == serialise(replace(LETTER))


@given(subject=ANY, name=ANY, text=TEXT, html=TEXT, filename=ANY)
def test_anything_typed_makes_a_message_that_every_server_takes(
    subject: str, name: str, text: str, html: str, filename: str
) -> None:
    files = (File(filename, "image/png", b"\x89PNG"),)
    typed = replace(LETTER, subject=subject, sender_name=name, recipient_name=name, text=text, html=html, files=files)
    raw = serialise(typed)
    assert raw.isascii()
    assert b"\r" not in raw.replace(b"\r\n", b"") and b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\0" not in raw
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))
    assert names(raw) == names(serialise(replace(LETTER, files=files)))
    assert not re.search(r"^[ \t]*\r?$", head(raw), re.MULTILINE), "a folded line of blanks alone is obsolete syntax"


@example("\\")
@example('\\"')
@given(TEXT | ENCODED)
def test_a_subject_and_a_name_are_read_as_they_were_typed(value: str) -> None:
    raw = serialise(replace(LETTER, subject=value, sender_name=value))
    mail = parse.read(raw)
    assert not mail.defects
    assert mail.sender is not None and mail.sender.address == "portail@hub.test"
    assert mail.subject.split() == mail.sender.name.split() == clean(value).split()


@pytest.mark.parametrize(
    "value",
    [
        "Élodie Œuvrard",
        'Jean "Jeannot" d’Été',
        "Durand, Marie",
        'Marie \\ "Durand"',
        "nora@ville.test",
        "=?utf-8?q?=0D=0ABcc=3A_x=40y?=",
        "مدرسة الأطفال",
        "👨‍👩‍👧‍👦 famille " * 8,
        "é" * 300,
        "Un objet bien long, sans aucun accent, qui ne tient pas sur une seule ligne, loin de là, vraiment pas",
        "mot-tres-long-" * 20,
    ],
)
def test_the_standard_library_reads_the_same(value: str) -> None:
    raw = serialise(replace(LETTER, subject=value, recipient_name=value))
    message = stdlib(raw)
    assert message["subject"] == value.strip()
    written, _, _ = email.message_from_bytes(raw)["to"].rpartition(" <")
    assert str(make_header(decode_header(written))) in (value.strip(), quoted(value.strip()))
    assert message["to"].addresses[0].addr_spec == "nora@ville.test"


def test_re_stays_legible_to_servers_that_look_for_it() -> None:
    assert "\r\nSubject: Re: Cantine de =?" in head(serialise(replace(LETTER, subject="Re: Cantine de Léo")))


@pytest.mark.parametrize("attack", ["a\r\nBcc: x@y.fr", "a\nBcc: x@y.fr", "a\rBcc: x", "a\u2028Bcc: x", "a\x85Bcc: x"])
def test_nothing_typed_starts_a_header(attack: str) -> None:
    raw = serialise(
        replace(
            LETTER,
            subject=attack,
            sender_name=attack,
            recipient_name=attack,
            reply_to=f"{attack}@hub.test",
            in_reply_to=f"<{attack}@x>",
            references=(f"<{attack}@x>", "<good@x>"),
            headers=(("X-Hub", attack),),
            files=(File(attack, f"image/png{attack}", b""),),
        )
    )
    message = stdlib(raw)
    for part in message.walk():
        assert "bcc" not in part
        assert all(not re.match(r"bcc", line, re.IGNORECASE) for line in str(part).splitlines())
    assert message["references"] == "<good@x>"


@pytest.mark.parametrize("hidden", ["\u202efdp.exe", "\u2066x\u2069", "\u202dabc"])
def test_a_name_cannot_be_turned_round(hidden: str) -> None:
    message = stdlib(serialise(replace(LETTER, sender_name=hidden, files=(File(hidden, "image/png", b""),))))
    shown = message["from"].addresses[0].display_name + next(iter(message.iter_attachments())).get_filename("")
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)


@pytest.mark.parametrize(
    "name",
    [
        "photo.jpg",
        "Certificat médical été 2026.pdf",
        'a "b" c.txt',
        "a;b=c'd*e%20.pdf",
        "é" * 200 + ".pdf",
        "x" * 200 + ".pdf",
        "履歴書.docx",
        "👶🏽.png",
    ],
)
def test_file_names_survive(name: str) -> None:
    raw = serialise(replace(LETTER, files=(File(name, "application/pdf", b"%PDF"),)))
    [read] = parse.read(raw).attachments
    [found] = stdlib(raw).iter_attachments()
    assert read.filename == found.get_filename() == name
    assert (read.content, read.content_type, read.inline) == (b"%PDF", "application/pdf", False)


@pytest.mark.parametrize("content_type", ["text/html", "message/rfc822", "multipart/mixed", "TEXT/plain"])
def test_files_that_relays_would_open_go_as_bytes(content_type: str) -> None:
    [found] = stdlib(serialise(replace(LETTER, files=(File("a", content_type, b"a\nb\r\n"),)))).iter_attachments()
    assert (found.get_content_type(), found.get_content()) == ("application/octet-stream", b"a\nb\r\n")


@pytest.mark.long
@given(PRINTABLE, PRINTABLE)
def test_both_parts_read_back(text: str, html: str) -> None:
    mail = stdlib(serialise(replace(LETTER, text=f"{text}.", html=f"<p>{html}</p>")))
    plain, rich = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert unflowed(plain.replace("\r\n", "\n"), delsp=False).rstrip("\n").lstrip(" >") == f"{text}.".lstrip(" >")
    assert rich.rstrip("\r\n") == f"<p>{html}</p>"


def test_other_scripts_go_as_base64() -> None:
    raw = serialise(replace(LETTER, text="مرحبا بكم في المدرسة\n" * 20))
    assert b"text/plain; charset=utf-8; format=flowed\r\nContent-Transfer-Encoding: base64" in raw
    assert parse.read(raw).text == ("مرحبا بكم في المدرسة\n" * 20).strip()


@pytest.mark.parametrize("made_up", ["<deux mots@b>", "<coupé@b>", "<" + "m" * 254, "<a@b", "<" + "m" * 950 + "@b>"])
def test_an_id_that_is_none_leaves_no_empty_field(made_up: str) -> None:
    """Of a mail somebody's program misnamed, or whose id was longer than we keep."""
    raw = head(serialise(replace(LETTER, in_reply_to=made_up, references=(made_up,))))
    assert "In-Reply-To" not in raw
    assert "References" not in raw


def test_long_message_ids_of_exchange_are_left_whole() -> None:
    """The standard library makes encoded words of them, and the thread is torn."""
    ids = tuple(f"<{'A1b2C3' * 12}{n}@AM0PR0{n}MB1234.eurprd03.prod.outlook.com>" for n in range(12))
    raw = serialise(replace(LETTER, in_reply_to=ids[-1], references=ids))
    assert parse.read(raw).references == ids
    assert f"In-Reply-To: {ids[-1]}\r\n" in head(raw)
    assert stdlib(raw)["references"].split() == list(ids)


@pytest.mark.parametrize("bad", ["<é@x>", f"<{'a' * 1000}@x>", "<a b@x>"])
def test_a_message_id_that_no_line_can_hold_is_left_out(bad: str) -> None:
    assert stdlib(serialise(replace(LETTER, references=("<good@x>", bad))))["references"] == "<good@x>"


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("o'neil+a.b@ville.fr", "<o'neil+a.b@ville.fr>"),
        ("marie@école.fr", "<marie@xn--cole-9oa.fr>"),
        ("mar ie@ville.fr", '<"mar ie"@ville.fr>'),
        ("a>b@ville.fr", '<"a>b"@ville.fr>'),
        ("a@vil>le.fr", "<a@ville.fr>"),
    ],
)
def test_addresses_stay_inside_their_brackets(address: str, written: str) -> None:
    assert f"To: Nora Lambert {written}\r\n" in head(serialise(replace(LETTER, recipient=address))) + "\r\n"


def test_an_accented_address_is_written_as_smtputf8_wants_it() -> None:
    raw = serialise(replace(LETTER, recipient="élodie@école.fr"))
    assert "<élodie@xn--cole-9oa.fr>".encode() in raw
    to = parse.read(raw).to[0]
    assert (to.name, to.address) == ("Nora Lambert", "élodie@xn--cole-9oa.fr")


def test_automatic_answers_say_so() -> None:
    message = stdlib(serialise(replace(LETTER, auto_submitted="auto-replied")))
    assert message["auto-submitted"] == "auto-replied"
