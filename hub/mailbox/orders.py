"""An order as the first line of an agent's mail. Pure; who carries it out is given by the composition root.

`/accepter`, or `/refuser` and the reason. Whatever stands below is said in the thread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hub.mailbox.threads import Author

WRAPPED = 60  # characters: what follows a line as long as that may be the rest of it, which a mail program broke
# Nothing unbounded before the words that are looked for: strangers write these texts, and some are one long line.
_LINK = re.compile(r"(?:https?://[^\s/]{1,255})?/decision/[A-Za-z0-9_=-]{16,}[^\s<>]{0,255}")
_LINK_IN_FILE = re.compile(rb"/decision/[A-Za-z0-9_=-]{16,}")
_ORDER = re.compile(r"\s*/\s?(accepter|refuser)\b[ \t:.–-]*(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Order:
    """What is ordered, and the rest of the mail."""

    accept: bool
    reason: str
    rest: str


class OrderRefused(Exception):
    """It cannot be carried out; the message, in French, is for the agent."""


class Obedient(Protocol):
    """Carries orders out."""

    async def obey(self, thread: int, by: Author, order: Order, shown_at: datetime | None) -> None:
        """Decide on what there was at `shown_at`, when the mail was written that is answered (None: on all there is).

        Within the caller's transaction. Raises OrderRefused.
        """


def without_links(text: str) -> str:
    """The same without any link that decides: an agent who quotes their mail would hand it to the family."""
    return _LINK.sub("[lien retiré]", text)


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
        return Order(True, "", f"{more}\n{below}".strip())
    return Order(False, more or below, below if more else "")
