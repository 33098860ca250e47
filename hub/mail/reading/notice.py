"""What an office, its gateway or a program says below every mail, told by its place and its subject. Pure.

`footer` knows how such paragraphs open. Here one stands below a closing formula, or the writer's name, so that less
is needed: that nobody speaks in it of this mail's matter, and that it is about one of a few `subjects`.
"""

import re
from collections.abc import Callable

from hub.mail.reading import contacts, footer, formulas, subjects

MAX_LINES = 60  # below the closing
LONGEST_NAME = 80  # characters
SIGNED = re.compile(rf"{contacts.NAME.pattern}|{footer.SIGNED.pattern}")


def split(lines: list[str], writer: frozenset[str]) -> tuple[list[str], list[str]]:
    """From the first of the last paragraphs on that are all notices, below a closing formula or the writer's name."""
    return take_last(lines, below_signature(lines, writer), _is_notice)


def below_signature(lines: list[str], writer: frozenset[str]) -> list[tuple[int, int]]:
    """Where each paragraph below the last closing formula and name starts and ends; none where nobody signs."""
    anchor = _anchor(lines, writer)
    return [] if anchor is None else _paragraphs(lines, anchor + 1)


def take_last(
    lines: list[str], paragraphs: list[tuple[int, int]], is_cut: Callable[[str], bool]
) -> tuple[list[str], list[str]]:
    """The lines without the last of their paragraphs, as long as they are such, nor what is drawn above; and these."""
    cut = len(lines)
    for start, end in reversed(paragraphs):
        if not is_cut(" ".join(lines[start:end])):
            break
        cut = start
    if cut == len(lines):
        return lines, []
    while not lines[cut - 1].strip() or footer.HEADING.match(lines[cut - 1]):
        cut -= 1
    return lines[:cut], lines[cut:]


def _anchor(lines: list[str], writer: frozenset[str]) -> int | None:
    """The last closing formula with the name below it, or the writer's whole name: what notices stand below."""
    for at in range(len(lines) - 1, max(len(lines) - MAX_LINES, -1), -1):
        line = lines[at]
        if not line.strip() or len(line) > contacts.MAX_LINE:
            continue
        if formulas.closes(line):
            return _past_name(lines, at)
        if len(writer) > 1 and len(line) < LONGEST_NAME and SIGNED.match(line) and writer <= contacts.name_words(line):
            return at
    return None


def _past_name(lines: list[str], closing: int) -> int:
    name = next((at for at in range(closing + 1, min(closing + 4, len(lines))) if lines[at].strip()), None)
    if name is None or len(lines[name]) > contacts.MAX_LINE:
        return closing
    return name if SIGNED.match(lines[name]) else closing


def _paragraphs(lines: list[str], start: int) -> list[tuple[int, int]]:
    """Where each paragraph starts and ends; lines drawn across part them too, and are in none."""
    found: list[tuple[int, int]] = []
    for at in range(start, len(lines)):
        if not lines[at].strip() or footer.HEADING.match(lines[at]):
            continue
        if found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return found


def _is_notice(said: str) -> bool:
    said = said[: subjects.MAX_PARAGRAPH]
    own = subjects.OWN.search(subjects.HABIT.sub("", subjects.CITED.sub("", said))) is not None
    if subjects.QUOTED.match(said) or (subjects.AT_REST.match(said) and (subjects.HABIT.search(said) or not own)):
        return True
    if own or ("?" in subjects.ADDRESS.sub("", subjects.ASKING_ALL.sub("", said)) and not subjects.PRINTED.match(said)):
        return False
    if subjects.OF_HOURS.match(said):
        return subjects.TO_COME.search(said) is None
    if subjects.MATTER.search(said):
        return _is_of(subjects.OF_ANY_MATTER, said)
    passes = subjects.DAY.search(said) or subjects.TO_COME.search(said)
    return _is_of(subjects.LASTING, said) or (not passes and _is_of(subjects.TIMELY, said))


def _is_of(some: tuple[re.Pattern[str], ...], said: str) -> bool:
    return any(subject.match(said) for subject in some)
