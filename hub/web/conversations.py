"""A conversation in the shape of entries.html: messages and what became of them, in the order of time.

Entries are objects, not dictionaries: templates find attributes at once, keys only after a failed attribute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.mailbox.conversation import Conversation, Event, File, Spoken
from hub.mailbox.sniff import PREVIEWED
from hub.web.views import thread_url

# kind of event -> icon and tone
_SIGNS = {
    "delivered": ("delivered", ""),
    "sending": ("clock", ""),
    "failed": ("alert", "warn"),
    "transferred": ("transfer", ""),
}
_OTHER = ("info", "")


@dataclass(slots=True)
class ShownFile:
    """A file of a message. `preview` is "" for what is not shown; `aside` says why it cannot be had, or is ""."""

    name: str
    size: int
    url: str
    preview: str
    image: bool
    aside: str


@dataclass(slots=True)
class ShownMessage:
    """A message. `family`: somebody of the family wrote it; `first_new`: the first one the reader has not seen."""

    id: int
    mine: bool
    family: bool
    author: str
    at: datetime
    text: str
    rest: str
    files: list[ShownFile]
    by_mail: bool
    first_new: bool
    kind: str = "message"


@dataclass(slots=True)
class ShownEvent:
    """A quiet line. `sign` is an icon."""

    id: str
    sign: str
    tone: str
    text: str
    at: datetime
    kind: str = "event"


def entries(found: Conversation) -> list[ShownMessage | ShownEvent]:
    """Messages and events, oldest first; a message comes before what happened to it in the same instant."""
    first_new = _first_new(found.messages, found.head.unread)
    told = [_message(found, message, message.id == first_new) for message in found.messages]
    events = [_event(event) for event in found.events]
    return sorted([*told, *events], key=lambda entry: entry.at)


def _first_new(messages: Sequence[Spoken], unread: int) -> int:
    """The id of the first message that is news to the reader; 0 for none. Their own never are."""
    others = [message.id for message in messages if not message.mine]
    return others[-unread:][0] if unread and others else 0


def _message(found: Conversation, message: Spoken, first_new: bool) -> ShownMessage:
    return ShownMessage(
        id=message.id,
        mine=message.mine,
        family=message.family,
        author=message.author,
        at=message.at,
        text=message.text,
        rest=message.rest,
        files=[_file(found.head.id, file) for file in message.files],
        by_mail=message.via == "email",
        first_new=first_new,
    )


def _file(thread: int, file: File) -> ShownFile:
    url = f"{thread_url(thread)}/pieces/{file.id}"
    shown = file.content_type in PREVIEWED and not file.aside
    preview = f"{url}?apercu=1" if shown else ""
    return ShownFile(file.filename, file.size, url, preview, file.content_type.startswith("image/"), file.aside)


def _event(event: Event) -> ShownEvent:
    sign, tone = _SIGNS.get(event.kind, _OTHER)
    return ShownEvent(event.id, sign, tone, event.text, event.at)
