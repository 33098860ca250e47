"""What somebody typed into a form that came when their session had lapsed: kept for a day, sealed, and found in the
form again once they are back. Of messages drafts are kept instead (see hub.mailbox.drafts)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from hub.accounts.models import TypedForm
from hub.core.base import Core
from hub.core.seal import SealBroken

PURPOSE = "typed"
KEPT = timedelta(days=1)
LONGEST = 100_000  # characters of a form; no page of ours takes as many
MOST = 10  # forms of one account
LONGEST_PAGE = 200  # characters: its column
SIGNED = frozenset(("csrf", "envoi"))  # fields that a page makes anew


class TypedForms:
    """Keeps them. `page`: path of the page on which the form is."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def keep(self, account: int, page: str, fields: Mapping[str, str]) -> bool:
        """Keep a form in the place of the one before on the same page. Whether there was room."""
        told = json.dumps({name: words for name, words in fields.items() if name not in SIGNED}, ensure_ascii=False)
        if len(told) > LONGEST or len(page) > LONGEST_PAGE:
            return False
        if await TypedForm.filter(account_id=account).exclude(page=page).count() >= MOST:
            return False
        row = {"sealed": self._core.sealer.seal(PURPOSE, told), "at": self._core.clock.now()}
        await TypedForm.update_or_create(row, account_id=account, page=page)
        return True

    async def of(self, account: int, page: str) -> dict[str, str]:
        """What was typed on that page; {} where nothing is kept."""
        since = self._core.clock.now() - KEPT
        kept = await TypedForm.get_or_none(account_id=account, page=page, at__gt=since)
        try:
            found: dict[str, str] = json.loads(self._core.sealer.open(PURPOSE, kept.sealed)) if kept else {}
        except SealBroken:
            return {}
        return found

    async def drop(self, account: int, page: str) -> None:
        """It was sent."""
        await TypedForm.filter(account_id=account, page=page).delete()

    async def forget(self) -> None:
        """Drop what nobody came back for. For the hourly round."""
        await TypedForm.filter(at__lte=self._core.clock.now() - KEPT).delete()
