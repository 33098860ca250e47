"""Agents' accounts, kept at the desk. Whoever leaves comes in no more; their name stays in history."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from hub.accounts.links import Links, Purpose
from hub.accounts.models import Agent, RecoveryCode
from hub.accounts.notices import Notices, What
from hub.accounts.renewal import Renewals
from hub.accounts.sessions import Sessions
from hub.core.base import Core
from hub.core.editing import editing, write
from hub.core.errors import Invalid, NotFound, Refused

BY_SETTINGS = "Les réglages du portail (config.toml) nomment cette personne administratrice : cela se change là-bas."
ONESELF = "Vous ne pouvez pas vous retirer ce droit : demandez à un autre administrateur."
OWN_LEAVE = "Vous ne pouvez pas fermer votre propre compte : demandez à un autre administrateur."
GONE = "Cette personne ne travaille plus ici. Ajoutez-la à nouveau pour qu’elle revienne."


@dataclass(frozen=True, slots=True)
class Described:
    """Who an agent is, cleaned and complete. Addresses are folded."""

    name: str
    email: str
    aliases: tuple[str, ...] = ()


class Agents:
    """Adds, changes and lets go of agents."""

    def __init__(self, core: Core, links: Links, sessions: Sessions, renewals: Renewals, notices: Notices) -> None:
        self._core = core
        self._links = links
        self._sessions = sessions
        self._renewals = renewals
        self._notices = notices

    async def here(self) -> list[Agent]:
        """Who works for the town, by name."""
        return sorted(await Agent.filter(left_at=None), key=lambda one: one.name.casefold())

    async def gone(self) -> list[Agent]:
        """Who has left, the last first."""
        return await Agent.exclude(left_at=None).order_by("-left_at")

    async def one(self, agent: int) -> Agent:
        """Raises NotFound."""
        found = await Agent.get_or_none(id=agent)
        if found is None:
            raise NotFound
        return found

    async def engage(self, new: Described, taken: Collection[str], by: str) -> Agent:
        """An agent who chooses a password by the link in their mail; one who had left comes back under their name in
        history. `taken`: addresses that are no agent's to have. Part of the caller's transaction. Raises Invalid."""
        before = await Agent.get_or_none(email=new.email)
        if before and before.left_at is None:
            raise Invalid({"email": f"{before.name} a déjà cette adresse."})
        await self._check(new, before.id if before else 0, taken)
        values = _values(new)
        if before:
            await Agent.filter(id=before.id).update(**values, left_at=None, version=before.version + 1)
            agent = await self.one(before.id)
        else:
            agent = await Agent.create(**values, created_at=self._core.clock.now())
        await self._renewals.invite(agent, by)
        return agent

    async def change(self, agent: int, version: int, new: Described, taken: Collection[str], by: str) -> None:
        """Another name or other addresses; a former address is told. Part of the caller's transaction.
        Raises NotFound, Invalid, Overtaken, Refused for who has left."""
        found = await self._standing(agent)
        if new.email != found.email and self._core.config.security.names(found.email):
            raise Invalid({"email": BY_SETTINGS})
        await self._check(new, agent, taken)
        await write(Agent, agent, version, _values(new))
        if new.email != found.email:
            await self._links.void(Purpose.desk, agent_id=agent)  # it went to the address that is theirs no more
            await self._notices.tell(found, What.address, by)

    async def invite(self, agent: int, by: str) -> None:
        """Once more the link by which to choose a password. Raises NotFound, Refused."""
        async with editing(self._core):
            await self._renewals.invite(await self._standing(agent), by)

    async def appoint(self, agent: int) -> None:
        """An administrator from now on. Raises NotFound, Refused."""
        async with editing(self._core):
            await self._standing(agent)
            await Agent.filter(id=agent).update(is_administrator=True)

    async def dismiss(self, agent: int, by: int) -> None:
        """No administrator any more. Raises NotFound; Refused for oneself, and for whom the settings name."""
        async with editing(self._core):
            self._check_right(await self._standing(agent), by, ONESELF)
            await Agent.filter(id=agent).update(is_administrator=False)

    async def leave(self, agent: int, by: int) -> None:
        """The account closes: no session, no link, no password. Part of the caller's transaction.
        Raises NotFound, Refused."""
        found = await self._standing(agent)
        self._check_right(found, by, OWN_LEAVE)
        await self._links.void(Purpose.desk, agent_id=agent)
        await RecoveryCode.filter(agent_id=agent).delete()
        nothing = {"password": "", "must_change": False, "provisional_until": None, "totp": ""}
        left = {"left_at": self._core.clock.now(), "is_administrator": False, "version": found.version + 1}
        await Agent.filter(id=agent).update(**nothing, **left)
        await self._sessions.end_others(found)

    async def _standing(self, agent: int) -> Agent:
        found = await self.one(agent)
        if found.left_at:
            raise Refused(GONE)
        return found

    def _check_right(self, agent: Agent, by: int, oneself: str) -> None:
        if agent.id == by:
            raise Refused(oneself)
        if self._core.config.security.names(agent.email):
            raise Refused(BY_SETTINGS)

    async def _check(self, new: Described, agent: int, taken: Collection[str]) -> None:
        """An address says who writes: it is one agent's, and no service's. Raises Invalid."""
        others = await Agent.exclude(id=agent)
        owners = {address: one.name for one in others for address in (one.email, *one.aliases) if one.left_at is None}
        owners |= {one.email: one.name for one in others}  # of who has left, that one stays theirs
        errors = {}
        for field, addresses in (("email", [new.email]), ("autres", new.aliases)):
            for address in addresses:
                if address in taken:
                    errors[field] = f"{address} est l’adresse d’un service ou du portail."
                elif address in owners:
                    errors[field] = f"{owners[address]} a déjà l’adresse {address}."
        if errors:
            raise Invalid(errors)


def _values(new: Described) -> dict[str, Any]:
    return {"name": new.name, "email": new.email, "aliases": [one for one in new.aliases if one != new.email]}
