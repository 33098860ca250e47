"""A signature that no closing formula and no mark announces: names, offices and contact lines tell it. Pure."""

import re

from hub.mail.reading import announced, contacts, formulas, meeting, phrases
from hub.mail.reading.device import last_written

LABELLED = re.compile(
    r"\W*(?:t[ée]l|mail|e-?mail|adresse|nom|prénom|mob|port|date|classe|contact|exp[ée]diteur|appelant|numéro)"
    r"\w*\.? ?:",
    re.IGNORECASE,
)
DELEGATED = re.compile(r"^\W*(?:pour|p/o|p\.o)\b|délégation", re.IGNORECASE)  # « Pour le Maire, »
PUNCTUATION = (".", ",", "!", "?", ":", ";")


def named(lines: list[str], writer: frozenset[str]) -> tuple[list[str], list[str]]:
    """From a last line that is the sender's name on, when what stands below only reaches or places somebody."""
    if len(writer) < 2:
        return lines, []
    written = [at for at, line in enumerate(lines) if line.strip()]
    for place in range(len(written) - 1, max(len(written) - 15, 0), -1):
        at = written[place]
        if len(lines[at]) > 60 and (len(lines[at]) > contacts.MAX_LINE or " | " not in lines[at]):
            continue
        if not contacts.says_name(lines[at], writer):
            continue
        tail = [lines[below] for below in written[place + 1 :]]
        speaks = any(contacts.is_long(line) or contacts.is_prose(line) or meeting.tells(line) for line in tail)
        if _is_announced_or_alone(lines, written[:place]) or (speaks and not contacts.is_signed(lines[at:])):
            break
        if writer & contacts.OFFICES:
            at = contacts.from_person(lines, at)
        warm = bool(formulas.WARM.match(lines[at]))  # « Cordialement, Nora Petit » stays
        signs = any(map(contacts.is_placing, tail)) if tail or warm else contacts.is_contact(lines[at])
        start = _head(lines, at) if writer & contacts.OFFICES and not warm else at + warm
        return (lines[:start], lines[start:]) if signs else (lines, [])
    return lines, []


def block(lines: list[str], writer: frozenset[str]) -> tuple[list[str], list[str]]:
    """A last paragraph of three lines, two of them contacts, unless a colon above announces it as content.

    Where an office writes, its own name opens one too, or that of whoever holds the pen.
    """
    end = last_written(lines, len(lines))
    if end is None:
        return lines, []
    start = min(past_sentences(lines, contacts.paragraph_start(lines, end)), end)
    start += _takes_leave(lines[start])
    above = last_written(lines, start)
    if above is None or end - start < 2 or announced.announces(lines[above]):
        return lines, []
    if LABELLED.match(lines[start]) or contacts.names_other(lines[start:], writer):
        return lines, []  # « Tél. : … » without a name above: what somebody was to be told
    names = contacts.NAME.match(lines[start]) or writer <= contacts.name_words(lines[start])
    enough = 1 if writer & contacts.OFFICES and names else 2
    if contacts.is_block(lines[start:]) and sum(map(contacts.is_contact, lines[start : end + 1])) >= enough:
        return lines[:start], lines[start:]
    return lines, []


def scattered(lines: list[str], writer: frozenset[str]) -> tuple[list[str], list[str]]:
    """A name and contact lines at the end, each a paragraph of its own, as HTML often has them."""
    written = [at for at, line in enumerate(lines) if line.strip()]
    found = len(lines)
    for place in range(len(written) - 3, max(len(written) - 9, 0), -1):
        start, above = written[place], lines[written[place - 1]]
        if not contacts.NAME.match(lines[start]) or announced.announces(above) or lines[start - 1].strip():
            continue
        tail = [lines[at] for at in written[place:]]
        if contacts.names_other(tail, writer):
            continue
        if sum(map(contacts.is_contact, tail[1:])) >= max(2, len(tail) // 2) and not any(map(contacts.is_prose, tail)):
            found = start
            if not contacts.is_contact(lines[start]):
                break  # a person; above « Service Enfance » there may be one
    return lines[:found], lines[found:]


def past_sentences(lines: list[str], at: int) -> int:
    """The line below the short sentences from here on that nobody would tell from a function: « C'est noté. »."""
    start = at
    for place in range(at, min(at + contacts.MAX_SIGNATURE, len(lines))):
        line = lines[place]
        if contacts.is_sentence(line) and not (contacts.is_contact(line) or contacts.is_prose(line)):
            start = place + 1
        elif line.strip():
            break
    return start


def _takes_leave(line: str) -> bool:
    """Whether a line above a name is a formula, known or not: it ends by a comma, « Prenez soin de vous, »."""
    if not line.rstrip().endswith(",") or contacts.is_contact(line) or contacts.NAME.match(line):
        return False
    return DELEGATED.search(line) is None


def _head(lines: list[str], at: int) -> int:
    """Where the block starts in which an office's name stands: whoever holds the pen may stand above it."""
    for above in range(at - 1, max(at - 4, 0), -1):
        line = lines[above]
        if not line.strip() or len(line) > 60 or line.rstrip().endswith(PUNCTUATION) or contacts.is_prose(line):
            break
        at = above
    return at


def _is_announced_or_alone(lines: list[str], above: list[int]) -> bool:
    """Whether contact lines are what the message is about: the words above say so, or there are none."""
    return announced.tells(lines[above[-1]]) or all(phrases.DASHES.match(lines[at]) for at in above)
