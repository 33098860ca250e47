"""Raw mail to a plain value: `read(raw) -> ParsedMail`, total and bounded. Pure.

Any bytes are a mail. What is damaged, guessed or cut is told in `defects` (short English codes), never raised.
Time is linear in the size; depth, parts, header fields and body text are bounded (see `reading.mime`).
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from hub.mail.reading import charset, frame, header, mime
from hub.mail.reading.address import Mailbox, mailboxes
from hub.mail.reading.content import ParsedAttachment, collect

__all__ = ["MAX_MESSAGE", "Mailbox", "ParsedAttachment", "ParsedMail", "read"]

VERIFIED = "authentication-results"
MAX_MESSAGE = 36_000_000  # bytes looked at, above the 25 to 35 MB of mail servers; keeps us under 200 MB of memory


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """A mail as read. Message ids keep their angle brackets. Text uses "\\n", holds no NUL, encodes to UTF-8."""

    message_id: str | None
    in_reply_to: str | None
    references: tuple[str, ...]
    date: datetime | None
    """Aware, in the sender's zone."""
    sender: Mailbox | None
    """From (RFC 5322 §3.6.2): the first author; never Sender or Reply-To."""
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    subject: str
    text: str
    """The whole readable body."""
    html: str
    """The HTML body decoded, as written (not sanitised), "" when there is none."""
    attachments: tuple[ParsedAttachment, ...]
    headers: tuple[tuple[str, str], ...]
    """(name as written, decoded value) in order, topmost first."""
    defects: tuple[str, ...]
    authors: tuple[Mailbox, ...] = ()
    """Every mailbox of From; mail of several authors is rare, and aligned with no domain."""
    content_type: str = "text/plain"
    report_type: str = ""
    """report-type of a multipart/report (RFC 6522), lower case."""
    report: str = ""
    """The text of its delivery-status or disposition-notification part."""
    enclosed: tuple[tuple[tuple[str, str], ...], ...] = ()
    """The decoded header fields of each message attached or returned."""
    fields: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The first decoded value of each field, by lower-case name."""
    known: dict[str, object] = field(default_factory=dict, compare=False, repr=False)
    """What was already found out about this mail (see `bounce.read`), so that no two readers do the work twice."""

    @property
    def title(self) -> str:
        """The subject for whoever looks for words: no host's mark, and accents on their letters, which Apple parts."""
        return frame.unmarked(unicodedata.normalize("NFC", self.subject))

    def header(self, name: str) -> str | None:
        """The first value of a field, by case-insensitive name."""
        return self.fields.get(name.lower())

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field, topmost first."""
        wanted = name.lower()
        if wanted not in self.fields:
            return ()
        return tuple([value for key, value in self.headers if len(key) == len(wanted) and key.lower() == wanted])


def read(raw: bytes) -> ParsedMail:
    """The mail in `raw`; never raises."""
    defects: list[str] = []
    if not raw or raw.isspace():
        defects.append("empty")
    if len(raw) > MAX_MESSAGE:
        defects.append("message_truncated")
    root = mime.tree(raw, MAX_MESSAGE, defects)
    headers, first, fields = _fields(root)
    content = collect(root, defects)
    authors = mailboxes(first.get("from", ""))
    return ParsedMail(
        message_id=_one_id(first.get("message-id", "")),
        in_reply_to=_one_id(first.get("in-reply-to", "")),
        references=_references(root, first),
        date=_date(first.get("date", ""), defects),
        sender=next(iter(authors), None),
        to=mailboxes(first.get("to", "")),
        cc=mailboxes(first.get("cc", "")),
        subject=fields.get("subject", ""),
        text=content.text,
        html=content.html,
        attachments=tuple(content.attachments),
        headers=headers,
        defects=tuple(dict.fromkeys(defects)),
        authors=authors,
        content_type=root.content_type,
        report_type=root.params.get("report-type", "").lower(),
        report=content.report,
        enclosed=tuple(content.enclosed),
        fields=fields,
    )


def _fields(root: mime.Part) -> tuple[tuple[tuple[str, str], ...], dict[str, str], dict[str, str]]:
    """The decoded headers, and the first value of each by its name: as written, and decoded."""
    headers = tuple(
        [
            one if "=?" not in one[1] and one[1].isprintable() else (one[0], _decoded(*one))  # as most are not
            for one in root.headers
        ]
    )
    first: dict[str, str] = {}  # still encoded: a comma inside an encoded word separates no addresses
    fields: dict[str, str] = {}
    for lowered, (_, value), (_, decoded) in zip(root.names, root.headers, headers, strict=True):
        if lowered not in first:
            first[lowered], fields[lowered] = value, decoded
        elif lowered in ("to", "cc") and len(first[lowered]) < header.MAX_VALUE:  # a second one, against RFC 5322 §3.6
            first[lowered] += f", {value}"
    return headers, first, fields


def _decoded(name: str, value: str) -> str:
    """No encoded word stands in what hosts verified (RFC 8601 §2.2): one that seems to is the sender's own address."""
    return charset.scrub(value) if name.lower() == VERIFIED else header.text(value)


def _one_id(value: str) -> str | None:
    """The first id: one word names a mail too, without brackets and at sign, as old mailers have it."""
    if found := header.message_ids(value):
        return found[0]
    words = charset.scrub(value).strip("<> \t").split()
    return f"<{words[0]}>" if len(words) == 1 and len(words[0]) < 998 else None


def _references(root: mime.Part, first: dict[str, str]) -> tuple[str, ...]:
    if "references" not in first:
        return ()
    if root.names.count("references") == 1:
        return header.message_ids(first["references"])
    values = [value for name, (_, value) in zip(root.names, root.headers, strict=True) if name == "references"]
    return header.message_ids(" ".join(values))


def _date(value: str, defects: list[str]) -> datetime | None:
    found = header.date(value) if value else None
    if value and found is None:
        defects.append("invalid_date")
    return found
