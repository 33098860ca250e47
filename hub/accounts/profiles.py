"""Who an account belongs to, as its own pages show it, and whether a session still stands. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from hub.core.base import Core
from hub.core.db import known
from hub.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Profile:
    """A guardian in the words of the dossier."""

    guardian: int
    civility: str
    first_name: str
    last_name: str
    family_number: str
    login: str


class Profiles:
    """Finds them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def of(self, account: int) -> Profile:
        """The guardian behind an account. Raises NotFound."""
        rows = await self._core.db.rows(
            "SELECT g.id AS guardian, g.civility, g.first_name, g.last_name, f.number AS family_number, a.login "
            "FROM account a "
            "JOIN guardian g ON g.id = a.guardian_id JOIN family f ON f.id = a.family_id WHERE a.id = ?",
            account,
        )
        if not rows:
            raise NotFound
        return Profile(**rows[0])

    async def stands(self, session: int) -> bool:
        """Whether a session has neither ended nor lapsed. Unlike `Sessions.find` it prolongs nothing: an open page
        that only listens must not keep a forgotten browser logged in."""
        rows = await self._core.db.rows("SELECT expires_at FROM session WHERE id = ?", session)
        return bool(rows) and known(rows[0]["expires_at"]) > self._core.clock.now()
