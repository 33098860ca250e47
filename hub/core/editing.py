"""What editing at the desk has in common: whether it is the desk's to do, two at once, the order of things."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from tortoise.models import Model
from tortoise.queryset import QuerySet

from hub.core.base import Core
from hub.core.errors import Conflict, Refused

ELSEWHERE = (
    "Ici, les services, les agents, les réponses types et les actualités se changent dans les réglages du portail "
    "(config.toml), pas au bureau."
)
OVERTAKEN = "Quelqu’un d’autre a modifié cette fiche pendant que vous l’aviez ouverte."


class Overtaken(Conflict):
    """Somebody else has changed it since it was shown."""

    def __init__(self) -> None:
        super().__init__(OVERTAKEN)


class Ordered(Protocol):
    """A row that has its place among others."""

    id: int
    position: int


def at_desk(core: Core) -> bool:
    """Whether the desk keeps them."""
    return core.config.desk.directory == "desk"


@asynccontextmanager
async def editing(core: Core) -> AsyncIterator[None]:
    """A transaction in which nobody else edits. Raises Refused where the settings say how things are."""
    if not at_desk(core):
        raise Refused(ELSEWHERE)
    async with core.db.transaction():
        await core.db.lock("organisation")
        yield


async def write(model: type[Model], row: int, version: int, values: dict[str, Any]) -> None:
    """Change a row that is still as it was shown. Raises Overtaken."""
    if not await model.filter(id=row, version=version).update(**values, version=version + 1):
        raise Overtaken


async def next_place(rows: QuerySet[Any]) -> int:
    """The position behind all of these."""
    last = await rows.order_by("-position").first()
    return last.position + 1 if last else 0


async def move(model: type[Model], rows: Sequence[Ordered], row: int, up: bool) -> None:
    """One place further up or down among `rows`, which are in order; at the end of them nothing happens."""
    ids = [one.id for one in rows]
    place = ids.index(row)
    other = place - 1 if up else place + 1
    if 0 <= other < len(ids):
        ids[place], ids[other] = ids[other], ids[place]
    before = {one.id: one.position for one in rows}
    for position, one in enumerate(ids):
        if before[one] != position:
            await model.filter(id=one).update(position=position)
