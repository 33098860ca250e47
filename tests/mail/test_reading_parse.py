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
    ("nora@ville.fr, accueil", [("", "nora@ville.fr"), ("", "accueil")]),
    ("nora@ville.fr, Zoé Durand", [("", "nora@ville.fr")]),
    ('"" (Mail Delivery System)', [("Mail Delivery System", "")]),
    ("MAILER-DAEMON (Mail Delivery System)", [("Mail Delivery System", "MAILER-DAEMON")]),
    ("=?utf-8?q?Zo=C3=A9?=", [("Zoé", "")]),
    ("Zoé <zoe(la maman)@f.fr(chez elle)>", [("Zoé", "zoe@f.fr")]),
    ("Nora (de la \\) mairie) <nora@v.fr>", [("Nora", "nora@v.fr")]),
    ("zoe@famille . fr", [("", "zoe@famille.fr")]),
    ("nora@[IPv6:2001:db8::1], zoe@[192.0.2.7]", [("", "nora@[ipv6:2001:db8::1]"), ("", "zoe@[192.0.2.7]")]),
    ("zoe@(chez elle)[IPv6:::1]", [("chez elle", "zoe@[ipv6:::1]")]),
    ("Nora <Nora Petit <nora@v.fr>>", [("Nora", "nora@v.fr")]),
    ('"nora@ville.fr"@pirate.fr', [("", '"nora@ville.fr"@pirate.fr')]),
    ('"nora@ville.fr x"@pirate.fr (Nora)', [("Nora", '"nora@ville.fr x"@pirate.fr')]),
    ('Nora "n@v.fr" <"n@v.fr"@pirate.fr>', [("Nora n@v.fr", '"n@v.fr"@pirate.fr')]),
    ("Nora a@[ ( ] <nora@ville.fr> ) <p@pirate.fr>", [("Nora a@[", "p@pirate.fr")]),
    ('"nora@ville.fr" p@pirate.fr', [("nora@ville.fr", "p@pirate.fr")]),
    ('"Mairie <nora@ville.fr>" p@pirate.fr (P)', [("Mairie <nora@ville.fr>", "p@pirate.fr")]),
    ('"nora@ville.fr"', [("", "nora@ville.fr")]),
    ("<@relais.fr,@[IPv6:2001:db8::1]:nora@ville.fr>", [("", "nora@ville.fr")]),
    ("Nora <nora@ville.fr>: zoe@f.fr;", [("Nora", "nora@ville.fr"), ("", "zoe@f.fr")]),
    ('[" ] <nora@ville.fr> "] <p@pirate.fr>', [("[ ] <nora@ville.fr> ]", "p@pirate.fr")]),
    ("<<nora@v.fr>>", [("", "nora@v.fr")]),
    ("nora@v.fr, zoe", [("", "nora@v.fr"), ("", "zoe")]),
    ("nora@v.fr, cantine, zoe@f.fr", [("", "nora@v.fr"), ("", "cantine"), ("", "zoe@f.fr")]),
    ("a@b.fr, Durand, Zoé <zoe@f.fr>", [("", "a@b.fr"), ("Durand, Zoé", "zoe@f.fr")]),
    ("Durand, zoe@f.fr", [("", "zoe@f.fr")]),
    ("root, cantine", [("", "root"), ("", "cantine")]),
    ("Service: cantine, root;", [("", "cantine"), ("", "root")]),
    ("Durand, Zoe", [("Durand Zoe", "")]),
    ("Zoé <zoe(la maman (de Léo))@f.fr>", [("Zoé", "zoe@f.fr")]),
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
        ("Tue, 12 Mar 2024 10:12:31.882 +0100", "2024-03-12T10:12:31+01:00"),
        ("Tue, 12 Mar 2024 10:12:31 (CET) +0100", "2024-03-12T10:12:31+01:00"),
        ("Tue, 12 Mar 2024 10:12:31 +0100 (CET)", "2024-03-12T10:12:31+01:00"),
        ("Tue, 12 Mar 2024 10(heures) :  12  :31 +0100", "2024-03-12T10:12:31+01:00"),
        ("Tue, 12 Mar 2024 10:12:31 +01:00", "2024-03-12T10:12:31+01:00"),
        ("Tue Mar 12 10:12:31 CET 2024", "2024-03-12T10:12:31+01:00"),
        ("Tue Mar 12 10:12:31 2024", "2024-03-12T10:12:31+00:00"),
        ("Tue, 12 Mar 2024 (le 12 (mardi)) 10:12 +0100", "2024-03-12T10:12:00+01:00"),
        ("12 Mar 24 03:56:36 PM -05:00 (GMT -05:00)", "2024-03-12T15:56:36-05:00"),
        ("Tue, 12 Mar 2024 12:05 am +0100", "2024-03-12T00:05:00+01:00"),
        ("Tue, 12 Mar 2024 10:12:31 JST", "2024-03-12T10:12:31+09:00"),
        ("Tue (mardi), 12 Mar 2024 10:12 +0100", "2024-03-12T10:12:00+01:00"),
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
        ('attachment; filename=""Léo" à l\'école.pdf"', '"Léo" à l\'école.pdf'),
        ('attachment; filename=""', ""),
        ('attachment filename="sans point-virgule.pdf"', "sans point-virgule.pdf"),
        ('attachment; size="12" filename="a.pdf"', "a.pdf"),
        ('attachment; size="12", filename="a.pdf"', "a.pdf"),
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
    assert parse.read(nested(100)).text == "fond"


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


def test_an_answer_names_its_mail_by_one_word_too_as_mails_name_themselves() -> None:
    first, answer = parse.read(b"Message-ID: 20031\n\n"), parse.read(b"In-Reply-To: 20031\n\n")
    assert first.message_id == answer.in_reply_to == "<20031>"
    assert parse.read(b"In-Reply-To: votre message de lundi\n\n").in_reply_to is None


@pytest.mark.parametrize("line", ["Numéro-Interne: 12", ": Cantine", "X-Portail Famille: oui"])
def test_a_header_line_of_an_impossible_name_does_not_open_the_body(line: str) -> None:
    mail = parse.read(f"From: zoe@f.fr\n{line}\nX-Priority: 1\nSubject: Cantine\n\nOui\n".encode())
    assert (mail.subject, mail.text) == ("Cantine", "Oui")
    assert "stray_header_line" in mail.defects
    assert parse.read(f"From: zoe@f.fr\n{line}\n\nOui\n".encode()).text == "Oui"


def test_the_second_mail_of_a_saved_mailbox_is_no_part_of_the_first() -> None:
    one = b"From: zoe@f.fr\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n%s\n--b--\n\n"
    mail = parse.read(b"From zoe Tue Mar 12 10:12:31 2024\n" + one % b"un" + b"From nora Tue Mar 12\n" + one % b"deux")
    assert mail.text == "un"


def alternative(plain: str, html: str) -> bytes:
    part = "--b\nContent-Type: text/%s; charset=utf-8\n\n%s\n"
    head = "From: zoe@f.fr\nContent-Type: multipart/alternative; boundary=b\n\n"
    return f"{head}{part % ('plain', plain)}{part % ('html', html)}--b--\n".encode()


def test_a_text_about_html_is_no_excuse_for_having_none() -> None:
    written = "La page HTML du *formulaire* ne veut pas s'afficher."
    html = "<p>La page HTML du <b>formulaire</b> ne veut pas s'afficher.</p><p>--<br>Zoé</p>"
    assert parse.read(alternative(written, html)).text == written
    excuse = "Votre logiciel ne peut afficher ce message au format HTML."
    assert parse.read(alternative(excuse, "<p>Oui, Léo mange à la cantine.</p>")).text == "Oui, Léo mange à la cantine."
    newsletter = f"<p>{excuse}</p>" + "<p>Léo mange à la cantine ce jeudi.</p>" * 5
    assert "Léo" in parse.read(alternative(excuse, newsletter)).text


@pytest.mark.parametrize(
    ("label", "raw", "text"),
    [
        ("gb2312", "发票，电话".encode(), "发票，电话"),
        ("iso-8859-15", "à l'été".encode(), "à l'été"),
        ("gb2312", "邪".encode("gbk"), "邪"),
        ("windows-1250", b"10 \xc2\x80", "10 Â€"),
        ("iso-8859-15", b"10 \xa4 d'\xe9t\xe9", "10 € d'été"),
        ("utf-8", b"\xc2\xa1Hola!\n\xa1Hola!\n", "¡Hola!\n¡Hola!"),
        ("iso-2022-jp", b"\x1b$B-!4];z\x1b(B", "①丸字"),
    ],
)
def test_text_whose_label_is_narrower_than_what_was_sent(label: str, raw: bytes, text: str) -> None:
    assert parse.read(b"Content-Type: text/plain; charset=%s\n\n%s" % (label.encode(), raw)).text == text


def file_of(fields: str) -> parse.ParsedAttachment:
    head = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nVoir la pièce.\n--b\n"
    (file,) = parse.read(f"{head}{fields}\n\nx\n--b--\n".encode()).attachments
    return file


def test_a_file_is_what_careless_fields_meant_it_to_be() -> None:
    quoted = file_of('Content-Type: "application/pdf"; name="a.pdf"')
    assert (quoted.content_type, quoted.filename) == ("application/pdf", "a.pdf")
    joined = file_of("Content-Type: application/pdf name=a.pdf")
    assert (joined.content_type, joined.filename) == ("application/pdf", "a.pdf")
    spaced = file_of('Content-Type: image / png\nContent-Disposition: attachment; filename="mon  plan\t1.png"')
    assert (spaced.content_type, spaced.filename) == ("image/png", "mon  plan 1.png")
    form = "Content-Type: image/png\nContent-Disposition: form-data; name=photo"
    assert file_of(form).filename == ""
    assert file_of("Content-Type: image/png\nContent-ID: <logo@v.fr> (logo)").content_id == "logo@v.fr"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("application/pdf/pdf; name=a.pdf", "application/pdf"),
        ("application/; name=a.pdf", "application/octet-stream"),
        ("image; name=a.png", "application/octet-stream"),
        ("text/; name=a.txt", "text/plain"),
        ("; name=a.pdf", "text/plain"),
    ],
)
def test_half_a_type_says_no_more_than_it_says(written: str, read: str) -> None:
    assert file_of(f"Content-Type: {written}\nContent-Disposition: attachment").content_type == read
    assert parse.read(b"Content-Type: multipart/; boundary=b\n\n--b\n\nOui\n--b--").text == "Oui"


def test_a_component_of_the_page_is_shown_in_it_unless_its_sender_says_otherwise() -> None:
    page = "Content-Type: text/html\n\n<p>Bonjour</p>\n"
    related = f"Content-Type: multipart/related; boundary=r\n\n--r\n{page}--r\n%s\n\nx\n--r--"
    assert file_of(related % "Content-Type: image/png\nContent-ID: <logo@v.fr>").inline
    assert not file_of(related % "Content-Type: image/png\nContent-Disposition: attachment; filename=a.png").inline
    assert not file_of("Content-Type: image/png\nContent-ID: <logo@v.fr>").inline


def test_a_comment_behind_a_charset_is_none_of_its_name() -> None:
    mail = parse.read(b"Content-Type: text/plain; charset=iso-8859-5 (russe)\n\n\xbf\xe0\xd8\xd2\xd5\xe2")
    assert (mail.text, mail.defects) == ("Привет", ())


def test_text_of_the_first_mailers_that_could_write_in_bold_is_read_without_their_marks() -> None:
    body = "<bold>Bonjour</bold>,\n\n<param>red</param>2 << 3 et\noui.\n"
    assert parse.read(f"Content-Type: text/enriched\n\n{body}".encode()).text == "Bonjour,\n2 < 3 et oui."


def test_quoted_printable_in_two_words_is_decoded() -> None:
    assert parse.read(b"Content-Transfer-Encoding: quoted printable\n\n=C3=A9t=C3=A9").text == "été"


def test_text_and_html_that_say_the_same_side_by_side_are_read_once() -> None:
    text = "Bonjour,\n\nLéo sera là mercredi : https://ville.example/leo\n\nNora"
    html = "<p>Bonjour,</p><p>Léo sera là <b>mercredi</b> : https://ville.example/leo</p><p>Nora</p>"
    mail = parse.read(_mixed(text, html))
    assert mail.text.split() == text.split()
    assert mail.html.count("mercredi") == 1


def test_text_and_html_that_say_different_things_side_by_side_are_both_read() -> None:
    mail = parse.read(_mixed("Bonjour,\n\nLéo sera là mercredi.", "<p>Message de la liste des parents de l'école.</p>"))
    assert "Léo sera là" in mail.text and "liste des parents" in mail.text


def _mixed(text: str, html: str) -> bytes:
    parts = "".join(
        f'--b\r\nContent-Type: text/{kind}; charset="utf-8"\r\n\r\n{body}\r\n'
        for kind, body in (("plain", text), ("html", html))
    )
    return f'From: nora@ville.test\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n{parts}--b--\r\n'.encode()
