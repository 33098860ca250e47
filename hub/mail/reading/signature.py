"""Where the writer's words end and signature, device line and legal footer begin. Works on lines already new."""

import re
from functools import partial

from hub.mail.html import SIGNATURE_MARK
from hub.mail.reading import announced, contacts, device, footer, formulas, frame, meeting, phrases, typed
from hub.mail.reading.device import last_written

RULED = frozenset("-_=*—–‐~#─━═")  # what a line is drawn with
DELIMITER = re.compile(r"\s*(?:--|__|—|–)[ \t\xa0]*$")
OFFICES = frozenset(
    {
        *("mairie", "ville", "commune", "service", "services", "enfance", "jeunesse", "periscolaire", "scolaire"),
        *("accueil", "contact", "secretariat", "ecole", "cantine", "restauration", "creche", "regie", "ccas"),
        *("portail", "education", "guichet", "centre", "loisirs", "direction", "pole", "police", "municipale"),
        *("technique", "techniques", "urbanisme", "mediatheque", "bibliotheque", "ludotheque", "conservatoire"),
    }
)
"""One of these names a mailbox that several people write from."""

LABELLED = re.compile(
    r"\W*(?:t[ée]l|mail|e-?mail|adresse|nom|prénom|mob|port|date|classe|contact)\w*\.? ?:", re.IGNORECASE
)
MOTTO = re.compile(r"\s*[«“\"][^«»“”\"]{1,150}[»”\"][ .]*(?:\(?[A-ZÀ-Ý][\w. ’'-]{2,40}\)?)?\s*$")
DELEGATED = re.compile(r"^\W*(?:pour|p/o|p\.o)\b|délégation", re.IGNORECASE)  # « Pour le Maire, »
POSTSCRIPT = re.compile(
    r"\s*[*_]*(?:(?:P\.?[ -]?S\.?\d?|N\.? ?B\.?|Post-scriptum)[*_]*\s*[:\-–]|(?-i:P\.S\.|PS|Ps\.)\s+\w"
    r"|j['’](?:oubliais|ai oublié)\b)",
    re.IGNORECASE,
)
PUNCTUATION = (".", ",", "!", "?", ":", ";")
LINK = re.compile(r"\s*<?https?://[^\s/]{3,200}/[^\s/]\S{1,1000}$")
ASKED = re.compile(r".*\?\s*$")


def split(lines: list[str], writer: frozenset[str] = frozenset()) -> tuple[list[str], list[str]]:
    """The writer's lines and what was cut from them: banner, then marked, delimited, known or guessed signature.

    `writer`: the words of the sender's name, see `contacts.name_words`.
    """
    kept, banner = frame.banner(lines)
    kept, cut = _marked(kept)
    kept, joining = meeting.split(kept)
    named, block = partial(_named, writer=writer), partial(_block, writer=writer)
    after_closing = partial(_after_closing, writer=writer)
    steps = (
        frame.armour,
        _delimited,
        footer.split,
        _device_and_footer,
        _ruled,
        after_closing,
        named,
        block,
        _scattered,
        device.split,
        device.split_above,
    )
    bare: list[str] | None = None  # below which no device line stands, as `_device_and_footer` has found
    for step in steps:
        if step is device.split and kept is bare:
            continue
        left, more = step(kept)
        if more and not (
            step in (named, block, _ruled, _scattered) and (_only_greets(left) or contacts.lists_people(more))
        ):
            kept, cut = left, more + cut
        elif step is _device_and_footer and not more:
            bare = kept
    if joining:
        joining, below = footer.split(joining)
        kept, cut = [*kept, "", *joining], cut + below
    return kept, banner + cut


def _only_greets(lines: list[str]) -> bool:
    return all(not line.strip() or formulas.greets(line) for line in lines)


def _marked(lines: list[str]) -> tuple[list[str], list[str]]:
    """What the HTML says is a signature, but a "Cordialement," at its head stays with the writer."""
    if SIGNATURE_MARK not in "".join(lines):
        return lines, []
    kept: list[str] = []
    cut: list[str] = []
    for line in lines:
        if not line.startswith(SIGNATURE_MARK):
            kept.append(line)
            continue
        bare = line.removeprefix(SIGNATURE_MARK)
        if formulas.closes(bare) and not any(earlier.strip() for earlier in cut):
            kept.append(bare)
        else:
            cut.append(bare)
    return kept, cut


def _delimited(lines: list[str]) -> tuple[list[str], list[str]]:
    """From "-- " (RFC 3676 §4.3) on; one without its space may as well part two halves of what was written."""
    for at, line in enumerate(lines):
        if len(line) < 12 and DELIMITER.match(line) and any(one.strip() for one in lines[:at]) and len(lines) - at < 40:
            if line != "-- " and _goes_on(lines, at + 1):
                break
            end = next((below for below in range(at + 1, len(lines)) if POSTSCRIPT.match(lines[below])), len(lines))
            return lines[:at] + lines[end:], lines[at:end]
    return lines, []


def _goes_on(lines: list[str], at: int) -> bool:
    """Whether somebody writes on below a delimiter.

    To the next one, to a closing formula below other words, or in a sentence that no program puts there.
    """
    written = [line for line in lines[at:] if line.strip()]
    if written and DELIMITER.match(written[-1]):
        written.pop()  # it frames a signature, as OTRS does
    closes = any(map(formulas.closes, written[1:])) and not contacts.is_block(lines[at:])
    return closes or any(map(DELIMITER.match, written)) or _speaks(lines, at)


def _speaks(lines: list[str], at: int) -> bool:
    """Whether a sentence stands in lines from here on, before any legal footer, which is no device line or slogan."""
    kept, _ = footer.split(lines)
    own = [line for line in kept[at:] if line.strip() and not device.is_device(line) and not MOTTO.match(line)]
    return any(map(contacts.is_prose, own[:4])) and not any(map(contacts.is_contact, own))


def _ruled(lines: list[str]) -> tuple[list[str], list[str]]:
    """A block under a line drawn across: what stands above it, a name typed once more included, is the writer's."""
    for at in range(len(lines) - 1, 0, -1):
        if lines[at].lstrip()[:1] not in RULED or not phrases.RULE.match(lines[at]):
            continue
        above, below = last_written(lines, at), [line for line in lines[at + 1 :] if line.strip()]
        if any(map(formulas.closes, below[1:])):
            break  # it parts what was written, and so does any above
        if above is None or announced.announces(lines[above]) or not contacts.is_block(below):
            break
        kept, device_line = _device_and_footer(lines[:at])  # what a list wrote stood below it
        return kept, device_line + lines[at:]
    return lines, []


def _device_and_footer(lines: list[str]) -> tuple[list[str], list[str]]:
    kept, below = device.split(lines)
    if not below:
        return lines, []
    kept, legal = footer.split(kept)
    return kept, legal + below


def _after_closing(lines: list[str], writer: frozenset[str]) -> tuple[list[str], list[str]]:
    """A block of names, functions, phones after "Cordialement,"; a name alone is the writer's and stays.

    So does a postscript below the block.
    """
    for at in range(len(lines) - 1, -1, -1):
        if not _closes(lines, at):
            continue
        at = _past_sentences(lines, at + 1) - 1
        tail = lines[at + 1 :]
        end = next((at for at, line in enumerate(tail) if POSTSCRIPT.match(line) or ASKED.match(line)), len(tail))
        if _is_link(tail[:end]) or not (contacts.is_block(tail[:end]) or _is_full_name_and_more(tail[:end], writer)):
            return lines, []
        start = typed.lines(tail[:end], writer, office=bool(writer & OFFICES))
        return lines[: at + 1] + tail[:start] + tail[end:], tail[start:end]
    return lines, []


def _is_link(block: list[str]) -> bool:
    """Whether a page is all that stands there, which somebody shows: a signature names the site."""
    written = [line for line in block if line.strip()]
    return len(written) == 1 and LINK.match(written[0]) is not None


def _past_sentences(lines: list[str], at: int) -> int:
    """The line below the short sentences from here on that nobody would tell from a function: « C'est noté. »."""
    start = at
    for place in range(at, min(at + contacts.MAX_SIGNATURE, len(lines))):
        line = lines[place]
        if contacts.is_sentence(line) and not (contacts.is_contact(line) or contacts.is_prose(line)):
            start = place + 1
        elif line.strip():
            break
    return start


def _is_full_name_and_more(block: list[str], writer: frozenset[str]) -> bool:
    """Whether the sender's whole name, or any where an office writes, stands over a few words: « PE CM2 ».

    So does any over a profession.
    """
    lines = "\n".join(block).strip().split("\n")
    if not 2 <= len(lines) <= 4 or not contacts.NAME.match(lines[0]):
        return False
    if contacts.PROFESSION.match(lines[1]) and not any(map(contacts.is_prose, lines[1:])):
        return True
    if not (writer & OFFICES or (len(writer) > 1 and writer <= contacts.name_words(lines[0]))):
        return False
    return all(MOTTO.match(line) or contacts.HOURS.match(line) or contacts.places(line) for line in lines[1:])


def _closes(lines: list[str], at: int) -> bool:
    """Whether a line is a closing formula, or the end of one that was folded: « … mes salutations / distinguées. »."""
    if not lines[at].strip():
        return False
    if formulas.closes(lines[at]):
        return True
    folded = at > 0 and lines[at][:1].islower() and len(lines[at]) < 80 and bool(lines[at - 1].strip())
    return folded and formulas.closes(f"{lines[at - 1]} {lines[at]}"[:400])


def _block(lines: list[str], writer: frozenset[str]) -> tuple[list[str], list[str]]:
    """A last paragraph of three lines, two of them contacts, unless a colon above announces it as content.

    Where an office writes, its own name opens one too, or that of whoever holds the pen.
    """
    end = last_written(lines, len(lines))
    if end is None:
        return lines, []
    start = end
    while start and lines[start - 1].strip():
        start -= 1
    start = min(_past_sentences(lines, start), end)
    start += _takes_leave(lines[start])
    above = last_written(lines, start)
    if above is None or end - start < 2 or announced.announces(lines[above]):
        return lines, []
    if LABELLED.match(lines[start]):
        return lines, []  # « Tél. : … » without a name above: what somebody was to be told
    names = contacts.NAME.match(lines[start]) or writer <= contacts.name_words(lines[start])
    enough = 1 if writer & OFFICES and names else 2
    if contacts.is_block(lines[start:]) and sum(map(contacts.is_contact, lines[start : end + 1])) >= enough:
        return lines[:start], lines[start:]
    return lines, []


def _takes_leave(line: str) -> bool:
    """Whether a line above a name is a formula, known or not: it ends by a comma, « Prenez soin de vous, »."""
    if not line.rstrip().endswith(",") or contacts.is_contact(line) or contacts.NAME.match(line):
        return False
    return DELEGATED.search(line) is None


def _scattered(lines: list[str]) -> tuple[list[str], list[str]]:
    """A name and contact lines at the end, each a paragraph of its own, as HTML often has them."""
    written = [at for at, line in enumerate(lines) if line.strip()]
    found = len(lines)
    for place in range(len(written) - 3, max(len(written) - 9, 0), -1):
        start, above = written[place], lines[written[place - 1]]
        if not contacts.NAME.match(lines[start]) or announced.announces(above) or lines[start - 1].strip():
            continue
        tail = [lines[at] for at in written[place:]]
        if sum(map(contacts.is_contact, tail[1:])) >= max(2, len(tail) // 2) and not any(map(contacts.is_prose, tail)):
            found = start
            if not contacts.is_contact(lines[start]):
                break  # a person; above « Service Enfance » there may be one
    return lines[:found], lines[found:]


def _named(lines: list[str], writer: frozenset[str]) -> tuple[list[str], list[str]]:
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
        if _is_announced_or_alone(lines, written[:place]) or any(
            contacts.is_long(line) or contacts.is_prose(line) for line in tail
        ):
            break
        warm = bool(formulas.WARM.match(lines[at]))  # « Cordialement, Nora Petit » stays
        signs = any(map(contacts.is_placing, tail)) if tail or warm else contacts.is_contact(lines[at])
        start = _head(lines, at) if writer & OFFICES and not warm else at + warm
        return (lines[:start], lines[start:]) if signs else (lines, [])
    return lines, []


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
