"""What is typed where a program writes « Le … a écrit : »: at the very top, the cursor stands in it. Pure."""

import re

from hub.mail.html import ATTRIBUTION_MARK
from hub.mail.reading import introduction

# No blank before it, which no writer forgets and no program writes. Its first word first: that is found fast.
GLUED = re.compile(
    r"Le (?<=[^\s>(«\"'\x04]Le )(?=(?:\w{3,9}[.,]? ){0,2}\d{1,4}[ ,/.-]"
    r"[^\n]{5,160}?(?:\n[^\n]{0,80}?)? a[ \xa0\n]écrit\s?:)"
)


def unglued(text: str) -> str:
    """The text with an attribution on a line of its own where what was typed before it ends without a line break."""
    return GLUED.sub("\nLe ", text) if "écrit" in text and "Le " in text else text


def settle(lines: list[str]) -> list[str]:
    """Lines of `marked_text` where what stands in the element of an attribution, and is none, has lost its mark."""
    if not any(line.startswith(ATTRIBUTION_MARK) for line in lines):
        return lines
    settled, at = list(lines), 0
    while at < len(lines):
        end = introduction.past_marked(lines, at, ATTRIBUTION_MARK)
        if end > at:
            until = _typed(lines, at, end)
            settled[at:until] = [line.removeprefix(ATTRIBUTION_MARK) for line in lines[at:until]]
        at = max(end, at + 1)
    return settled


def _typed(lines: list[str], at: int, end: int) -> int:
    """The end of what its writer typed in."""
    bare = [line.removeprefix(ATTRIBUTION_MARK) for line in lines[at:end]]
    said = " ".join(bare).rstrip()
    below = introduction.next_written(lines, end)
    pieces = below < len(lines) and lines[below].startswith(ATTRIBUTION_MARK)
    if not pieces and said.endswith(introduction.ATTRIBUTION_ENDS) and said == bare[0].rstrip():
        return at  # nothing but an attribution, or what is read as one
    starts = next((place for place in range(len(bare)) if introduction.end(bare, place)), None)
    if starts is not None:
        return at + starts
    if pieces:
        return end  # programs write theirs in one piece
    return at if introduction.TOLD.search(said) or said.endswith(introduction.ATTRIBUTION_ENDS) else end
