"""Delivery reports: RFC 3464, and the informal forms of Exchange, Exim, qmail, Postfix, in French and English. Pure."""

import re
from dataclasses import dataclass

from hub.mail.parse import ParsedMail
from hub.mail.reading import header

DAEMON = re.compile(
    r"(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon|mail delivery (?:sub)?system|bounces?|delivery|microsoftexchange[0-9a-f]+|système de (?:distribution|messagerie))",
    re.IGNORECASE,
)
FAILED_SUBJECT = re.compile(
    r"undeliver|delivery (?:has )?(?:status|fail|unsuccess|problem|report)|returned (?:mail|to sender)|mail delivery (?:failed|system)|failure notice"
    r"|mail (?:could not be|not) delivered|message (?:could not be|not) delivered|non[ -]remis|non[ -]distribu|non[ -]délivr|échec (?:de|d['’]) ?(?:la )?(?:remise|distribution|livraison|envoi)|avis de non[ -]remise"
    r"|retour (?:à|a) l['’]expéditeur|impossible (?:de remettre|à remettre|de distribuer)|remise (?:impossible|retardée|différée)|delayed|retard[ée]|unzustellbar|delivery incomplete|warning: (?:message|could not)",
    re.IGNORECASE,
)
DELAYED = re.compile(
    r"\bdelay(?:ed)?\b|\bretard[ée]e?|\bdifféré|not yet been delivered|n['’]a pas encore (?:pu )?(?:être|été)|still (?:being )?retr|will (?:be retried|continue to (?:try|retry))"
    r"|this is a warning message only|no action is required on your part|nouvelles? tentatives? (?:sera|auront|vont)",
    re.IGNORECASE,
)
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
REPLY_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ \-#])")
ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:]{1,64}@[^\s<>()\[\]\"',;:]{1,255}")
UNKNOWN_USER = re.compile(
    r"user unknown|unknown user|no such (?:user|mailbox|recipient)|mailbox (?:unavailable|not found)|recipient (?:unknown|not found)|does ?n[o']t exist|n['’]existe pas|introuvable|utilisateur inconnu"
    r"|destinataire inconnu|adresse inconnue|unrouteable|invalid recipient|couldn['’]t be found|wasn['’]t found",
    re.IGNORECASE,
)
FULL = re.compile(
    r"(?:mailbox|quota|boîte)[^.\n]{0,40}(?:full|exceeded|pleine|dépassé|saturée)|over ?quota|quota exceeded",
    re.IGNORECASE,
)
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
    groups = [_group(block) for block in re.split(r"\n[ \t]*\n", mail.report) if block.strip()]
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
    for line in re.sub(r"\n[ \t]+", " ", block).split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip())
    return fields


def _looks_like(mail: ParsedMail) -> bool:
    """A report without the form: from a mailer daemon or nobody (null return path), and titled like one."""
    if mail.report_type == "delivery-status":
        return True
    if mail.header("X-Failed-Recipients"):
        return True
    sender = mail.sender
    daemon = sender is not None and bool(DAEMON.match(sender.address) or DAEMON.match(sender.name))
    null_path = (mail.header("Return-Path") or "").strip() == "<>"
    return (daemon or null_path) and bool(FAILED_SUBJECT.search(mail.subject))


def _informal(mail: ParsedMail) -> Bounce:
    text = mail.text[:BODY]
    status = STATUS.search(text)
    delayed = bool(DELAYED.search(mail.subject) or DELAYED.search(text[:1_500]))
    return Bounce(
        recipient=_informal_recipient(mail),
        status=status[1] if status else _guessed_status(text),
        action="delayed" if delayed else "failed",
        original_message_id=_original(mail),
        diagnostic=_diagnostic(text),
    )


def _guessed_status(text: str) -> str | None:
    """An enhanced code from the words or the plain SMTP code when the report gives none."""
    if UNKNOWN_USER.search(text):
        return "5.1.1"
    if FULL.search(text):
        return "5.2.2"
    code = REPLY_CODE.search(text)
    return f"{code[1][0]}.0.0" if code else None


def _informal_recipient(mail: ParsedMail) -> str | None:
    if failed := mail.header("X-Failed-Recipients"):
        match = ADDRESS.search(failed)
        return match[0] if match else None
    ours = {mail.sender.address.lower()} if mail.sender else set()
    ours |= {box.address.lower() for box in mail.to}
    for match in ADDRESS.finditer(mail.text[:BODY]):
        if match[0].lower().rstrip(".") not in ours:
            return match[0].rstrip(".")
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
    quoted = re.search(
        r"^[ \t>]*message-id:[ \t]*(<[^<>\s]{3,900}>)", mail.text[:200_000], re.IGNORECASE | re.MULTILINE
    )
    return quoted[1] if quoted else mail.in_reply_to
