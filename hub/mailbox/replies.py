"""Reply addresses: one per thread and person, signed, expiring, revocable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from hub.core.base import Core
from hub.core.errors import NotFound
from hub.mail.addresses import Addresses, BounceToken, ReplyToken
from hub.mailbox.models import ReplyAddress


class Holder(StrEnum):
    """Whose an address is."""

    account = "account"
    agent = "agent"
    service = "service"


class Standing(StrEnum):
    """Whether it may still be used."""

    valid = "valid"
    expired = "expired"
    revoked = "revoked"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a genuine reply address says: in which thread, for whom, and whether still."""

    thread: int
    holder: Holder
    who: int
    standing: Standing


class Replies:
    """Issues and resolves reply addresses."""

    def __init__(self, core: Core, addresses: Addresses) -> None:
        self._core = core
        self._addresses = addresses

    async def issue(self, thread: int, holder: Holder, who: int) -> str:
        """The address by which that person answers in that thread; a new one when half its life is gone."""
        now = self._core.clock.now()
        life = timedelta(days=self._core.config.mail.reply_days)
        owner = {f"{holder}_id": who}
        row = await ReplyAddress.filter(
            thread_id=thread, revoked_at=None, expires_at__gt=now + life / 2, **owner
        ).first()
        if row is None:
            row = ReplyAddress(thread_id=thread, created_at=now, expires_at=now + life, **owner)
            await row.save()
        return self._addresses.reply_to(row.id)

    async def resolve(self, mails: Sequence[Sequence[ReplyToken | BounceToken]]) -> list[Grant | None]:
        """For what the recipients of each mail mean, the first reply address that is known: one query for all mails."""
        named = [[token.id for token in mail if isinstance(token, ReplyToken)] for mail in mails]
        ids = {i for mail in named for i in mail}
        known = await self._core.db.by_id(ReplyAddress, ids)
        return [next((self._grant(known[i]) for i in mail if i in known), None) for mail in named]

    async def revoke(self, thread: int, holder: Holder | None = None, who: int = 0) -> int:
        """Make the addresses of a thread useless from now on, or those of one person in it; how many there were."""
        owner = {f"{holder}_id": who} if holder else {}
        rows = ReplyAddress.filter(thread_id=thread, revoked_at=None, **owner)
        return await rows.update(revoked_at=self._core.clock.now())

    async def revoke_address(self, address: str) -> None:
        """Make one address useless: it got into the wrong hands. The next mail carries a new one. Raises NotFound."""
        token = self._addresses.read(address)
        row = await ReplyAddress.get_or_none(id=token.id) if isinstance(token, ReplyToken) else None
        if row is None:
            raise NotFound
        await ReplyAddress.filter(id=row.id, revoked_at=None).update(revoked_at=self._core.clock.now())

    def _grant(self, row: ReplyAddress) -> Grant:
        if row.revoked_at:
            standing = Standing.revoked
        else:
            standing = Standing.valid if row.expires_at > self._core.clock.now() else Standing.expired
        if row.account_id:
            return Grant(row.thread_id, Holder.account, row.account_id, standing)
        if row.agent_id:
            return Grant(row.thread_id, Holder.agent, row.agent_id, standing)
        return Grant(row.thread_id, Holder.service, row.service_id or 0, standing)
