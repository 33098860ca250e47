"""Where one set of measures is taken, and how the two sides of one are asked there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.child import running
from bench.figures import take_turns


@dataclass(frozen=True, slots=True)
class Place:
    """A filled database (`name`: sqlite or postgres) and a folder for files."""

    name: str
    database: str
    folder: Path
    threads: int


async def compared(place: Place, module: str, rounds: int, **asked: int) -> tuple[float, float]:
    """The rates of `hub` and of `bare` of that module, in processes of their own, each asked the same in turns."""
    given = {"database": place.database, "folder": str(place.folder)}
    async with (
        running(f"{module}:hub", place.folder, **given) as hub,
        running(f"{module}:bare", place.folder, **given) as bare,
    ):
        return await take_turns(lambda: hub.ask(**asked), lambda: bare.ask(**asked), rounds)
