"""Figures of a month: what families wrote to each service and theme, and how soon they were answered. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

from hub.core.base import Core
from hub.core.db import instant, known, marks
from hub.mailbox.receipts import decides_on, months_after

_CONVERSATIONS = """
SELECT s.id AS service_id, s.name AS service, COALESCE(th.name, '') AS theme, COALESCE(th.months, 0) AS months,
    t.opened_at, t.waits_since,
    (SELECT MIN(m.at) FROM message m WHERE m.thread_id = t.id AND m.account_id IS NULL) AS answered_at
FROM thread t JOIN service s ON s.id = t.service_id LEFT JOIN theme th ON th.id = t.theme_id
WHERE t.opened_at >= ? AND t.opened_at < ?
AND (SELECT f.account_id FROM message f WHERE f.thread_id = t.id ORDER BY f.id LIMIT 1) IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """Of a service (`theme` "") or one of its themes. `median`: between a message and its first answer.

    `late`: answered after the day on which silence decides, or not answered by then though it waits for an answer.
    """

    service: str
    theme: str
    received: int
    answered: int
    late: int
    median: timedelta | None

    @property
    def share(self) -> int:
        """Of what was received, in per cent."""
        return round(100 * self.answered / self.received) if self.received else 0


class Figures:
    """Counts."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def of(self, month: date, services: Sequence[int] | None = None) -> list[Figure]:
        """The conversations that families began in a month, by service and then by theme; of some services only."""
        zone = self._core.config.town.tz
        first = month.replace(day=1)
        bounds = (datetime.combine(day, time(), zone) for day in (first, months_after(first, 1)))
        only = "" if services is None else f" AND s.id IN ({marks(services)})"
        rows = await self._core.db.rows(f"{_CONVERSATIONS}{only} ORDER BY s.position, s.id", *bounds, *(services or ()))
        return [figure for each in _grouped(rows, "service") for figure in self._figures(each)]

    def _figures(self, rows: list[dict[str, Any]]) -> list[Figure]:
        """Of a service as a whole, then of each theme where it has more than one."""
        themes = _grouped(sorted(rows, key=lambda row: str(row["theme"])), "theme")
        whole = self._figure(rows, "")
        of_themes = [self._figure(each, each[0]["theme"] or "Sans thème") for each in themes] if len(themes) > 1 else []
        return [whole, *of_themes]

    def _figure(self, rows: list[dict[str, Any]], theme: str) -> Figure:
        waits = [wait for row in rows if (wait := _wait(row)) is not None]
        return Figure(
            service=rows[0]["service"],
            theme=theme,
            received=len(rows),
            answered=len(waits),
            late=sum(map(self._is_late, rows)),
            median=timedelta(seconds=median(wait.total_seconds() for wait in waits)) if waits else None,
        )

    def _is_late(self, row: dict[str, Any]) -> bool:
        config = self._core.config
        if row["answered_at"] is None and row["waits_since"] is None:  # an agent has said that it needs none
            return False
        answered = instant(row["answered_at"]) or self._core.clock.now()
        return answered.astimezone(config.town.tz).date() > decides_on(config, known(row["opened_at"]), row["months"])


def _wait(row: dict[str, Any]) -> timedelta | None:
    answered = instant(row["answered_at"])
    return answered - known(row["opened_at"]) if answered else None


def _grouped(rows: Iterable[dict[str, Any]], name: str) -> list[list[dict[str, Any]]]:
    """In their order."""
    groups: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    return list(groups.values())
