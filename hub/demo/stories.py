"""Pure but for reading stories.toml: what was said in the sample town, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import msgspec

from hub.config import Service, Theme
from hub.demo import files
from hub.mail.compose import File

FILES: dict[str, Callable[[], File]] = {
    "photo": files.photo,
    "certificate": files.certificate,
    "invoice": files.invoice,
}


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message. See the head of stories.toml."""

    at: str
    who: str
    text: str
    by: str = "web"
    reads: str = ""
    files: tuple[str, ...] = ()
    copy: bool = False

    @property
    def enclosed(self) -> list[File]:
        """Its files, drawn."""
        return [FILES[name]() for name in self.files]


class Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One conversation."""

    service: str
    subject: str
    lines: tuple[Line, ...]
    theme: str = ""
    unread: bool = False
    deleted: str = ""


class Stories(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    stories: tuple[Story, ...]


def told() -> tuple[Story, ...]:
    """All the stories."""
    text = (resources.files("hub.demo") / "stories.toml").read_bytes()
    return msgspec.toml.decode(text, type=Stories).stories


def in_order(stories: Sequence[Story], now: datetime, zone: ZoneInfo) -> list[tuple[datetime, Story, Line]]:
    """Every line with the instant it was said at, oldest first."""
    lines = [(instant(line.at, now, zone), story, line) for story in stories for line in story.lines]
    return sorted(lines, key=lambda each: each[0])


def instant(at: str, now: datetime, zone: ZoneInfo) -> datetime:
    """ "2 16:05": two working days before today at 16:05 in town; "-25": 25 minutes ago."""
    if at.startswith("-"):
        return now + timedelta(minutes=int(at))
    days, _, time = at.partition(" ")
    hour, minute = map(int, time.split(":"))
    day = working_day(now.astimezone(zone).date(), int(days))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def working_day(today: date, back: int) -> date:
    """The `back`th working day before `today`."""
    day = today
    while back:
        day -= timedelta(days=1)
        back -= day.weekday() < 5
    return day


def service_of(story: Story, services: Sequence[Service]) -> Service:
    """The service it is told of; another one in a town that has none of that name."""
    named = [service for service in services if service.slug == story.service]
    return named[0] if named else services[len(story.subject) % len(services)]


def theme_of(story: Story, service: Service) -> Theme | None:
    """Its theme, or the first."""
    named = [theme for theme in service.themes if story.theme and story.theme in theme.name]
    return next(iter([*named, *service.themes]), None)
