"""Whom a message to many families goes to: a filter made of criteria, each of which a room adds by one line in
`hub/rooms.py`. What a family must fit is said here; how many it then reaches and how it goes out is told in `mailings`.

A criterion is asked for its choices, for the one that was chosen in words, and for a condition in SQL over the account
`a` of the family `f`; or, where it is about a child, over the child `c`: the same child fits all of these.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hub.core.base import Core
from hub.core.errors import Conflict, Invalid

Whom = Mapping[str, str]  # by slug, what was chosen; an empty one reaches every family
GONE = "Ce critère n’existe plus : abandonnez ce message et écrivez-le à nouveau."
LOST = "un critère qui n’existe plus"
_BETWEEN = "\t"  # a school and its class


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be chosen; `value` is stored and never shown."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Condition:
    """Over `c`, a child, or over `a` and `f`. Parameters are written `?`."""

    sql: str
    values: Sequence[Any] = ()
    of_child: bool = False


class Criterion(Protocol):
    """One line of the filter. `label` stands over its choices, `anybody` for none of them."""

    slug: str
    label: str
    anybody: str

    async def choices(self) -> Sequence[Choice]:
        """In the order in which they are offered."""
        ...

    async def said(self, values: Collection[str]) -> Mapping[str, str]:
        """What may have been chosen, each in words that follow each other: "Jaurès – CP", "sans « Assurance »"."""
        ...

    def condition(self, value: str) -> Condition:
        """Which families fit it."""
        ...


class Criteria:
    """The table of them."""

    def __init__(self, *criteria: Criterion) -> None:
        self._all = {one.slug: one for one in criteria}

    def __iter__(self) -> Iterator[Criterion]:
        return iter(self._all.values())

    async def checked(self, typed: Mapping[str, str]) -> dict[str, str]:
        """What was chosen of each. Raises Invalid for what is none of its choices."""
        chosen = {one.slug: typed[one.slug] for one in self._all.values() if typed.get(one.slug)}
        wrong = [
            slug for slug, value in chosen.items() if value not in {o.value for o in await self._all[slug].choices()}
        ]
        if wrong:
            raise Invalid(dict.fromkeys(wrong, "Choisissez dans la liste."))
        return chosen

    async def said(self, whoms: Sequence[Whom]) -> list[str]:
        """Each in words, whatever their number with one question to each criterion; "" for every family."""
        words = {
            slug: await one.said({whom[slug] for whom in whoms if slug in whom}) for slug, one in self._all.items()
        }
        return [self._said(whom, words) for whom in whoms]

    def _said(self, whom: Whom, words: Mapping[str, Mapping[str, str]]) -> str:
        told = [words[slug][whom[slug]] for slug in self._all if slug in whom]
        return ", ".join([*told, *(LOST for slug in whom if slug not in self._all)])

    def condition(self, whom: Whom) -> tuple[str, list[Any]]:
        """Accounts that stand for a conversation each: the first of a family, or of parents who live apart each who
        sees a child concerned. Raises Conflict where a criterion is no longer there: nobody more must be reached."""
        return self._condition(_ONE_EACH, whom)

    def beyond(self, whom: Whom) -> tuple[str, list[Any]]:
        """The same over guardians without an account who would stand for a conversation: it does not reach them."""
        return self._condition(_WITHOUT, whom)

    def _condition(self, sql: str, whom: Whom) -> tuple[str, list[Any]]:
        parts = [self._one(slug).condition(value) for slug, value in whom.items()]
        of_child = [one for one in parts if one.of_child]
        others = [one for one in parts if not one.of_child]
        if of_child:
            sql += _CHILD.format(" AND ".join(one.sql for one in of_child))
        values = [value for one in (*of_child, *others) for value in one.values]
        return sql + "".join(f" AND {one.sql}" for one in others), values

    def _one(self, slug: str) -> Criterion:
        if slug not in self._all:
            raise Conflict(GONE)
        return self._all[slug]


_ONE_EACH = (
    "account a JOIN family f ON f.id = a.family_id WHERE "
    "(f.is_separated OR a.id = (SELECT MIN(id) FROM account o WHERE o.family_id = a.family_id))"
)
_WITHOUT = (  # who has left the town's schools with all their children is not missed
    "(SELECT 0 AS id, family_id, id AS guardian_id FROM guardian) a JOIN family f ON f.id = a.family_id "
    "WHERE NOT EXISTS (SELECT 1 FROM account o WHERE o.family_id = a.family_id "
    "AND (NOT f.is_separated OR o.guardian_id = a.guardian_id)) "
    "AND (EXISTS (SELECT 1 FROM child c WHERE c.family_id = f.id AND c.left_at IS NULL) "
    "OR NOT EXISTS (SELECT 1 FROM child c WHERE c.family_id = f.id))"
)
_CHILD = (
    " AND EXISTS (SELECT 1 FROM child c WHERE c.family_id = a.family_id AND c.left_at IS NULL AND {} "
    "AND (NOT f.is_separated OR NOT EXISTS (SELECT 1 FROM custody u WHERE u.child_id = c.id) "
    "OR EXISTS (SELECT 1 FROM custody u WHERE u.child_id = c.id AND u.guardian_id = a.guardian_id)))"
)


class OfSchool:
    """A child at that school, perhaps in that class."""

    slug, label, anybody = "ecole", "À", "Toutes les familles"

    def __init__(self, core: Core) -> None:
        self._core = core

    async def choices(self) -> list[Choice]:
        """Every school that a child of the file goes to, each followed by its classes."""
        rows = await self._core.db.rows(
            "SELECT DISTINCT school, grade FROM child WHERE left_at IS NULL AND school <> '' ORDER BY school, grade"
        )
        found: dict[str, None] = {}
        for row in rows:
            found |= {row["school"]: None}
            found |= {f"{row['school']}{_BETWEEN}{row['grade']}": None} if row["grade"] else {}
        return [Choice(value, value.replace(_BETWEEN, " – ")) for value in found]

    async def said(self, values: Collection[str]) -> dict[str, str]:
        """By their names."""
        return {value: value.replace(_BETWEEN, " – ") for value in values}

    def condition(self, value: str) -> Condition:
        """Of a child."""
        school, _, grade = value.partition(_BETWEEN)
        if grade:
            return Condition("c.school = ? AND c.grade = ?", (school, grade), of_child=True)
        return Condition("c.school = ?", (school,), of_child=True)


class Missing:
    """A paper of that kind is owed: there is none that is good or waits to be looked at."""

    slug, label, anybody = "manque", "À qui il manque un document", "Peu importe"

    def __init__(self, core: Core) -> None:
        self._core = core

    async def choices(self) -> list[Choice]:
        """The kinds of the settings."""
        return [Choice(kind.slug, kind.name) for kind in self._core.config.documents]

    async def said(self, values: Collection[str]) -> dict[str, str]:
        """By its name."""
        kinds = {value: self._core.config.document(value) for value in values}
        return {value: f"sans « {kind.name if kind else value} »" for value, kind in kinds.items()}

    def condition(self, value: str) -> Condition:
        """Of a child where the paper is about one."""
        kind = self._core.config.document(value)
        if kind is None:
            raise Conflict(GONE)
        return Condition(_LACKS[kind.about], (kind.slug, self._core.today()), kind.about == "child")


_GOOD = (
    "SELECT 1 FROM document d WHERE d.kind = ? AND d.state IN ('sent', 'validated') "
    "AND (d.valid_until IS NULL OR d.valid_until >= ?)"
)
_LACKS = {
    "child": f"NOT EXISTS ({_GOOD} AND d.child_id = c.id)",
    "guardian": (
        "EXISTS (SELECT 1 FROM guardian g WHERE g.family_id = a.family_id "
        f"AND (NOT f.is_separated OR g.id = a.guardian_id) AND NOT EXISTS ({_GOOD} AND d.guardian_id = g.id))"
    ),
    "family": f"NOT EXISTS ({_GOOD} AND d.family_id = a.family_id AND d.child_id IS NULL AND d.guardian_id IS NULL)",
}


class Knows:
    """The family has a conversation with that service."""

    slug, label, anybody = "connait", "Qui ont déjà échangé avec", "Peu importe"

    def __init__(self, core: Core) -> None:
        self._core = core

    async def choices(self) -> list[Choice]:
        """The services that are open."""
        rows = await self._core.db.rows("SELECT id, name FROM service WHERE closed_at IS NULL ORDER BY position, id")
        return [Choice(str(row["id"]), row["name"]) for row in rows]

    async def said(self, values: Collection[str]) -> dict[str, str]:
        """By its name, closed or not."""
        rows = await self._core.db.rows("SELECT id, name FROM service") if values else []
        names = {str(row["id"]): row["name"] for row in rows}
        return {value: f"en contact avec {names.get(value, 'un service')}" for value in values}

    def condition(self, value: str) -> Condition:
        """Of a family."""
        return Condition(
            "EXISTS (SELECT 1 FROM thread t WHERE t.family_id = a.family_id AND t.service_id = ?)", (int(value),)
        )
