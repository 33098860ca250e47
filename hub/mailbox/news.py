"""What is new in town, on every family's home page, kept at the desk by administrators."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tortoise.expressions import F, Q

from hub.core.base import Core
from hub.core.editing import editing, move, write
from hub.core.errors import NotFound
from hub.mailbox.models import News
from hub.mailbox.sheets import Sheet

TITLE, TEXT, ALT = 120, 1_000, 200  # characters at most


class NewsBoard:
    """Adds, changes, orders and deletes news."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def shown(self) -> list[News]:
        """What families see today, in order."""
        today = self._core.today()
        begun, not_over = Q(since=None) | Q(since__lte=today), Q(until=None) | Q(until__gte=today)
        return await News.filter(begun, not_over).order_by("position", "id")

    async def has_picture(self, file: str) -> bool:
        """Whether some news has that picture."""
        return await News.exists(picture=file)

    async def all(self) -> list[News]:
        """What was, is and will be shown, in order."""
        return await News.all().order_by("position", "id")

    async def one(self, news: int) -> News:
        """Raises NotFound."""
        found = await News.get_or_none(id=news)
        if found is None:
            raise NotFound
        return found

    async def add(self, typed: Mapping[str, str]) -> int:
        """The first in order, since what is new stands on top; its id. Raises Invalid."""
        async with editing(self._core):
            values = await _checked(typed, 0)
            await News.all().update(position=F("position") + 1)
            news = await News.create(position=0, **values)
            return int(news.id)

    async def change(self, news: int, version: int, typed: Mapping[str, str]) -> None:
        """Raises NotFound, Invalid, Overtaken."""
        async with editing(self._core):
            await self.one(news)
            await write(News, news, version, await _checked(typed, news))

    async def delete(self, news: int) -> None:
        """Raises NotFound."""
        async with editing(self._core):
            await (await self.one(news)).delete()

    async def move(self, news: int, up: bool) -> None:
        """Raises NotFound."""
        async with editing(self._core):
            await self.one(news)
            await move(News, await self.all(), news, up)


async def _checked(typed: Mapping[str, str], news: int) -> dict[str, Any]:
    """Raises Invalid."""
    sheet = Sheet(typed)
    values = {
        "title": sheet.line("titre", TITLE, "Indiquez un titre."),
        "text": sheet.text("texte", TEXT),
        "link": sheet.link("lien"),
        "picture": sheet.picture("image"),
        "alt": sheet.line("description", ALT),
        "since": sheet.day("debut"),
        "until": sheet.day("fin"),
    }
    since, until = values["since"], values["until"]
    if isinstance(since, date) and isinstance(until, date) and until < since:
        sheet.wrong("fin", "Ce jour vient avant le premier.")
    if values["alt"] and not values["picture"]:
        sheet.wrong("description", "Elle décrit une image, mais aucune n’est choisie.")
    if await News.filter(title=values["title"]).exclude(id=news).exists():
        sheet.wrong("titre", "Une actualité a déjà ce titre.")
    sheet.refuse()
    return values
