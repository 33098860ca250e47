"""Health notes of children for the agents who look after them: only these, and each reading is written down."""

from __future__ import annotations

from dataclasses import dataclass

from hub.core.base import Core
from hub.core.errors import NotFound
from hub.dossier.file import FamilyFile
from hub.dossier.models import Child


@dataclass(frozen=True, slots=True)
class Notes:
    """A child and what its parents wrote, by kind."""

    child: Child
    health: dict[str, str]


class Care:
    """Reads health notes in the name of an agent."""

    def __init__(self, core: Core, files: FamilyFile) -> None:
        self._core = core
        self._files = files

    async def may_read(self, agent: int) -> bool:
        """Whether the agent is of a service that looks after children."""
        found = await self._core.db.rows(
            "SELECT 1 FROM service_agent m JOIN service s ON s.id = m.service_id "
            "WHERE m.agent_id = ? AND s.closed_at IS NULL AND s.health LIMIT 1",
            agent,
        )
        return bool(found)

    async def children(self, agent: int, family: str) -> list[Child]:
        """The children of the dossier of that number, for whom this agent may read; none where they may not."""
        if not await self.may_read(agent):
            return []
        return await Child.filter(family__number=family, left_at=None).order_by("born_on", "id")

    async def read(self, agent: int, family: str, child: int) -> Notes:
        """The notes of one of these children; that they were read is written down. Raises NotFound."""
        found = next((one for one in await self.children(agent, family) if one.id == child), None)
        if found is None:
            raise NotFound
        return Notes(found, await self._files.health_for(agent, found))
