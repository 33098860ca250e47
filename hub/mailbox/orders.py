"""An order as the first line of an agent's mail. Pure; who carries it out is given by the composition root.

`/accepter`, of a paper perhaps `/accepter jusqu’au 31/08/2027`, or `/refuser` and the reason. Whatever stands below is
said in the thread. What looks like an order and is
none (misspelt, below a greeting, without its stroke) is told to nobody: a family would read it as a decision.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from enum import Enum
from typing import Protocol

from hub.mailbox.threads import Author
from hub.mailbox.words import fold

WRAPPED = 60  # characters: what follows a line as long as that may be the rest of it, which a mail program broke
# Nothing unbounded before the words that are looked for: strangers write these texts, and some are one long line.
# As it is written, and within the links that agents' hosts make of those they want to look behind (Microsoft's Safe
# Links; Proofpoint's, which write "_" for "/"). Whoever follows such a one decides as well.
_SLASH = r"(?:/|%(?:25)?2F)"
_ENDING = r"[A-Za-z0-9_=%-]{16,}"
_WRAPPED = rf"https?-3A__[^\s_]{{1,255}}_decision_{_ENDING}"
_LINK = re.compile(
    rf"(?:(?:https?://[^\s/]{{1,255}})?{_SLASH}decision{_SLASH}{_ENDING}|{_WRAPPED})[^\s<>]{{0,255}}", re.IGNORECASE
)
_LINK_IN_FILE = re.compile(rf"{_SLASH}decision{_SLASH}{_ENDING}|{_WRAPPED}".encode(), re.IGNORECASE)
_ORDER = re.compile(r"\s*/\s?(accepter|refuser)\b[\s:;,.!–—-]*(.*)", re.IGNORECASE)  # French has blanks before a colon
_ANOTHER = re.compile(r"(?<![\w/])/\s?(?:accepter|refuser)\b", re.IGNORECASE)
GREETING = 6  # lines in which an order may stand that its writer did not begin with
SIMILAR = 0.8  # of a word that is meant to be one of WORDS
WORDS = ("accepter", "refuser")
_STROKE = re.compile(r"[^\w/\\／>]{0,3}[/\\／]\s?([^\W\d_]{2,20})\b(?![/\\])")
_WORD = re.compile(r"\W{0,3}([^\W\d_]{5,12})\b\W{0,3}")
UNCLEAR = (
    "Il semble contenir une décision, mais pas comme le portail la comprend : la première ligne doit commencer par "
    "« /accepter » ou par « /refuser » suivi du motif, et il n’en faut qu’une. Pour un document, on peut "
    "y ajouter une date : « /accepter jusqu’au 31/08/2030 »."
)


# "jusqu’au 31/08/2027", "jusqu'au mardi 31 août 2027"
_UNTIL = re.compile(
    r"jusqu\s?['’´]?\s?au\s+(?:[^\W\d_]{5,8}\s)?(\d{1,2})(?:er)?\s?[\s/.-]\s?([^\W\d_]{3,9}|\d{1,2})\.?\s?[\s/.-]\s?"
    r"(\d{4}|\d{2})\b[\s:;,.!–—-]*",
    re.IGNORECASE,
)
_UNTIL_BEGUN = re.compile(r"jusqu", re.IGNORECASE)
_MONTHS = ("janv", "fevr", "mars", "avri", "mai", "juin", "juil", "aout", "sept", "octo", "nove", "dece")


@dataclass(frozen=True, slots=True)
class Order:
    """What is ordered, and the rest of the mail. `until`: the last day on which a paper is good, where it says one;
    `is_odd`: it means to, and which day cannot be read."""

    accept: bool
    reason: str
    rest: str
    until: date | None = None
    is_odd: bool = False


class Doubt(Enum):
    """How far a mail without a clear order seems to give one."""

    none = 0
    word = 1  # a word that decides where something waits for a decision, and is one like any other elsewhere
    order = 2


class OrderRefused(Exception):
    """It cannot be carried out; the message, in French, is for the agent."""


class Obedient(Protocol):
    """Carries orders out."""

    async def obey(self, thread: int, by: Author, order: Order, shown_at: datetime | None) -> int:
        """Decide on what there was at `shown_at`, when the mail was written that is answered (None: on all there is);
        the message that tells the family.

        Within the caller's transaction. Raises OrderRefused.
        """

    async def awaits(self, thread: int) -> bool:
        """Whether anything there waits for a decision."""


def without_links(text: str) -> str:
    """The same without any link that decides: an agent who quotes their mail would hand it to the family."""
    return _LINK.sub("[lien retiré]", text) if "decision" in text.lower() else text  # most have none


def holds_link(content: bytes) -> bool:
    """Whether a file holds one; also in the two-byte letters of an Outlook .msg."""
    return _LINK_IN_FILE.search(content.replace(b"\0", b"")) is not None


def order(text: str) -> Order | None:
    """The order that a mail begins with. Without a reason on the line of a refusal, what stands below is the reason."""
    lines = text.strip().split("\n")
    found = _ORDER.fullmatch(lines[0])
    if found is None:
        return None
    end = 1
    while end < len(lines) and len(lines[end - 1]) >= WRAPPED and lines[end].strip():
        end += 1
    more = " ".join([found[2], *lines[1:end]]).strip()
    below = "\n".join(lines[end:]).strip()
    if found[1].lower() == "accepter":
        until, said = _until(more)
        return Order(True, "", f"{said}\n{below}".strip(), until, until is None and bool(_UNTIL_BEGUN.match(more)))
    return Order(False, more or below, below if more else "")


def doubt(text: str, found: Order | None) -> Doubt:
    """Whether a mail seems to give an order that `order` has not found, or another than it has."""
    if found:
        unclear = found.is_odd or _ANOTHER.search(f"{found.reason}\n{found.rest}")
        return Doubt.order if unclear else Doubt.none
    lines = [line for line in text.split("\n", 2 * GREETING) if line.strip()][:GREETING]
    strokes = [(place, stroke[1]) for place, line in enumerate(lines) if (stroke := _STROKE.match(line))]
    if any(place == 0 or _is_meant(word) for place, word in strokes):
        return Doubt.order
    words = (_WORD.fullmatch(line.strip()) for line in lines)
    begins = bool(lines) and lines[0].split()[0].strip(".,:;!").lower() in WORDS
    return Doubt.word if begins or any(word and _is_meant(word[1]) for word in words) else Doubt.none


def _until(words: str) -> tuple[date | None, str]:
    """The day that they begin with, and what follows it."""
    found = _UNTIL.match(words)
    if found is None:
        return None, words
    day, month, year = found.groups()
    named = fold(month.lower())
    number = int(month) if month.isdecimal() else next((n for n, m in enumerate(_MONTHS, 1) if named[:4] == m), 0)
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), number, int(day)), words[found.end() :]
    except ValueError:
        return None, words


def _is_meant(word: str) -> bool:
    """Whether it is one of the two, with an accent, in another form or with a slip."""
    return any(SequenceMatcher(None, fold(word.lower()), known).ratio() >= SIMILAR for known in WORDS)
