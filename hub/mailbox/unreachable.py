"""Families whom no mail of the town reaches: nobody in them has an address that works.

What counts is where the portal writes: the confirmed address of an account or, of who has none yet, the one of the
town's file. A family whose children have all left the file is not looked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.core.base import Core
from hub.core.db import marks
from hub.dossier.view import phones

PAGE = 100

_ADDRESS = (  # of a guardian g with the account a, or none: where the portal writes
    "CASE WHEN a.id IS NULL THEN LOWER(g.email) WHEN a.email_verified_at IS NULL THEN '' ELSE COALESCE(a.email, '') END"
)
_FAILS = f"EXISTS (SELECT 1 FROM address_failure x WHERE x.address = {_ADDRESS} AND x.state = 'hard')"
_OUT_OF_REACH = (
    "EXISTS (SELECT 1 FROM guardian o WHERE o.family_id = f.id) "
    "AND (EXISTS (SELECT 1 FROM child c WHERE c.family_id = f.id AND c.left_at IS NULL) "
    "OR NOT EXISTS (SELECT 1 FROM child c WHERE c.family_id = f.id)) "
    "AND NOT EXISTS (SELECT 1 FROM guardian g LEFT JOIN account a ON a.guardian_id = g.id "
    f"WHERE g.family_id = f.id AND {_ADDRESS} <> '' AND NOT {_FAILS})"
)


@dataclass(frozen=True, slots=True)
class Out:
    """A guardian out of reach. `why`: fails (mail to it comes back) | unconfirmed (the account's) | none.

    `post`: street, postcode and town as on an envelope, "" where they are not known.
    """

    guardian: int
    name: str
    phones: tuple[str, ...]
    post: str
    address: str
    why: str


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """A family that nobody reaches."""

    id: int
    number: str
    name: str
    guardians: Sequence[Out]


class Unreachable:
    """Finds them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def count(self) -> int:
        """How many there are."""
        [row] = await self._core.db.rows(f"SELECT COUNT(*) AS n FROM family f WHERE {_OUT_OF_REACH}")
        return int(row["n"])

    async def families(self, after: int = 0, limit: int = PAGE) -> list[OutOfReach]:
        """Those behind the family `after`, in the order in which they came into the file."""
        rows = await self._core.db.rows(
            f"SELECT f.id, f.number, f.name FROM family f WHERE f.id > ? AND {_OUT_OF_REACH} "
            f"ORDER BY f.id LIMIT {limit}",
            after,
        )
        guardians = await self._guardians([row["id"] for row in rows])
        return [OutOfReach(row["id"], row["number"], row["name"], guardians[row["id"]]) for row in rows]

    async def _guardians(self, families: Sequence[int]) -> dict[int, list[Out]]:
        if not families:
            return {}
        rows = await self._core.db.rows(
            "SELECT g.family_id, g.id, g.first_name, g.last_name, g.mobile, g.phone_home, g.phone_work, g.address, "
            "g.postcode, g.city, a.email, g.email AS filed, a.id AS account, "
            f"{_ADDRESS} AS used FROM guardian g LEFT JOIN account a ON a.guardian_id = g.id "
            f"WHERE g.family_id IN ({marks(families)}) ORDER BY g.family_id, g.rank, g.id",
            *families,
        )
        found: dict[int, list[Out]] = {}
        for row in rows:
            found.setdefault(row["family_id"], []).append(_out(row))
        return found


def _out(row: Mapping[str, Any]) -> Out:
    used, own = row["used"], row["email"] or ""
    return Out(
        guardian=row["id"],
        name=f"{row['first_name']} {row['last_name']}".strip(),
        phones=phones(row),
        post=", ".join(filter(None, (row["address"], f"{row['postcode']} {row['city']}".strip()))),
        address=used or own,
        why="fails" if used else "unconfirmed" if own else "none",
    )
