"""The conditions of use: which version somebody accepted, and when. Another one is asked about at the next login."""

from __future__ import annotations

from hub.accounts.models import Account
from hub.accounts.sessions import Visitor
from hub.core.base import Core


class Terms:
    """Takes the acceptance of guardians down."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def accept(self, who: Visitor, version: str) -> bool:
        """Write it down; False when these are no longer the conditions that were read."""
        if version != self._core.config.registration.terms_version:
            return False
        await Account.filter(id=who.account).update(terms=version, terms_at=self._core.clock.now())
        return True
