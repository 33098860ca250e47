"""Who answers for which service, kept at the desk: members, heads, and those who come to work and leave."""

from __future__ import annotations

from collections.abc import Mapping

from hub.accounts.agents import Agents, Described
from hub.accounts.models import Agent
from hub.core.base import Core
from hub.core.editing import Overtaken, editing
from hub.core.errors import Invalid, NotFound, Refused
from hub.mailbox.models import Service, ServiceAgent, Thread
from hub.mailbox.sheets import Sheet

NAME = 160  # characters at most
HEADS = "Seul un administrateur nomme ou retire un responsable de service."


class Staff:
    """Members of services."""

    def __init__(self, core: Core, agents: Agents) -> None:
        self._core = core
        self._agents = agents

    async def led(self, agent: int) -> list[int]:
        """The services that this agent is head of."""
        rows = await ServiceAgent.filter(agent_id=agent, is_head=True).values_list("service_id", flat=True)
        return [int(str(row)) for row in rows]

    async def of(self, service: int) -> list[ServiceAgent]:
        """A service's members: heads, agents, delegates, each by name."""
        rows = await ServiceAgent.filter(service_id=service).select_related("agent")
        return sorted(rows, key=lambda one: (not one.is_head, one.is_delegate, one.agent.name.casefold()))

    async def places(self) -> dict[int, list[ServiceAgent]]:
        """Of each agent, where they answer, services in their order."""
        found: dict[int, list[ServiceAgent]] = {}
        rows = await ServiceAgent.filter(service__closed_at=None).select_related("service")
        for row in sorted(rows, key=lambda one: (one.service.position, one.service_id)):
            found.setdefault(row.agent_id, []).append(row)
        return found

    async def others(self, service: int) -> list[Agent]:
        """Who could be added to a service."""
        here = await ServiceAgent.filter(service_id=service).values_list("agent_id", flat=True)
        return [one for one in await self._agents.here() if one.id not in set(here)]

    async def add(self, service: int, agent: int, is_delegate: bool) -> None:
        """An agent answers for a service from now on; who does already stays as they are. Raises NotFound, Invalid."""
        async with editing(self._core):
            if not await Service.exists(id=service):
                raise NotFound
            if not await Agent.exists(id=agent, left_at=None):
                raise Invalid({"agent": "Choisissez un agent dans la liste."})
            role = {"is_delegate": is_delegate}
            await ServiceAgent.get_or_create(service_id=service, agent_id=agent, defaults=role)

    async def change(
        self, service: int, agent: int, before: str, is_delegate: bool, is_head: bool | None = None
    ) -> None:
        """`before`: the place as it was shown, by `seen`. `is_head` None: whoever asks may not say.
        Raises NotFound, Overtaken."""
        async with editing(self._core):
            member = await self._member(service, agent)
            if before != seen(member.is_delegate, member.is_head):
                raise Overtaken
            role = {"is_delegate": is_delegate} | ({} if is_head is None else {"is_head": is_head})
            await ServiceAgent.filter(service_id=service, agent_id=agent).update(**role)

    async def remove(self, service: int, agent: int, may_remove_heads: bool) -> None:
        """They answer no more, and look after none of its conversations. Raises NotFound, Refused."""
        async with editing(self._core):
            member = await self._member(service, agent)
            if member.is_head and not may_remove_heads:
                raise Refused(HEADS)
            await member.delete()
            await Thread.filter(service_id=service, assigned_id=agent).update(assigned_id=None)

    async def engage(self, typed: Mapping[str, str], by: str, service: int = 0) -> Agent:
        """A new agent, perhaps of a service at once; they are sent a link to choose a password by. Raises Invalid."""
        async with editing(self._core):
            new = _described(typed)
            if service and not await Service.exists(id=service, closed_at=None):
                raise Invalid({"service": "Choisissez un service dans la liste."})
            agent = await self._agents.engage(new, await self._addresses(), by)
            if service:
                await ServiceAgent.get_or_create(service_id=service, agent_id=agent.id)
            return agent

    async def correct(self, agent: int, version: int, typed: Mapping[str, str], by: str) -> None:
        """Another name or other addresses. Raises NotFound, Invalid, Overtaken."""
        async with editing(self._core):
            await self._agents.change(agent, version, _described(typed), await self._addresses(), by)

    async def leave(self, agent: int, by: int) -> None:
        """They work here no more: no session, no service, no conversation of theirs. Raises NotFound, Refused."""
        async with editing(self._core):
            await self._agents.leave(agent, by)
            await ServiceAgent.filter(agent_id=agent).delete()
            await Thread.filter(assigned_id=agent).update(assigned_id=None)

    async def _member(self, service: int, agent: int) -> ServiceAgent:
        found = await ServiceAgent.get_or_none(service_id=service, agent_id=agent)
        if found is None:
            raise NotFound
        return found

    async def _addresses(self) -> set[str]:
        """What no agent may have for an address: those of services, and the hub's own."""
        rows = await Service.all()
        return {self._core.config.mail.sender_address.lower()} | {
            address for one in rows for address in (one.email, one.shared) if address
        }


def seen(is_delegate: bool, is_head: bool) -> str:
    """A place in a service, as a form carries it to tell whether it has changed."""
    return f"{is_delegate:d}{is_head:d}"


def _described(typed: Mapping[str, str]) -> Described:
    """Raises Invalid."""
    sheet = Sheet(typed)
    name = sheet.line("nom", NAME, "Indiquez le prénom et le nom.")
    email = sheet.address("email", "Indiquez l’adresse e-mail de l’agent.")
    aliases = tuple(sheet.addresses("autres"))
    sheet.refuse()
    return Described(name, email, aliases)
