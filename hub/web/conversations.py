"""A conversation in the shape of entries.html: messages and what became of them, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hub.core.french import Calendar
from hub.mailbox.conversation import Conversation, Event, File, Spoken
from hub.mailbox.sniff import PREVIEWED
from hub.web.render import iso
from hub.web.views import thread_url

# kind of event -> icon and tone
_SIGNS = {
    "delivered": ("delivered", ""),
    "sending": ("clock", ""),
    "failed": ("alert", "warn"),
    "transferred": ("transfer", ""),
}
_OTHER = ("info", "")


class ShownFile(NamedTuple):
    """A file of a message. `preview` is "" for what is not shown; `aside` says why it cannot be had, or is ""."""

    name: str
    size: int
    url: str
    preview: str
    image: bool
    aside: str


@dataclass(frozen=True)
class Talk:
    """Messages and events of a conversation, oldest first. What they are made of is compared to know whether they were
    written before (see pieces); how they look is only found out when they are written."""

    found: Conversation
    dates: Calendar

    def __iter__(self) -> Iterator[Shown]:
        """A message comes before what happened to it in the same instant."""
        head, messages = self.found.head, self.found.messages
        first_new, day = _first_new(messages, head.unread), ""
        told: list[Spoken | Event] = [*messages, *self.found.events]
        for what in sorted(told, key=lambda each: each.at):
            isoday = self.dates.isoday(what.at)
            yield Shown(what, head.id, self.dates, isoday != day, what.id == first_new)
            day = isoday

    @property
    def length(self) -> int:
        """Characters of what was said."""
        return self.found.length


class Shown(NamedTuple):
    """A message or an event, of which the same is true.

    `begins`: it is the first one of its day; `first_new`: the first one the reader has not seen.
    """

    what: Spoken | Event
    thread: int
    dates: Calendar
    begins: bool
    first_new: bool

    @property
    def iso(self) -> str:
        return iso(self.what.at)

    @property
    def clock(self) -> str:
        return self.dates.clock(self.what.at)

    @property
    def moment(self) -> str:
        return self.dates.moment(self.what.at)

    @property
    def day(self) -> str:
        return self.dates.day(self.what.at) if self.begins else ""

    @property
    def isoday(self) -> str:
        return self.dates.isoday(self.what.at)

    @property
    def message(self) -> Spoken | None:
        return self.what if isinstance(self.what, Spoken) else None

    @property
    def files(self) -> list[ShownFile]:
        return [_file(self.thread, file) for file in self.message.files] if self.message else []

    @property
    def sign(self) -> str:
        """The icon of an event."""
        return self._face[0]

    @property
    def tone(self) -> str:
        return self._face[1]

    @property
    def _face(self) -> tuple[str, str]:
        return _SIGNS.get(self.what.kind, _OTHER) if isinstance(self.what, Event) else _OTHER


def entries(found: Conversation, dates: Calendar) -> Talk:
    """For entries.html."""
    return Talk(found, dates)


def _first_new(messages: Sequence[Spoken], unread: int) -> int:
    """The id of the first message that is news to the reader; 0 for none. Their own never are."""
    others = [message.id for message in messages if not message.mine]
    return others[-unread:][0] if unread and others else 0


def _file(thread: int, file: File) -> ShownFile:
    url = f"{thread_url(thread)}/pieces/{file.id}"
    shown = file.content_type in PREVIEWED and not file.aside
    preview = f"{url}?apercu=1" if shown else ""
    return ShownFile(file.filename, file.size, url, preview, file.content_type.startswith("image/"), file.aside)
