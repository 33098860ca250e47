"""Services, themes, agents, canned answers and news out of the settings, at every start.

Where the settings keep them, what they no longer name is closed, never deleted. Where the desk keeps them, a service
is laid out once, with its people, and never looked at again: a restart undoes nothing that was edited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from hub.accounts.login import fold
from hub.accounts.models import Agent
from hub.accounts.people import People
from hub.config import CannedAnswer as AnswerSettings
from hub.config import Config, ConfigError, Person
from hub.config import News as NewsSettings
from hub.config import Service as ServiceSettings
from hub.core.base import Core
from hub.mailbox.models import CannedAnswer, News, Service, ServiceAgent, Theme

NOWHERE = "ferme.invalid"  # domain of a service whose address another one has taken
Role = tuple[bool, bool]  # is a delegate, is head


class Laying:
    """Lays the town's services out."""

    def __init__(self, core: Core, people: People) -> None:
        self._core = core
        self._people = people

    async def settle(self, config: Config) -> None:
        """As `config.desk` wants it. All or nothing."""
        async with self._core.db.transaction():
            await self._core.db.lock()
            if config.desk.directory == "desk":
                await self._lay_out_what_is_new(config)
            else:
                await self._follow(config)

    async def _follow(self, config: Config) -> None:
        """Everything becomes what the settings say."""
        people = await self._engage(config.services)
        await self._part(config.services)
        for position, settings in enumerate(config.services):
            await self._service(settings, position, people)
        slugs = [settings.slug for settings in config.services]
        gone = Service.filter(closed_at=None).exclude(slug__in=slugs or [""])
        await gone.update(closed_at=self._core.clock.now())
        await _news(config.home.news)

    async def _lay_out_what_is_new(self, config: Config) -> None:
        """Services that the desk has never had from here, and with the very first of them the news."""
        known = {service.slug for service in await Service.exclude(laid_at=None)}
        new = [settings for settings in config.services if settings.slug not in known]
        people = await self._engage_new(new)
        await self._part(new, but_open=True)
        last = await Service.all().order_by("-position").first()
        for position, settings in enumerate(new, start=last.position + 1 if last and known else 0):
            await self._service(settings, position, people)
        if not known:
            await _news(config.home.news)

    async def _part(self, services: Iterable[ServiceSettings], but_open: bool = False) -> None:
        """Addresses that go from one service to another: to the successor of one that closes, or two change theirs.

        Raises ConfigError for that of a service which is open, where the desk keeps it (`but_open`).
        """
        heirs = {self._address(settings): settings.slug for settings in services}
        for service in await Service.filter(email__in=list(heirs) or [""]):
            if heirs[service.email] == service.slug:
                continue
            if but_open and service.closed_at is None:
                raise ConfigError(f"services : l’adresse {service.email} est celle de « {service.name} », au bureau")
            service.email = f"{service.slug}@{NOWHERE}"
            await service.save(update_fields=["email"])

    def _address(self, settings: ServiceSettings) -> str:
        return (settings.email or f"{settings.slug}@{self._core.config.mail.domain}").lower()

    async def _engage(self, services: Iterable[ServiceSettings]) -> dict[str, Agent]:
        """Everybody named, by address, with the name and the aliases that the settings say."""
        return {
            email: await self._people.add_agent(person.name, email, aliases=aliases)
            for email, (person, aliases) in _named(services).items()
        }

    async def _engage_new(self, services: Iterable[ServiceSettings]) -> dict[str, Agent]:
        """The same, but whoever the desk knows stays as they are there, and who has left stays away."""
        named = _named(services)
        known = {agent.email: agent for agent in await Agent.filter(email__in=list(named) or [""])}
        added = {
            email: await self._people.add_agent(person.name, email, aliases=aliases)
            for email, (person, aliases) in named.items()
            if email not in known
        }
        return added | {email: agent for email, agent in known.items() if agent.left_at is None}

    async def _service(self, settings: ServiceSettings, position: int, people: Mapping[str, Agent]) -> None:
        service, _ = await Service.update_or_create(
            slug=settings.slug,
            defaults={
                "name": settings.name,
                "description": settings.description,
                "email": self._address(settings),
                "shared": settings.shared.lower(),
                "phone": settings.phone,
                "address": settings.address,
                "delay": settings.delay,
                "position": position,
                "health": settings.health,
                "closed_at": None,
                "laid_at": self._core.clock.now(),
            },
        )
        await self._themes(service, settings)
        await _members(service, _roles(settings, people))
        await _answers(service, settings.answers)

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


def _named(services: Iterable[ServiceSettings]) -> dict[str, tuple[Person, tuple[str, ...]]]:
    """By address; whoever works for several services has the aliases listed with each."""
    named: dict[str, tuple[Person, tuple[str, ...]]] = {}
    for settings in services:
        for person in (*settings.agents, *settings.delegates):
            email = fold(person.email)
            before = named[email][1] if email in named else ()
            named[email] = person, tuple(dict.fromkeys((*before, *person.aliases)))
    return named


def _roles(settings: ServiceSettings, people: Mapping[str, Agent]) -> dict[int, Role]:
    """By the id of each agent; an agent who is named as a delegate too is an agent."""
    placed = [*((person, True) for person in settings.delegates), *((person, False) for person in settings.agents)]
    found = ((people.get(fold(person.email)), (is_delegate, person.head)) for person, is_delegate in placed)
    return {agent.id: role for agent, role in found if agent}


async def _members(service: Service, wanted: Mapping[int, Role]) -> None:
    for agent, (is_delegate, is_head) in wanted.items():
        role = {"is_delegate": is_delegate, "is_head": is_head}
        await ServiceAgent.update_or_create(service=service, agent_id=agent, defaults=role)
    await ServiceAgent.filter(service=service).exclude(agent_id__in=list(wanted) or [0]).delete()


async def _answers(service: Service, wanted: Sequence[AnswerSettings]) -> None:
    """Written anew only where they differ: every process that starts comes by here."""
    kept = await CannedAnswer.filter(service=service).order_by("position", "id")
    if [(one.name, one.text) for one in kept] == [(one.name, one.text) for one in wanted]:
        return
    await CannedAnswer.filter(service=service).delete()
    for position, one in enumerate(wanted):
        await CannedAnswer.create(service=service, name=one.name, text=one.text, position=position)


async def _news(wanted: Sequence[NewsSettings]) -> None:
    """The latest first."""
    ordered = sorted(wanted, key=lambda one: one.since or date.min, reverse=True)
    kept = await News.all().order_by("position", "id")
    if [_told(one) for one in kept] == [_told(one) for one in ordered]:
        return
    await News.all().delete()
    for position, one in enumerate(ordered):
        await News.create(position=position, **_told(one))


def _told(one: News | NewsSettings) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("title", "text", "link", "picture", "alt", "since", "until")}
