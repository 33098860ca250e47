"""The family of a conversation, at hand beside it: who they are, how to reach them, what else waits.

For agents who answer for the conversation's service. Requests and other conversations are those of the agent's own
services; what only some may read (health) or nobody (IBANs) is not here. Where parents live apart an agent sees both,
and which of them reads this conversation: what is said in it must not tell one of the other.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from hub.actions.kinds import title
from hub.core.base import Core
from hub.core.db import known
from hub.dossier.models import Child, Family
from hub.dossier.view import age, phones
from hub.mailbox.models import Thread

LISTED = 5  # requests, and other conversations

_GUARDIANS = (
    "SELECT g.id, g.rank, g.first_name, g.last_name, g.quality, g.mobile, g.phone_home, g.phone_work, "
    "COALESCE(a.email, g.email) AS email, a.id AS account, x.state AS fails, "
    "EXISTS (SELECT 1 FROM entry e WHERE e.thread_id = ? AND e.account_id = a.id) AS reads "
    "FROM guardian g LEFT JOIN account a ON a.guardian_id = g.id "
    "LEFT JOIN address_failure x ON x.address = COALESCE(a.email, g.email) AND x.state = 'hard' "
    "WHERE g.family_id = ? ORDER BY g.rank, g.id"
)
_MINE = "t.service_id IN (SELECT service_id FROM service_agent WHERE agent_id = ?)"
_REQUESTS = (
    "SELECT r.id, r.kind, r.asked_at, COALESCE(c.first_name, '') AS child FROM request r "
    "JOIN thread t ON t.id = r.thread_id LEFT JOIN child c ON c.id = r.child "
    f"WHERE t.family_id = ? AND t.id <> ? AND r.state = 'pending' AND {_MINE} ORDER BY r.id LIMIT {LISTED}"
)
_THREADS = (
    "SELECT t.id, t.subject, t.last_at, t.waits_since FROM thread t "
    f"WHERE t.family_id = ? AND t.id <> ? AND {_MINE} ORDER BY t.last_at DESC, t.id DESC LIMIT {LISTED}"
)


class Contact(NamedTuple):
    """A guardian. `fails`: mail to the address comes back; `reads`: the conversation stands in their mailbox."""

    guardian: int
    name: str
    quality: str
    phones: tuple[str, ...]
    email: str
    fails: bool
    has_account: bool
    reads: bool


class ChildAtHand(NamedTuple):
    """A child. `age` in whole years, None where it is not known; `school` with the class."""

    name: str
    age: int | None
    school: str


class Standing(NamedTuple):
    """A request that waits."""

    id: int
    title: str
    asked_at: datetime


class Recent(NamedTuple):
    """Another conversation."""

    id: int
    subject: str
    last_at: datetime
    waits: bool


@dataclass(frozen=True, slots=True)
class AtHand:
    """The whole."""

    number: str
    name: str
    is_known: bool  # in the town's file
    is_separated: bool
    contacts: Sequence[Contact]
    children: Sequence[ChildAtHand]
    requests: Sequence[Standing]
    threads: Sequence[Recent]


class FamilyAtHand:
    """Reads it. Whether the agent may see the conversation is the caller's to know."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def of(self, agent: int, thread: Thread, family: Family) -> AtHand:
        """The family of a conversation that this agent has before them."""
        rows, ask = self._core.db.rows, (family.id, thread.id, agent)
        guardians, children, requests, threads = await gather(
            rows(_GUARDIANS, thread.id, family.id),
            self._children(family),
            rows(_REQUESTS, *ask),
            rows(_THREADS, *ask),
        )
        return AtHand(
            number=family.number,
            name=family.name,
            is_known=family.is_known,
            is_separated=family.is_separated,
            contacts=[_contact(row) for row in guardians],
            children=children,
            requests=[Standing(row["id"], _title(row), known(row["asked_at"])) for row in requests],
            threads=[
                Recent(row["id"], row["subject"], known(row["last_at"]), row["waits_since"] is not None)
                for row in threads
            ],
        )

    async def _children(self, family: Family) -> list[ChildAtHand]:
        found = await Child.filter(family=family, left_at=None).order_by("born_on", "id")
        return [
            ChildAtHand(
                name=f"{one.first_name} {one.last_name}".strip(),
                age=age(one.born_on, self._core.today()),
                school=", ".join(filter(None, (one.school, one.grade))),
            )
            for one in found
        ]


def _contact(row: dict[str, Any]) -> Contact:
    return Contact(
        guardian=row["id"],
        name=f"{row['first_name']} {row['last_name']}".strip(),
        quality=row["quality"],
        phones=phones(row),
        email=row["email"] or "",
        fails=row["fails"] is not None,
        has_account=row["account"] is not None,
        reads=bool(row["reads"]),
    )


def _title(row: dict[str, Any]) -> str:
    return f"{title(row['kind'])} – {row['child']}" if row["child"] else title(row["kind"])
