"""Where data of a family lies: every table, by what ties it to the family. A test holds this against the models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.core.base import Core
from hub.core.db import marks
from hub.core.errors import NotFound
from hub.dossier.models import Child, Custody, Family, Guardian
from hub.dossier.view import Stored, sees_child

SECRET = frozenset(
    ("token", "password", "totp", "code", "key", "iban", "words", "raw", "content", "blob", "sha256", "trace")
)


@dataclass(frozen=True, slots=True)
class Holding:
    """A table, and the column whose value ties a row to what a scope holds under the name `by`."""

    table: str
    column: str
    by: str


HOLDINGS = (
    Holding("family", "id", "families"),
    Holding("guardian", "id", "guardians"),
    Holding("bank_account", "id", "banks"),
    Holding("child", "id", "children"),
    Holding("custody", "guardian_id", "guardians"),
    Holding("collector", "id", "collectors"),
    Holding("health_note", "child_id", "children"),
    Holding("document", "id", "documents"),
    Holding("file_reading", "id", "readings"),
    Holding("account", "id", "accounts"),
    Holding("session", "account_id", "accounts"),
    Holding("account_link", "account_id", "accounts"),
    Holding("address_change", "account_id", "accounts"),
    Holding("recovery_code", "account_id", "accounts"),
    Holding("typed_form", "account_id", "accounts"),
    Holding("registration", "email", "emails"),
    Holding("thread", "id", "threads"),
    Holding("message", "thread_id", "threads"),
    Holding("attachment", "message_id", "messages"),
    Holding("message_copy", "message_id", "messages"),
    Holding("thread_event", "thread_id", "threads"),
    Holding("thread_note", "thread_id", "threads"),
    Holding("later_answer", "thread_id", "threads"),
    Holding("former_thread", "thread_id", "threads"),
    Holding("presence", "thread_id", "threads"),
    Holding("wanted_paper", "thread_id", "threads"),
    Holding("entry", "account_id", "accounts"),
    Holding("request", "thread_id", "threads"),
    Holding("request_event", "request_id", "requests"),
    Holding("decision_link", "request_id", "requests"),
    Holding("draft", "account_id", "accounts"),
    Holding("draft_file", "draft_id", "drafts"),
    Holding("reply_address", "account_id", "accounts"),
    Holding("outbound_mail", "recipient", "emails"),
    Holding("inbound_mail", "from_address", "emails"),
    Holding("inbound_content", "mail_id", "mails"),
    Holding("release_link", "mail_id", "mails"),
    Holding("quarantine_decision", "mail_id", "mails"),
    Holding("given_answer", "address", "emails"),
    Holding("address_failure", "address", "emails"),
    Holding("address_event", "address", "emails"),
)
# Of the town, or of nobody: login failures are digests.
OF_NO_FAMILY = frozenset(
    (
        *("service", "service_agent", "theme", "canned_answer", "news", "mailing"),
        *("agent", "desk_act", "mailbox_cursor", "login_failure"),
    )
)
# What agents tell each other and what they have not said yet: of the town's file, and nothing that a guardian can see.
AMONG_AGENTS = frozenset(("thread_note", "later_answer", "presence"))
# What a guardian who lives apart is not told of the family they share.
WITHHELD = frozenset(("quotient", "income", "quotient_on", "allocataire", "allocataire_number", "regime"))


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose data: a whole family, or what one of its guardians may see (`guardian`)."""

    family: Family
    guardian: int = 0
    ids: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def is_partial(self) -> bool:
        """Whether the other guardian's data is left out."""
        return bool(self.guardian) and self.family.is_separated


async def scope_of(core: Core, number: str, rank: int = 0) -> Scope:
    """The family of that number, or what its guardian of that rank may see. Raises NotFound."""
    family = await Family.get_or_none(number=number)
    if family is None:
        raise NotFound(f"Aucun dossier ne porte le numéro {number}.")
    guardians = await Guardian.filter(family=family)
    me = next((guardian for guardian in guardians if guardian.rank == rank), None)
    if rank and me is None:
        raise NotFound(f"Le dossier {number} n’a pas de responsable {rank}.")
    scope = Scope(family, me.id if me else 0)
    mine = [g for g in guardians if not scope.is_partial or g.id == scope.guardian]
    scope.ids.update(families=[family.id], guardians=[guardian.id for guardian in mine])
    await _children(core, scope, guardians)
    await _spoken(core, scope)
    return scope


async def rows_of(core: Core, scope: Scope, holding: Holding) -> list[dict[str, Any]]:
    """The rows of a holding within a scope, oldest first."""
    values = scope.ids[holding.by]
    if not values:
        return []
    return await core.db.rows(
        f"SELECT * FROM {holding.table} WHERE {holding.column} IN ({marks(values)}) ORDER BY 1", *values
    )


async def _children(core: Core, scope: Scope, guardians: Sequence[Guardian]) -> None:
    family, me = scope.family, scope.guardian
    children = await Child.filter(family=family)
    custodies: dict[int, frozenset[int]] = {}
    for custody in await Custody.filter(child__family=family):
        custodies[custody.child_id] = custodies.get(custody.child_id, frozenset()) | {custody.guardian_id}
    stored = Stored(family, guardians, children, custodies)
    seen = [child.id for child in children if not scope.is_partial or sees_child(me, child, stored)]
    scope.ids["children"] = seen
    mine, who = (" AND guardian_id = ?", [me]) if scope.is_partial else ("", [])
    scope.ids["collectors"] = await _ids(core, f"collector WHERE child_id IN ({marks(seen)}){mine}", *seen, *who)
    scope.ids["banks"] = await _ids(core, f"bank_account WHERE family_id = ?{mine}", family.id, *who)
    sent = f" AND account_id IN (SELECT id FROM account WHERE TRUE{mine})" if mine else ""
    scope.ids["documents"] = await _ids(core, f"document WHERE family_id = ?{sent}", family.id, *who)
    told = [f"enfant {child}" for child in seen] + [f"responsable {g.rank}" for g in guardians if g.id == me] + [""]
    only, those = (f" AND about IN ({marks(told)})", told) if scope.is_partial else ("", [])
    scope.ids["readings"] = await _ids(core, f"file_reading WHERE family_id = ?{only}", family.id, *those)


async def _spoken(core: Core, scope: Scope) -> None:
    """Accounts, their conversations, their mail."""
    guardians = scope.ids["guardians"]
    held = f"({marks(guardians)})"
    accounts = await core.db.rows(f"SELECT id, email FROM account WHERE guardian_id IN {held}", *guardians)
    own = [row["id"] for row in accounts]
    emails = sorted({row["email"] for row in accounts if row["email"]} | await _told(core, guardians))
    threads = await _ids(core, "thread WHERE family_id = ?", scope.family.id)
    if scope.is_partial:
        mine = f"thread WHERE id IN (SELECT thread_id FROM entry WHERE account_id IN ({marks(own)}))"
        threads = await _ids(core, mine, *own)
    scope.ids.update(
        accounts=own,
        emails=emails,
        threads=threads,
        requests=await _ids(core, f"request WHERE thread_id IN ({marks(threads)})", *threads),
        messages=await _ids(core, f"message WHERE thread_id IN ({marks(threads)})", *threads),
        drafts=await _ids(core, f"draft WHERE account_id IN ({marks(own)})", *own),
        mails=await _ids(core, f"inbound_mail WHERE from_address IN ({marks(emails)})", *emails),
    )


async def _told(core: Core, guardians: Sequence[int]) -> set[str]:
    """Addresses that the town's file has for them, but for those that are somebody else's as well: of a couple that
    has parted, of a parent with two dossiers, of a slip of the pen. What was written there may not be theirs."""
    held = marks(guardians)
    rows = await core.db.rows(
        f"SELECT DISTINCT g.email FROM guardian g WHERE g.id IN ({held}) AND g.email <> '' AND NOT EXISTS "
        f"(SELECT 1 FROM account a WHERE a.email = g.email AND a.guardian_id NOT IN ({held})) AND NOT EXISTS "
        f"(SELECT 1 FROM guardian o WHERE o.email = g.email AND o.id NOT IN ({held}))",
        *guardians, *guardians, *guardians,
    )  # fmt: skip
    return {row["email"] for row in rows}


async def _ids(core: Core, source: str, *values: Any) -> list[int]:
    return [row["id"] for row in await core.db.rows(f"SELECT id FROM {source} ORDER BY id", *values)]
