"""format=flowed (RFC 3676): plain text that a narrow screen can rewrap."""

from __future__ import annotations

import textwrap

WIDTH = 72  # columns; RFC 3676 §4.2 asks for less than 78


def flow(text: str) -> str:
    """`text` with long paragraphs broken softly (a trailing space) and lines space-stuffed where needed."""
    return "\r\n".join(line for paragraph in text.splitlines() for line in _paragraph(paragraph))


def _paragraph(paragraph: str) -> list[str]:
    if paragraph == "-- ":  # the signature separator is fixed by RFC 3676 §4.3
        return [paragraph]
    stripped = paragraph.rstrip(" ")
    lines = textwrap.wrap(
        stripped, WIDTH, break_long_words=False, break_on_hyphens=False, drop_whitespace=True, expand_tabs=False
    )
    soft = [f"{_stuffed(line)} " for line in lines[:-1]]
    return [*soft, _stuffed(lines[-1])] if lines else [""]


def _stuffed(line: str) -> str:
    """A line that begins with a space, ">" or "From " gets one more space (RFC 3676 §4.4)."""
    return f" {line}" if line.startswith((" ", ">", "From ")) else line
