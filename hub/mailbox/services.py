"""Services and their themes, kept at the desk. What is closed keeps its conversations; nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import chain, count
from typing import Any, NamedTuple

from hub.accounts.models import Agent
from hub.core.base import Core
from hub.core.db import marks
from hub.core.editing import editing, move, next_place, write
from hub.core.errors import NotFound, Refused
from hub.mailbox.models import Service, Theme
from hub.mailbox.sheets import Sheet, short_name

NAME, LINE, PHONE, SENTENCE = 120, 300, 40, 600  # characters at most
MONTHS = 24
OWN = ("description", "telephone", "delai")  # what a head may change of their own service


class Overview(NamedTuple):
    """A service in the list. `receivers`: agents its mail goes to, where it has no shared mailbox."""

    id: int
    name: str
    email: str
    shared: str
    is_open: bool
    themes: int
    receivers: int
    heads: str


class Services:
    """Opens, changes, orders and closes them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def overview(self, only: Collection[int] | None = None) -> list[Overview]:
        """All of them or those of these ids: the open ones in their order, then the closed ones."""
        some = list(only or ())
        rows = await self._core.db.rows(
            "SELECT s.id, s.name, s.email, s.shared, s.closed_at IS NULL AS is_open, "
            "(SELECT COUNT(*) FROM theme t WHERE t.service_id = s.id AND t.closed_at IS NULL) AS themes, "
            "(SELECT COUNT(*) FROM service_agent m WHERE m.service_id = s.id AND NOT m.is_delegate) AS receivers "
            + ("FROM service s " if only is None else f"FROM service s WHERE s.id IN ({marks(some or [0])}) ")
            + "ORDER BY s.closed_at IS NOT NULL, s.position, s.id",
            *([] if only is None else some or [0]),
        )
        heads = await self._heads()
        return [Overview(**row | {"is_open": bool(row["is_open"])}, heads=heads.get(row["id"], "")) for row in rows]

    async def one(self, service: int) -> Service:
        """Raises NotFound."""
        found = await Service.get_or_none(id=service)
        if found is None:
            raise NotFound
        return found

    async def themes(self, service: int) -> list[Theme]:
        """Open ones in their order, then closed ones."""
        found = await Theme.filter(service_id=service).order_by("position", "id")
        return sorted(found, key=lambda one: one.closed_at is not None)

    async def theme(self, service: int, theme: int) -> Theme:
        """Raises NotFound."""
        found = await Theme.get_or_none(id=theme, service_id=service)
        if found is None:
            raise NotFound
        return found

    async def open(self, typed: Mapping[str, str]) -> int:
        """A new service, the last in order; its id. Raises Invalid."""
        async with editing(self._core):
            values = await self._checked(typed, 0)
            slug = await self._free_slug(short_name(values["name"]))
            values["email"] = values["email"] or self._address(slug)
            position, now = await next_place(Service.all()), self._core.clock.now()
            service: Service = await Service.create(slug=slug, position=position, laid_at=now, **values)
            return int(service.id)

    async def change(self, service: int, version: int, typed: Mapping[str, str], in_full: bool) -> None:
        """`in_full`: an administrator's; a head's touches only `OWN`. Raises NotFound, Invalid, Overtaken."""
        async with editing(self._core):
            found = await self.one(service)
            values = await self._checked(typed, service) if in_full else _own(typed)
            if in_full and not values["email"]:
                values["email"] = found.email
            await write(Service, service, version, values)

    async def close(self, service: int) -> None:
        """Families write there no more; its conversations stay. Raises NotFound, Refused."""
        async with editing(self._core):
            found = await self.one(service)
            if why := await self._needed(found):
                raise Refused(why)
            await Service.filter(id=service, closed_at=None).update(closed_at=self._core.clock.now())

    async def reopen(self, service: int) -> None:
        """Raises NotFound."""
        async with editing(self._core):
            await self.one(service)
            await Service.filter(id=service).update(closed_at=None)

    async def move(self, service: int, up: bool) -> None:
        """Among the open ones. Raises NotFound."""
        async with editing(self._core):
            rows = await Service.filter(closed_at=None).order_by("position", "id")
            if service not in {row.id for row in rows}:
                raise NotFound
            await move(Service, rows, service, up)

    async def add_theme(self, service: int, typed: Mapping[str, str]) -> int:
        """The last in order; its id. Raises NotFound, Invalid."""
        async with editing(self._core):
            await self.one(service)
            values = await _theme(typed, service, 0)
            position = await next_place(Theme.filter(service_id=service))
            theme = await Theme.create(service_id=service, position=position, **values)
            return int(theme.id)

    async def change_theme(self, service: int, theme: int, version: int, typed: Mapping[str, str]) -> None:
        """Raises NotFound, Invalid, Overtaken."""
        async with editing(self._core):
            await self.theme(service, theme)
            await write(Theme, theme, version, await _theme(typed, service, theme))

    async def close_theme(self, service: int, theme: int) -> None:
        """Families choose it no more. Raises NotFound."""
        async with editing(self._core):
            await self.theme(service, theme)
            await Theme.filter(id=theme, closed_at=None).update(closed_at=self._core.clock.now())

    async def reopen_theme(self, service: int, theme: int) -> None:
        """Raises NotFound."""
        async with editing(self._core):
            await self.theme(service, theme)
            await Theme.filter(id=theme).update(closed_at=None)

    async def move_theme(self, service: int, theme: int, up: bool) -> None:
        """Among the open ones. Raises NotFound."""
        async with editing(self._core):
            rows = [one for one in await self.themes(service) if one.closed_at is None]
            if theme not in {row.id for row in rows}:
                raise NotFound
            await move(Theme, rows, theme, up)

    async def _heads(self) -> dict[int, str]:
        rows = await self._core.db.rows(
            "SELECT m.service_id, a.name FROM service_agent m JOIN agent a ON a.id = m.agent_id WHERE m.is_head "
            "ORDER BY a.name"
        )
        found: dict[int, str] = {}
        for row in rows:
            found[row["service_id"]] = ", ".join(filter(None, (found.get(row["service_id"]), row["name"])))
        return found

    async def _checked(self, typed: Mapping[str, str], service: int) -> dict[str, Any]:
        """All that stands on the sheet of a service. Raises Invalid."""
        sheet = Sheet(typed)
        values = {
            "name": sheet.line("nom", NAME, "Indiquez le nom du service, comme les familles le liront."),
            **_read_own(sheet),
            "address": sheet.line("adresse", LINE),
            "email": sheet.address("email"),
            "shared": sheet.address("partagee"),
            "health": sheet.tick("sante"),
        }
        if await Service.filter(name=values["name"], closed_at=None).exclude(id=service).exists():
            sheet.wrong("nom", "Un autre service a déjà ce nom.")
        await self._check_addresses(sheet, values["email"], values["shared"], service)
        sheet.refuse()
        return values

    async def _check_addresses(self, sheet: Sheet, email: str, shared: str, service: int) -> None:
        """Families' mail finds one service, and what a service is told does not come back as a family's mail."""
        others = await Service.exclude(id=service)
        if email and email in {one.email for one in others}:
            sheet.wrong("email", "Un autre service a déjà cette adresse.")
        if email and email in {self._core.config.mail.sender_address.lower(), *(one.shared for one in others), shared}:
            sheet.wrong("email", "Cette adresse sert déjà à autre chose : choisissez-en une pour les familles seules.")
        if shared and shared in {self._core.config.mail.sender_address.lower(), *(one.email for one in others)}:
            sheet.wrong("partagee", "Les familles écrivent à cette adresse : il en faut une que les agents lisent.")
        for name, address in (("email", email), ("partagee", shared)):
            if address and await _is_agents(address):
                sheet.wrong(name, "C’est l’adresse personnelle d’un agent.")

    async def _free_slug(self, wanted: str) -> str:
        """One that no service has, and whose address nobody has."""
        services = await Service.all()
        taken = {one.slug for one in services}
        addresses = {self._core.config.mail.sender_address.lower()}
        addresses |= {address for one in services for address in (one.email, one.shared)}
        numbered = (f"{wanted}-{number}" for number in count(2))
        free = (slug for slug in chain([wanted], numbered) if slug not in taken)
        return next(slug for slug in free if self._address(slug) not in addresses)

    def _address(self, slug: str) -> str:
        return f"{slug}@{self._core.config.mail.domain}".lower()

    async def _needed(self, service: Service) -> str:
        """Why a service cannot be closed; "" if it can."""
        config = self._core.config
        named = {config.dossier.service, config.registration.service, *(kind.service for kind in config.documents)}
        if service.slug in named:
            return "Les réglages du portail adressent des demandes ou des documents à ce service : il reste ouvert."
        if not await Service.filter(closed_at=None).exclude(id=service.id).exists():
            return "C’est le dernier service ouvert : les familles n’auraient plus personne à qui écrire."
        return ""


def _read_own(sheet: Sheet) -> dict[str, Any]:
    return {
        "description": sheet.line("description", LINE),
        "phone": sheet.line("telephone", PHONE),
        "delay": sheet.line("delai", NAME),
    }


def _own(typed: Mapping[str, str]) -> dict[str, Any]:
    sheet = Sheet(typed)
    values = _read_own(sheet)
    sheet.refuse()
    return values


async def _theme(typed: Mapping[str, str], service: int, theme: int) -> dict[str, Any]:
    sheet = Sheet(typed)
    values = {
        "name": sheet.line("nom", NAME, "Indiquez ce que les familles choisiront."),
        "silence": sheet.line("silence", SENTENCE),
        "months": sheet.number("mois", MONTHS),
        "accepts": sheet.tick("accord"),
    }
    if await Theme.filter(service_id=service, name=values["name"]).exclude(id=theme).exists():
        sheet.wrong("nom", "Ce service a déjà un thème de ce nom, peut-être fermé : rouvrez-le.")
    sheet.refuse()
    return values


async def _is_agents(address: str) -> bool:
    return any(address in (one.email, *one.aliases) for one in await Agent.filter(left_at=None))
