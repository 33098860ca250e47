"""The services of the town, their themes and their people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hub.accounts.login import fold
from hub.accounts.models import Agent
from hub.accounts.people import People
from hub.config import Config
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
        self._people = people

    async def settle(self, config: Config) -> None:
        """Make services, themes and agents what the settings say; those no longer named are closed, never deleted."""
        async with self._core.db.transaction():
            await self._core.db.lock()
            people = await self._engage(config.services)
            for position, settings in enumerate(config.services):
                await self._service(settings, position, people)
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
        agents = await Agent.filter(services__service_id=service, services__is_delegate=False).order_by("id")
        return [Correspondent(agent.email, agent.name, found.id, agent.id) for agent in agents]

    async def members(self, services: Collection[int]) -> dict[int, tuple[Member, ...]]:
        """Who answers for each of these services: one query for all."""
        if not services:
            return {}
        rows = await ServiceAgent.filter(service_id__in=services).select_related("agent").order_by("id")
        return {
            service: tuple(Member(row.agent, row.is_delegate) for row in rows if row.service_id == service)
            for service in services
        }

    async def _engage(self, services: Iterable[ServiceSettings]) -> dict[str, Agent]:
        """Everybody named, by address; whoever works for several services has the aliases listed with each."""
        named = [person for settings in services for person in (*settings.agents, *settings.delegates)]
        aliases: dict[str, list[str]] = {}
        for person in named:
            aliases.setdefault(fold(person.email), []).extend(person.aliases)
        return {
            fold(p.email): await self._people.add_agent(
                p.name, p.email, aliases=tuple(dict.fromkeys(aliases[fold(p.email)]))
            )
            for p in {fold(person.email): person for person in named}.values()
        }

    async def _service(self, settings: ServiceSettings, position: int, people: Mapping[str, Agent]) -> None:
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
        agents = {people[fold(person.email)].id for person in settings.agents}
        delegates = {people[fold(person.email)].id for person in settings.delegates} - agents
        await self._members(service, dict.fromkeys(agents, False) | dict.fromkeys(delegates, True))

    async def _themes(self, service: Service, settings: ServiceSettings) -> None:
        for position, theme in enumerate(settings.themes):
            await Theme.update_or_create(
                service=service,
                name=theme.name,
                defaults={
                    "silence": theme.silence,
                    "months": theme.months,
                    "accepts": theme.accepts,
                    "position": position,
                    "closed_at": None,
                },
            )
        names = [theme.name for theme in settings.themes]
        gone = Theme.filter(service=service, closed_at=None).exclude(name__in=names or [""])
        await gone.update(closed_at=self._core.clock.now())

    async def _members(self, service: Service, wanted: Mapping[int, bool]) -> None:
        """`wanted`: the id of each agent, and whether they are a delegate."""
        for agent, is_delegate in wanted.items():
            await ServiceAgent.update_or_create(service=service, agent_id=agent, defaults={"is_delegate": is_delegate})
        await ServiceAgent.filter(service=service).exclude(agent_id__in=list(wanted) or [0]).delete()


async def destination(slug: str) -> tuple[str, str] | None:
    """Where what no family addresses itself goes, as a form posts it: the open service of that slug (the first of all
    for ""), and its first open theme or "". None: there is no such service."""
    services = Service.filter(closed_at=None)
    service = await (services.filter(slug=slug) if slug else services).order_by("position", "id").first()
    if service is None:
        return None
    theme = await Theme.filter(service=service, closed_at=None).order_by("position", "id").first()
    return str(service.id), str(theme.id) if theme else ""
