"""The services of the town, their themes and their people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from hub.accounts.models import Agent
from hub.accounts.people import People
from hub.config import Config, Person
from hub.config import Service as ServiceSettings
from hub.core.base import Core
from hub.mailbox.models import Service, ServiceAgent, Theme


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


class Directory:
    """Who is there to be written to."""

    def __init__(self, core: Core, people: People) -> None:
        self._core = core
        self._people = people

    async def settle(self, config: Config) -> None:
        """Make services, themes and agents what the settings say; those no longer named are closed, never deleted."""
        async with self._core.db.transaction():
            await self._core.db.lock()
            for position, settings in enumerate(config.services):
                await self._service(settings, position)
            slugs = [settings.slug for settings in config.services]
            now = self._core.clock.now()
            await Service.filter(closed_at=None).exclude(slug__in=slugs or [""]).update(closed_at=now)

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

    async def by_address(self, addresses: Sequence[str]) -> Service | None:
        """The open service that one of these addresses belongs to."""
        folded = [address.strip().lower() for address in addresses]
        return await Service.filter(email__in=folded, closed_at=None).order_by("position").first() if folded else None

    async def correspondents(self, service: int) -> list[Correspondent]:
        """Where a service's mail goes: its shared mailbox, else each of its agents."""
        found = await Service.get(id=service)
        if found.shared:
            return [Correspondent(found.shared, found.name, found.id)]
        agents = await Agent.filter(services__service_id=service).order_by("id")
        return [Correspondent(agent.email, agent.name, found.id, agent.id) for agent in agents]

    async def agents_of(self, services: Collection[int]) -> dict[int, tuple[Agent, ...]]:
        """Who answers for each of these services: one query."""
        found: dict[int, list[Agent]] = {service: [] for service in services}
        rows = await ServiceAgent.filter(service_id__in=[*services]).select_related("agent") if services else []
        for row in rows:
            found[row.service_id].append(row.agent)
        return {service: tuple(agents) for service, agents in found.items()}

    async def agent_of(self, service: int, address: str) -> Agent | None:
        """The agent of the service who writes from that address (their own or an alias)."""
        return writing_from(address, (await self.agents_of([service]))[service])

    async def _service(self, settings: ServiceSettings, position: int) -> None:
        email = settings.email or f"{settings.slug}@{self._core.config.mail.domain}"
        service, _ = await Service.update_or_create(
            slug=settings.slug,
            defaults={
                "name": settings.name,
                "description": settings.description,
                "email": email.lower(),
                "shared": settings.shared.lower(),
                "phone": settings.phone,
                "address": settings.address,
                "delay": settings.delay,
                "position": position,
                "closed_at": None,
            },
        )
        await self._themes(service, settings)
        await self._agents(service, settings.agents)

    async def _themes(self, service: Service, settings: ServiceSettings) -> None:
        for position, theme in enumerate(settings.themes):
            await Theme.update_or_create(
                service=service,
                name=theme.name,
                defaults={"silence": theme.silence, "months": theme.months, "position": position, "closed_at": None},
            )
        names = [theme.name for theme in settings.themes]
        gone = Theme.filter(service=service, closed_at=None).exclude(name__in=names or [""])
        await gone.update(closed_at=self._core.clock.now())

    async def _agents(self, service: Service, people: Sequence[Person]) -> None:
        agents = [await self._people.add_agent(p.name, p.email, aliases=p.aliases) for p in people]
        for agent in agents:
            await ServiceAgent.get_or_create(service=service, agent=agent)
        await ServiceAgent.filter(service=service).exclude(agent_id__in=[a.id for a in agents] or [0]).delete()


def writing_from(address: str, agents: Iterable[Agent]) -> Agent | None:
    """Whose address that is, their own or an alias."""
    return next((agent for agent in agents if address.lower() in (agent.email, *agent.aliases)), None)
