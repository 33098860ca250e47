"""Papers that families send, each a request of the conversation that it came in.

It is decided on as any request is: at the desk, by the link of a mail, by answering the mail.
"""

from __future__ import annotations

from datetime import date

from hub.accounts.models import Account
from hub.actions.events import note
from hub.actions.models import PAPER, Request
from hub.actions.requests import Decided, Requests
from hub.actions.sealing import sealed
from hub.core.base import Core
from hub.core.errors import Invalid, NotFound
from hub.core.french import whole_date
from hub.dossier.models import Document
from hub.dossier.required import good_until
from hub.mailbox.clock import Clocks
from hub.mailbox.threads import Author

_BEFORE = {"sent": "envoyé", "validated": "validé", "refused": "refusé", "expired": "expiré"}


class CarriedPapers:
    """Makes a paper a request."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._clocks = Clocks(core)

    async def carry(self, document: Document, via: str) -> None:
        """One that has just been filed; from here on only a decision ends the clock of its conversation.

        Part of the caller's transaction.
        """
        sender = await Account.get_or_none(id=document.account_id)
        guardian = sender.guardian_id if sender else 0
        request = await Request.create(
            thread_id=document.thread, kind=PAPER, guardian=guardian, child=document.child_id,
            changes=[[await self._name(document), await self._before(document), document.filename]],
            payload=sealed(self._core, {"document": document.id}), asked_at=document.sent_at,
        )  # fmt: skip
        author = Author(sender.name, account=sender.id) if sender else Author("Famille")
        await note(self._core, request, "asked", author, via)
        document.request = request.id
        await document.save(update_fields=["request"])
        assert document.thread is not None
        await self._clocks.keep(document.thread)

    async def _name(self, document: Document) -> str:
        """Which paper, and whose."""
        kind = self._core.config.document(document.kind)
        await document.fetch_related("child", "guardian")
        about = document.child or document.guardian
        whose = f" – {about.first_name} {about.last_name}" if about else ""
        return f"{kind.name if kind else document.kind}{whose}"

    async def _before(self, document: Document) -> str:
        """What the same person had sent before in its place."""
        same = Document.filter(
            family_id=document.family_id, kind=document.kind, child_id=document.child_id,
            guardian_id=document.guardian_id, account_id=document.account_id, state__in=list(_BEFORE),
        )  # fmt: skip
        last = await same.exclude(id=document.id).order_by("-id").first()
        if last is None:
            return ""
        until = f" jusqu’au {whole_date(last.valid_until)}" if last.valid_until else ""
        return f"{last.filename} ({_BEFORE[last.state]}{until})"


class Papers:
    """Decides on them at the desk, one after the other."""

    def __init__(self, core: Core, requests: Requests) -> None:
        self._core = core
        self._requests = requests
        self._carried = CarriedPapers(core)

    async def decide(self, document: int, agent: Author, accept: bool, reason: str, until: date | None) -> None:
        """Validate or refuse a paper of the agent's services. Raises NotFound, Invalid, or Conflict for the second.

        `until`: the last day on which it is good; None: for ever.
        """
        async with self._core.db.transaction():
            request = await self._requests.of_agent(await self._request(document), agent.agent)
            await self._requests.decide(request.id, Decided(accept, reason), agent, "desk", instead(until))

    async def waiting(self, request: Request) -> int:
        """The paper that waits for a decision on the request; 0: none."""
        found = await Document.get_or_none(request=request.id, state="sent") if request.kind == PAPER else None
        return found.id if found else 0

    async def proposed(self, request: Request) -> str:
        """Until when the paper would be good by the settings, as a form takes it; "" for ever."""
        found = await Document.get_or_none(request=request.id)
        kind = self._core.config.document(found.kind) if found else None
        until = good_until(kind, self._core.today()) if kind else None
        return until.isoformat() if until else ""

    async def _request(self, document: int) -> int:
        """By which a paper is decided on; one that waits without becomes one. Raises NotFound."""
        found = await Document.get_or_none(id=document)
        if found and found.request is None and found.thread and found.state == "sent":
            await self._carried.carry(found, "web")
        if found is None or found.request is None:
            raise NotFound
        return int(found.request)

    async def undoable(self, document: int, agent: Author) -> int:
        """The request of a paper on which that agent has decided within the last minute; 0: it is not so."""
        found = await Document.get_or_none(id=document)
        request = await Request.get_or_none(id=found.request) if found and found.request else None
        return request.id if request and await self._requests.can_undo(request, agent) else 0


def instead(until: date | None) -> dict[str, str]:
    """Pure: the day that an agent gives, in the place of that of the settings."""
    return {"until": until.isoformat() if until else ""}


def day(typed: str) -> date | None:
    """Pure: what a field for a day says; None for nothing. Raises Invalid."""
    if not typed.strip():
        return None
    try:
        return date.fromisoformat(typed.strip())
    except ValueError as error:
        raise Invalid({"jusqu_au": "Cette date n’est pas complète."}) from error
