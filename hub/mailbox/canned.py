"""Answers that a service's agents begin with, kept at the desk by its heads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hub.core.base import Core
from hub.core.editing import editing, move, next_place, write
from hub.core.errors import NotFound
from hub.mailbox.models import CannedAnswer, Service
from hub.mailbox.sheets import Sheet

NAME = 80  # characters at most
PLACES = ("famille", "dossier", "objet", "service", "agent")  # what may stand in {} and is filled in
_PLACE = re.compile(r"\{([^{}\s]{1,40})\}")


class CannedAnswers:
    """Adds, changes, orders and deletes them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def of(self, service: int) -> list[CannedAnswer]:
        """Those of a service, in order."""
        return await CannedAnswer.filter(service_id=service).order_by("position", "id")

    async def one(self, service: int, answer: int) -> CannedAnswer:
        """Raises NotFound."""
        found = await CannedAnswer.get_or_none(id=answer, service_id=service)
        if found is None:
            raise NotFound
        return found

    async def add(self, service: int, typed: Mapping[str, str]) -> int:
        """The last in order; its id. Raises NotFound, Invalid."""
        async with editing(self._core):
            if not await Service.exists(id=service):
                raise NotFound
            values = await self._checked(typed, service, 0)
            position = await next_place(CannedAnswer.filter(service_id=service))
            answer = await CannedAnswer.create(service_id=service, position=position, **values)
            return int(answer.id)

    async def change(self, service: int, answer: int, version: int, typed: Mapping[str, str]) -> None:
        """Raises NotFound, Invalid, Overtaken."""
        async with editing(self._core):
            await self.one(service, answer)
            await write(CannedAnswer, answer, version, await self._checked(typed, service, answer))

    async def delete(self, service: int, answer: int) -> None:
        """What was sent with it stays as it was sent. Raises NotFound."""
        async with editing(self._core):
            await (await self.one(service, answer)).delete()

    async def move(self, service: int, answer: int, up: bool) -> None:
        """Raises NotFound."""
        async with editing(self._core):
            await self.one(service, answer)
            await move(CannedAnswer, await self.of(service), answer, up)

    async def _checked(self, typed: Mapping[str, str], service: int, answer: int) -> dict[str, Any]:
        sheet = Sheet(typed)
        values = {
            "name": sheet.line("nom", NAME, "Indiquez le nom que les agents choisiront."),
            "text": sheet.text("texte", self._core.config.limits.body_length, "Écrivez la réponse."),
        }
        if await CannedAnswer.filter(service_id=service, name=values["name"]).exclude(id=answer).exists():
            sheet.wrong("nom", "Ce service a déjà une réponse type de ce nom.")
        if unknown := [place for place in _PLACE.findall(values["text"]) if place not in PLACES]:
            sheet.wrong("texte", f"Le portail ne sait pas remplir « {{{unknown[0]}}} » : corrigez-le ou retirez-le.")
        sheet.refuse()
        return values
