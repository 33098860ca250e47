"""Addresses that fail: marked by rejections and bounces, cleared when a mail gets through."""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.base import Core
from hub.core.db import marks
from hub.mail.models import AddressFailure


async def mark(core: Core, address: str, hard: bool, status: str, reason: str) -> None:
    """One more failure; a hard one (no such mailbox) outweighs a soft one (full, busy). `status`: RFC 3463 or code."""
    known = await AddressFailure.get_or_none(address=address)
    if known is None:
        known = AddressFailure(address=address, count=0, since=core.clock.now(), state="soft")
    known.state = "hard" if hard else known.state
    known.status, known.reason, known.count = status[:20], reason[:500], known.count + 1
    await known.save(force_create=known.count == 1)


async def clear(core: Core, addresses: Sequence[str]) -> None:
    """Mail was accepted for these. A hard failure stays: many hosts accept first and bounce later."""
    if addresses:
        await core.db.execute(
            f"DELETE FROM address_failure WHERE state = 'soft' AND address IN ({marks(addresses)})", *addresses
        )
