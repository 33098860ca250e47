"""What each guardian prefers, for themselves alone."""

from __future__ import annotations

from dataclasses import dataclass

from hub.accounts.models import Account
from hub.core.base import Core


@dataclass(frozen=True, slots=True)
class Preferences:
    """`text_by_mail`: the town's answers in full by e-mail, where the town allows it; else only that there is one.

    `copies`: "Confirmation par email" is ticked in advance.
    """

    text_by_mail: bool = True
    copies: bool = False


class PreferencesOf:
    """Keeps them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def read(self, account: int) -> Preferences:
        """Those of an account."""
        rows = await self._core.db.rows("SELECT text_by_mail, copies FROM account WHERE id = ?", account)
        return Preferences(*(bool(value) for value in rows[0].values())) if rows else Preferences()

    async def choose(self, account: int, chosen: Preferences) -> None:
        """From the next message on."""
        await Account.filter(id=account).update(text_by_mail=chosen.text_by_mail, copies=chosen.copies)
