"""The tree of a MIME message (RFC 2045, 2046) from any bytes: linear in time, bounded in depth and parts.

Standard `email` is not used here: it crawls or crashes on hostile input, and costs more than the whole of ours.
A part keeps two positions in the raw message, not a copy: nested parts cost no memory.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hub.mail.reading import charset, header

MAX_DEPTH = 120
MAX_SEARCHED = 1_500_000_000  # bytes in which boundaries are looked for: each level of nesting does it again
MAX_PARTS = 1_000
MAX_FALSE_STARTS = 1_000_000
MAX_HEADERS = 2_000
MAX_PART_HEADERS = 200  # of a part inside: a thousand parts must not hold two million fields
MAX_HEADER_BLOCK = 1_000_000  # bytes
FIELD = re.compile(r"([!-9;-~]{1,120})[ \t]*:")
# « Numéro-Interne: 12 », « : 12 », « X-Portail Famille: oui »: meant as fields by some script.
MISNAMED = re.compile(r"(?:[^\s:]{1,60}-[^\s:]{1,60}|[Xx]-[^:]{1,80})?[ \t]*:")
FIELDS = re.compile(rf"^{FIELD.pattern}(.*)$", re.MULTILINE)
HEADER_END = re.compile(rb"\n\r?\n")
NO_HEADER = re.compile(rb"\r?\n")
MBOX_FROM = re.compile(rb">?From (?![ \t]*:)[^\r\n]*\r?\n")
FILE_LOCATION = re.compile(r"[\w() .-]{1,100}\.\w{1,5}")  # Apple Mail, some gateways; a URL is no file name
UNTYPED = re.compile(r"[\w*-]{1,40}[ \t]{0,9}=")
CHARSET = re.compile(r"\bcharset\s{0,5}=\s{0,5}[\"']?([\w.:-]{1,40})", re.IGNORECASE | re.ASCII)
NEAR = 8_000  # bytes of body in which the charset of raw headers is looked for
UNFOLD = re.compile(r"\n[ \t]+")
BLANKS = (" ", "\t")
DELIMITER_TAIL = re.compile(rb"(--)?[ \t]{0,80}(?:\r?\n|\r|\Z)")
GUESSED_BOUNDARY = re.compile(rb"^--([^\r\n]{1,210}+)\r?\ncontent-", re.MULTILINE | re.IGNORECASE)


@dataclass(slots=True)
class Part:
    """One entity: raw unfolded header fields, and where its body lies in the message."""

    raw: bytes
    headers: list[tuple[str, str]]
    names: list[str]
    """Those of the headers, in lower case."""
    start: int
    end: int
    content_type: str = "text/plain"
    params: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    disposition_params: dict[str, str] = field(default_factory=dict)
    children: list["Part"] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        """The body as sent, transfer encoding still on."""
        return self.raw[self.start : self.end]

    def header(self, name: str) -> str:
        """The first field of that name (lower case), "" when there is none."""
        return self.headers[self.names.index(name)][1] if name in self.names else ""

    @property
    def filename(self) -> str:
        """The name given to the file."""
        return header.file_name(self.disposition_params.get("filename") or self.params.get("name") or "")

    @property
    def location(self) -> str:
        """Its Content-Location (RFC 2557 §4) where that names a file rather than a place, "" otherwise."""
        found = self.header("content-location").strip()
        return found if FILE_LOCATION.fullmatch(found) else ""

    def leaves(self) -> Iterator["Part"]:
        """The parts without children, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


@dataclass(slots=True)
class Budget:
    """What is left to spend on one message."""

    defects: list[str]
    parts: int = MAX_PARTS
    false_starts: int = MAX_FALSE_STARTS
    """Lines that begin as a boundary does and go on; each level of nesting reads them again."""
    searched: int = MAX_SEARCHED
    charset: str = ""
    """What raw 8-bit headers are in, where the message says it for its text."""


def tree(raw: bytes, limit: int, defects: list[str]) -> Part:
    """The first `limit` bytes of a message as a tree; `raw` may be anything."""
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
        defects.append("bare_cr")
    start = 3 if raw.startswith(codecs.BOM_UTF8) else 0  # saved by Notepad
    if mbox := MBOX_FROM.match(raw, start):
        start = mbox.end()
        # Escaped by the mailbox that it was saved in (RFC 4155).
        raw = raw.replace(b"\n>From ", b"\nFrom ").replace(b"\n>>From ", b"\n>From ")
    while raw[start : start + 1] in (b"\r", b"\n"):
        start += 1
    return _entity(raw, start, min(limit, len(raw)), "text/plain", 0, Budget(defects))


def fields(
    raw: bytes, start: int, end: int, budget: Budget, most: int = MAX_HEADERS
) -> tuple[list[tuple[str, str]], int]:
    """The header fields between two positions, unfolded and still encoded, and where the body starts."""
    defects = budget.defects
    if none := NO_HEADER.match(raw, start, end):
        return [], none.end()
    limit = min(end, start + MAX_HEADER_BLOCK)
    stop = HEADER_END.search(raw, start, limit)
    block_end, body = (stop.start(), stop.end()) if stop else (limit, limit)
    if body == limit < end:
        defects.append("header_truncated")
    # Latin-1 keeps each byte one character, so that positions stay those of the message.
    block = raw[start:block_end].decode("latin-1")
    unix = block.removesuffix("\r").replace("\r\n", "\n") if "\r" in block else block
    found = _clean(unix, most)
    clean = found is not None and len(block) <= header.MAX_VALUE and "\r" not in unix and block.isascii()
    if found is None:
        found, stop_at = _stray_lines(raw, block, start, most, defects)
        body = body if stop_at is None else stop_at
    if len(found) > most:
        defects.append("too_many_headers")
    if not block.isascii() and not budget.charset:
        budget.charset = _charset(found[:most], raw[body : min(body + NEAR, end)])
    if clean:
        return [(name, value.strip()) for name, value in found[:most]], min(body, end)  # as nearly all are
    return [(name, _value(value, budget)) for name, value in found[:most]], min(body, end)


def _charset(found: list[tuple[str, str]], below: bytes) -> str:
    """The charset that the header declares, else the first that its parts do; "" when none."""
    declared = next((value for name, value in found if name.lower() == "content-type"), "")
    named = CHARSET.search(declared[: header.MAX_PARAMETERS]) or CHARSET.search(below.decode("latin-1"))
    return named[1] if named else ""


def _clean(block: str, most: int) -> list[tuple[str, str]] | None:
    """The fields of a block in which every line belongs to one, as nearly all do; None for others.

    One more than the `most` wanted are read, and what follows is not looked at.
    """
    if "\n " in block or "\n\t" in block:
        block = UNFOLD.sub(" ", block)
    lines = block.count("\n") + 1
    if lines <= most and len(together := FIELDS.findall(block)) == lines:
        return together
    found: list[tuple[str, str]] = []
    for line in block.split("\n"):
        if match := FIELD.match(line):
            found.append((match[1], line[match.end() :]))
            if len(found) > most:
                break
        elif not line.isspace() and line:
            return None
    return found


def _stray_lines(
    raw: bytes, block: str, start: int, most: int, defects: list[str]
) -> tuple[list[tuple[str, str]], int | None]:
    """The fields among lines that are none, and where the body starts when one of those opens it; see `_clean`."""
    found: list[tuple[str, list[str]]] = []
    at, end, strays = start, start + len(block), 0
    for line in block.split("\n"):
        if line.startswith(BLANKS) and found:
            found[-1][1].append(line.strip())
        elif match := FIELD.match(line):
            if len(found) > most:
                break
            found.append((match[1], [line[match.end() :]]))
        elif line.strip():
            if not MISNAMED.match(line) and not _stray(raw, at + len(line) + 1, end):
                defects.append("no_blank_line_after_headers")
                return [(name, " ".join(lines)) for name, lines in found], at
            strays += 1
            if strays > most:
                defects.append("too_many_headers")
                break
            defects.append("stray_header_line")
        at += len(line) + 1
    return [(name, " ".join(lines)) for name, lines in found], None


def _stray(raw: bytes, after: int, end: int) -> bool:
    """Whether a line that is no header stands between headers, rather than opens the body."""
    match = FIELD.match(raw[after : min(end, after + 200)].decode("latin-1"))
    return match is not None and ("-" in match[1] or match[1].lower() in COMMON)


COMMON = frozenset({"from", "to", "cc", "subject", "date", "received", "references", "sender"})


def _value(value: str, budget: Budget) -> str:
    value = value.strip()
    if len(value) > header.MAX_VALUE:
        value = value[: header.MAX_VALUE]
        budget.defects.append("header_truncated")
    if not value.isascii():
        value = charset.of_header(value.encode("latin-1"), budget.charset)
    return value.replace("\r", " ") if "\r" in value else value


def _entity(raw: bytes, start: int, end: int, default: str, depth: int, budget: Budget) -> Part:
    found, body = fields(raw, start, end, budget, MAX_PART_HEADERS if depth else MAX_HEADERS)
    part = Part(raw, found, [name.lower() for name, _ in found], body, end, default)
    for lowered, (_, value) in zip(part.names, found, strict=True):
        if lowered == "content-type" and not part.params and part.content_type == default:
            part.content_type, part.params = header.parameters(value)
            part.content_type = header.media_type(part.content_type, default)
        elif lowered == "content-disposition" and not part.disposition and not value.startswith("=?"):
            untyped = UNTYPED.match(value)  # some leave out the type: « filename="x.pdf" »
            part.disposition, part.disposition_params = header.parameters(f"attachment;{value}" if untyped else value)
    if part.content_type.startswith("multipart/"):
        _divide(part, depth, budget)
    return part


def _divide(part: Part, depth: int, budget: Budget) -> None:
    """Fills `children`; a multipart whose boundary is missing or never appears stays one text part."""
    boundary = part.params.get("boundary", "").encode("utf-8", "replace").rstrip()
    spans = _spans(part, boundary, budget, budget.defects) if boundary else []
    if not spans and (guess := GUESSED_BOUNDARY.search(part.raw, part.start, part.end)):
        spans = _spans(part, guess[1].rstrip(), budget, []) if guess[1].strip() else []
    if not spans:
        budget.defects.append("boundary_never_found" if boundary else "boundary_missing")
        return
    budget.searched -= part.end - part.start
    if depth >= MAX_DEPTH or budget.searched < 0:
        budget.defects.append("too_deep")
        return
    default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    for start, end in spans:
        if budget.parts <= 0:
            budget.defects.append("too_many_parts")
            return
        budget.parts -= 1
        part.children.append(_entity(part.raw, start, end, default, depth + 1, budget))


def _spans(part: Part, boundary: bytes, budget: Budget, defects: list[str]) -> list[tuple[int, int]]:
    """Where the entities between the boundary's delimiters lie (RFC 2046 §5.1.1)."""
    raw, needle = part.raw, b"--" + boundary
    spans: list[tuple[int, int]] = []
    begun, at = -1, part.start
    while (at := raw.find(needle, at, part.end)) >= 0 and len(spans) <= MAX_PARTS:
        tail = DELIMITER_TAIL.match(raw, at + len(needle), part.end)
        if tail is None or not (at == part.start or raw[at - 1 : at] in (b"\n", b"\r")):
            at += len(needle)
            budget.false_starts -= 1
            if budget.false_starts < 0:
                break
            continue
        if begun >= 0:
            spans.append((begun, max(begun, _before_break(raw, at))))
        if tail[1]:
            more = _goes_on(raw, needle, tail.end(), part.end)
            if more is None:
                return spans
            begun, at = -1, more
            continue
        begun = at = tail.end()
    if begun >= 0:
        defects.append("boundary_unclosed")
        spans.append((begun, part.end))
    return spans


def _goes_on(raw: bytes, needle: bytes, at: int, end: int) -> int | None:
    """Where parts follow although the last was announced: a multipart inside has the same boundary, against the RFC."""
    last, at = at, raw.find(needle, at, end)
    if at < 0 or raw.find(b"\nFrom ", last - 1, at) >= 0:  # or the next mail of a mailbox that was saved
        return None
    tail = DELIMITER_TAIL.match(raw, at + len(needle), end)
    if tail is None or tail[1] or raw[tail.end() : tail.end() + 8].lower() != b"content-":
        return None
    return at


def _before_break(raw: bytes, at: int) -> int:
    """The line break before a delimiter belongs to the delimiter."""
    if raw[at - 2 : at] == b"\r\n":
        return at - 2
    return at - 1 if raw[at - 1 : at] in (b"\n", b"\r") else at
