"""What a measure comes to: a rate of ours, a rate of the bare libraries, one file line each."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Round = Callable[[], Awaitable[float]]  # does one round of work; units of work per second


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `value` and `limit` are rates in `unit`: higher is better."""

    name: str
    database: str
    threads: int
    value: float
    unit: str
    limit: float

    @property
    def ratio(self) -> float:
        return self.value / self.limit

    def as_json(self) -> str:
        """The line of `storage/bench.jsonl`."""
        return json.dumps(
            {
                "name": self.name,
                "database": self.database,
                "threads": self.threads,
                "value": round(self.value, 2),
                "unit": self.unit,
                "limit": round(self.limit, 2),
                "ratio": round(self.ratio, 4),
            }
        )


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is done. `seconds` is of one round of page views; the other measures count what they do."""

    rounds: int
    seconds: float
    mails: int
    uploads: int
    families: int
    at_once: int  # uploads under way while memory is watched


FULL = Scale(rounds=5, seconds=0.6, mails=1_000, uploads=8, families=4_000, at_once=32)
QUICK = Scale(rounds=3, seconds=0.2, mails=60, uploads=2, families=1_000, at_once=32)


async def take_turns(hub: Round, bare: Round, rounds: int) -> tuple[float, float]:
    """The median rate of each side, after one round of each to warm up; who begins changes from round to round."""
    await hub()
    await bare()
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds):
        for side, rates in [(hub, ours), (bare, theirs)][:: -1 if number % 2 else 1]:
            rates.append(await side())
    return median(ours), median(theirs)


def write(figures: Iterable[Figure], path: Path) -> None:
    """One run replaces the last one's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{figure.as_json()}\n" for figure in figures), "utf-8")
