"""Where the writer's words end and signature, device line and legal footer begin. Works on lines already new."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from hub.mail.html import SIGNATURE_MARK
from hub.mail.reading import (
    announced,
    between,
    contacts,
    device,
    footer,
    formulas,
    frame,
    meeting,
    notice,
    phrases,
    typed,
    unclosed,
)
from hub.mail.reading.device import last_written

RULED = frozenset("-_=*—–‐~#─━═")  # what a line is drawn with
DELIMITER = re.compile(r"\s*(?:--|__|—|–)[ \t\xa0]*$")
MOTTO = re.compile(r"\s*[«“\"][^«»“”\"]{1,150}[»”\"][ .]*(?:\(?[A-ZÀ-Ý][\w. ’'-]{2,40}\)?)?\s*$")
POSTSCRIPT = re.compile(
    r"\s*[*_]*(?:(?:P\.?[ -]?S\.?\d?|N\.? ?B\.?|Post-scriptum)[*_]*\s*[:\-–]|(?-i:P\.S\.|PS|Ps\.)\s+\w"
    r"|j['’](?:oubliais|ai oublié)\b)",
    re.IGNORECASE,
)
LINK = re.compile(r"\s*<?https?://[^\s/]{3,200}/[^\s/]\S{1,1000}$")
ASKED = re.compile(r".*\?\s*$")


def split(
    lines: list[str], writer: frozenset[str] = frozenset(), breaks: Sequence[int] = ()
) -> tuple[list[str], list[str]]:
    """The writer's lines and what was cut from them: banner, then marked, delimited, known or guessed signature.

    `writer`: the words of the sender's name, see `contacts.name_words`. `breaks`: where a quote stood.
    """
    kept, banner = frame.banner(lines)
    kept, cut = _marked(kept)
    breaks = [] if cut else [at - len(banner) for at in breaks]
    kept, joining = meeting.split(kept)
    kept, below = _step_by_step(kept, writer, breaks)
    cut = below + cut
    if joining:
        joining, below = footer.split(joining)
        kept, cut = [*kept, "", *joining], cut + below
    return kept, banner + cut


def _step_by_step(kept: list[str], writer: frozenset[str], breaks: Sequence[int]) -> tuple[list[str], list[str]]:
    cut: list[str] = []
    bare: list[str] | None = None  # below which no device line stands, as `_device_and_footer` has found
    for step in STEPS:
        if step.cut is device.split and kept is bare:
            continue
        left, more = step.cut(kept, writer) if step.of_writer else step.cut(kept)
        if not more:
            bare = kept if step.cut is _device_and_footer else bare
        elif not (
            (step.guesses and (_only_greets(left) or contacts.lists_people(more)))
            or (step.by_names and between.answers(kept, left, breaks, closed=step.cut is _after_closing))
        ):
            kept, cut = left, more + cut
    return kept, cut


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

    So does a postscript below the block; below a mail that was copied it is all the writer's.
    """
    for at in range(len(lines) - 1, -1, -1):
        if not _closes(lines, at):
            continue
        at = unclosed.past_sentences(lines, at + 1) - 1
        tail = lines[at + 1 :]
        end = next((at for at, line in enumerate(tail) if POSTSCRIPT.match(line) or ASKED.match(line)), len(tail))
        if _is_link(tail[:end]) or not (contacts.is_block(tail[:end]) or _is_full_name_and_more(tail[:end], writer)):
            return lines, []
        if end < len(tail) and ASKED.match(tail[end]) and _copies_mail(lines[:at]):
            return lines, []
        start = typed.lines(tail[:end], writer, office=bool(writer & contacts.OFFICES))
        return lines[: at + 1] + tail[:start] + tail[end:], tail[start:end]
    return lines, []


def _copies_mail(lines: list[str]) -> bool:
    """Whether a greeting stands below the words that announce a mail: « Voici ce que j'ai reçu : », « Bonjour, »."""
    written = [line for line in lines if line.strip()]
    return any(above.rstrip().endswith(":") and formulas.greets(line) for above, line in pairwise(written))


def _is_link(block: list[str]) -> bool:
    """Whether a page is all that stands there, which somebody shows: a signature names the site."""
    written = [line for line in block if line.strip()]
    return len(written) == 1 and LINK.match(written[0]) is not None


def _is_full_name_and_more(block: list[str], writer: frozenset[str]) -> bool:
    """Whether the sender's whole name, or any where an office writes, stands over a few words: « PE CM2 ».

    So does any over a profession.
    """
    lines = "\n".join(block).strip().split("\n")
    if not 2 <= len(lines) <= 4 or not contacts.NAME.match(lines[0]):
        return False
    if contacts.PROFESSION.match(lines[1]) and not any(map(contacts.is_prose, lines[1:])):
        return True
    if not (writer & contacts.OFFICES or (len(writer) > 1 and writer <= contacts.name_words(lines[0]))):
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


class Step(NamedTuple):
    """One way to tell where a signature starts: the lines that stay, and those that are cut."""

    cut: Callable[..., tuple[list[str], list[str]]]
    of_writer: bool = False
    """It asks for the words of the sender's name."""
    guesses: bool = False
    """It is wrong where only a greeting would stay, or several people are listed."""
    by_names: bool = False
    """It is wrong where an answer between quotes names somebody."""


STEPS = (
    Step(frame.armour),
    Step(_delimited),
    Step(footer.split),
    Step(_device_and_footer),
    Step(_ruled, guesses=True),
    Step(_after_closing, of_writer=True, by_names=True),
    Step(unclosed.named, of_writer=True, guesses=True, by_names=True),
    Step(unclosed.block, of_writer=True, guesses=True, by_names=True),
    Step(unclosed.scattered, of_writer=True, guesses=True, by_names=True),
    Step(notice.split, of_writer=True),
    Step(device.split),
    Step(device.split_above),
)
