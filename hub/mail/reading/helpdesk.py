"""The mail of a helpdesk: comments, the newest first, below the line that asks to answer above it. Pure."""

from hub.mail.reading import formulas, introduction, matching, phrases
from hub.mail.reading.device import last_written
from hub.mail.reading.matching import pattern

ASKING = ("cette ligne", "this line")
MAX_STAMP = 120  # characters
SERVICE = pattern(
    r"\W{0,3}(?:(?:cet|ce) (?:e-?mail|message|courriel) est un service de|this email is a service from) \S"
)
"""What a helpdesk puts below the last comment."""


def newest(lines: list[str]) -> tuple[list[str], list[str]]:
    """The newest comment, and the rest: every line and none unless the line that asks stands above all others.

    Each comment stands below its time, which has its author's name before it, or above it.
    """
    first = introduction.next_written(lines, 0)
    if first == len(lines) or not _asks(lines[first]):
        return lines, []
    times = [at for at in range(first + 1, len(lines)) if _is_time(lines[at])]
    if not times or (len(times) == 1 and any(map(formulas.opens, lines[first + 1 : times[0]]))):
        return lines, []  # with no other, what greets above it may be the newest
    start = times[0] + 1
    end = _above(lines, times[1]) if len(times) > 1 else len(lines)
    end = next((at for at in range(start, end) if SERVICE.match(lines[at])), end)
    while end > start and (not lines[end - 1].strip() or phrases.DASHES.match(lines[end - 1])):
        end -= 1
    return lines[start:end], lines[:start] + lines[end:]


def _asks(line: str) -> bool:
    if not matching.has(ASKING, line):
        return False
    return phrases.ORIGINAL.match(line) is not None or phrases.ABOVE_LINE.match(line) is not None


def _is_time(line: str) -> bool:
    return 0 < len(line) < MAX_STAMP and phrases.COMMENTED.match(line) is not None


def _above(lines: list[str], at: int) -> int:
    """Where the head of a comment starts: at its author's name, above the time unless the line of that says it."""
    if phrases.TIME_ALONE.match(lines[at]) is None:
        return at
    return last_written(lines, at) or at
