"""Finding somebody's account, for the desk and the command line. Reads only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.accounts.models import Account, Agent
from hub.accounts.names import entered, folded
from hub.core.base import Core
from hub.core.db import instant
from hub.core.errors import NotFound
from hub.dossier.models import Guardian

MOST = 50  # rows that are shown
WORDS = 6  # of a question that are looked at
_UNSURE = re.compile(r"[acdegilnostuyz\W]+")  # what may stand with an accent, or as two letters


@dataclass(frozen=True, slots=True)
class Person:
    """A guardian and the account they have, if any. `seen_at`: of the session used last."""

    guardian: int
    family: str
    name: str
    address: str
    is_known: bool = True  # the family is in the town's file
    account: int = 0
    login: str = ""
    email: str = ""
    is_verified: bool = False
    is_provisional: bool = False
    provisional_until: datetime | None = None
    has_password: bool = False
    has_factor: bool = False
    seen_at: datetime | None = None


class Finding:
    """Finds people."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def search(self, question: str) -> list[Person]:
        """Guardians in whose name, dossier number, user name or address every word of the question stands.

        The database narrows, ignoring what may have an accent; what is compared is folded here, so that both
        databases find the same.
        """
        words = folded(question).split()[:WORDS]
        if not words:
            return []
        patterns = ["%" + _UNSURE.sub("%", word) + "%" for word in words]
        where = " AND ".join(f"{_HAYSTACK} LIKE ?" for _ in patterns)
        rows = await self._core.db.rows(f"{_SELECT} WHERE {where} ORDER BY f.number, g.rank, g.id", *patterns)
        found = [row for row in rows if _fits(row, words)]
        return await self._people(found[:MOST])

    async def one(self, guardian: int) -> Person:
        """Raises NotFound."""
        rows = await self._core.db.rows(f"{_SELECT} WHERE g.id = ?", guardian)
        if not rows:
            raise NotFound
        return (await self._people(rows))[0]

    async def guardian(self, guardian: int) -> Guardian:
        """The row, its family with it. Raises NotFound."""
        found = await Guardian.get_or_none(id=guardian).select_related("family")
        if found is None:
            raise NotFound
        return found

    async def account(self, guardian: int) -> Account:
        """The account of a guardian. Raises NotFound."""
        found = await Account.get_or_none(guardian_id=guardian)
        if found is None:
            raise NotFound
        return found

    async def named(self, name: str, agents: bool = False) -> Account | Agent:
        """By user name or e-mail; an agent by e-mail only, and first where `agents`. Raises NotFound."""
        key = entered(name)
        account = await (Account.get_or_none(email=key) if "@" in key else Account.get_or_none(login=key))
        agent = await Agent.get_or_none(email=key)
        found = (agent or account) if agents else (account or agent)
        if found is None:
            raise NotFound("Aucun compte n’a ce nom d’utilisateur ou cette adresse.")
        return found

    async def _people(self, rows: Sequence[dict[str, Any]]) -> list[Person]:
        return [
            Person(
                guardian=row["guardian"],
                family=row["number"],
                name=f"{row['first_name']} {row['last_name']}".strip(),
                address=row["filed"],
                is_known=bool(row["is_known"]),
                account=row["account"] or 0,
                login=row["login"] or "",
                email=row["email"] or "",
                is_verified=row["email_verified_at"] is not None,
                is_provisional=bool(row["must_change"]),
                provisional_until=instant(row["provisional_until"]),
                has_password=bool(row["password"]),
                has_factor=bool(row["totp"]),
                seen_at=instant(row["seen_at"]),
            )
            for row in rows
        ]


_HAYSTACK = (
    "LOWER(g.first_name || ' ' || g.last_name || ' ' || f.number || ' ' || f.name || ' ' || g.email || ' ' || "
    "COALESCE(a.login, '') || ' ' || COALESCE(a.email, ''))"
)
_SELECT = (
    "SELECT g.id AS guardian, g.first_name, g.last_name, g.email AS filed, f.number, f.name, f.is_known, "
    "a.id AS account, a.login, a.email, a.email_verified_at, a.must_change, a.provisional_until, a.password, a.totp, "
    "(SELECT MAX(s.seen_at) FROM session s WHERE s.account_id = a.id) AS seen_at "
    "FROM guardian g JOIN family f ON f.id = g.family_id LEFT JOIN account a ON a.guardian_id = g.id"
)


def _fits(row: dict[str, Any], words: Sequence[str]) -> bool:
    fields = ("first_name", "last_name", "number", "name", "filed", "login", "email")
    text = folded(" ".join(row[field] or "" for field in fields))
    return all(word in text for word in words)
