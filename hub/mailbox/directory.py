"""The services of the town, their themes and their people."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from hub.accounts.models import Agent
from hub.accounts.people import People
from hub.config import Config
from hub.core.base import Core
from hub.core.db import marks
from hub.mailbox.laying import Laying
from hub.mailbox.models import Service, ServiceAgent, Theme

LONGEST = 320  # characters of an address, as far as any column goes


@dataclass(frozen=True, slots=True)
class ThemeChoice:
    """A theme a family can choose."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    """A service a family can write to, with its themes."""

    id: int
    slug: str
    name: str
    description: str
    phone: str
    delay: str
    themes: tuple[ThemeChoice, ...]


@dataclass(frozen=True, slots=True)
class Correspondent:
    """An address that a service's mail goes to: an agent's own, or the shared mailbox (`agent` 0)."""

    address: str
    name: str
    service: int
    agent: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who answers for a service. A delegate gets none of its mail, but may answer what its agents got."""

    agent: Agent
    is_delegate: bool

    def writes_from(self, address: str) -> bool:
        """Whether an address, folded, is theirs: their own or an alias."""
        return address in (self.agent.email, *self.agent.aliases)


class Directory:
    """Who is there to be written to."""

    def __init__(self, core: Core, people: People) -> None:
        self._core = core
        self._laying = Laying(core, people)

    async def settle(self, config: Config) -> None:
        """Make services, themes, agents, answers and news what the settings say, or lay out what the desk has never
        known: `config.desk` says which."""
        await self._laying.settle(config)

    async def choices(self) -> list[ServiceChoice]:
        """Open services in order, each with its open themes: one query."""
        rows = await self._core.db.rows(
            "SELECT s.id, s.slug, s.name, s.description, s.phone, s.delay, t.id AS theme_id, t.name AS theme "
            "FROM service s LEFT JOIN theme t ON t.service_id = s.id AND t.closed_at IS NULL WHERE s.closed_at IS NULL "
            "ORDER BY s.position, s.id, t.position, t.id"
        )
        themes: dict[int, list[ThemeChoice]] = {}
        for row in rows:
            own = themes.setdefault(row["id"], [])
            if row["theme_id"]:
                own.append(ThemeChoice(row["theme_id"], row["theme"]))
        firsts = {row["id"]: row for row in rows}
        return [
            ServiceChoice(
                id=row["id"],
                slug=row["slug"],
                name=row["name"],
                description=row["description"],
                phone=row["phone"],
                delay=row["delay"],
                themes=tuple(themes[row["id"]]),
            )
            for row in firsts.values()
        ]

    async def services(self) -> list[Service]:
        """All there ever were, in order."""
        return await self._core.db.models(Service, "TRUE ORDER BY position, id")

    async def is_service(self, address: str) -> bool:
        """Whether an address, folded, is that of an open service."""
        return len(address) <= LONGEST and await Service.exists(email=address, closed_at=None)

    async def correspondents(self, service: int) -> list[Correspondent]:
        """Where a service's mail goes: its shared mailbox, else each of its agents."""
        found = await Service.get(id=service)
        if found.shared:
            return [Correspondent(found.shared, found.name, found.id)]
        agents = await Agent.filter(services__service_id=service, services__is_delegate=False).order_by("id")
        return [Correspondent(agent.email, agent.name, found.id, agent.id) for agent in agents]

    async def members(self, services: Collection[int]) -> dict[int, tuple[Member, ...]]:
        """Who answers for each of these services: two queries for all."""
        if not services:
            return {}
        wanted = f"service_id IN ({marks([*services])}) ORDER BY id"
        rows = await self._core.db.models(ServiceAgent, wanted, *services)
        known = await self._core.db.by_id(Agent, {row.agent_id for row in rows})
        members: dict[int, list[Member]] = {service: [] for service in services}
        for row in rows:
            members[row.service_id].append(Member(known[row.agent_id], row.is_delegate))
        return {service: tuple(found) for service, found in members.items()}


async def destination(slug: str, named: str = "") -> tuple[str, str] | None:
    """Where what no family addresses itself goes, as a form posts it: the open service of that slug (the first of all
    for ""), and its open theme of that name, else its first one or "". None: there is no such service."""
    services = Service.filter(closed_at=None)
    service = await (services.filter(slug=slug) if slug else services).order_by("position", "id").first()
    if service is None:
        return None
    themes = await Theme.filter(service=service, closed_at=None).order_by("position", "id")
    theme = next((one for one in themes if one.name == named), themes[0] if themes else None)
    return str(service.id), str(theme.id) if theme else ""
