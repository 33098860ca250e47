"""Pure: the mail a person's own client writes, for an answer or afresh. What a hub must be able to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from babel.dates import format_datetime as spoken

from hub.mail.compose import File, clean
from hub.mail.flowed import flow
from hub.mail.letters import answering, quoted
from hub.mail.parse import Mailbox, ParsedMail
from hub.mail.reading.address import mailboxes


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes. `signature`: the lines their client puts under every mail, or ""."""

    name: str
    address: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A mail ready for SMTP: to whom, and its bytes."""

    recipient: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Text:
    """What the person typed and chose."""

    subject: str
    body: str
    files: Sequence[File] = ()


def fresh(writer: Writer, recipient: str, text: Text, identifier: str, at: datetime) -> Written:
    """A mail that answers nothing. `at` is aware, in the writer's zone; `identifier` makes the Message-ID."""
    return _written(writer, Mailbox("", recipient), text, _signed(text.body, writer), identifier, at, {})


def answer(original: ParsedMail, writer: Writer, text: Text, identifier: str, at: datetime) -> Written:
    """The answer to a mail: to its Reply-To, threaded by References (RFC 5322 §3.6.4), the original quoted below."""
    threading = {
        "In-Reply-To": original.message_id or "",
        "References": " ".join(dict.fromkeys([*original.references, *filter(None, [original.message_id])])),
    }
    body = f"{_signed(text.body, writer)}\n\n{attribution(original, at.tzinfo)}\n{quoted(original.text.rstrip())}"
    return _written(writer, answer_to(original), text, body, identifier, at, threading)


def answer_to(original: ParsedMail) -> Mailbox:
    """Where an answer goes: Reply-To, else From (RFC 5322 §3.6.2)."""
    named = mailboxes(original.header("reply-to") or "")
    return named[0] if named else original.sender or Mailbox("", "")


def answer_subject(original: ParsedMail) -> str:
    """ "Re: " once."""
    return answering(original.subject)


def attribution(original: ParsedMail, zone: tzinfo | None) -> str:
    """The line above the quotation, as French clients write it."""
    who = original.sender or Mailbox("", "")
    name = f"{who.name} <{who.address}>" if who.name else who.address
    if original.date is None:
        return f"{name} a écrit :"
    date = spoken(original.date.astimezone(zone), "EEE d MMM y 'à' HH:mm", locale="fr")
    return f"Le {date}, {name} a écrit :"


def _signed(body: str, writer: Writer) -> str:
    return f"{body.rstrip()}\n\n-- \n{writer.signature}" if writer.signature else body.rstrip()


def _written(
    writer: Writer, to: Mailbox, text: Text, body: str, identifier: str, at: datetime, threading: dict[str, str]
) -> Written:
    message = EmailMessage(policy=SMTP.clone(utf8=not (writer.address.isascii() and to.address.isascii())))
    message["From"] = _header(Mailbox(writer.name, writer.address))
    message["To"] = _header(to)
    message["Subject"] = clean(text.subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{identifier}@{writer.address.rpartition('@')[2]}>"
    for name, value in threading.items():
        if value:
            message[name] = value
    message.set_content(flow(body), cte="quoted-printable", params={"format": "flowed"})
    for file in text.files:
        main, _, sub = file.content_type.partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=clean(file.name))
    return Written(to.address, message.as_bytes())


def _header(mailbox: Mailbox) -> Address:
    local, _, domain = mailbox.address.rpartition("@")
    return Address(clean(mailbox.name), local, domain)
