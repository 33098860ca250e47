"""What the writer newly wrote: quoted history, attribution, device line, signature and footer cut. Pure.

HTML first, because programs mark there what they quote; then the same line rules for HTML and text.
"""

import re
from dataclasses import dataclass

from hub.mail import html
from hub.mail.parse import ParsedMail
from hub.mail.reading import history, signature

MARKS = html.HISTORY_MARK + html.SIGNATURE_MARK + html.ATTRIBUTION_MARK
BLANK_LINES = re.compile(r"\n\s*\n\s*\n")


@dataclass(frozen=True, slots=True)
class Reply:
    """`text`: for display, the newly written words. `rest`: what was cut, "" when nothing was."""

    text: str
    rest: str


def trim(mail: ParsedMail) -> Reply:
    """The reply in a mail; `text` is never empty when its writer wrote something."""
    lines = _lines(mail)
    found = history.split(lines)
    kept, tail = signature.split(found.kept)
    if not _written(kept) and _written(found.kept) and not _only_device(found.kept):
        kept, tail = found.kept, []
    if not _written(kept) and found.unmarked and not found.forward and not tail:
        # Everything stands below the header block: somebody answered at the bottom, or inside, without marks.
        return Reply(mail.text.strip(), "")
    return Reply(_joined(kept), _joined(tail + found.cut))


def _lines(mail: ParsedMail) -> list[str]:
    marked = html.marked_text(mail.html) if mail.html else ""
    lines = (marked or mail.text).split("\n")
    if len(lines) > history.MAX_LINES:
        lines = [*lines[: history.MAX_LINES], "\n".join(lines[history.MAX_LINES :])]
    return lines


def _only_device(lines: list[str]) -> bool:
    kept, _ = signature._device(lines)
    return not _written(kept)


def _written(lines: list[str]) -> bool:
    return any(line.strip(" \t\xa0" + MARKS) for line in lines)


def _joined(lines: list[str]) -> str:
    text = "\n".join(line.lstrip(MARKS).rstrip() for line in lines)
    return BLANK_LINES.sub("\n\n", text).strip()
