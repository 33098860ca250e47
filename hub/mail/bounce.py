"""Delivery reports: RFC 3464, and the informal forms of Exchange, Exim, qmail, Postfix, in French and English. Pure."""

import re
from dataclasses import dataclass

from hub.mail.parse import ParsedMail
from hub.mail.reading import header, phrases

STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
REPLY_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ \-#])")
ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:]{1,64}@[^\s<>()\[\]\"',;:]{1,255}")
# The line that names the recipient: « <a@b>: » (qmail, Postfix), "  a@b" (Exim), "a@b on 6/17/2015" (Exchange).
RECIPIENT_LINE = re.compile(
    r"^[ \t>*'\"`<-]{0,12}(" + ADDRESS.pattern + r")[>'\"]{0,2}(?: on \d|[ \t]*:|[ \t]*\(|[ \t]*\r?$)", re.MULTILINE
)
RCPT_TO = re.compile(r"RCPT TO:\s{0,3}<(" + ADDRESS.pattern + ")>", re.IGNORECASE)
NOT_RECIPIENTS = ("postmaster@", "mailer-daemon@", "abuse@", "support@", "helpdesk@")
BLANK_LINE = re.compile(r"\n[ \t]*\n")
FOLD = re.compile(r"\n[ \t]+")
MESSAGE_ID = re.compile(r"^[ \t>]*message-id:[ \t]*(<[^<>\s]{3,900}>)", re.IGNORECASE | re.MULTILINE)
BODY = 20_000  # characters looked at for informal signs


@dataclass(frozen=True, slots=True)
class Bounce:
    """One report. `status` is an enhanced code (RFC 3463) or None; `action` a word of RFC 3464 §2.3.3."""

    recipient: str | None
    status: str | None
    action: str
    original_message_id: str | None
    diagnostic: str


def read(mail: ParsedMail) -> Bounce | None:
    """The delivery report a mail is, None when it is none; of several recipients, the first that failed."""
    if mail.report and mail.report_type != "disposition-notification" and (found := _formal(mail)):
        return found
    if mail.report_type == "disposition-notification" or not _looks_like(mail):
        return None
    return _informal(mail)


def _formal(mail: ParsedMail) -> Bounce | None:
    """RFC 3464: the first group tells of the message, each other one of a recipient."""
    groups = [_group(block) for block in BLANK_LINE.split(mail.report) if block.strip()]
    recipients = [group for group in groups if "action" in group or "final-recipient" in group or "status" in group]
    if not recipients:
        return None
    group = next((one for one in recipients if one.get("action", "").lower() == "failed"), recipients[0])
    recipient = group.get("original-recipient") or group.get("final-recipient") or ""
    address = ADDRESS.search(group.get("final-recipient", "")) or ADDRESS.search(recipient)
    status = STATUS.search(group.get("status", "")) or STATUS.search(group.get("diagnostic-code", ""))
    return Bounce(
        recipient=address[0] if address else _informal_recipient(mail),
        status=status[1] if status else None,
        action=group.get("action", "").partition(" ")[0].strip(";").lower() or "failed",
        original_message_id=_original(mail),
        diagnostic=group.get("diagnostic-code", "").partition(";")[2].strip() or group.get("diagnostic-code", ""),
    )


def _group(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in FOLD.sub(" ", block).split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip())
    return fields


def _looks_like(mail: ParsedMail) -> bool:
    """A report without the form: from a mailer daemon or nobody (null return path), and titled like one."""
    if mail.report_type == "delivery-status":
        return True
    if mail.header("X-Failed-Recipients"):  # Exim
        return True
    sender = mail.sender
    daemon = sender is not None and bool(phrases.DAEMON.match(sender.address) or phrases.DAEMON.match(sender.name))
    null_path = (mail.header("Return-Path") or "").strip() == "<>"
    return (daemon or null_path) and bool(phrases.FAILED_SUBJECT.match(mail.subject))


def _informal(mail: ParsedMail) -> Bounce:
    text = mail.text[:BODY]
    status = STATUS.search(text)
    delayed = bool(phrases.DELAYED.match(mail.subject) or phrases.DELAYED.match(text[:1_500]))
    return Bounce(
        recipient=_informal_recipient(mail),
        status=status[1] if status else _guessed_status(text),
        action="delayed" if delayed else "failed",
        original_message_id=_original(mail),
        diagnostic=_diagnostic(text),
    )


def _guessed_status(text: str) -> str | None:
    """An enhanced code from the words or the plain SMTP code when the report gives none."""
    if phrases.UNKNOWN_USER.match(text):
        return "5.1.1"
    if phrases.FULL.match(text):
        return "5.2.2"
    code = REPLY_CODE.search(text)
    return f"{code[1][0]}.0.0" if code else None


def _informal_recipient(mail: ParsedMail) -> str | None:
    if failed := mail.header("X-Failed-Recipients"):
        match = ADDRESS.search(failed)
        return match[0] if match else None
    ours = {box.address.lower() for box in (*mail.to, *((mail.sender,) if mail.sender else ()))}
    text = mail.text[:BODY]
    for pattern in (RECIPIENT_LINE, RCPT_TO, ADDRESS):
        for match in pattern.finditer(text):
            address = (match[1] if pattern.groups else match[0]).rstrip(".")
            if address.lower() not in ours and not address.lower().startswith(NOT_RECIPIENTS):
                return address
    return None


def _diagnostic(text: str) -> str:
    """The line that says why: the first with a code, else nothing."""
    line = next((line for line in text.split("\n") if STATUS.search(line) or REPLY_CODE.search(line)), "")
    return line.strip()[:500]


def _original(mail: ParsedMail) -> str | None:
    """Message-ID of the mail reported on, from the copy returned, the text, or what the report answers."""
    for fields in mail.enclosed:
        for name, value in fields:
            if name.lower() == "message-id" and (found := header.message_ids(value)):
                return found[0]
    quoted = MESSAGE_ID.search(mail.text[:200_000])
    return quoted[1] if quoted else mail.in_reply_to
