"""What became of a mail handed to an SMTP server, and why. Pure.

Sent        the server answers for it now
Deferred    not now; `unknown` when the connection died after DATA was begun
Rejected    never; the reason is the server's, or ours for an address that cannot be written
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from hub.core.tokens import masked

REASON_LENGTH = 450  # characters kept of what a server says
ADDRESS_LENGTH = 254  # octets, RFC 5321 §4.5.3.1.3 less the angle brackets
LOCAL_LENGTH = 64  # octets, RFC 5321 §4.5.3.1.1

# Answers about us, not about the recipient: 421 closing down, 454 and 53x about logging in (RFC 4954 §6)
ABOUT_US = frozenset({421, 454, 530, 534, 535, 538})
ADDRESS = re.compile(r'[^\s@<>()\[\]\\,;:"]+@[^\s@<>()\[\]\\,;:"]+')
STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 3463, RFC 2034


@dataclass(frozen=True, slots=True)
class Sent:
    """The server took responsibility (RFC 5321 §4.2.5)."""

    response: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """To be tried again. `code` is None when no answer came.

    `unknown`: the connection died or timed out after DATA was begun, so the mail may have been accepted
    (RFC 5321 §4.5.3.2.6). `server`: the server as a whole is down or refuses us; says nothing of the recipient.
    """

    code: int | None
    reason: str
    unknown: bool = False
    server: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """Refused for good."""

    code: int
    reason: str


Outcome = Sent | Deferred | Rejected


class Stage(Enum):
    """What was being said when the server answered."""

    mail = "MAIL"
    rcpt = "RCPT"
    data = "DATA"


def verdict(code: int, text: str, stage: Stage) -> Outcome:
    """What a reply means. A code outside 200..599 is no SMTP: unknown once DATA was begun."""
    reason = plain(f"{code} {text}")
    if 200 <= code < 300:
        return Sent(plain(text))
    if code in ABOUT_US:
        return Deferred(code, reason, server=True)
    if 500 <= code < 600 and not (code == 552 and _full_mailbox(text, stage)) and not _is_too_much(text):
        return Rejected(code, reason)
    return Deferred(code, reason, unknown=stage is Stage.data and not 400 <= code < 600)


def _is_too_much(text: str) -> bool:
    """550 5.4.5: Google's word for more mail than we may send in a day; tomorrow it is taken."""
    status = STATUS.match(text)
    return status is not None and status[1] == "5.4.5"


def _full_mailbox(text: str, stage: Stage) -> bool:
    """552 says "too big", but also "mailbox full" (X.2.2), and to RCPT "too many" (RFC 5321 §4.5.3.1.10)."""
    status = STATUS.match(text)
    if status:
        return status[1] == "5.2.2"
    return stage is Stage.rcpt


def wire_address(address: str) -> str:
    """`address` as it may stand in MAIL and RCPT: domain in IDNA's ASCII form, local part untouched.

    Raises ValueError, with a French reason, for whatever could end the command line or be read otherwise:
    controls, spaces, brackets, quotes, no or two @, more than 64 octets before it or 254 in all.
    """
    if not ADDRESS.fullmatch(address) or not address.isprintable():
        raise ValueError(f"adresse impossible : {address[:80]!r}")
    local, _, domain = address.partition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError(f"domaine impossible : {domain[:80]!r}") from error
    wire = f"{local}@{domain}"
    if not ADDRESS.fullmatch(wire):  # IDNA takes a sign apart, and a space may come out
        raise ValueError(f"domaine impossible : {address[:80]!r}")
    if len(local.encode()) > LOCAL_LENGTH or len(wire.encode()) > ADDRESS_LENGTH:
        raise ValueError(f"adresse trop longue : {address[:80]!r}…")
    return wire


def plain(text: str) -> str:
    """What a server said, on one line, bounded, free of controls, of undecodable bytes and of our tokens."""
    decoded = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    shown = "".join(c if c.isprintable() else " " for c in decoded)
    return masked(" ".join(shown.split()))[:REASON_LENGTH]
