"""Validation d’un document: a paper that a family has sent, by its form or in answer to a conversation (see papers)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from hub.actions.kinds.base import Asked, Change, Ground, Kind, Payload
from hub.actions.models import PAPER
from hub.core.errors import Conflict, Invalid, NotFound
from hub.dossier.models import Document
from hub.dossier.required import good_until
from hub.dossier.view import FileView

DECIDED = "Quelqu’un d’autre a déjà décidé pour ce document."
_SENT = {"state": "sent", "reason": "", "decided_at": None, "decided_by_id": None, "valid_until": None}


class Paper(Kind):
    """Accepting it makes the document valid: until the day that the agent gives, else as the settings say."""

    slug, title, is_single, is_personal = PAPER, "Validation d’un document", False, False

    def is_offered(self, view: FileView) -> bool:
        """It has no form here."""
        return False

    async def check(self, ground: Ground, typed: Mapping[str, str]) -> Asked:
        raise NotFound

    async def accept(self, ground: Ground, payload: Payload) -> Payload:
        document = await Document.get_or_none(id=payload["document"])
        kind = ground.core.config.document(document.kind) if document else None
        until = good_until(kind, ground.today) if kind else None
        if "until" in payload:
            until = date.fromisoformat(payload["until"]) if payload["until"] else None
            if until and until < ground.today:
                raise Invalid({"jusqu_au": "Cette date est passée."})
        await self._settle(ground, payload, "validated", valid_until=until)
        return {"document": payload["document"], "until": f"{until:%d/%m/%Y}" if until else ""}

    async def refuse(self, ground: Ground, payload: Payload, reason: str) -> Payload:
        await self._settle(ground, payload, "refused", reason=reason)
        return {"document": payload["document"]}

    async def withdraw(self, payload: Payload) -> None:
        await Document.filter(id=payload["document"], state="sent").update(state="withdrawn")

    async def revert(self, ground: Ground, before: Payload) -> None:
        await Document.filter(id=before["document"]).update(**_SENT)

    def told(self, accepted: bool, changes: Sequence[Change], done: Payload) -> str:
        end = f" jusqu’au {done['until']}" if done.get("until") else ""
        return f"« {changes[0].what} » est {'validé' + end if accepted else 'refusé'}."

    async def _settle(self, ground: Ground, payload: Payload, state: str, **values: object) -> None:
        waiting = Document.filter(id=payload["document"], state="sent")
        decided = {"decided_at": ground.core.clock.now(), "decided_by_id": ground.agent or None}
        if not await waiting.update(state=state, **decided, **values):
            raise Conflict(DECIDED)
