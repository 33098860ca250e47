"""Letters about an account itself: what somebody did to it, in case it was not its owner."""

from __future__ import annotations

from enum import StrEnum
from uuid import uuid4

from hub.accounts.models import Account, Agent
from hub.core.base import Core
from hub.mail.letters import Envelope, Letters
from hub.mail.outbox import Outbox


class What(StrEnum):
    """What happened; templates/mail/account-notice has the words."""

    factor_on = "factor_on"
    factor_off = "factor_off"
    provisional = "provisional"  # a provisional password was given
    address = "address"  # another address, by the town; told to the former one


class Notices:
    """Tells the owners. Part of the caller's transaction."""

    def __init__(self, core: Core, letters: Letters, outbox: Outbox) -> None:
        self._core = core
        self._letters = letters
        self._outbox = outbox

    async def tell(self, who: Account | Agent, what: What, by: str = "") -> None:
        """A notice of `what` to the address on file, if it was ever confirmed. `by`: who did it, if not the owner."""
        if isinstance(who, Agent):
            await self.post("account-notice", who.email, who.name, {"what": what, "by": by, "is_agent": True})
        elif who.email and who.email_verified_at:
            await self.post("account-notice", who.email, who.name, {"what": what, "by": by, "is_agent": False})

    async def post(self, template: str, address: str, name: str, context: dict[str, object]) -> None:
        """The letter `template`, once."""
        envelope = Envelope(key=f"{template}:{uuid4()}", address=address, name=name)
        given = {"at": self._core.clock.now(), **context}
        await self._outbox.queue([self._letters.write(template, envelope, given)])
