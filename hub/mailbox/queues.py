"""What waits for agents: the queues of the services that they work for, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

from hub.core.base import Core
from hub.core.db import Counted, known
from hub.core.errors import NotFound
from hub.core.told import Asked, Question, ask, reading, remembered

PAGE = 50  # conversations of a queue at a time
MOST = 1_000  # that are counted
KEPT = 128  # pages that are remembered as they were read, for who looks again
COLUMNS = (
    "t.id", "t.subject", "t.last_author", "t.snippet", "t.messages_count", "t.files_count", "t.waits_since",
    "t.last_at", "s.name", "f.name", "f.number", "COALESCE(a.name, '')", "t.clock_since", "t.clock_stopped_at",
    "COALESCE(th.months, 0)",
)  # fmt: skip
JOINS = (
    "JOIN service s ON s.id = t.service_id JOIN family f ON f.id = t.family_id "
    "LEFT JOIN agent a ON a.id = t.assigned_id LEFT JOIN theme th ON th.id = t.theme_id"
)


class Queue(StrEnum):
    """À répondre, and those that wait for a paper: oldest first. Mine, and all of them: the latest first."""

    waiting = "waiting"
    mine = "mine"
    stopped = "stopped"
    everything = "everything"


class Row(NamedTuple):
    """A conversation in a queue, as COLUMNS say it."""

    id: int
    subject: str
    author: str  # of the last message
    snippet: str
    messages: int
    files: int
    waits_since: datetime | None
    last_at: datetime
    service: str
    family: str
    number: str
    assigned: str  # the name of who looks after it, or ""
    clock_since: datetime | None  # from when on the legal clock runs
    clock_stopped_at: datetime | None
    months: int  # after which silence decides, by its theme; 0: the theme has no rule of its own

    @property
    def is_stopped(self) -> bool:
        """The clock: a paper is waited for."""
        return self.clock_stopped_at is not None


class Served(NamedTuple):
    """A service that an agent works for."""

    id: int
    name: str
    is_open: bool = True


class Filter(NamedTuple):
    """What of a queue is shown. 0: of all services, about all themes, of any age.

    `days`: since when nothing has happened, at least. `after`: where the page before ended.
    """

    service: int = 0
    theme: int = 0
    days: int = 0
    after: str = ""


EVERYTHING = Filter()
_MINE = "SELECT service_id FROM service_agent WHERE agent_id = ?"
READ, _SERVED = reading(Row), reading(Served)


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """Rows, and from where the queue goes on ("" at its end). Of what was asked twice and has not changed there is one
    only."""

    rows: tuple[Row, ...]
    more: str = ""


class Queues:
    """Reads them."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._told = remembered(_listing, KEPT)

    async def services(self, agent: int) -> tuple[Served, ...]:
        """Those the agent works for; at the end the closed ones, whose conversations still wait for somebody."""
        [found] = await ask(self._core.db, self.asked_services(agent))
        return found

    def asked_services(self, agent: int) -> Asked[tuple[Served, ...]]:
        """The same, to be asked together with something else."""
        source = f"FROM service s WHERE s.id IN ({_MINE}) ORDER BY s.closed_at IS NOT NULL, s.position, s.id"
        return Asked((Question(("s.id", "s.name", "s.closed_at IS NULL"), source, (agent,)),), _SERVED)

    def asked_themes(self, agent: int, service: int = 0) -> Asked[tuple[Served, ...]]:
        """The themes of the agent's services, or of one of them, in order; to be asked together with something else."""
        narrowed, values = ("AND t.service_id = ? ", (agent, service)) if service else ("", (agent,))
        source = (
            f"FROM theme t WHERE t.service_id IN ({_MINE}) {narrowed}AND t.closed_at IS NULL "
            "ORDER BY t.service_id, t.position, t.id"
        )
        return Asked((Question(("t.id", "t.name"), source, values),), _SERVED)

    async def page(
        self, agent: int, queue: Queue, wanted: Filter = EVERYTHING, services: Sequence[Served] | None = None
    ) -> Listing:
        """A page of a queue: of one service, or of all the agent's (`services`, where they are known already)."""
        known = await self.services(agent) if services is None else services
        mine = [one.id for one in known if wanted.service in (0, one.id)]
        return await self._page(agent, queue, mine, wanted) if mine else Listing(())

    def counted(self, agent: int) -> Counted:
        """How many wait for an answer, up to MOST: nobody reads on, and the page must not grow with the town."""
        return Counted(
            "SELECT COUNT(*) FROM (SELECT 1 FROM thread WHERE waits_since IS NOT NULL "
            f"AND service_id IN ({_MINE}) LIMIT {MOST}) q",
            (agent,),
        )

    async def beside(self, agent: int, thread: int, back: bool = False) -> int:
        """The conversation that waits next to that one, or, of the last one, the first; 0 when no other waits.

        What no longer waits stands where its family last wrote. Raises NotFound.
        """
        here = await self._core.db.rows(
            "SELECT COALESCE(t.waits_since, (SELECT MAX(at) FROM message m WHERE m.thread_id = t.id "
            "AND m.account_id IS NOT NULL), t.last_at) AS at FROM thread t WHERE t.id = ? "
            "AND t.service_id IN (SELECT service_id FROM service_agent WHERE agent_id = ?)",
            thread,
            agent,
        )
        if not here:
            raise NotFound
        sign, order = ("<", "DESC") if back else (">", "ASC")
        edge = f"AND (t.waits_since, t.id) {sign} (?, ?) ", [known(here[0]["at"]), thread]
        services = [one.id for one in await self.services(agent)]
        for bound, values in (edge, ("AND t.id <> ? ", [thread])):
            if found := await self._first(services, bound, values, order):
                return found
        return 0

    async def _first(self, services: Sequence[int], bound: str, values: Sequence[Any], order: str) -> int:
        """Of what waits within the bound; each service walks its own index."""
        one = (
            f"SELECT * FROM (SELECT t.id, t.waits_since FROM thread t WHERE t.service_id = ? "
            f"AND t.waits_since IS NOT NULL {bound}ORDER BY t.waits_since {order}, t.id {order} LIMIT 1) q"
        )
        rows = await self._core.db.rows(
            f"{' UNION ALL '.join([one] * len(services))} ORDER BY waits_since {order}, id {order} LIMIT 1",
            *(value for service in services for value in (service, *values)),
        )
        return int(rows[0]["id"]) if rows else 0

    async def _page(self, agent: int, queue: Queue, services: Sequence[int], wanted: Filter) -> Listing:
        """One more than a page. Each service walks its own index and is then merged: no queue is sorted whole."""
        column, order, condition = _ORDERS[queue]
        bound, edge = _bound(wanted.after, column, order)
        if wanted.days:
            bound, edge = f"{bound}AND {column} <= ? ", [*edge, self._core.clock.now() - timedelta(days=wanted.days)]
        if wanted.theme:
            bound, edge = f"{bound}AND t.theme_id = ? ", [*edge, wanted.theme]
        one = (
            f"SELECT * FROM (SELECT t.id FROM thread t WHERE t.service_id = ? AND {condition} {bound}"
            f"ORDER BY {column} {order}, t.id {order} LIMIT {PAGE + 1}) q"
        )
        whose = [agent] if queue is Queue.mine else []
        values = [value for service in services for value in (service, *whose, *edge)]
        question = Question(
            COLUMNS,
            f"FROM thread t {JOINS} WHERE t.id IN ({' UNION ALL '.join([one] * len(services))}) "
            f"ORDER BY {column} {order}, t.id {order} LIMIT {PAGE + 1}",
            values,
        )
        [found] = await ask(self._core.db, Asked((question,), partial(self._told, queue)))
        return found


# The conditions repeat those of the partial indexes, to the letter.
_ORDERS = {
    Queue.waiting: ("t.waits_since", "ASC", "t.waits_since IS NOT NULL"),
    Queue.mine: ("t.last_at", "DESC", "t.assigned_id IS NOT NULL AND t.assigned_id = ?"),
    Queue.stopped: ("t.clock_stopped_at", "ASC", "t.clock_stopped_at IS NOT NULL"),
    Queue.everything: ("t.last_at", "DESC", "TRUE"),
}


def _bound(after: str, column: str, order: str) -> tuple[str, list[Any]]:
    """The condition that skips what was shown, and its values; a made-up cursor begins anew."""
    micros, _, row = after.partition("-")
    if not (micros.isdigit() and row.isdigit() and len(micros) < 18 and len(row) < 19):
        return "", []
    at = datetime.fromtimestamp(int(micros) / 1_000_000, UTC)
    sign = ">" if order == "ASC" else "<"
    return f"AND ({column}, t.id) {sign} (?, ?) ", [at, int(row)]


def _listing(queue: Queue, answer: str) -> Listing:
    found = READ(answer)
    return Listing(found[:PAGE], _cursor(found[PAGE - 1], queue) if len(found) > PAGE else "")


def _cursor(row: Row, queue: Queue) -> str:
    at: datetime = getattr(row, _ORDERS[queue][0].removeprefix("t."))
    return f"{round(at.timestamp() * 1_000_000)}-{row.id}"
