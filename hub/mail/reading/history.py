"""Which lines are the mail answered, and which are new. Works on text, marked HTML text included."""

import re
from collections.abc import Set
from dataclasses import dataclass

from hub.mail.html import ATTRIBUTION_MARK, HISTORY_MARK
from hub.mail.reading import footer, introduction, phrases
from hub.mail.reading.introduction import ATTRIBUTION_ENDS, MARKS, WINDOW, is_quote

MAX_LINES = 5_000
OWN_QUOTE = 3  # lines that the writer of a new mail may begin with a quote mark
OWN_QUOTES = 100  # times
REACH = 60  # characters from the start of an attribution to its time or address
CLOSES = {"(": ")", "<": ">"}
FOLDS = re.compile(r"[\s>]+")  # wherever the lines of the same words end
MARKS_OF_HISTORY = (HISTORY_MARK, ATTRIBUTION_MARK)


@dataclass(slots=True)
class Split:
    """Lines kept and cut, and whether what was cut is a mail forwarded."""

    kept: list[str]
    cut: list[str]
    forward: bool = False
    own_quotes: int = 0
    last: int | None = None
    """Where the last introduction of the mail starts, or a line marked as history; None when nobody has asked."""
    bare: list[str] | None = None
    """The lines of the mail without what folds and quotes them; None when nobody has asked."""


def split(lines: list[str], *, answers: bool = True) -> Split:
    """Takes quotes, their attributions, and everything below a cut, out of the lines.

    Its writer may use a quote mark for other ends, « > Mon compte > Famille »; where no mail answered says the same,
    it stays.
    """
    found, near, at = Split([], []), _near_ends(lines), 0
    tries = introduction.Tries()
    while at < len(lines):
        line = lines[at]
        if not line or (_is_prose(line) and at not in near):
            found.kept.append(line)
            at += 1
        elif _is_below(line):
            at = _cut_rest(lines, at, found)
        elif is_quote(line):
            at = _past_quote(lines, at, found, answers)
        elif until := introduction.end(lines, at, tries) if at in near or introduction.may_open(line) else None:
            at = _past_introduction(lines, at, until, found)
        else:
            found.kept.append(line)
            at += 1
    return found


def _near_ends(lines: list[str]) -> Set[int]:
    """The lines from which an attribution may reach its end, the last of WINDOW."""
    ends = [at for at, line in enumerate(lines) if line.rstrip().endswith(ATTRIBUTION_ENDS)]
    return {at - above for at in ends for above in range(WINDOW)}


def _is_prose(line: str) -> bool:
    """A cheap look before the patterns: most lines begin by a letter, and hold nothing that a program writes."""
    return line[0].isalpha() and not introduction.may_open(line) and "> " not in line


def _past_introduction(lines: list[str], at: int, until: int, found: Split) -> int:
    """Cuts an introduction, and what stands below unless it is quoted: then whoever answers may write in between."""
    if found.kept and 0 < len(found.kept[-1].strip()) < 60 and _lacks_name(lines[at]):
        found.cut.append(found.kept.pop())
    found.forward |= any(phrases.FORWARD.match(line) for line in lines[at:until])
    if "cette ligne" in lines[at] or "this line" in lines[at]:
        below = next((place for place in range(until, len(lines)) if _invites(lines[place])), len(lines) - 1)
        found.cut += lines[at : below + 1]
        return below + 1
    following = introduction.next_written(lines, until)
    if following == len(lines) or not is_quote(lines[following]):
        return _cut_rest(lines, at, found)
    said = _said_before(lines[at], lines[following])
    found.kept += [said] if said else []
    found.cut += [lines[at][len(said) :], *lines[at + 1 : following]]
    return following


def _invites(line: str) -> bool:
    """Whether a helpdesk asks to answer below a line: what stands there is new."""
    return line.endswith("=") and phrases.BELOW_LINE.match(line) is not None


def _said_before(line: str, quoted: str) -> str:
    """What a line says before the attribution of a quote below, where a text lost the line breaks between the two."""
    if not line.rstrip().endswith(":") or not quoted.startswith(">") or introduction.is_attribution(line):
        return ""
    start = phrases.SHARED.search(line)
    if start is None or not phrases.TIME.search(line, start.end(), start.end() + REACH):
        return ""
    return line[: start.start()].rstrip(" -") if phrases.WROTE.search(line[-REACH:]) else ""


def _lacks_name(line: str) -> bool:
    """Whether the name stands above: « Nora Petit », folded before « <nora@…> a écrit le … : »; Notes' table."""
    return line.lstrip().startswith("<") or bool(phrases.NOTES_DATE.match(line))


def _is_below(line: str) -> bool:
    """Whether this line and all below are history: marked so, or introduced by one line that needs no other."""
    if line.startswith(ATTRIBUTION_MARK):
        return bool(phrases.FORWARD.match(line[1:]))  # Gmail
    if line.startswith(HISTORY_MARK):
        return True
    if line.startswith(">>> "):
        return bool(phrases.GROUPWISE.match(line))
    return "> " in line and "@" in line and bool(phrases.RUN_ON.match(line[:1000]))


def _cut_rest(lines: list[str], at: int, found: Split) -> int:
    found.forward |= any(phrases.FORWARD.match(line.lstrip(MARKS)) for line in lines[at : at + 5])
    found.cut += lines[at:]
    return len(lines)


def _past_quote(lines: list[str], at: int, found: Split, answers: bool) -> int:
    above = -2 if len(found.kept) > 1 and not found.kept[-1].strip() else -1
    if found.kept and "@" in found.kept[above] and phrases.NAME_AND_DATE.match(found.kept[above][:400]):
        found.cut += found.kept[above:]
        del found.kept[above:]
    end = _skip_quote(lines, at, found)
    if (
        end - at == len(found.cut) <= OWN_QUOTE
        and found.own_quotes < OWN_QUOTES
        and _is_own(lines, at, end, found, answers)
    ):
        found.kept += lines[at:end]
        found.cut.clear()
        found.own_quotes += 1
    elif _only_headers(lines[at:end]) and any(line.strip() for line in found.kept):
        found.cut += lines[end:]
        return len(lines)
    return end


def _is_own(lines: list[str], at: int, end: int, found: Split, answers: bool) -> bool:
    """Whether the first quoted lines are the writer's: announced, or all that a new mail says before a name."""
    if not answers and not any(line.strip() for line in found.kept):
        return all(not line.strip() or footer.ends_mail(line) for line in lines[end:])
    announced = _announced(found.kept, lines[at:end]) or _amid(lines, at, end, answers)
    if not answers:
        return announced
    return (announced or _is_paragraph(found.kept, lines[at:end])) and _answers_below(lines, at, end, found)


def _is_paragraph(above: list[str], quoted: list[str]) -> bool:
    """Whether one line stands below others of the writer, and introduces nothing: « > 10 ans : les grands ? »."""
    if len(quoted) > 1 or quoted[0].startswith(ATTRIBUTION_MARK) or quoted[0].rstrip().endswith(ATTRIBUTION_ENDS):
        return False
    return any(line.strip() for line in above) and introduction.end_near_top(quoted) is None


def _amid(lines: list[str], at: int, end: int, answers: bool) -> bool:
    """Whether a line stands close between two of the writer's, and no program marks it: « > 10 ans : tarif A »."""
    close = end - at == 1 <= at < end < len(lines) and lines[at - 1].strip() and lines[end].strip()
    if not close or lines[at].startswith(ATTRIBUTION_MARK):
        return False
    return answers or not any(map(is_quote, lines[end : end + MAX_LINES]))


def _answers_below(lines: list[str], at: int, end: int, found: Split) -> bool:
    """Whether the mail answered stands further down and holds none of the quoted lines."""
    if found.last is None:
        found.last = _last_introduction(lines)
    if found.last < end:
        return False
    if found.bare is None:
        found.bare = [FOLDS.sub("", line) for line in lines]
    told = "".join(found.bare[end:])
    return not any(words and words in told for words in found.bare[at:end])


def _last_introduction(lines: list[str]) -> int:
    """Where it starts, quoted with its mail or not, or a line marked as history; -1 when there is none."""
    tries, bare = introduction.Tries(), [line.lstrip("> ") for line in lines]
    starts = (
        at
        for at in range(len(lines) - 1, -1, -1)
        if lines[at].startswith(MARKS_OF_HISTORY) or introduction.end(bare, at, tries)
    )
    return next(starts, -1)


def _announced(above: list[str], quoted: list[str]) -> bool:
    """Whether a colon above announces the quoted lines, and no program introduces them."""
    last = next((line.rstrip() for line in reversed(above) if line.strip()), "")
    by_hand = last.endswith(":") and not quoted[0].startswith(ATTRIBUTION_MARK)
    return by_hand and introduction.end_near_top(quoted) is None


def _only_headers(quoted: list[str]) -> bool:
    """Whether a quote is « > De : … > Objet : … » and nothing else: Orange leaves the mail below it unmarked."""
    first = next((line for line in quoted if line.strip("> \t")), "")
    if not (":" in first or "：" in first or phrases.ORANGE.match(first.lstrip("> \t"))):
        return False
    bare = [line.lstrip("> \t") for line in quoted if line.strip("> \t")]
    start = 1 if bare and phrases.ORANGE.match(bare[0]) else 0
    return introduction.header_block(bare, start, {"date"} if start else set()) == len(bare) > start


def _skip_quote(lines: list[str], at: int, found: Split) -> int:
    """Cuts a run of quoted lines, with the ends of long ones that a mail program broke without a mark."""
    while at < len(lines):
        if not is_quote(lines[at]) and not _is_broken_end(lines, at, found):
            break
        found.cut.append(lines[at])
        at += 1
    return at


def _is_broken_end(lines: list[str], at: int, found: Split) -> bool:
    between = found.cut and is_quote(found.cut[-1]) and at + 1 < len(lines) and is_quote(lines[at + 1])
    return bool(between) and _continues(found.cut[-1], lines[at])


def _continues(quoted: str, line: str) -> bool:
    """Whether an unmarked line is the end of the quoted one above: of a long one, or of an address in brackets."""
    if line[:1].islower() and len(quoted) > 65:
        return True
    opened = max(quoted.rfind("(http"), quoted.rfind("<http"))
    return opened >= 0 and quoted.find(CLOSES[quoted[opened]], opened) < 0 and line.rstrip().endswith((")", ">"))
