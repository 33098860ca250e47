"""format=flowed (RFC 3676): plain text that a narrow screen can rewrap."""

from __future__ import annotations

import re
from collections.abc import Iterator

WIDTH = 72  # characters; RFC 3676 §4.2 asks for less than 78
SIGNATURE = "-- "  # RFC 3676 §4.3: neither soft nor broken

_WORDS = re.compile(r"[^ ]+ *| +")  # U+0020 only: a no-break space breaks no line


def flow(text: str) -> str:
    """`text` in CRLF lines, long paragraphs broken softly (a trailing space), lines space-stuffed where needed.

    Every line of `text` is a paragraph; those that begin with ">" are quoted, and stay so on each of their lines.
    Joined again it is the same text, but for spaces at the ends of its lines and one more after the quote marks.
    """
    return "\r\n".join(line for paragraph in text.splitlines() for line in _paragraph(paragraph))


def _paragraph(paragraph: str) -> Iterator[str]:
    body = paragraph.lstrip(">")
    marks = paragraph[: len(paragraph) - len(body)]
    if marks:
        body = body.removeprefix(" ")
    if body != SIGNATURE:
        body = body.rstrip(" ")
    return (_stuffed(marks, line) for line in _broken(body, WIDTH - len(marks)))


def _broken(body: str, width: int) -> list[str]:
    """Lines of whole words, each but the last ending in a space; a word longer than a line is not broken."""
    if len(body) <= width:
        return [body]
    lines = [""]
    for word in _WORDS.findall(body):
        if lines[-1] not in ("", SIGNATURE) and len(lines[-1]) + len(word.rstrip(" ")) > width:
            lines.append("")
        lines[-1] += word
    return lines


def _stuffed(marks: str, line: str) -> str:
    """One more space after quote marks, and before what a reader or a relay would mistake (RFC 3676 §4.4, §4.5)."""
    needed = line.startswith((" ", ">", "From ")) or (marks and line)
    return f"{marks} {line}" if needed else f"{marks}{line}"
