"""Sessions: a random cookie, its digest in the database, an end.

A lapsed session no longer shows anything, but for some days it still tells whose unsent words arrive late: they are
kept as a draft of that account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hub.accounts.models import Account, Agent, Session
from hub.core.base import Core
from hub.core.db import known
from hub.core.errors import NotFound
from hub.core.tokens import digest, random_token

TOUCH = timedelta(minutes=5)  # `seen_at` is written no more often than that
LAPSED_KEPT = timedelta(days=7)
HALF_WAY = timedelta(minutes=30)  # to give a code or choose a password, however long one is remembered afterwards


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is behind a request. A guardian has `account` and `family`, an agent has `agent`."""

    session: int
    name: str
    email: str  # to which their mail goes; "" while none is confirmed
    account: int = 0
    family: int = 0
    family_number: str = ""
    agent: int = 0
    lapsed: bool = False
    waits_for: str = ""  # "totp" | "password" | "terms": owed before anything else is shown
    is_administrator: bool = False  # of an agent: made one at the desk


@dataclass(frozen=True, slots=True)
class Device:
    """A session as its owner sees it. `waits`: somebody gave the password there, and not yet the second factor."""

    session: int
    name: str
    begun_at: datetime
    seen_at: datetime
    is_this: bool
    waits: bool


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def begin(self, who: Account | Agent, remember: bool = False, device: str = "") -> str:
        """A new session; the token for the cookie, which is nowhere else."""
        token, now, owed = random_token(), self._core.clock.now(), self._owed(who)
        await Session.create(
            token=digest(token),
            remember=remember,
            device=device[:80],
            waits_for=owed,
            created_at=now,
            seen_at=now,
            expires_at=now + self._life(remember, owed),
            **_owner(who),
        )
        return token

    async def find(self, token: str) -> Visitor | None:
        """Whose session it is; lapsed ones are told apart, ended and unknown ones are None."""
        rows = await self._core.db.rows(
            "SELECT s.id, s.remember, s.seen_at, s.expires_at, s.waits_for, s.account_id, s.agent_id, a.name, a.email, "
            "a.email_verified_at, a.family_id, f.number, g.name AS agent_name, g.email AS agent_email, "
            "g.is_administrator FROM session s "
            "LEFT JOIN account a ON a.id = s.account_id LEFT JOIN family f ON f.id = a.family_id "
            "LEFT JOIN agent g ON g.id = s.agent_id WHERE s.token = ? "
            "AND g.left_at IS NULL",
            digest(token),
        )
        if not rows:
            return None
        row, now = rows[0], self._core.clock.now()
        lapsed = known(row["expires_at"]) <= now
        if not lapsed and not row["waits_for"] and now - known(row["seen_at"]) > TOUCH:
            await self._touch(row["id"], now, bool(row["remember"]))
        return Visitor(
            session=row["id"],
            name=row["name"] or row["agent_name"],
            email=row["agent_email"] or (row["email"] if row["email_verified_at"] else ""),
            account=row["account_id"] or 0,
            family=row["family_id"] or 0,
            family_number=row["number"] or "",
            agent=row["agent_id"] or 0,
            lapsed=lapsed,
            waits_for=row["waits_for"],
            is_administrator=bool(row["is_administrator"]),
        )

    async def go_on(self, who: Visitor) -> str:
        """What the session waited for is done; what it waits for next, or ""."""
        holder = await (Account.get(id=who.account) if who.account else Agent.get(id=who.agent))
        owed = self._after(holder, who.waits_for)
        standing = await Session.get_or_none(id=who.session, waits_for=who.waits_for)
        if standing is not None:
            now = self._core.clock.now()
            until = now + self._life(standing.remember, owed)
            await Session.filter(id=standing.id).update(waits_for=owed, seen_at=now, expires_at=until)
        return owed

    async def devices(self, who: Visitor) -> list[Device]:
        """Where somebody is logged in: here first, then the one seen last."""
        rows = await Session.filter(expires_at__gt=self._core.clock.now(), **_owner(who)).order_by("-seen_at", "-id")
        found = [
            Device(r.id, r.device, r.created_at, r.seen_at, r.id == who.session, r.waits_for == "totp") for r in rows
        ]
        return sorted(found, key=lambda device: not device.is_this)

    async def end(self, token: str) -> None:
        """Log out."""
        await self._end(await Session.filter(token=digest(token)).values_list("id", flat=True))

    async def end_one(self, who: Visitor, session: int) -> None:
        """Log one device out. Raises NotFound when it is not theirs."""
        found = await Session.filter(id=session, **_owner(who)).values_list("id", flat=True)
        if not found:
            raise NotFound
        await self._end(found)

    async def end_others(self, who: Account | Agent | Visitor, keep: int = 0) -> int:
        """Log out everywhere but in the session `keep`: after a new password, or when asked to. How many ended."""
        found = await Session.filter(**_owner(who)).exclude(id=keep).values_list("id", flat=True)
        await self._end(found)
        return len(found)

    async def forget(self) -> int:
        """Drop sessions that lapsed long ago. For the daily round."""
        return await Session.filter(expires_at__lt=self._core.clock.now() - LAPSED_KEPT).delete()

    async def _end(self, sessions: Sequence[object]) -> None:
        """Gone for good, and their open pages are told once that is durable."""
        await Session.filter(id__in=list(sessions)).delete()
        for session in sessions:
            tell = partial(self._core.channel.publish, topic(session), {})
            await self._core.db.after_commit(tell)

    def _owed(self, who: Account | Agent) -> str:
        """What stands between the password and everything else."""
        needs_factor = isinstance(who, Agent) and self._core.config.security.agents_totp
        return "totp" if who.totp or needs_factor else self._after(who, "totp")

    def _after(self, who: Account | Agent, done: str) -> str:
        """What is owed once that much is done: the code, a password of one's own, the conditions as they are now."""
        if done == "totp" and who.must_change:
            return "password"
        version = self._core.config.registration.terms_version
        return "terms" if isinstance(who, Account) and who.terms != version and version and done != "terms" else ""

    async def _touch(self, session: int, now: datetime, remember: bool) -> None:
        await Session.filter(id=session).update(seen_at=now, expires_at=now + self._life(remember))

    def _life(self, remember: bool, owed: str = "") -> timedelta:
        security = self._core.config.security
        if owed:
            return HALF_WAY
        return timedelta(days=security.remember_days) if remember else timedelta(hours=security.session_hours)


def topic(session: object) -> str:
    """The channel topic on which a session's open pages hear that it has ended."""
    return f"session:{session}"


def _owner(who: Account | Agent | Visitor) -> dict[str, Any]:
    """The column that says whose a session is."""
    if isinstance(who, Visitor):
        return {"account_id": who.account} if who.account else {"agent_id": who.agent}
    return {"account_id": who.id} if isinstance(who, Account) else {"agent_id": who.id}
