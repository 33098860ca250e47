"""Delivery reports: RFC 3464, and the informal forms of Exchange, Exim, qmail, Postfix, in French and English. Pure."""

import re
from dataclasses import dataclass

from hub.mail import parse
from hub.mail.parse import ParsedMail
from hub.mail.reading import header, reports
from hub.mail.reading.address import mailboxes
from hub.mail.reading.matching import shows

XTEXT = re.compile(r"\+([0-9A-F]{2})")  # RFC 3461 §4
RECIPIENT_FIELDS = frozenset({"original-recipient", "final-recipient"})
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
# In free text only failures: "2.0.12" is the version of some program. A dot that ends a sentence may follow.
FAILURE = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?!\d|\.\d)")
REPLY_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ \-#])")
# With the apostrophe of « d'angelo@… », never one around it.
ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:]{1,64}(?:'[^\s<>()\[\]\"',;:@]{1,64})?@[^\s<>()\[\]\"',;:]{1,255}")
# The line that names the recipient: « <a@b>: » (qmail, Postfix), "  a@b" (Exim), "a@b on 6/17/2015" (Exchange).
RECIPIENT_LINE = re.compile(
    r"^[ \t>*'\"`<-]{0,12}(" + ADDRESS.pattern + r")[>'\"]{0,2}(?: on \d|[ \t]*:|[ \t]*\(|[ \t]*\r?$)", re.MULTILINE
)
RCPT_TO = re.compile(r"RCPT TO:\s{0,3}<(" + ADDRESS.pattern + ")>", re.IGNORECASE)
# What announces the address: "to the following recipients:", « adresse(s) suivante(s) », "Intended recipient: …".
ANNOUNCED = re.compile(
    # Atomic up to the last colon: others would be tried in vain, for each of sixty places that an address may start at.
    r"(?>(?:recipient|address|user|destinataire|adresse)s?(?:\(e?s\))?[^\n@]{0,60}:[ \t\r\n>*-]{0,40})"
    r"[^\n@]{0,60}?[<\"' ]?(" + ADDRESS.pattern + ")",
    re.IGNORECASE,
)
# « addressed to 'a@b.c', failed », "to which your message was addressed, a@b.c, did not match".
ADDRESSED = re.compile(
    r"\b(?:add?ress(?:ed?|ée?)(?:,| to| à)|(?:remis|distribué|délivré|livré)e?s? à(?: ?:)?)"
    r"\s{1,9}[<'\"]?(" + ADDRESS.pattern + ")",
    re.IGNORECASE,
)
LOCAL = re.compile(
    r"\bfollowing (?:recipient|user)s?\b[^\n]{0,200}:\s{1,20}([\w.+-]{1,64})[ \t]*$", re.IGNORECASE | re.MULTILINE
)
TO_LINE = re.compile(r"^[ \t>]*(?:to|cc):[ \t]*(.{3,300})$", re.IGNORECASE | re.MULTILINE)
# Where a mail given back has one of these, its To is a list's address and not the subscriber's.
LISTED = frozenset({"list-id", "list-post", "x-beenthere", "newsgroups"})
LISTED_LINE = re.compile(rf"^[ \t>]*(?:{'|'.join(sorted(LISTED))}):", re.IGNORECASE | re.MULTILINE)
NOT_RECIPIENTS = ("postmaster@", "mailer-daemon@", "abuse@", "support@", "helpdesk@")
SUBJECT_LINE = re.compile(r"^[ \t>]*(?:subject|objet|sujet)[ \t]{0,3}:.*$", re.IGNORECASE | re.MULTILINE)
BLANK_LINE = re.compile(r"\n[ \t]*\n")
FOLD = re.compile(r"\n[ \t]+")
MESSAGE_ID = re.compile(r"^[ \t>]*message-id:[ \t]*(<[^<>\s]{3,900}>)", re.IGNORECASE | re.MULTILINE)
# Where the mail given back begins: its addresses are not those of the report.
RETURNED = re.compile(
    r"^[ \t>*]*(?:return-path|received|message-id)[ \t]{0,3}:|^[ \t>*]*[-=]{2,}.{0,60}"
    r"(?:returned|original|copy|below|unsent|undelivered|d'origine|renvoyé)",
    re.IGNORECASE | re.MULTILINE,
)
VERSION = re.compile(r"\b(?:exim|version|v)[ .]{0,2}\d[\d.]{0,20}", re.IGNORECASE)
AT_CODE = re.compile(r"\b[45]\d\d[ \-#]{1,2}([45]\.\d{1,3}\.\d{1,3})(?!\d|\.\d)")
GUESSED = (
    (reports.NO_HOST, "5.4.4"),
    (reports.NO_DOMAIN, "5.1.2"),
    (reports.UNKNOWN_USER, "5.1.1"),
    (reports.FULL, "5.2.2"),
    (reports.SPAM, "5.7.1"),
    (reports.TOO_BIG, "5.3.4"),
)
RECEIPT = re.compile(r"^disposition[ \t]*:", re.IGNORECASE | re.MULTILINE)  # RFC 8098 §3.2.6
MAX_NESTED = 5  # messages attached that are looked into
MAX_NESTED_SIZE = 1_000_000  # bytes
BODY = 20_000  # characters looked at for informal signs
MAX_COPIES = 2_000  # characters in which one address alone may stand
TOP = 1_500  # characters in which a report says what it is
ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})


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
    if "bounce" not in mail.known:
        mail.known["bounce"] = _read(mail)
    found = mail.known["bounce"]
    return found if isinstance(found, Bounce) else None


def _read(mail: ParsedMail) -> Bounce | None:
    reported = mail.report and mail.report_type != "disposition-notification" and _is_reported(mail)
    if reported and (found := _formal(mail)):
        return found
    if mail.report_type == "disposition-notification":
        # Dovecot reports a full mailbox, and Sieve's "reject", in the form of a receipt.
        return _informal(mail) if "(rejected)" in (mail.header("Auto-Submitted") or "") else None
    return (_nested(mail) or _informal(mail)) if _looks_like(mail) else None


def _is_reported(mail: ParsedMail) -> bool:
    """Whether the report is the mail: somebody may enclose one to a mail of theirs, or a receipt."""
    if RECEIPT.search(mail.report):
        return False
    if mail.report_type or mail.sender is None or "auto-submitted" in mail.fields:
        return True
    return _of_daemon(mail) or _of_nobody(mail)


def _of_daemon(mail: ParsedMail) -> bool:
    sender = mail.sender
    return sender is not None and bool(reports.DAEMON.match(sender.address) or reports.DAEMON.match(sender.name))


def _of_nobody(mail: ParsedMail) -> bool:
    return (mail.header("Return-Path") or "").strip() == "<>"


def _is_coded(mail: ParsedMail) -> bool:
    return FAILURE.search(VERSION.sub("", mail.text[:TOP])) is not None


def _nested(mail: ParsedMail) -> Bounce | None:
    """The report inside a message that the report encloses: some gateways wrap those they pass on."""
    for file in mail.attachments[:MAX_NESTED]:
        if file.content_type == "message/rfc822" and b"delivery-status" in file.content[:MAX_NESTED_SIZE].lower():
            inner = parse.read(file.content[:MAX_NESTED_SIZE])
            if inner.report and inner.report_type != "disposition-notification" and (found := _formal(inner)):
                return found
    return None


def _formal(mail: ParsedMail) -> Bounce | None:
    """RFC 3464: the first group tells of the message, each other one of a recipient."""
    groups = [_group(block) for block in BLANK_LINE.split(mail.report) if block.strip()]
    recipients = [group for group in groups if "action" in group or "final-recipient" in group or "status" in group]
    if not recipients:
        return None
    if len(recipients) > 1 and recipients[0].keys().isdisjoint(RECIPIENT_FIELDS):
        # Some tell what they did before the first blank line, and only below it of whom.
        recipients = [recipients[0] | one for one in recipients[1:]]
    group = next((one for one in recipients if one.get("action", "").lower() == "failed"), recipients[0])
    address = _recipient(group)
    status = STATUS.search(group.get("status", "")) or STATUS.search(group.get("diagnostic-code", ""))
    return Bounce(
        recipient=address or _informal_recipient(mail),
        status=status[1] if status else _guessed_status(group.get("diagnostic-code", "")),
        action=_action(group.get("action", "")),
        original_message_id=_original(mail),
        diagnostic=group.get("diagnostic-code", "").partition(";")[2].strip() or group.get("diagnostic-code", ""),
    )


def _recipient(group: dict[str, str]) -> str | None:
    """The address that the sender wrote to, before any forwarding (RFC 3464 §2.3.1), where the report has kept it."""
    original, final = (ADDRESS.search(group.get(f"{which}-recipient", "")) for which in ("original", "final"))
    if original and final and XTEXT.sub(lambda code: chr(int(code[1], 16)), original[0]) == final[0]:
        return final[0]  # some leave the former as it was coded for SMTP
    found = original or final
    return found[0] if found else None


def _action(value: str) -> str:
    """A word of RFC 3464 §2.3.3; OpenSMTPD's "error" and MDaemon's "failure" are failures."""
    word = value.strip().partition(" ")[0].strip(";").lower()
    return word if word in ACTIONS else "failed"


def _group(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in FOLD.sub(" ", block).split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip())
    return fields


def _looks_like(mail: ParsedMail) -> bool:
    """A report without the form: from a mailer daemon or nobody (null return path), and titled or worded like one."""
    if mail.report_type == "delivery-status" or mail.header("X-Failed-Recipients"):  # Exim
        return True
    sender, daemon = mail.sender, _of_daemon(mail)
    if sender and sender.address.lower().startswith("mailer-daemon@") and (mail.enclosed or _is_coded(mail)):
        return True  # in any language
    if not daemon and not _of_nobody(mail):
        # A gateway under another name (InterScan, Symantec): only with the words, and no mail of ours it answers.
        if reports.OPENS_BY_FAILURE.match(mail.text[:TOP]):
            return True
        if _passed_on(mail):
            return False
        titled = _titled(mail) or (sender is not None and bool(reports.NOBODY.match(sender.address)))
        return titled and _worded(mail) and (bool(mail.enclosed) or _returns(mail))
    return _titled(mail) or ((daemon or sender is None) and _worded(mail))


def _titled(mail: ParsedMail) -> bool:
    return shows(reports.FAILED_SIGNS, mail.title) and reports.FAILED_SUBJECT.match(mail.title) is not None


def _passed_on(mail: ParsedMail) -> bool:
    """Whether somebody answers or forwards a report, « TR : Undelivered Mail »."""
    return mail.in_reply_to is not None or bool(reports.PREFIXED_SUBJECT.match(mail.title))


def _worded(mail: ParsedMail) -> bool:
    return bool(reports.FAILED_TEXT.search(mail.text[:TOP]))


def _returns(mail: ParsedMail) -> bool:
    return bool(reports.RETURNED.search(mail.text[:BODY]))


def _informal(mail: ParsedMail) -> Bounce:
    text = SUBJECT_LINE.sub("", mail.text[:BODY])
    status = _told_status(text)
    delayed = bool(reports.DELAYED.match(mail.title) or reports.DELAYED.match(text[:TOP]))
    return Bounce(
        recipient=_informal_recipient(mail),
        status=status or _guessed_status(text),
        action="delayed" if delayed else "failed",
        original_message_id=_original(mail),
        diagnostic=_diagnostic(text),
    )


def _told_status(text: str) -> str | None:
    """The first enhanced code above the mail given back; in that one only beside a reply code: Exim 4.96.2 is none."""
    returned = RETURNED.search(text)
    own = VERSION.sub("", text[: returned.start()] if returned else text)
    found = FAILURE.search(own) or (AT_CODE.search(text, returned.start()) if returned else None)
    return found[1] if found else None


def _guessed_status(text: str) -> str | None:
    """An enhanced code from the words or the plain SMTP code when the report gives none."""
    for words, status in GUESSED:
        if words.match(text):
            return status
    code = REPLY_CODE.search(text)
    return f"{code[1][0]}.0.0" if code else None


def _informal_recipient(mail: ParsedMail) -> str | None:
    if failed := mail.header("X-Failed-Recipients"):
        match = ADDRESS.search(failed)
        return match[0] if match else None
    ours = {box.address.lower() for box in (*mail.to, *((mail.sender,) if mail.sender else ()))}
    text = mail.text[:BODY]
    returned = RETURNED.search(text)
    own = text[: returned.start()] if returned else text
    if local := _local_recipient(mail, own):
        return local
    for pattern, where in ((ADDRESSED, own), (ANNOUNCED, own), (RECIPIENT_LINE, own), (RCPT_TO, text), (ADDRESS, own)):
        for match in pattern.finditer(where):
            address = (match[1] if pattern.groups else match[0]).rstrip(".").removeprefix("SMTP=")  # Exchange 5.5
            if address.lower() not in ours and not address.lower().startswith(NOT_RECIPIENTS):
                return address
    return _returned_to(mail, text[len(own) :])


def _local_recipient(mail: ParsedMail, own: str) -> str | None:
    """A mailbox of the very server that reports, named without its domain, as AOL does."""
    local = LOCAL.search(own)
    daemon = mail.sender.address.partition("@") if mail.sender else ("", "", "")
    return f"{local[1]}@{daemon[2]}" if local and daemon[0].lower() == "mailer-daemon" and daemon[2] else None


def _returned_to(mail: ParsedMail, returned: str) -> str | None:
    """The only address that the mail given back was written to, where the report names none."""
    single = [fields for fields in mail.enclosed if LISTED.isdisjoint(name.lower() for name, _ in fields)]
    copies = [" , ".join(value for name, value in fields if name.lower() in ("to", "cc")) for fields in single]
    if not LISTED_LINE.search(returned):
        copies.append(" , ".join(TO_LINE.findall(returned)))
    for written in (mailboxes(copy) for copy in copies if len(copy) <= MAX_COPIES):
        if len(written) == 1 and ADDRESS.fullmatch(written[0].address):
            return written[0].address
    return None


def _diagnostic(text: str) -> str:
    """The line that says why: the first with a code, else nothing."""
    line = next((line for line in text.split("\n") if FAILURE.search(line) or REPLY_CODE.search(line)), "")
    return line.strip()[:500]


def _original(mail: ParsedMail) -> str | None:
    """Message-ID of the mail reported on, from the copy returned, the text, or what the report answers."""
    for fields in mail.enclosed:
        for name, value in fields:
            if name.lower() == "message-id" and (found := header.message_ids(value)):
                return found[0]
    quoted = MESSAGE_ID.search(mail.text[:200_000])
    return quoted[1] if quoted else mail.in_reply_to
