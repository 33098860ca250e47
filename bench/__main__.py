"""`python -m bench`: measure everything, print one table, write `storage/bench.jsonl`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from bench import families, intake, mail_in, mail_out, pages, reading, table, upload
from bench.databases import POSTGRES, SQLITE, LeftOut, fresh, postgres
from bench.figures import FULL, QUICK, Figure, Scale, write
from bench.places import Place
from bench.town import fill
from tests.servers.daemon import ServerError
from tests.servers.dovecot import Dovecot

OUTPUT = Path(__file__).parents[1] / "storage" / "bench.jsonl"


@dataclass
class Run:
    """What has been measured so far."""

    scale: Scale
    dovecot: Dovecot | None
    output: Path
    figures: list[Figure] = field(default_factory=list)
    memory: dict[tuple[str, int], float] = field(default_factory=dict)

    async def at(self, place: Place) -> None:
        """Every measure at one place; the town is laid out first."""
        note(f"{place.name}, {place.threads} threads: moving the town in")
        await fill(place.database, place.folder, place.threads)
        note(f"{place.name}, {place.threads} threads: measuring")
        self.figures += await pages.measure(place, self.scale)
        self.figures.append(await mail_out.measure(place, self.scale))
        figure, memory = await upload.measure(place, self.scale)
        self.memory[place.name, place.threads] = memory
        self.figures.append(figure)
        self.figures.append(await mail_in.measure(place, self.scale))
        self.figures += await intake.measure(place, self.scale, self.dovecot)
        self.figures.append(await families.measure(place, self.scale))  # last: pages are measured without them
        write(self.figures, self.output)  # a run that is broken off keeps what it has measured

    def report(self) -> str:
        """The table, and what else was asked."""
        town = table.a_town(self.figures)
        more = [*table.growth(self.figures), *table.memory(self.memory, self.scale.at_once), *town]
        return "\n".join([table.table(self.figures), "", *more])


async def measure(sizes: list[int], scale: Scale, server: str, output: Path) -> Run:
    """Every measure on every database at each number of threads."""
    async with AsyncExitStack() as stack:
        run = Run(scale, _dovecot(stack), output)
        for database, where in [(SQLITE, ""), (POSTGRES, await _server(stack, server))]:
            for threads in sizes if where or database == SQLITE else ():
                async with place(database, where, threads) as there:
                    await run.at(there)
    note("measuring the reading of mails")
    run.figures.append(reading.figure())
    write(run.figures, output)
    return run


async def _server(stack: AsyncExitStack, given: str) -> str:
    """The URL of PostgreSQL, "" when there is none: then it is said, and measured without."""
    try:
        return await stack.enter_async_context(postgres(given))
    except LeftOut as reason:
        note(f"PostgreSQL IS LEFT OUT: {reason}")
        return ""


def _dovecot(stack: AsyncExitStack) -> Dovecot | None:
    """A server of mailboxes; None when there is none here: then it is said, and measured without."""
    try:
        return stack.enter_context(Dovecot({intake.USER: intake.PASSWORD}))
    except ServerError as reason:
        note(f"DOVECOT IS LEFT OUT: {reason}")
        return None


@asynccontextmanager
async def place(database: str, server: str, threads: int) -> AsyncIterator[Place]:
    """An empty database and a folder, both gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with fresh(database, Path(folder), server) as url:
            yield Place(database, url, Path(folder), threads)


def note(words: str) -> None:
    """How far it is, beside the table."""
    print(f"{datetime.now():%H:%M:%S} {words}", file=sys.stderr, flush=True)


def main(
    quick: Annotated[bool, typer.Option("--quick", help="1 000 threads only, short rounds: does it run?")] = False,
    threads: Annotated[list[int], typer.Option(help="How many threads the town has; may be given again.")] = [],  # noqa: B006
    postgres: Annotated[
        str, typer.Option(help="URL of a PostgreSQL server on which databases may be made; otherwise one is started.")
    ] = "",
    output: Annotated[Path, typer.Option(help="Where the JSON lines go.")] = OUTPUT,
) -> None:
    """Measure the hub against bare libraries, both in turns, and print the ratios."""
    sizes = threads or ([1_000] if quick else [1_000, 100_000])
    run = uvloop.run(measure(sizes, QUICK if quick else FULL, postgres, output))
    print(run.report())


if __name__ == "__main__":
    typer.run(main)
