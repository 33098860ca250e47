"""What kind of mail this is: a human's, an automatic answer, a delivery report, bulk. Pure.

RFC 3834 first, then the informal signs of real vacation programs; a human who writes about an absence is a human.
"""

import re
from enum import StrEnum

from hub.mail import bounce
from hub.mail.parse import ParsedMail


class Kind(StrEnum):
    """A `reply` answers a mail; a `message` opens a conversation; nobody wrote the three others."""

    message = "message"
    reply = "reply"
    auto_reply = "auto_reply"
    bounce = "bounce"
    bulk = "bulk"


BULK_HEADERS = (
    "list-id",
    "list-unsubscribe",
    "list-post",
    "list-help",
    "feedback-id",
    "x-campaign-id",
    "x-mailgun-tag",
)
BULK_PRECEDENCE = frozenset({"bulk", "list", "junk"})
AUTO_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-auto-reply-from",
    "x-vacation",
)
AUTO_SUBJECT = re.compile(
    r"\s*(?:\[?(?:absence du bureau|absent du bureau|réponse automatique|reponse automatique|réponse auto|message d['’]absence"
    r"|automatic reply|auto(?:matic|mated)?[- ]?(?:reply|response|answer)|autoreply|out of (?:the )?office|vacation (?:reply|message|response)"
    r"|abwesenheit(?:snotiz)?|automatische antwort|risposta automatica|respuesta automática|notification d['’]absence|répondeur automatique"
    r"|accusé de (?:réception|lecture) automatique)\]?(?:\s*[:\-–(]|\s*$|\s+(?:re|ré|de|jusqu)\b))",
    re.IGNORECASE,
)
RECEIPT_SUBJECT = re.compile(
    r"\s*(?:lu|read|non lu|not read|accusé de lecture|return receipt)\s*(?::|\()", re.IGNORECASE
)
REPLY_SUBJECT = re.compile(r"\s*(?:re|ré|rép|réf|aw|sv|antw)\s*(?:\[\d+\]|\(\d+\))?\s*:", re.IGNORECASE)


def kind(mail: ParsedMail) -> Kind:
    """The kind of a mail, from its headers and the form of its report; the body is read for bounces only."""
    if bounce.read(mail) is not None:
        return Kind.bounce
    if _is_human(mail):
        return _conversation(mail)
    if _is_auto_reply(mail):
        return Kind.bulk if _is_list(mail) and not _answers(mail) else Kind.auto_reply
    return Kind.bulk if _is_bulk(mail) else _conversation(mail)


def _is_human(mail: ParsedMail) -> bool:
    """`Auto-Submitted: no` says so (RFC 3834 §5)."""
    return _auto_submitted(mail) == "no" and not _is_bulk(mail)


def _auto_submitted(mail: ParsedMail) -> str:
    return (mail.header("Auto-Submitted") or "").partition(";")[0].partition("(")[0].strip().lower()


def _is_auto_reply(mail: ParsedMail) -> bool:
    names = {name.lower() for name, _ in mail.headers}
    return (
        _auto_submitted(mail) not in ("", "no")
        or mail.report_type in ("disposition-notification", "delivery-status")
        or _present(mail, names)
        or (mail.header("Precedence") or "").strip().lower() in ("auto_reply", "auto-reply")
        or bool(AUTO_SUBJECT.match(mail.subject))
        or (bool(RECEIPT_SUBJECT.match(mail.subject)) and bool(mail.report))
    )


def _present(mail: ParsedMail, names: set[str]) -> bool:
    """The headers of autoresponders; "no" and empty values do not count."""
    return any(
        (mail.header(name) or "no").strip().lower() not in ("no", "none", "false", "0")
        for name in AUTO_HEADERS
        if name in names
    )


def _is_list(mail: ParsedMail) -> bool:
    return any(mail.header(name) for name in BULK_HEADERS)


def _is_bulk(mail: ParsedMail) -> bool:
    return _is_list(mail) or (mail.header("Precedence") or "").strip().lower() in BULK_PRECEDENCE


def _answers(mail: ParsedMail) -> bool:
    return mail.in_reply_to is not None or bool(AUTO_SUBJECT.match(mail.subject)) or bool(mail.report)


def _conversation(mail: ParsedMail) -> Kind:
    answers = mail.in_reply_to or mail.references or REPLY_SUBJECT.match(mail.subject)
    return Kind.reply if answers else Kind.message
