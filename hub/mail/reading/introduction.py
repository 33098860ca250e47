"""The lines that stand between what is new and the mail answered: attributions, header blocks, markers. Pure."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import lru_cache

from hub.mail.html import ATTRIBUTION_MARK, HISTORY_MARK
from hub.mail.reading import formulas, matching, phrases

NEAR_TOP = 40  # lines
MAX_LINE = 400  # characters; a longer one is no introduction
NAME_LENGTH = 101  # characters before an address
TOLD = re.compile(r"@|\d\d")  # an address or a date, as programs give and people telling a story do not
WINDOW = 4  # lines an attribution or the first label's value may be folded over
MARKS = HISTORY_MARK + ATTRIBUTION_MARK
ATTRIBUTION_ENDS = (":", "：", "՝", "crit", "wrote", ">")
MARKER_SIGNS = (
    "--",
    "__",
    "==",
    "**",
    "-_",
    "-=",
    "essag",
    "ourriel",
    "ail ",
    "ligne",
    "this line",
    "ponse",
    "achricht",
    "ensaj",
)
OPENERS = frozenset({"Message", "Courrie"})  # seven letters of markers that have no sign: « Courriel original »
QUOTED = (">", " >", "|>", "&gt;", ATTRIBUTION_MARK)


@dataclass(slots=True)
class Tries:
    """How many more lines of one mail may be tried for an attribution in vain: some take a tenth of a millisecond."""

    left: int = 5_000


def end(lines: list[str], at: int, tries: Tries | None = None) -> int | None:
    """Where the introduction of a quoted mail that starts at this line ends, None when none starts here."""
    line, tries = lines[at], tries or Tries()
    if not line or not may_open(line):
        return _attribution(lines, at, tries) if line.strip() else None
    if _marks(line) and (phrases.ORIGINAL.match(line) or phrases.FORWARD.match(line) or _asks_above(line)):
        below = next_written(lines, at + 1)
        return header_block(lines, below) or _attribution(lines, below, tries) or _from_alone(lines, below) or at + 1
    if phrases.ORANGE.match(line) and (block := header_block(lines, next_written(lines, at + 1), {"date"})):
        return block
    if phrases.NOTES_DATE.match(line):
        return _notes_table(lines, at)
    if phrases.RULE.match(line):
        return header_block(lines, next_written(lines, at + 1))
    return header_block(lines, at) or _attribution(lines, at, tries)


def _from_alone(lines: list[str], at: int) -> int | None:
    """The end of « De: "Nora Petit" », all that some leave of a header block below a marker, when a quote follows."""
    if at < len(lines) and phrases.FROM_LABEL.match(lines[at][:MAX_LINE]) and _quote_follows(lines, at + 1):
        return at + 1
    return None


def end_near_top(lines: list[str]) -> int | None:
    """The line after the first introduction (attribution, header block, marker) near the top, quoted ones too."""
    bare = [line.lstrip("> \t") for line in lines[:NEAR_TOP]]
    places = (end(bare, at) for at in range(len(bare)))
    return next((place for place in places if place is not None), None)


def is_header_block(lines: list[str]) -> bool:
    """Whether lines begin by a header block, as those of a mail forwarded do, under a line drawn, a marker or none."""
    bare = [line.lstrip(MARKS) for line in lines[:NEAR_TOP] if line.strip(MARKS)]
    marker = bool(bare) and any(kind.match(bare[0]) for kind in (phrases.RULE, phrases.ORIGINAL))
    return header_block(bare, int(marker)) is not None


def is_quote(line: str) -> bool:
    """Whether a line bears a quote mark, or stands where a program writes « Le … a écrit : »."""
    return line.startswith(QUOTED)


def may_open(line: str) -> bool:
    """A cheap look before the patterns: most lines are prose, and prose has neither colon nor dashes."""
    bare = line.lstrip()
    return bool(bare) and (
        ":" in bare
        or "：" in bare
        or not bare[0].isalpha()
        or "dessus de cette" in bare
        or (bare[0] in "MC" and bare[:7] in OPENERS)
    )


def past_marked(lines: list[str], at: int, mark: str) -> int:
    """Past the lines from here on that bear a mark of `marked_text`; `at` when the first has none."""
    while at < len(lines) and lines[at].startswith(mark):
        at += 1
    return at


def next_written(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _marks(line: str) -> bool:
    """A cheap look before the patterns of markers, one of whose signs or words each has."""
    return matching.has(MARKER_SIGNS, line)


def _asks_above(line: str) -> bool:
    return "this line" in line and phrases.ABOVE_LINE.match(line) is not None


def header_block(lines: list[str], at: int, above: Set[str] = frozenset()) -> int | None:
    """The end of "De : … Envoyé : … À : … Objet : …" starting at a line; None when it is the writer's own words.

    A block has a From label, and two more different labels within the next lines, one of them Date or Subject (a date
    alone does after a name with its address): "De : ma part" alone, or followed by prose, is no header. One that opens
    by another label (Orange by the date, Thunderbird by the subject) is believed only when From, with an address, comes
    second or third and no prose between. `above`: what a line above the block has told.
    """
    if at >= len(lines):
        return None
    from_first = phrases.FROM_LABEL.match(lines[at]) is not None
    if not from_first and not _from_follows(lines, at):
        return None
    if phrases.ONE_LINE.match(lines[at][:1000]):
        return at + 1
    seen = set(above)
    last, strangers = at, 0
    for place in range(at + from_first, min(at + 30, len(lines))):
        label = _label(lines[place])
        if (
            (label == "from" and from_first)
            or phrases.DASHES.match(lines[place])
            or phrases.ORIGINAL.match(lines[place])
        ):
            break  # another block: the first line was the writer's own « De : ma part »
        if label:
            seen.add(label)
            last, strangers = place, 0
        elif lines[place].strip():
            strangers += 1
        if strangers > 2 or (label is None and "subject" in seen and len(seen) > 1):
            break
    others = seen - {"from"}
    enough = len(others) >= 2 or (from_first and bool(phrases.BRACKETED.search(lines[at])) and "date" in others)
    # « De : 8h à 12h, À : partir du 12, Objet : garderie » is no program's: one gives an address, or all fields.
    block = "".join(lines[at : last + 2])
    dated = bool(above) or phrases.DATE_SIGNS.search(block) is not None
    reached = "@" in block or (dated and seen >= {"date", "subject"})
    return last + 1 if enough and reached and seen & {"date", "subject"} else None


def _notes_table(lines: list[str], at: int) -> int | None:
    below = range(at, min(at + 12, len(lines)))
    if not any(phrases.NOTES_TO.match(lines[place]) for place in below):
        return None
    subject = next((place for place in below if phrases.NOTES_SUBJECT.match(lines[place])), None)
    return None if subject is None else min(subject + (1 if "\t" in lines[subject] else 2), len(lines))


def _from_follows(lines: list[str], at: int) -> bool:
    if _label(lines[at]) not in ("date", "subject", "to"):
        return False
    below = [line for line in lines[at + 1 : at + 5] if line.strip()][:2]  # one may be a paragraph each
    return any(_label(line) == "from" and "@" in line for line in below) and all(_label(line) for line in below)


def _label(line: str) -> str | None:
    """Which field of a header block a line is, None for prose."""
    if ":" not in line and "：" not in line:
        return None
    found = phrases.LABEL.match(line)
    return found.lastgroup if found else None


def _attribution(lines: list[str], at: int, tries: Tries) -> int | None:
    """The end of « Le … X a écrit : » starting at a line, folded over at most WINDOW lines."""
    window = lines[at : at + WINDOW]
    if not window or not window[0].strip() or not any(line.rstrip().endswith(ATTRIBUTION_ENDS) for line in window):
        return None
    if not _starts(lines, at) or formulas.closes(window[0]):
        return None
    joined = ""
    for place in range(at, at + len(window)):
        line = lines[place]
        if not _may_hold(line) or not tries.left:
            return None
        joined = f"{joined} {line.strip()}".strip()
        if place > at and _whole(line, window[0]):
            return None  # it stands in that line alone; the lines above it are the writer's
        if _may_close(joined):
            if _closes(lines, place, joined, alone=place == at):
                return place + 1
            tries.left -= 1
        if not phrases.ATTRIBUTION_START.match(joined):
            return None
    return None


def _starts(lines: list[str], at: int) -> bool:
    """Whether an attribution may start at a line: it ends there, or in the next ones after a date or a name."""
    first = lines[at].rstrip()
    if first.endswith(ATTRIBUTION_ENDS):
        return True
    goes_on = at + 1 < len(lines) and _may_hold(lines[at + 1])
    return (goes_on or _may_close(first)) and phrases.ATTRIBUTION_START.match(lines[at].lstrip()) is not None


def _may_hold(line: str) -> bool:
    """Whether a line may be one of those that an attribution is folded over."""
    return bool(line.strip()) and not is_quote(line) and not line.startswith(HISTORY_MARK) and len(line) <= MAX_LINE


def _may_close(joined: str) -> bool:
    """A cheap look before the patterns of attributions, which all end so."""
    if joined.endswith((")", "]")) and len(joined) < 200:
        return True
    end = matching.folded(joined[-phrases.WROTE_REACH :])
    return end.endswith(phrases.WROTE_ENDS) or phrases.WROTE_BEFORE_NAME in end


def _closes(lines: list[str], place: int, joined: str, *, alone: bool) -> bool:
    """Whether joined lines, the last of which is given, are an attribution; told from a story by what stands below."""
    quoted = _quote_follows(lines, place + 1)
    known = is_attribution(joined) or (
        "@" in joined and (phrases.FOREIGN.match(joined) or phrases.UNDATED.match(joined))
    )
    if known and (quoted or not _narrated(joined)):
        return True
    return quoted and phrases.ATTRIBUTION_LOOSE.match(joined) is not None and (alone or len(joined) < 200)


@lru_cache(16)
def is_attribution(said: str) -> bool:
    """Asked of the same line again for each of the lines above that one may start in."""
    if len(said) > phrases.ATTRIBUTION_LENGTH or not matching.shows(phrases.ATTRIBUTION_SIGNS, said):
        return False
    return phrases.ATTRIBUTION_NAMED_LAST.match(said) is not None or any(
        phrases.UNTIL_WROTE.match(said, 0, wrote)
        or (said.rstrip().endswith(":") and phrases.UNTIL_WROTE_AND_COLON.match(said, 0, wrote))
        for wrote in _written_last(said)
    )


def _written_last(said: str) -> Iterator[int]:
    """Where « a écrit » starts at the end of a line, more than once where « schrieb » has a name below it."""
    last = said.rstrip()[-phrases.WROTE_REACH :]
    end = matching.folded(last).removesuffix(":").rstrip()
    if not (end.endswith(phrases.WROTE_WORDS) or phrases.WROTE_BEFORE_NAME in end):
        return
    found = phrases.WROTE_LAST.search(said, max(0, len(said.rstrip()) - len(last)))
    while found:
        yield found.start()
        found = phrases.WROTE_LAST.search(said, found.start() + 1)


def _whole(line: str, first: str) -> bool:
    """Whether a line is all of an attribution, rather than the end of one that began with a date above."""
    if is_attribution(line):
        return True
    return _names_and_closes(line) and not phrases.DATED.match(first)


def _names_and_closes(line: str) -> bool:
    """Whether a line is « Nora Petit <nora@ville.fr> a écrit : »."""
    if not (line[0].isalnum() or line[0] == "_") or not _may_close(line.rstrip()):
        return False
    found = phrases.BRACKET_WROTE.search(line)
    while found and not _ends_by_address(line[: found.start()]):
        found = phrases.BRACKET_WROTE.search(line, found.start() + 1)
    return found is not None


def _ends_by_address(text: str) -> bool:
    """Whether an address stands at the end, its first bracket within reach: whatever brackets it has, in one look."""
    last = re.split(r"\s", text)[-1]
    bracket = text.find("<", max(1, len(text) - len(last)))
    return 0 < bracket <= NAME_LENGTH and "@" in text[bracket + 2 : -1]


def _narrated(joined: str) -> bool:
    return "@" not in joined and bool(phrases.NARRATED.match(joined))


def _quote_follows(lines: list[str], at: int) -> bool:
    following = next_written(lines, at)
    return following < len(lines) and (is_quote(lines[following]) or lines[following].startswith(HISTORY_MARK))
