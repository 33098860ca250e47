"""Where requests stand: the file as whoever asks sees it."""

from __future__ import annotations

from hub.accounts.models import Account
from hub.actions.kinds.base import GONE, Ground, Kind
from hub.actions.models import Request
from hub.core.base import Core
from hub.core.errors import Conflict, NotFound
from hub.dossier.file import FamilyFile


class Grounds:
    """Finds them."""

    def __init__(self, core: Core, files: FamilyFile) -> None:
        self._core = core
        self._files = files

    async def of(self, guardian: int, child: int, agent: int = 0) -> Ground:
        """As it is now, for an agent who decides or for whoever asks. Raises NotFound when the guardian is gone."""
        view = await self._files.of(guardian)
        about = next((one for one in view.children if one.id == child), None)
        return Ground(self._core, self._files, view, about, agent)

    async def still(self, request: Request, kind: Kind, agent: int = 0) -> Ground:
        """Where a request stands by now. Raises Conflict when whoever asked is no longer in the file.

        What is not personal stands with whoever reads the conversation.
        """
        child = request.child or 0
        try:
            return await self.of(request.guardian, child, agent)
        except NotFound as gone:
            reader = None if kind.is_personal else await self._reader(request.thread_id)
            if reader is None:
                raise Conflict(GONE) from gone
            return await self.of(reader, child, agent)

    async def _reader(self, thread: int) -> int | None:
        account = await Account.filter(entries__thread_id=thread).order_by("id").first()
        return account.guardian_id if account else None
