"""Pure: a letter becomes the bytes of an RFC 5322 message, once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from hub.mail.flowed import flow

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


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
    """The message with CRLF line ends, ready for DATA.

    Header values lose every control character first: what a parent typed as a subject can never start a header.
    """
    utf8 = not (letter.sender.isascii() and letter.recipient.isascii())
    message = EmailMessage(policy=SMTP.clone(utf8=utf8))
    for name, value in _headers(letter):
        message[name] = value
    message.set_content(flow(letter.text), subtype="plain", cte="quoted-printable", params={"format": "flowed"})
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    for file in letter.files:
        _attach(message, file)
    return message.as_bytes()


def clean(value: str) -> str:
    """One line, without control characters."""
    return _CONTROL.sub(" ", value).strip()


def _headers(letter: Letter) -> list[tuple[str, str | Address]]:
    headers: list[tuple[str, str | Address]] = [
        ("From", _mailbox(letter.sender_name, letter.sender)),
        ("To", _mailbox(letter.recipient_name, letter.recipient)),
        ("Subject", clean(letter.subject)),
        ("Date", format_datetime(letter.date)),
        ("Message-ID", letter.message_id),
    ]
    optional = [
        ("Reply-To", letter.reply_to),
        ("In-Reply-To", letter.in_reply_to),
        ("References", " ".join(letter.references)),
        ("Auto-Submitted", letter.auto_submitted),
        *letter.headers,
    ]
    return headers + [(name, clean(value)) for name, value in optional if value]


def _mailbox(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(clean(name), local, domain)


def _attach(message: EmailMessage, file: File) -> None:
    main, _, sub = file.content_type.partition("/")
    if main in ("text", "message", "multipart"):  # bytes as they are, never re-encoded or parsed
        main, sub = "application", "octet-stream"
    message.add_attachment(file.content, maintype=main, subtype=sub or "octet-stream", filename=clean(file.name))
