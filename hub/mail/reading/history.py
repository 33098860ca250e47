"""Which lines are the mail answered, and which are new. Works on text, marked HTML text included."""

from dataclasses import dataclass

from hub.mail.html import ATTRIBUTION_MARK, HISTORY_MARK
from hub.mail.reading import footer, phrases

MAX_LINES = 5_000
NEAR_TOP = 40  # lines
OWN_QUOTE = 3  # lines that the writer of a new mail may begin with a quote mark
WINDOW = 4  # lines an attribution or the first label's value may be folded over
MARKS = HISTORY_MARK + ATTRIBUTION_MARK
MARKS_OF_HISTORY = (HISTORY_MARK, ATTRIBUTION_MARK)
ATTRIBUTION_ENDS = (":", "crit", "wrote", ">")
MARKER_SIGNS = ("--", "__", "==", "**", "-_", "-=", "essag", "ourriel", "ail ", "ligne", "ponse", "achricht", "ensaj")
QUOTED = (">", " >", "|>", "&gt;", ATTRIBUTION_MARK)


@dataclass(slots=True)
class Split:
    """Lines kept and cut, and whether what was cut is a mail forwarded."""

    kept: list[str]
    cut: list[str]
    forward: bool = False


def split(lines: list[str], *, answers: bool = True) -> Split:
    """Takes quotes, their attributions, and everything below a cut, out of the lines.

    Its writer may use a quote mark for other ends, « > Mon compte > Famille »; where no mail answered says the same,
    it stays.
    """
    found = Split([], [])
    ends = [line.rstrip().endswith(ATTRIBUTION_ENDS) for line in lines]
    at = 0
    while at < len(lines):
        if _is_below(lines[at]):
            _cut_rest(lines, at, found)
            break
        if is_quote(lines[at]):
            at = _past_quote(lines, at, found, answers)
            continue
        if not (True in ends[at : at + WINDOW] or _may_introduce(lines[at])):
            found.kept.append(lines[at])  # prose
            at += 1
            continue
        until = _introduction(lines, at)
        if until is None:
            found.kept.append(lines[at])
            at += 1
            continue
        if found.kept and _lacks_name(lines[at]) and 0 < len(found.kept[-1].strip()) < 60:
            found.cut.append(found.kept.pop())
        found.forward |= any(phrases.FORWARD.match(line) for line in lines[at:until])
        following = _next_written(lines, until)
        if following < len(lines) and is_quote(lines[following]):
            found.cut += lines[at:following]
            at = following
        else:
            _cut_rest(lines, at, found)
            break
    return found


def _lacks_name(line: str) -> bool:
    """Whether the name stands above: « Nora Petit », folded before « <nora@…> a écrit le … : »; Notes' table."""
    return line.lstrip().startswith("<") or bool(phrases.NOTES_DATE.match(line))


def introduction_end(lines: list[str]) -> int | None:
    """The line after the first introduction (attribution, header block, marker) near the top, quoted ones too."""
    bare = [line.lstrip("> \t") for line in lines[:NEAR_TOP]]
    ends = (_introduction(bare, at) for at in range(len(bare)))
    return next((end for end in ends if end is not None), None)


def is_quote(line: str) -> bool:
    """Whether a line bears a quote mark, or stands where a program writes « Le … a écrit : »."""
    return line.startswith(QUOTED)


def _is_below(line: str) -> bool:
    """Whether this line and all below are history: marked so, or introduced by one line that needs no other."""
    if line.startswith(ATTRIBUTION_MARK):
        return bool(phrases.FORWARD.match(line[1:]))  # Gmail
    if line.startswith(HISTORY_MARK):
        return True
    if line.startswith(">>> "):
        return bool(phrases.GROUPWISE.match(line))
    return "> " in line and "@" in line and bool(phrases.RUN_ON.match(line[:1000]))


def _cut_rest(lines: list[str], at: int, found: Split) -> None:
    found.forward |= any(phrases.FORWARD.match(line.lstrip(MARKS)) for line in lines[at : at + 5])
    found.cut += lines[at:]


def _past_quote(lines: list[str], at: int, found: Split, answers: bool) -> int:
    end = _skip_quote(lines, at, found)
    if end - at == len(found.cut) <= OWN_QUOTE and _is_own(lines, at, end, found, answers):
        found.kept += lines[at:end]
        found.cut.clear()
    elif _only_headers(lines[at:end]) and any(line.strip() for line in found.kept):
        found.cut += lines[end:]
        return len(lines)
    return end


def _is_own(lines: list[str], at: int, end: int, found: Split, answers: bool) -> bool:
    """Whether the first quoted lines are the writer's: announced, or all that a new mail says before a name."""
    if not answers and not any(line.strip() for line in found.kept):
        return all(not line.strip() or footer.ends_mail(line) for line in lines[end:])
    return _announced(found.kept, lines[at:end]) and (not answers or _answers_below(lines, at, end))


def _answers_below(lines: list[str], at: int, end: int) -> bool:
    """Whether the mail answered stands further down and holds none of the quoted lines."""
    below = lines[end : end + MAX_LINES]
    if not any(line.startswith(MARKS_OF_HISTORY) or _introduction(below, place) for place, line in enumerate(below)):
        return False
    told = "\n".join(below)
    bare = (line.strip("> \t") for line in lines[at:end])
    return not any(words and words in told for words in bare)


def _announced(above: list[str], quoted: list[str]) -> bool:
    """Whether a colon above announces the quoted lines, and no program introduces them."""
    last = next((line.rstrip() for line in reversed(above) if line.strip()), "")
    return last.endswith(":") and not quoted[0].startswith(ATTRIBUTION_MARK) and introduction_end(quoted) is None


def _only_headers(quoted: list[str]) -> bool:
    """Whether a quote is « > Message du … > De : … > Objet : … » and nothing else: Orange left the mail unmarked."""
    bare = [line.lstrip("> \t") for line in quoted if line.strip("> \t")]
    return bool(bare) and phrases.ORANGE.match(bare[0]) is not None and _header_block(bare, 1) == len(bare)


def _skip_quote(lines: list[str], at: int, found: Split) -> int:
    """Cuts a run of quoted lines, with the ends of long ones that a mail program broke without a mark."""
    while at < len(lines):
        line = lines[at]
        broken = (
            found.cut
            and is_quote(found.cut[-1])
            and len(found.cut[-1]) > 65
            and line[:1].islower()
            and at + 1 < len(lines)
            and is_quote(lines[at + 1])
        )
        if not is_quote(line) and not broken:
            break
        found.cut.append(line)
        at += 1
    return at


def _introduction(lines: list[str], at: int) -> int | None:
    """Where the introduction of a quoted mail that starts at this line ends, None when none starts here."""
    line = lines[at]
    if not line or not _may_introduce(line):
        return _attribution(lines, at) if line.strip() else None
    if _marks(line) and (phrases.ORIGINAL.match(line) or phrases.FORWARD.match(line)):
        below = _next_written(lines, at + 1)
        return _header_block(lines, below) or _attribution(lines, below) or at + 1
    if phrases.ORANGE.match(line) and (block := _header_block(lines, _next_written(lines, at + 1))):
        return block
    if phrases.NOTES_DATE.match(line):
        return _notes_table(lines, at)
    if phrases.RULE.match(line):
        return _header_block(lines, _next_written(lines, at + 1))
    return _header_block(lines, at) or _attribution(lines, at)


def _marks(line: str) -> bool:
    """A cheap look before the patterns of markers, one of whose signs or words each has."""
    return any(sign in line for sign in MARKER_SIGNS)


def _may_introduce(line: str) -> bool:
    """A cheap look before the patterns: most lines are prose, and prose has neither colon nor dashes."""
    bare = line.lstrip()
    return bool(bare) and (
        ":" in bare or "：" in bare or not bare[0].isalpha() or "dessus de cette" in bare or bare.startswith("Message")
    )


def _header_block(lines: list[str], at: int) -> int | None:
    """The end of "De : … Envoyé : … À : … Objet : …" starting at a line; None when it is the writer's own words.

    A block has a From label, and two more different labels within the next lines, one of them Date or Subject (a date
    alone does after a name with its address): "De : ma part" alone, or followed by prose, is no header. One that opens
    by another label (Orange by the date, Thunderbird by the subject) is believed only when From, with an address, comes
    second or third and no prose between.
    """
    if at >= len(lines):
        return None
    from_first = phrases.FROM_LABEL.match(lines[at]) is not None
    if not from_first and not _from_follows(lines, at):
        return None
    seen: set[str] = set()
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
    reached = "@" in block or (seen >= {"date", "subject"} and (len(others) > 2 or any(map(str.isdigit, block))))
    return last + 1 if enough and reached and seen & {"date", "subject"} else None


def _notes_table(lines: list[str], at: int) -> int | None:
    below = range(at, min(at + 12, len(lines)))
    if not any(phrases.NOTES_TO.match(lines[place]) for place in below):
        return None
    subject = next((place for place in below if phrases.NOTES_SUBJECT.match(lines[place])), None)
    return None if subject is None else min(subject + (1 if "\t" in lines[subject] else 2), len(lines))


def _from_follows(lines: list[str], at: int) -> bool:
    below = [line for line in lines[at + 1 : at + 5] if line.strip()][:2]  # one may be a paragraph each
    if _label(lines[at]) not in ("date", "subject"):
        return False
    return any(_label(line) == "from" and "@" in line for line in below) and all(_label(line) for line in below)


def _label(line: str) -> str | None:
    """Which field of a header block a line is, None for prose."""
    if ":" not in line and "：" not in line:
        return None
    return next((name for name, pattern in phrases.LABELS.items() if pattern.match(line)), None)


def _attribution(lines: list[str], at: int) -> int | None:
    """The end of « Le … X a écrit : » starting at a line, folded over at most WINDOW lines."""
    window = lines[at : at + WINDOW]
    if (
        not window
        or not window[0].strip()
        or phrases.CLOSING.match(window[0])
        or not any(line.rstrip().endswith(ATTRIBUTION_ENDS) for line in window)
    ):
        return None
    if not (window[0].rstrip().endswith(ATTRIBUTION_ENDS) or phrases.ATTRIBUTION_START.match(window[0].lstrip())):
        return None
    joined = ""
    for place in range(at, at + len(window)):
        line = lines[place]
        if not line.strip() or is_quote(line) or line.startswith(HISTORY_MARK) or len(line) > 400:
            return None
        joined = f"{joined} {line.strip()}".strip()
        if place > at and _whole(line, window[0]):
            return None  # it stands in that line alone; the lines above it are the writer's
        quoted = _quote_follows(lines, place + 1)
        known = phrases.ATTRIBUTION.match(joined) or phrases.FOREIGN.match(joined)
        if known and (quoted or not _narrated(joined)):
            return place + 1
        if quoted and phrases.ATTRIBUTION_LOOSE.match(joined) and (place == at or len(joined) < 200):
            return place + 1
        if not phrases.ATTRIBUTION_START.match(joined):
            return None
    return None


def _whole(line: str, first: str) -> bool:
    """Whether a line is all of an attribution, rather than the end of one that began with a date above."""
    if phrases.ATTRIBUTION.match(line):
        return True
    return bool(phrases.NAME_WROTE.match(line)) and not phrases.DATED.match(first)


def _narrated(joined: str) -> bool:
    return "@" not in joined and bool(phrases.NARRATED.match(joined))


def _quote_follows(lines: list[str], at: int) -> bool:
    following = _next_written(lines, at)
    return following < len(lines) and (is_quote(lines[following]) or lines[following].startswith(HISTORY_MARK))


def _next_written(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at
