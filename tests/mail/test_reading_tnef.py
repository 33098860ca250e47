"""The files inside Outlook's winmail.dat (MS-OXTNEF)."""

import struct

from hub.mail import parse
from hub.mail.reading import tnef


def attribute(level: int, kind: int, identifier: int, value: bytes) -> bytes:
    return struct.pack("<BHHI", level, identifier, kind, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def long_name(name: str) -> bytes:
    value = name.encode("utf-16-le") + b"\0\0"
    padded = value + b"\0" * (-len(value) % 4)
    return struct.pack("<IHHII", 1, 0x1F, 0x3707, 1, len(value)) + padded


def winmail(*files: tuple[str, str, bytes]) -> bytes:
    stream = struct.pack("<IH", tnef.SIGNATURE, 1)
    for short, long, content in files:
        stream += attribute(2, 6, tnef.ATTACH_REND_DATA, b"\0" * 14)
        stream += attribute(2, 1, tnef.ATTACH_TITLE, short.encode() + b"\0")
        stream += attribute(2, 6, tnef.ATTACH_DATA, content)
        stream += attribute(2, 6, tnef.ATTACHMENT, long_name(long))
    return stream


def mail(attached: bytes) -> parse.ParsedMail:
    return parse.read(b"Content-Type: application/ms-tnef; name=winmail.dat\n\n" + attached)


def test_the_files_come_out_under_their_long_names() -> None:
    files = mail(winmail(("JUSTIF~1.PDF", "justificatif d'été.pdf", b"%PDF"), ("a.txt", "a.txt", b"abc"))).attachments
    assert [(one.filename, one.content_type, one.content) for one in files] == [
        ("justificatif d'été.pdf", "application/pdf", b"%PDF"),
        ("a.txt", "text/plain", b"abc"),
    ]


def test_what_outlook_embeds_as_an_object_is_a_file_too() -> None:
    table = b"\x0b" + b"\0" * 15 + b"un tableau"  # behind the interface that it is reached through
    value = struct.pack("<IHHII", 1, 0x0D, 0x3701, 1, len(table)) + table + b"\0" * (-len(table) % 4)
    stream = struct.pack("<IH", tnef.SIGNATURE, 1)
    stream += attribute(2, 6, tnef.ATTACH_REND_DATA, b"\0" * 14)
    stream += attribute(2, 1, tnef.ATTACH_TITLE, b"Tableau\0")
    stream += attribute(2, 6, tnef.ATTACHMENT, value)
    assert tnef.files(stream) == [("Tableau", "application/octet-stream", b"un tableau")]


def test_a_stream_that_cannot_be_opened_stays_a_file() -> None:
    broken = mail(b"pas du tout")
    assert [one.filename for one in broken.attachments] == ["winmail.dat"]
    assert broken.defects == ("tnef_unreadable",)


def test_a_stream_cut_short_gives_the_files_before_the_cut() -> None:
    whole = winmail(("a.txt", "a.txt", b"abc"), ("b.txt", "b.txt", b"def"))
    for length in range(6, len(whole)):
        assert len(tnef.files(whole[:length]) or []) <= 2
    assert [name for name, _, _ in tnef.files(whole[:-60]) or []] == ["a.txt"]


def test_names_and_types_are_those_of_files() -> None:
    read = mail(winmail(("a", "C:\\x\\a\r\nb\x1b.pdf", b"x")))
    assert [one.filename for one in read.attachments] == ["a b.pdf"]
    odd = struct.pack("<IHHII", 1, 0x1E, tnef.MIME_TAG, 1, 8) + b"a/b\n\x01c\0\0"
    stream = winmail(("a.pdf", "a.pdf", b"x")) + attribute(2, 6, tnef.ATTACHMENT, odd)
    assert [one.content_type for one in mail(stream).attachments] == ["application/pdf"]
