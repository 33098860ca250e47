"""Sessions: a random cookie, its digest in the database, an end.

A lapsed session no longer shows anything, but for some days it still tells whose unsent words arrive late: they are
kept as a draft of that account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.accounts.models import Account, Agent, Session
from hub.core.base import Core
from hub.core.db import known
from hub.core.tokens import digest, random_token

TOUCH = timedelta(minutes=5)  # `seen_at` is written no more often than that
LAPSED_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is behind a request. A guardian has `account` and `family`, an agent has `agent`."""

    session: int
    name: str
    email: str
    account: int = 0
    family: int = 0
    family_number: str = ""
    agent: int = 0
    lapsed: bool = False


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def begin(self, who: Account | Agent, remember: bool = False) -> str:
        """A new session; the token for the cookie, which is nowhere else."""
        token, now = random_token(), self._core.clock.now()
        owner = {"account_id": who.id} if isinstance(who, Account) else {"agent_id": who.id}
        await Session.create(
            token=digest(token),
            remember=remember,
            created_at=now,
            seen_at=now,
            expires_at=now + self._life(remember),
            **owner,
        )
        return token

    async def find(self, token: str) -> Visitor | None:
        """Whose session it is; lapsed ones are told apart, ended and unknown ones are None."""
        rows = await self._core.db.rows(
            "SELECT s.id, s.remember, s.seen_at, s.expires_at, s.account_id, s.agent_id, a.name, a.email, "
            "a.family_id, f.number, g.name AS agent_name, g.email AS agent_email FROM session s "
            "LEFT JOIN account a ON a.id = s.account_id LEFT JOIN family f ON f.id = a.family_id "
            "LEFT JOIN agent g ON g.id = s.agent_id WHERE s.token = ?",
            digest(token),
        )
        if not rows:
            return None
        row, now = rows[0], self._core.clock.now()
        lapsed = known(row["expires_at"]) <= now
        if not lapsed and now - known(row["seen_at"]) > TOUCH:
            await self._touch(row["id"], now, bool(row["remember"]))
        return Visitor(
            session=row["id"],
            name=row["name"] or row["agent_name"],
            email=row["email"] or row["agent_email"],
            account=row["account_id"] or 0,
            family=row["family_id"] or 0,
            family_number=row["number"] or "",
            agent=row["agent_id"] or 0,
            lapsed=lapsed,
        )

    async def end(self, token: str) -> None:
        """Log out."""
        await Session.filter(token=digest(token)).delete()

    async def end_others(self, account: int, keep: int = 0) -> None:
        """Log out everywhere, but for the session `keep`: a new password ends what the old one began."""
        rows = await self._core.db.rows("SELECT id FROM session WHERE account_id = ? AND id <> ?", account, keep)
        ended = [row["id"] for row in rows]
        await Session.filter(id__in=ended).delete()
        for session in ended:
            await self._core.channel.publish(topic(session), {})

    async def forget(self) -> int:
        """Drop sessions that lapsed long ago. For the daily round."""
        return await Session.filter(expires_at__lt=self._core.clock.now() - LAPSED_KEPT).delete()

    async def _touch(self, session: int, now: datetime, remember: bool) -> None:
        await Session.filter(id=session).update(seen_at=now, expires_at=now + self._life(remember))

    def _life(self, remember: bool) -> timedelta:
        security = self._core.config.security
        return timedelta(days=security.remember_days) if remember else timedelta(hours=security.session_hours)


def topic(session: int) -> str:
    """The channel topic on which a session's open pages hear that it has ended."""
    return f"session:{session}"
