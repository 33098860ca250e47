"""Pure: a letter becomes the bytes of an RFC 5322 message, once."""

from __future__ import annotations

from binascii import b2a_base64, b2a_qp
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256

from hub.mail import fields
from hub.mail.fields import clean
from hub.mail.flowed import flow

__all__ = ["File", "Letter", "clean", "serialise"]

CRLF = b"\r\n"
LANGUAGE = "fr"
OPAQUE = ("text", "message", "multipart")  # types whose bytes relays re-encode, re-wrap or take apart


@dataclass(frozen=True, slots=True)
class File:
    """An attachment: its name as the reader will see it, its MIME type, its bytes."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one person. Addresses are bare (`a@b.fr`), Message-IDs keep their angle brackets."""

    message_id: str
    date: datetime
    sender: str
    sender_name: str
    recipient: str
    recipient_name: str
    subject: str
    text: str
    html: str
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    auto_submitted: str = "auto-generated"  # RFC 3834; "auto-replied" when it answers a mail by itself
    files: tuple[File, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


def serialise(letter: Letter) -> bytes:
    """The message with CRLF line ends, ready for DATA; the same letter always makes the same bytes.

    Everything is ASCII in lines of at most 76 characters, but for an address that needs SMTPUTF8 (RFC 6532). Header
    values lose every control character first: what a parent typed as a subject can never start a header.
    """
    tag = sha256(letter.message_id.encode()).hexdigest()[:16]
    body = _multipart("alternative", tag, [_plain(letter.text), _html(letter.html)])
    if letter.files:
        body = _multipart("mixed", tag, [body, *(_file(file) for file in letter.files)])
    return b"".join([*(f"{field}\r\n".encode() for field in _fields(letter)), *body])


def _fields(letter: Letter) -> list[str]:
    given = [
        f"Date: {format_datetime(letter.date)}",
        fields.mailbox("From", letter.sender_name, letter.sender),
        fields.mailbox("To", letter.recipient_name, letter.recipient),
        fields.text("Subject", letter.subject),
        fields.field("Message-ID", [letter.message_id]),
    ]
    if letter.reply_to:  # with a name, or the reader sees himself write to a row of random letters
        given.append(fields.mailbox("Reply-To", letter.sender_name, letter.reply_to))
    for name, named in (("In-Reply-To", (letter.in_reply_to,)), ("References", letter.references)):
        if ids := [message_id for message_id in named if fields.is_message_id(message_id)]:
            given.append(fields.field(name, ids))
    given += [fields.tokens(name, value) for name, value in letter.headers]
    return [
        *given,
        f"Auto-Submitted: {letter.auto_submitted}",
        "X-Auto-Response-Suppress: OOF, AutoReply",  # the same for Exchange, which does not heed RFC 3834
        f"Content-Language: {LANGUAGE}",
        "MIME-Version: 1.0",
    ]


def _plain(text: str) -> list[bytes]:
    return _text("text/plain; charset=utf-8; format=flowed", flow(text))


def _html(html: str) -> list[bytes]:
    return _text("text/html; charset=utf-8", "\r\n".join(html.splitlines()))


def _text(content_type: str, text: str) -> list[bytes]:
    """A text part as quoted-printable, or as base64 where that is shorter (scripts other than Latin)."""
    raw = f"{text}\r\n".encode("utf-8", "replace")
    quoted = b2a_qp(raw, istext=True)
    if len(quoted) * 3 <= len(raw) * 5:
        return [_head([f"Content-Type: {content_type}", "Content-Transfer-Encoding: quoted-printable"]), quoted]
    return [_head([f"Content-Type: {content_type}", "Content-Transfer-Encoding: base64"]), _base64(raw)]


def _file(file: File) -> list[bytes]:
    main = file.content_type.partition("/")[0].lower()
    content_type = "application/octet-stream" if main in OPAQUE else clean(file.content_type)
    disposition = fields.field("Content-Disposition", ["attachment;", *fields.parameter("filename", clean(file.name))])
    head = [f"Content-Type: {content_type}", "Content-Transfer-Encoding: base64", disposition]
    return [_head(head), _base64(file.content)]


def _multipart(subtype: str, tag: str, parts: Iterable[list[bytes]]) -> list[bytes]:
    """The parts between boundaries that hold "=_", which neither of our encodings ever writes (RFC 2045 §6.7)."""
    boundary = f"=_{subtype}_{tag}"
    chunks = [_head([f'Content-Type: multipart/{subtype}; boundary="{boundary}"'])]
    for part in parts:
        chunks += [f"--{boundary}\r\n".encode(), *part, CRLF]
    return [*chunks, f"--{boundary}--\r\n".encode()]


def _head(given: Iterable[str]) -> bytes:
    return "".join(f"{field}\r\n" for field in given).encode() + CRLF


def _base64(content: bytes) -> bytes:
    """In lines of 76 characters."""
    whole = b2a_base64(content, newline=False)
    return CRLF.join(whole[at : at + fields.LINE] for at in range(0, len(whole), fields.LINE))
