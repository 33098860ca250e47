"""Addresses, ids, dates and bounds of the reader."""

import json

import pytest

from hub.mail import parse, show
from hub.mail.parse import Mailbox, mailboxes
from hub.mail.reading import charset, content, header, mime, transfer

ADDRESSES = [
    ("nora@Ville.FR", [("", "nora@ville.fr")]),
    ("Nora Petit <nora@ville.fr>", [("Nora Petit", "nora@ville.fr")]),
    ('"Petit, Nora" <nora@ville.fr>', [("Petit, Nora", "nora@ville.fr")]),
    ("Petit, Nora <nora@ville.fr>", [("Petit, Nora", "nora@ville.fr")]),
    ("a@b.fr, c@d.fr; e@f.fr", [("", "a@b.fr"), ("", "c@d.fr"), ("", "e@f.fr")]),
    (", a@b.fr,,", [("", "a@b.fr")]),
    ("nora@ville.fr (Nora Petit)", [("Nora Petit", "nora@ville.fr")]),
    ("=?utf-8?Q?Durand=2C_Zo=C3=A9?= <zoe@f.fr>", [("Durand, Zoé", "zoe@f.fr")]),
    ("undisclosed-recipients:;", []),
    ("Mairie: a@b.fr, Nora <c@d.fr>;", [("", "a@b.fr"), ("Nora", "c@d.fr")]),
    ('"Nora \\"la chef\\" Petit" <n@v.fr>', [('Nora "la chef" Petit', "n@v.fr")]),
    ("'nora@ville.fr' <nora@ville.fr>", [("nora@ville.fr", "nora@ville.fr")]),
    ("nora@ville.fr <pirate@ailleurs.fr>", [("nora@ville.fr", "pirate@ailleurs.fr")]),
    ("<@relais.fr:nora@ville.fr>", [("", "nora@ville.fr")]),
    ("mailto:nora@ville.fr", [("", "nora@ville.fr")]),
    ("Nora <nora@ville.fr", [("Nora", "nora@ville.fr")]),
    ("Nora nora@ville.fr", [("Nora", "nora@ville.fr")]),
    ("d'angelo@famille.fr", [("", "d'angelo@famille.fr")]),
    ("Zoé d'Angelo <d'angelo@famille.fr>", [("Zoé d'Angelo", "d'angelo@famille.fr")]),
    ("'nora@ville.fr'", [("", "nora@ville.fr")]),
    ("Zoé Durand, <zoe@f.fr>", [("Zoé Durand", "zoe@f.fr")]),
    ("nora@ville.fr>", [("", "nora@ville.fr")]),
    ("Nora <a@b.fr> Zoé <c@d.fr>", [("Nora", "a@b.fr"), ("Zoé", "c@d.fr")]),
    ("Nora Petit", [("Nora Petit", "")]),
    ("MAILER-DAEMON", [("", "MAILER-DAEMON")]),
    ('"" (Mail Delivery System)', [("Mail Delivery System", "")]),
    ("MAILER-DAEMON (Mail Delivery System)", [("Mail Delivery System", "MAILER-DAEMON")]),
    ("=?utf-8?q?Zo=C3=A9?=", [("Zoé", "")]),
    ("", []),
]


@pytest.mark.parametrize(("value", "found"), ADDRESSES)
def test_addresses_as_software_writes_them(value: str, found: list[tuple[str, str]]) -> None:
    assert mailboxes(value) == tuple(Mailbox(*one) for one in found)


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@b> <c@d>", ("<a@b>", "<c@d>")),
        ("<a@\n b>", ("<a@b>",)),
        ("a@b", ("<a@b>",)),
        ("Your message of Monday <a@b>", ("<a@b>",)),
        ("<a@b><a@b>", ("<a@b>",)),
        ("<>", ()),
        ("rien", ()),
    ],
)
def test_message_ids_keep_their_brackets(value: str, ids: tuple[str, ...]) -> None:
    assert header.message_ids(value) == ids


def test_html_may_say_its_charset_itself() -> None:
    raw = '<meta charset="windows-1251"><p>Привет</p>'.encode("cp1251")
    assert parse.read(b"Content-Type: text/html\n\n" + raw).text == "Привет"


def test_an_encoded_word_without_charset_is_read() -> None:
    assert header.text("=??Q?Re=3A_=C3=A9t=C3=A9?=") == "Re: été"


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("Tue, 12 Mar 2024 10:12:31 +0100", "2024-03-12T10:12:31+01:00"),
        ("12 Mar 2024 10:12 GMT", "2024-03-12T10:12:00+00:00"),
        ("Tue, 12 Mar 2024 10:12:31 -0000", "2024-03-12T10:12:31+00:00"),
        ("Tue, 12 Mar 2024 10:12:61 +0100", "2024-03-12T10:12:59+01:00"),
        ("Tue, 42 Mar 2024 10:12:31 +0100", None),
        ("Tue, 12 Mar 2024 10:12:31 +99999", None),
        ("mar., 12 mars 2024 10:12:31 +0100", "2024-03-12T10:12:31+01:00"),
        ("lun., 05 févr. 2024 10:12:31 +0100", "2024-02-05T10:12:31+01:00"),
        ("2024-03-12T10:12:31+01:00", "2024-03-12T10:12:31+01:00"),
        ("Tue, 12 Mar 2024 10:12:31 CET", "2024-03-12T10:12:31+01:00"),
        ("demain", None),
    ],
)
def test_dates(value: str, iso: str | None) -> None:
    found = header.date(value)
    assert (found.isoformat() if found else None) == iso


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ('attachment; filename="a b.pdf"', "a b.pdf"),
        ("attachment; filename=a b.pdf", "a b.pdf"),
        ("attachment; filename*=utf-8''%C3%A9.pdf; filename=e.pdf", "é.pdf"),
        ("attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
        ("attachment; filename*0*=iso-8859-1'fr'%E9; filename*1*=t%E9", "été"),
        ('attachment; filename="=?utf-8?B?w6k=?="', "é"),
        ('attachment; filename="jamais fermé', "jamais fermé"),
    ],
)
def test_file_names(value: str, name: str) -> None:
    assert header.parameters(value)[1]["filename"] == name


@pytest.mark.parametrize(
    ("encoded", "content"),
    [
        (b"aGVsbG8=", b"hello"),
        (b"aGVsbG8", b"hello"),
        (b"aGVs\r\n bG8=\n", b"hello"),
        (b"aGVsbG8=aGVsbG8=", b"hellohello"),
        (b"a!G#V-s_bG8=", b"hello"),
        (b"", b""),
        (b"=", b""),
    ],
)
def test_base64_of_careless_senders(encoded: bytes, content: bytes) -> None:
    assert transfer.base64(encoded, []) == content


def nested(depth: int) -> bytes:
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth)
    )
    return b"From: a@b.fr\n" + opened + b"Content-Type: text/plain\n\nfond\n"


def test_a_few_nested_parts_are_read_to_the_bottom() -> None:
    assert parse.read(nested(20)).text == "fond"


def test_depth_and_parts_are_bounded_and_said() -> None:
    assert "too_deep" in parse.read(nested(1_500)).defects
    many = parse.read(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 3_000 + b"--b--")
    assert "too_many_parts" in many.defects
    assert len(many.text.split()) == mime.MAX_PARTS


def test_header_fields_and_values_are_bounded_and_said() -> None:
    assert "too_many_headers" in parse.read(b"X: y\n" * 10_000 + b"\nx").defects
    long = parse.read(b"Subject: " + b"x" * 1_000_000 + b"\n\nbonjour")
    assert "header_truncated" in long.defects
    assert len(long.subject) == header.MAX_VALUE


def test_a_body_of_one_endless_line_is_cut_and_said() -> None:
    mail = parse.read(b"Subject: x\n\n" + b"a" * 20_000_000)
    assert "text_truncated" in mail.defects
    assert len(mail.text) == 1_000_000


@pytest.mark.parametrize("sender", [b"(" * 20_000, b'"' * 20_000, b"<" * 20_000, b"a@" * 20_000, b"=?" * 20_000])
def test_a_hostile_from_costs_nothing(sender: bytes) -> None:
    assert parse.read(b"From: " + sender + b"\nSubject: x\n\nbonjour").text == "bonjour"


def test_two_fields_of_one_name_can_both_be_asked_for() -> None:
    mail = parse.read(b"Received: un\nReceived: deux\n\n")
    assert mail.header("received") == "un"
    assert mail.all("RECEIVED") == ("un", "deux")
    assert mail.header("X-None") is None


@pytest.mark.parametrize(
    "field",
    [
        "To: a\0",
        "Message-ID: <a\0b>",
        "Message-ID: a\x1b",
        "Content-ID: <a\0>",
        "Content-Type: a/b\0c",
        "Content-Type: a/\1; x=y",
    ],
)
def test_no_value_of_a_header_holds_what_cannot_be_stored(field: str) -> None:
    read = show.show(f"{field}\nContent-Disposition: attachment\n\nx".encode())
    assert "\\u00" not in json.dumps(read, ensure_ascii=False)


def test_a_media_type_is_as_long_as_two_names_may_be() -> None:
    read = parse.read(b"Content-Type: a/" + b"b" * 5_000 + b"\n\nx")
    assert [len(one.content_type) for one in read.attachments] == [255]


def test_no_charset_makes_two_lines_of_a_header() -> None:
    read = parse.read(b"Subject: \xe9%Bcc: x\nContent-Type: text/plain; charset=cp037\n\nx")
    assert "\n" not in read.subject
    assert read.subject


FOLDERS = [("../../a.pdf", "a.pdf"), ("C:\\x\\a.pdf", "a.pdf"), ("a\tb.pdf", "a b.pdf"), ("x" * 254, "x" * 254)]


@pytest.mark.parametrize(("name", "kept"), FOLDERS)
def test_a_uuencoded_file_brings_no_folder_of_its_own(name: str, kept: str) -> None:
    read = parse.read(f"Content-Type: text/plain\n\nbegin 644 {name}\n#0V%T\n`\nend\n".encode())
    assert [(one.filename, one.content) for one in read.attachments] == [(kept, b"Cat")]


@pytest.mark.parametrize("written", ["&#{};", "&#{}", "<img alt='&#{};'>"])
def test_a_character_of_endless_digits_is_none(written: str) -> None:
    read = show.show(b"Content-Type: text/html\n\nOui." + written.format("9" * 5_000).encode() + b"<p>Non.")
    assert (read["text"][:4], read["text"][-4:], read["defects"]) == ("Oui.", "Non.", [])


@pytest.mark.parametrize("label", ["cp850", "Latin1", "ISO_8859-15", "x-mac-roman", "koi8-r", "mac_cyrillic", "cp_850"])
def test_a_charset_is_known_under_all_its_names(label: str) -> None:
    assert charset._codec(label)


@pytest.mark.parametrize("label", ["x-nowhere", "os", "..", "__init__", "aliases", "zlib", "é", "a" * 999, ""])
def test_what_is_no_charset_of_mails_is_none(label: str) -> None:
    assert charset._codec(label) is None


def test_a_mail_has_so_many_files_and_no_more() -> None:
    part = b"--b\nContent-Type: text/plain\n\n" + b"begin 644 a\n#0V%T\n`\nend\n" * 400
    read = parse.read(b"Content-Type: multipart/mixed; boundary=b\n\n" + part * 3)
    assert len(read.attachments) == content.MAX_FILES
    assert "too_many_attachments" in read.defects
