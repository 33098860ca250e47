"""Where the writer's words end and signature, device line and legal footer begin. Works on lines already new."""

import re

from hub.mail.html import SIGNATURE_MARK
from hub.mail.reading import phrases

MAX_LINE = 110  # characters
MAX_SIGNATURE = 18  # written lines of an unannounced signature
DELIMITER = re.compile(r"\s*(?:--|__|—)[ \t]*$")
NAME = re.compile(r"[*_ ]*(?:M\.|M(?:me|lle|r)\.?)?(?: ?[A-ZÀ-Ý][\w'’-]{1,25}){2,4}[*_ ,]*$")
LABELLED = re.compile(
    r"\W*(?:t[ée]l|mail|e-?mail|adresse|nom|prénom|mob|port|date|classe|contact)\w*\.? ?:", re.IGNORECASE
)
HOURS = re.compile(r"\W{0,3}(?:horaires?|ouverte?s?|ouverture|accueil|permanences?)\b", re.IGNORECASE)
PROSE = re.compile(
    r"\b(?:je|j['’]\w+|me|moi|pouvez|pourriez|avez|serai[ts]?|sommes|merci|svp|voici|oui|non)\b"
    r"|(?:\S+ ){7}\S+.*\.\s*$",
    re.IGNORECASE,
)
EXCLAIMED = re.compile(r"[?!]\s*$")  # further down it is a slogan
POSTSCRIPT = re.compile(r"\s*(?:P\.? ?S\.?|N\.? ?B\.?|Post-scriptum)\s*[:\-–]|.*\?\s*$", re.IGNORECASE)


def split(lines: list[str]) -> tuple[list[str], list[str]]:
    """The writer's lines and what was cut from them: banner, then marked, delimited, known or guessed signature."""
    kept, banner = _banner(lines)
    kept, cut = _marked(kept)
    for step in (_delimited, _footer, _device_and_footer, _after_closing, _block, _scattered):
        kept, more = step(kept)
        cut = more + cut
    return kept, banner + cut


def _banner(lines: list[str]) -> tuple[list[str], list[str]]:
    """The first paragraph, when a gateway wrote it: « ATTENTION : ce message provient de l'extérieur »."""
    start = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    end = next((at for at in range(start, len(lines)) if not lines[at].strip()), len(lines))
    if not phrases.BANNER.match(" ".join(lines[start:end])[:300]):
        return lines, []
    return lines[end:], lines[:end]


def _marked(lines: list[str]) -> tuple[list[str], list[str]]:
    """What the HTML says is a signature, but a "Cordialement," at its head stays with the writer."""
    kept: list[str] = []
    cut: list[str] = []
    for line in lines:
        if not line.startswith(SIGNATURE_MARK):
            kept.append(line)
            continue
        bare = line.removeprefix(SIGNATURE_MARK)
        if phrases.CLOSING.match(bare) and not any(earlier.strip() for earlier in cut):
            kept.append(bare)
        else:
            cut.append(bare)
    return kept, cut


def _delimited(lines: list[str]) -> tuple[list[str], list[str]]:
    """From "-- " (RFC 3676 §4.3) on."""
    for at, line in enumerate(lines):
        if len(line) < 12 and DELIMITER.match(line) and any(one.strip() for one in lines[:at]) and len(lines) - at < 40:
            return lines[:at], lines[at:]
    return lines, []


def _footer(lines: list[str]) -> tuple[list[str], list[str]]:
    """From the first paragraph that opens like a legal or environmental footer on."""
    words = "\n".join(lines).lower()
    if not any(word in words for word in phrases.FOOTER_WORDS):
        return lines, []
    telling = [any(word in line for word in phrases.FOOTER_WORDS) for line in words.split("\n")]
    for at, line in enumerate(lines):
        if not any(telling[at : at + 4]) or not line.strip() or not _opens_footer(lines, at):
            continue
        start = at
        while start and (not lines[start - 1].strip() or phrases.RULE.match(lines[start - 1])):
            start -= 1
        if start:
            return lines[:start], lines[start:]
    return lines, []


def _opens_footer(lines: list[str], at: int) -> bool:
    if phrases.FOOTER.match(" ".join(lines[at : at + 4])[:600]):
        return True
    return bool(phrases.FOOTER_LINE.match(lines[at][:600]))


def _device_and_footer(lines: list[str]) -> tuple[list[str], list[str]]:
    kept, device = without_device(lines)
    if not device:
        return lines, []
    kept, footer = _footer(kept)
    return kept, footer + device


def without_device(lines: list[str]) -> tuple[list[str], list[str]]:
    """Device lines at the end, and one more line below each (« Télécharger … », the app's address)."""
    end = len(lines)
    while end:
        tail = _last_written(lines, end)
        if tail is None:
            break
        above = _last_written(lines, tail)
        broken = _broken_device(lines, tail)
        if broken is not None:
            end = broken
        elif any(kind.match(lines[tail]) for kind in (phrases.DEVICE, phrases.DASHES, phrases.PICTURE)):
            end = tail
        elif above is not None and phrases.DEVICE.match(lines[above]) and len(lines[tail]) < 60:
            end = above
        else:
            break
    return lines[:end], lines[end:]


def _broken_device(lines: list[str], last: int) -> int | None:
    """Where a device line starts that was broken into two or three short ones, the last of which is given."""
    for start in (last - 1, last - 2):
        broken = [line.strip() for line in lines[max(start, 0) : last + 1]]
        if start < 0 or not all(broken) or any(len(line) > 40 for line in broken):
            return None
        if phrases.DEVICE_STARTS.match(broken[0]):
            return start if phrases.DEVICE.match(" ".join(broken)) else None
    return None


def _after_closing(lines: list[str]) -> tuple[list[str], list[str]]:
    """A block of names, functions, phones after "Cordialement,"; a name alone is the writer's and stays.

    So does a postscript below the block.
    """
    for at in range(len(lines) - 1, -1, -1):
        if not _closes(lines, at):
            continue
        tail = lines[at + 1 :]
        end = next((place for place, line in enumerate(tail) if POSTSCRIPT.match(line)), len(tail))
        if not _is_block(tail[:end]):
            return lines, []
        start = _typed_name(tail[:end])
        return lines[: at + 1] + tail[:start] + tail[end:], tail[start:end]
    return lines, []


def _closes(lines: list[str], at: int) -> bool:
    """Whether a line is a closing formula, or the end of one that was folded: « … mes salutations / distinguées. »."""
    if phrases.CLOSING.match(lines[at]):
        return True
    folded = at > 0 and lines[at][:1].islower() and len(lines[at]) < 80 and bool(lines[at - 1].strip())
    return folded and phrases.CLOSING.match(f"{lines[at - 1]} {lines[at]}"[:400]) is not None


def _typed_name(block: list[str]) -> int:
    """How many lines a name typed over a signature takes that says it again: « Nora », then « Nora PETIT »."""
    first = next((at for at, line in enumerate(block) if line.strip()), 0)
    below = _next_written(block, first + 1)
    name = block[first].strip(" ,.").lower()
    again = below is not None and below > first + 1 and name in block[below].lower().split()
    return first + 1 if again else 0


def _next_written(lines: list[str], at: int) -> int | None:
    return next((place for place in range(at, len(lines)) if lines[place].strip()), None)


def _block(lines: list[str]) -> tuple[list[str], list[str]]:
    """A last paragraph of at least three contact lines, unless a colon above announces it as content."""
    end = _last_written(lines, len(lines))
    if end is None:
        return lines, []
    start = end
    while start and lines[start - 1].strip():
        start -= 1
    above = _last_written(lines, start)
    if above is None or lines[above].rstrip().endswith(":") or end - start < 2:
        return lines, []
    if LABELLED.match(lines[start]):
        return lines, []  # « Tél. : … » without a name above: what somebody was to be told
    contacts = sum(_is_contact(line) for line in lines[start : end + 1])
    if contacts >= 2 and _is_block(lines[start:]):
        return lines[:start], lines[start:]
    return lines, []


def _scattered(lines: list[str]) -> tuple[list[str], list[str]]:
    """A name and contact lines at the end, each a paragraph of its own, as HTML often has them."""
    written = [at for at, line in enumerate(lines) if line.strip()]
    for place in range(len(written) - 3, max(len(written) - 9, 0), -1):
        start, above = written[place], lines[written[place - 1]]
        if not NAME.match(lines[start]) or above.rstrip().endswith(":") or lines[start - 1].strip():
            continue
        tail = [lines[at] for at in written[place:]]
        if sum(map(_is_contact, tail[1:])) >= max(2, len(tail) // 2) and not any(map(_is_prose, tail)):
            return lines[:start], lines[start:]
    return lines, []


def _is_block(tail: list[str]) -> bool:
    """Whether lines read as a signature: short ones, no sentence at its head, some way to reach or place somebody."""
    written = [line for line in tail if line.strip()]
    head = written[:3]
    if not written or len(written) > MAX_SIGNATURE or any(len(line) > MAX_LINE or _is_prose(line) for line in head):
        return False
    if any(EXCLAIMED.search(line) for line in head[:2]) or phrases.WARM.match(head[0]):
        return False
    return any(_is_contact(line) for line in written[:4])


def _is_prose(line: str) -> bool:
    return PROSE.search(line) is not None and not HOURS.match(line)


def _is_contact(line: str) -> bool:
    """Whether a line reaches or places somebody; an endless one does not, and would be slow to search."""
    return len(line) <= MAX_LINE and bool(phrases.CONTACT.match(line))


def _last_written(lines: list[str], end: int) -> int | None:
    """The last line before `end` that is not blank."""
    return next((at for at in range(end - 1, -1, -1) if lines[at].strip()), None)
