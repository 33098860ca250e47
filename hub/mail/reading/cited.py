"""What an HTML mail shows in a bare `<blockquote>`: the mail answered, or what its writer cites or sets apart. Pure.

Some webmails quote with no attribute that says so; editors make the same element of the button for a citation.
"""

import re

from hub.mail.html import ATTRIBUTION_MARK, CITED_MARK, HISTORY_MARK
from hub.mail.reading import introduction, phrases

INSIDE = 3  # lines of a blockquote in which a program puts « Le … a écrit : »
YOURS = re.compile(r"\b(?:vous|tu|votre|vos|ton|you|question)\b", re.IGNORECASE)


def settle(lines: list[str], *, answers: bool) -> tuple[list[str], bool]:
    """Lines of `marked_text` without CITED_MARK, and whether a bare blockquote is its writer's.

    What is theirs loses its quote mark; the rest keeps it, and is read as any quote.
    """
    if not any(line.startswith(CITED_MARK) for line in lines):
        return lines, False
    plain = [line.removeprefix(CITED_MARK) for line in lines]
    tries = introduction.Tries()
    introductions = [at for at in range(len(plain)) if _introduces(plain, at, answers, tries)]
    settled, own, at = list(plain), False, 0
    while at < len(lines):
        end = introduction.past_marked(lines, at, CITED_MARK)
        if end > at and _is_own(plain, at, end, introductions, answers):
            own = True
            settled[at:end] = [line.lstrip(">").removeprefix(" ") for line in plain[at:end]]
        at = max(end, at + 1)
    return settled, own


def _introduces(plain: list[str], at: int, answers: bool, tries: introduction.Tries) -> bool:
    """Whether a program introduces a mail at a line, quoted or not; « la directrice a écrit : » does not."""
    if plain[at].startswith((HISTORY_MARK, ATTRIBUTION_MARK)):
        return True
    line = plain[at].lstrip("> ")
    if not line or len(line) > introduction.MAX_LINE:
        return False
    quoted = plain[at].startswith(">")
    near = [one.lstrip("> ") for one in plain[at : at + introduction.NEAR_TOP]] if quoted else plain
    start = 0 if quoted else at
    end = introduction.end(near, start, tries)
    if end is None:
        return False
    said = " ".join(near[start:end])
    return introduction.TOLD.search(said) is not None or (answers and not phrases.NARRATED.match(said))


def _is_own(plain: list[str], start: int, end: int, introductions: list[int], answers: bool) -> bool:
    if any(at < start + INSIDE for at in introductions):
        return False
    if not answers:
        return True
    if introductions:  # the mail answered stands below
        below = "\n".join(plain[introductions[0] :])
        return not any(words and words in below for words in (line.strip("> \t") for line in plain[start:end]))
    above = next((line for line in reversed(plain[:start]) if line.strip()), "")
    return above.rstrip().endswith(":") and YOURS.search(above[-introduction.MAX_LINE :]) is None
