"""Content-Transfer-Encoding (RFC 2045 §6), uuencode and format=flowed (RFC 3676), tolerant of real senders."""

import binascii
import re
from collections.abc import Iterable, Iterator

PIECE = 1_000_000  # bytes decoded at a time, which spares a copy of the whole
MAX_UU_FILES = 500
OWN_MARKS = 3  # lines that the writer of a mail may begin with a quote mark, see `unflowed`
MAX_DEPTH = 9  # excerpts inside one another
ENRICHED_PARAM = re.compile(r"<param>[^<]{0,1000}</param>", re.IGNORECASE)
ENRICHED_BREAK = re.compile(r"\n+")
ENRICHED_COMMAND = re.compile(r"<<|</?[A-Za-z0-9-]{1,60}>")
NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
BASE64_OR_BLANK = bytes(set(range(256)) - set(NOT_BASE64) | set(b"\r\n\t "))
BASE64_LINE = re.compile(rb"^[A-Za-z0-9+/]{40,}={0,2}\r?$", re.MULTILINE)
TEXT_BELOW = re.compile(rb"\n(?=--|__|[^\r\n]{0,200}[^\s][ \t]{1,20}[^\s])")
NEAR_END = 4_000  # bytes
UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ++([^\r\n]{1,255}+)\r?$", re.MULTILINE)
UU_END = re.compile(rb"^(?:`|[ ])?\r?\n?end[ \t]*\r?$", re.MULTILINE)


def decoded(raw: bytes, encoding: str, defects: list[str], start: int = 0, end: int | None = None) -> bytes:
    """The bytes behind a Content-Transfer-Encoding; unknown ones (RFC 2045 §6.4) are taken as they stand.

    They are read between two positions of `raw`: no copy is made of what may be nearly the whole of a large mail.
    """
    end = len(raw) if end is None else end
    name = encoding.partition("(")[0].strip("\"' \t;").lower()
    if name == "base64":
        return base64(raw, defects, start, end)
    if name in ("quoted-printable", "quoted printable", "q", "qp"):
        return binascii.a2b_qp(memoryview(raw)[start:end])
    data = raw[start:end]
    if name in ("", "7bit", "8bit", "binary"):
        return data
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return uudecoded(data, defects)
    defects.append("unknown_transfer_encoding")
    return data


def in_clear(raw: bytes, start: int, end: int) -> bool:
    """Whether a body said to be base64 is a text that nobody encoded: its lines are words."""
    head = raw[start : min(end, start + 1_000)]
    if b" " not in head.strip() or BASE64_LINE.search(head):
        return False
    return len(head.split()) > 2 * len([line for line in head.split(b"\n") if line.strip()])


def base64(raw: bytes, defects: list[str], start: int = 0, end: int | None = None) -> bytes:
    """Base64 with stray characters, missing padding, or several padded runs in a row (some scanners)."""
    end = _base64_end(raw, start, len(raw) if end is None else end)
    padding = raw.find(b"=", start, end)
    if padding < 0 or (end - padding < PIECE and not raw[padding:end].strip(b"=\r\n \t")):
        try:
            return binascii.a2b_base64(memoryview(raw)[start:end])
        except binascii.Error:
            defects.append("invalid_base64")
    out, rest = bytearray(), b""
    for at in range(start, end, PIECE):
        *whole, rest = _one_padding(rest + raw[at : min(at + PIECE, end)].translate(None, NOT_BASE64)).split(b"=")
        for run in whole:
            out += binascii.a2b_base64(_padded(run))
        full = len(rest) - len(rest) % 4
        out += binascii.a2b_base64(rest[:full])
        rest = rest[full:]
    out += binascii.a2b_base64(_padded(rest))
    return bytes(out)


def _base64_end(raw: bytes, start: int, end: int) -> int:
    """Where base64 ends below which a mailing list or a scanner wrote text in clear."""
    near = max(start, end - NEAR_END)
    tail = raw[near:end]
    if not tail.translate(None, BASE64_OR_BLANK):
        return end
    found = TEXT_BELOW.search(tail)
    if found is None or not tail[: found.start()].strip() or BASE64_LINE.search(tail, found.start()):
        return end
    return near + found.start()


def _one_padding(run: bytes) -> bytes:
    """Each padding in one sign, so that no time is spent on what stands between two."""
    while b"==" in run:
        run = run.replace(b"==", b"=")
    return run


def _padded(run: bytes) -> bytes:
    over = len(run) % 4
    return run[:-1] if over == 1 else run + b"=" * (-len(run) % 4)


def uudecoded(data: bytes, defects: list[str]) -> bytes:
    """The first uuencoded file of `data`, or `data` itself when there is none."""
    _, files = uuencoded(data, defects)
    return files[0][1] if files else data


def uuencoded(data: bytes, defects: list[str]) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """`data` without its `begin … end` blocks, and each block as (name, content)."""
    kept: list[bytes] = []
    files: list[tuple[bytes, bytes]] = []
    at = 0
    while len(files) < MAX_UU_FILES and (begin := UU_BEGIN.search(data, at)):
        end = UU_END.search(data, begin.end())
        stop = end.start() if end else len(data)
        content = _uu_lines(_lines(data, begin.end(), stop))
        if content is None:
            break
        if end is None:
            defects.append("uuencode_unfinished")
        kept.append(data[at : begin.start()])
        files.append((begin.group(1).strip(), content))
        at = end.end() if end else len(data)
    kept.append(data[at:])
    return b"".join(kept), files


def _lines(data: bytes, at: int, end: int) -> Iterator[bytes]:
    """The lines between two positions, without a copy of the whole."""
    while at < end:
        stop = data.find(b"\n", at, end)
        stop = end if stop < 0 else stop
        yield data[at:stop]
        at = stop + 1


def _uu_lines(lines: Iterable[bytes]) -> bytes | None:
    """The decoded lines; None when they are no uuencoding (a sentence that starts with "begin 644 …")."""
    out = bytearray()
    for line in lines:
        bare = line.rstrip(b"\r\n")
        if not bare:
            continue
        try:
            out += binascii.a2b_uu(bare)
        except binascii.Error:
            # Old encoders pad short or long: decode exactly what the length byte announces.
            length = (((bare[0] - 32) & 63) * 4 + 5) // 3
            try:
                out += binascii.a2b_uu(bare[:length])
            except binascii.Error:
                return None
    return bytes(out)


def unflowed(text: str, delsp: bool) -> str:
    """format=flowed back to paragraphs (RFC 3676 §4): soft breaks joined, space-stuffing undone, quotes kept.

    What was stuffed to be no quote stands behind two spaces: « > 1200 » is its writer's.
    """
    out: list[str] = []
    open_depth: int | None = None
    lines = text.split("\n")
    own = _own_marks(lines) if "\n >" in text or text.startswith(" >") else frozenset()
    for at, line in enumerate(lines):
        body = line.lstrip(">")
        depth = len(line) - len(body)
        body = f" {line}" if open_depth is None and at in own else body.removeprefix(" ")
        soft = body.endswith(" ") and body != "-- "
        if open_depth == depth and body != "-- ":
            out.append(body[:-1] if soft and delsp else body)
        else:
            out.append(("\n" if out else "") + _quote(depth, body) + (body[:-1] if soft and delsp else body))
        open_depth = depth if soft else None
    return "".join(out)


def unenriched(text: str) -> str:
    """text/enriched (RFC 1896) as plain text: its commands left out, the lines of an excerpt quoted."""
    text = ENRICHED_PARAM.sub("", text.strip("\n"))
    out: list[str] = []
    depth = 0
    for line in ENRICHED_BREAK.sub(lambda found: found[0][1:] or " ", text).split("\n"):
        said = ENRICHED_COMMAND.sub(lambda found: "<" if found[0] == "<<" else "", line)
        inside = max(depth, 1) if "<excerpt>" in line.lower() else depth
        out.append(_quote(inside, said) + said)
        depth += line.lower().count("<excerpt>") - line.lower().count("</excerpt>")
        depth = min(max(depth, 0), MAX_DEPTH)
    return "\n".join(out)


def _own_marks(lines: list[str]) -> frozenset[int]:
    """The lines that begin by a quote mark of their writer's: few, no quote next to them, no colon above.

    Some programs stuff what they quote too.
    """
    stuffed = [at for at, line in enumerate(lines) if line.startswith(" >")]
    if len(stuffed) > OWN_MARKS:
        return frozenset()
    for at in stuffed:
        above = next((line for line in reversed(lines[:at]) if line.strip()), "")
        below = next((line for line in lines[at + 1 :] if line.strip()), "")
        if above.startswith(">") or below.startswith(">") or above.rstrip().endswith(":"):
            return frozenset()
    return frozenset(stuffed)


def _quote(depth: int, body: str) -> str:
    return ">" * depth + (" " if depth and body else "")
