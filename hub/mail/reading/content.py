"""From the tree of parts to what a reader wants: text, HTML, files, and the pieces a delivery report carries."""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from itertools import chain

from hub.mail.reading import charset, cms, header, mime, renderings, tnef, transfer
from hub.mail.reading.renderings import Piece

MAX_TEXT = 1_000_000  # characters of readable body; the raw message keeps the rest
MAX_FILES = 1_000
MAX_REPORT = 200_000  # characters of the fields of a report, however many parts it has
MAX_SEALED = 36_000_000  # bytes: one signature around the largest mail
META_CHARSET = re.compile(rb"<meta\b[^>]{0,200}\bcharset\s{0,5}=\s{0,5}[\"']?([\w-]{1,40})", re.IGNORECASE | re.ASCII)
ESCAPED_FROM = re.compile(r"((?:\A|^(?!>)[^\n]{0,998}\n))>(?=From [^\n]{0,998}(?:\Z|\n(?!>)))", re.MULTILINE)
"""« >From » of some mail server (RFC 4155), where no line above or below is quoted."""

CID = re.compile(r"""\bcid:([^\s"'<>)]{1,255})""", re.IGNORECASE)
RENDERINGS = frozenset({"text/x-amp-html", "text/watch-html", "text/enriched", "text/vnd.google.email-reaction+json"})
"""The same text once more, beside the plain or HTML one that every reader shows (RFC 2046 §5.1.4)."""

OTHER_TEXTS = ("text/markdown", "text/x-markdown", "text/x-web-markdown")
"""Read as plain text where there is no other (RFC 2046 §4.1.4)."""

REPORT_TYPES = ("message/delivery-status", "message/global-delivery-status", "message/disposition-notification")
ENCLOSED_TYPES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers")


@dataclass(frozen=True, slots=True)
class ParsedAttachment:
    """A file of the mail, transfer encoding off. `inline`: meant to be shown in the body, not offered beside it."""

    filename: str
    content_type: str
    content: bytes
    inline: bool
    content_id: str | None

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)

    @property
    def sha256(self) -> str:
        """Hexadecimal digest of the content."""
        return sha256(self.content).hexdigest()


@dataclass(slots=True)
class Content:
    """What the parts hold."""

    defects: list[str]
    pieces: list[Piece] = field(default_factory=list)
    attachments: list[ParsedAttachment] = field(default_factory=list)
    room: int = 2 * MAX_TEXT
    """Characters of body that may still be read."""
    seals: int = 5
    """Opaque signatures that one may still try to open, one inside the other or side by side."""
    sealed: int = MAX_SEALED
    """Bytes that may still be opened so: each opening holds them once more."""
    named: tuple[mime.Part, bytes] | None = None
    """The first text that is a file by its name, but none that its sender attached: all that some phones send (MMS)."""
    report: str = ""
    enclosed: list[tuple[tuple[str, str], ...]] = field(default_factory=list)

    def attach(self, file: ParsedAttachment) -> None:
        """Takes one more file, within MAX_FILES: a part may hold hundreds."""
        if len(self.attachments) < MAX_FILES:
            self.attachments.append(file)
        else:
            self.defects.append("too_many_attachments")

    @property
    def html(self) -> str:
        """One HTML document, "" when no part is HTML; plain pieces between HTML ones are escaped into it."""
        if not any(html for _, html in self.pieces):
            return ""
        shown = (html or f"<div>{escape(plain or '').replace(chr(10), '<br>')}</div>" for plain, html in self.pieces)
        return "\n".join(shown)

    @property
    def text(self) -> str:
        """The whole readable body, the plain renderings first, HTML made text where there is none usable."""
        shown = (renderings.readable(plain, html) for plain, html in self.pieces)
        return "\n".join(text for text in shown if text.strip()).strip("\n")


def collect(root: mime.Part, defects: list[str]) -> Content:
    """The content of a whole message."""
    content = Content(defects)
    content.pieces += renderings.without_twins(_pieces(root, content, is_root=True))
    if content.named and not any(text and text.strip() for piece in content.pieces for text in piece):
        content.pieces.append(_body(*content.named, content))
    _mark_inline(content)
    return content


def _pieces(part: mime.Part, content: Content, *, is_root: bool = False) -> list[Piece]:
    if not part.children:
        return _leaf(part, content, is_root)
    if part.content_type == "multipart/alternative":
        inner = [piece for child in _renderings(part) for piece in _pieces(child, content, is_root=True)]
        plain = "\n".join(text for text, _ in inner if text and text.strip())
        html = "\n".join(text for _, text in inner if text and text.strip())
        return [(plain or None, html or None)]
    if related := part.content_type == "multipart/related":
        _mark_components(part)
    nested = (_pieces(child, content, is_root=related and not place) for place, child in enumerate(part.children))
    return list(chain.from_iterable(nested))


def _mark_components(related: mime.Part) -> None:
    """What can be pointed at beside the root belongs into it (RFC 2387), unless its sender says otherwise."""
    for child in related.children[1:]:
        if not child.children and not child.disposition and child.header("content-id"):
            child.disposition = "inline"


def _renderings(part: mime.Part) -> list[mime.Part]:
    """The alternatives without those that programs read and people do not, as a reaction's in Gmail."""
    if not any(child.content_type in ("text/plain", "text/html") for child in part.children):
        return part.children
    return [child for child in part.children if child.content_type not in RENDERINGS]


def _leaf(part: mime.Part, content: Content, is_root: bool) -> list[Piece]:
    encoding = part.header("content-transfer-encoding")
    is_body = _is_body(part, is_root)
    if is_body and "64" in encoding and transfer.in_clear(part.raw, part.start, part.end):
        encoding = "8bit"
        content.defects.append("invalid_base64")
    data = transfer.decoded(part.raw, encoding, content.defects, part.start, part.end)
    if is_body:
        return [_body(part, data, content)]
    if part.content_type in cms.TYPES and (inner := _unsealed(data, content)):
        data = b""  # held once, in the message inside
        return _pieces(mime.tree(inner, len(inner), content.defects), content, is_root=is_root)
    if part.content_type in tnef.TYPES or part.filename.lower() == "winmail.dat":
        _unpack_tnef(part, data, content)
    else:
        _note_report(part, data, content)
        if (
            part.content_type in ("text/plain", *OTHER_TEXTS)
            and part.disposition != "attachment"
            and content.named is None
        ):
            content.named = part, data
        content.attach(_attachment(part, data))
    return []


def _unsealed(data: bytes, content: Content) -> bytes | None:
    """The message inside an opaque signature, while there is time and memory for one more."""
    if not content.seals or len(data) > content.sealed:
        return None
    content.seals -= 1
    inner = cms.signed_content(data)
    content.sealed -= len(inner or b"")
    return inner


def _is_body(part: mime.Part, is_root: bool) -> bool:
    if part.disposition == "attachment":
        return False
    if part.content_type.startswith("multipart/"):
        return True
    return part.content_type in ("text/plain", "text/html", "text/enriched") and (is_root or not part.filename)


def _body(part: mime.Part, data: bytes, content: Content) -> Piece:
    files: list[tuple[bytes, bytes]] = []
    if b"begin" in data and part.content_type == "text/plain":
        data, files = transfer.uuencoded(data, content.defects)
    text = _decoded(data, part, content)
    if ">From " in text:
        text = ESCAPED_FROM.sub(r"\1", text)
    for name, inner in files:
        filename = header.file_name(charset.scrub(charset.guess(name)))
        content.attach(ParsedAttachment(filename, "application/octet-stream", inner, False, None))
    if part.content_type == "text/html":
        return None, text
    if part.content_type == "text/enriched":
        return transfer.unenriched(text), None
    if part.params.get("format", "").lower() == "flowed":
        return transfer.unflowed(text, part.params.get("delsp", "").lower() == "yes"), None
    return text, None


def _decoded(data: bytes, part: mime.Part, content: Content) -> str:
    """The text of a body part, within MAX_TEXT and what room the mail has left."""
    room = min(MAX_TEXT, content.room)
    label = part.params.get("charset") or _own_charset(part, data)
    if len(data) <= room and (clean := charset.clean(data, label)) is not None:
        content.room -= len(clean)
        return clean
    text = charset.decode(data[: 4 * room], label, content.defects)
    if "\r" in text:
        text = _unix(text)
    if "\0" in text:
        content.defects.append("nul_removed")
    if len(data) > 4 * room or len(text) > room:
        text = text[:room]
        content.defects.append("text_truncated")
    content.room -= len(text)
    return charset.scrub(text)


def _unix(text: str) -> str:
    """Its lines ended by "\\n", whatever ends them; "\\r\\r\\n", of some gateways, ends one."""
    plain = text.replace("\r\n", "\n")
    return text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n") if "\r" in plain else plain


def _own_charset(part: mime.Part, data: bytes) -> str | None:
    """What an HTML part without a charset says of itself."""
    if part.content_type != "text/html" or data.isascii():
        return None
    found = META_CHARSET.search(data, 0, 4_000)
    return found[1].decode("ascii", "replace") if found else None


def _attachment(part: mime.Part, data: bytes) -> ParsedAttachment:
    identifier = charset.scrub(part.header("content-id")).strip()
    identifier = identifier.partition(">")[0].strip("< ") if identifier.startswith("<") else identifier.strip("<>")
    name = part.filename or part.location
    return ParsedAttachment(name, part.content_type, data, part.disposition == "inline", identifier or None)


def _mark_inline(content: Content) -> None:
    """An image the HTML points at is inline, also when its sender called it an attachment (Gmail, iPhones)."""
    if not content.attachments or not content.html:
        return
    shown = {identifier.lower() for identifier in CID.findall(content.html)}
    content.attachments = [
        ParsedAttachment(file.filename, file.content_type, file.content, True, file.content_id)
        if file.content_id and file.content_id.lower() in shown
        else file
        for file in content.attachments
    ]


def _note_report(part: mime.Part, data: bytes, content: Content) -> None:
    """Keeps the fields of a report (RFC 3464, RFC 8098) and the header of any message enclosed."""
    if part.content_type in REPORT_TYPES:
        room = MAX_REPORT - len(content.report)
        content.report += charset.scrub(charset.guess(data[:room])).replace("\r\n", "\n") + "\n\n" if room > 0 else ""
    elif part.content_type in ENCLOSED_TYPES and len(content.enclosed) < 20:
        found, _ = mime.fields(data, 0, len(data), mime.Budget([]))
        content.enclosed.append(tuple((name, header.text(value)) for name, value in found))


def _unpack_tnef(part: mime.Part, data: bytes, content: Content) -> None:
    """The files inside Outlook's winmail.dat; the thing itself when it cannot be opened."""
    files = tnef.files(data) if len(content.attachments) < MAX_FILES else None
    if files is None:
        content.defects.append("tnef_unreadable")
        content.attach(_attachment(part, data))
        return
    for name, content_type, inner in files:
        content.attach(ParsedAttachment(name, content_type, inner, False, None))
