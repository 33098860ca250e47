"""Pure: what a mail host writes above a mail that it takes in.

It vouches for the senders it hosts and for nobody else, and takes away Authentication-Results that pretend to be its
own (RFC 8601 §5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from hub.mail import parse
from hub.mail.authentication import organisation
from hub.mail.lmtp import Envelope

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_RESULTS = re.compile(rb"^Authentication-Results[ \t]*:[^\n]*\n?(?:[ \t][^\n]*\n?)*", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(rb"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Host:
    """A mail host: its authserv-id, and the domains whose senders it knows."""

    name: str
    domains: frozenset[str]


def stamped(envelope: Envelope, recipients: Sequence[str], host: Host, at: datetime) -> bytes:
    """The mail as `host` delivers it to `recipients`."""
    above = [
        f"Return-Path: <{envelope.mail_from}>",
        *(f"Delivered-To: {recipient}" for recipient in recipients),
        f"Authentication-Results: {host.name};\r\n {results(envelope, host)}",
        f"Received: from localhost ([127.0.0.1]) by {host.name} with ESMTP;\r\n {format_datetime(at)}",
    ]
    return "\r\n".join([*above, ""]).encode() + without_forged(envelope.raw, host.name)


def results(envelope: Envelope, host: Host) -> str:
    """SPF for the envelope sender, DMARC for the one author in From (RFC 8601 §2.7, RFC 7489 §3.1)."""
    author, sender = author_domain(envelope.raw), envelope.mail_from.rpartition("@")[2].lower()
    known = sender in host.domains
    spf = f"spf=pass smtp.mailfrom={sender}" if known else "spf=none"
    if author not in host.domains:
        return f"{spf}; dmarc=none"
    aligned = known and organisation(sender) == organisation(author)
    return f"{spf}; dmarc={'pass' if aligned else 'fail'} header.from={author}"


def author_domain(raw: bytes) -> str:
    """The domain of the one author; "" for none, several or an unreadable one."""
    mail = parse.read(raw)
    return mail.sender.domain.lower() if mail.sender and len(mail.all("From")) == 1 else ""


def without_forged(raw: bytes, name: str) -> bytes:
    """The mail without the Authentication-Results fields that bear our own `name`."""
    blank = _BLANK_LINE.search(raw)
    end = blank.start() + 2 if blank else len(raw)
    ours = name.lower().encode()
    head = _RESULTS.sub(lambda field: b"" if _authserv(field[0]) == ours else field[0], raw[:end])
    return head + raw[end:]


def _authserv(field: bytes) -> bytes:
    """The authserv-id of a field, folded; comments and its version number left out."""
    value = _COMMENT.sub(b" ", field.partition(b":")[2])
    return (value.partition(b";")[0].split() or [b""])[0].strip(b'"').lower()
