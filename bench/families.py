"""families: the file of the town's software brought in, against parsing it and inserting the same rows.

The hub finds out how the file is written, checks each cell, looks for each family among those it has, and writes
families, two guardians, a child and who sees it, in transactions of a thousand. The bare side reads the rows with the
standard library and inserts them with the bare driver in one transaction, as durable as the hub's.
"""

from __future__ import annotations

import csv
import io
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from itertools import count
from typing import Any

import asyncpg

from bench.child import Answer
from bench.figures import Figure, Scale
from bench.places import Place, compared
from bench.town import settings
from hub.app import build
from hub.dossier.importing import FamilyImport, Kind

HEAD = (
    *("dossier", "nom_dossier", "separe", "quotient", "resp1_nom", "resp1_prenom", "resp1_mobile", "resp1_email"),
    *("resp1_adresse", "resp1_ville", "resp2_nom", "resp2_prenom", "enfant_reference", "enfant_prenom"),
    *("enfant_naissance", "enfant_sexe", "enfant_ecole", "enfant_garde"),
)
TABLES = {  # table: the cells of a row that go there
    "bench_family": ((0, 1, 2, 3),),
    "bench_guardian": ((0, 4, 5, 6, 7, 8, 9), (0, 10, 11, 6, 7, 8, 9)),
    "bench_child": ((0, 12, 13, 14, 15, 16, 17),),
}
Insert = Callable[[dict[str, list[list[str]]]], Awaitable[None]]  # rows by table, in one transaction


async def measure(place: Place, scale: Scale) -> Figure:
    """Families a second that are in the dossier."""
    value, limit = await compared(place, "bench.families", scale.rounds, families=scale.families)
    return Figure("families", place.name, place.threads, value, "families/s", limit)


@asynccontextmanager
async def hub(database: str, folder: str) -> AsyncIterator[Answer]:
    """Families a second by the import. Raises RuntimeError when one of them was not new."""
    numbers = count(time.time_ns())
    async with build(settings(database, folder)).opened() as town:

        async def bring_in(families: int) -> float:
            file = io.BytesIO(written(families, next(numbers)))
            begun = time.perf_counter()
            kinds = [told.kind async for told in FamilyImport(town.core).run(file)]
            took = time.perf_counter() - begun
            if kinds != [Kind.new] * families:
                raise RuntimeError("a family was not brought in")
            return families / took

        yield bring_in


@asynccontextmanager
async def bare(database: str, folder: str) -> AsyncIterator[Answer]:
    """Families a second, parsed and inserted."""
    numbers = count(time.time_ns())
    async with _sqlite(folder) if database.startswith("sqlite:") else _postgres(database) as insert:

        async def bring_in(families: int) -> float:
            raw = written(families, next(numbers))
            begun = time.perf_counter()
            _, *rows = csv.reader(io.StringIO(raw.decode("cp1252")), delimiter=";")
            await insert({
                table: [[row[cell] for cell in cells] for row in rows for cells in places]
                for table, places in TABLES.items()
            })  # fmt: skip
            return families / (time.perf_counter() - begun)

        yield bring_in


def written(families: int, town: int) -> bytes:
    """The file, as a French spreadsheet writes it: a family a row, none of which any other `town` has."""
    rows = [
        (f"{town}-{n}", "LE DERF", "oui" if n % 5 == 0 else "non", n % 1_500, "LE DERF", "Arnaud", "06 01 02 03 04",
         f"a{n}@famille.test", f"{n % 90} rue de l’Église", "Saint-Exemple", "MOREL", "Anne", f"e{n}", "Zoé",
         "01/02/2019", "F", "Jaurès", "1+2")
        for n in range(families)
    ]  # fmt: skip
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows([HEAD, *rows])
    return text.getvalue().encode("cp1252")


def _created(table: str) -> Sequence[str]:
    """The statements that make it anew, the number of a family found by an index as in the dossier."""
    columns = ", ".join(f"c{place} text NOT NULL" for place in range(len(TABLES[table][0])))
    return (
        f"DROP TABLE IF EXISTS {table}",
        f"CREATE TABLE {table} (id {{id}} PRIMARY KEY, {columns})",
        f"CREATE INDEX {table}_number ON {table} (c0)",
    )


def _insert(table: str, mark: Callable[[int], str]) -> str:
    width = range(1, len(TABLES[table][0]) + 1)
    names = ", ".join(f"c{place - 1}" for place in width)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(map(mark, width))})"


@asynccontextmanager
async def _sqlite(folder: str) -> AsyncIterator[Insert]:
    with closing(sqlite3.connect(f"{folder}/bare-families.sqlite3", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        for table in TABLES:
            for statement in _created(table):
                connection.execute(statement.format(id="INTEGER"))

        async def insert(rows: dict[str, list[list[str]]]) -> None:
            connection.execute("BEGIN")
            for table, values in rows.items():
                connection.executemany(_insert(table, lambda _: "?"), values)
            connection.execute("COMMIT")

        yield insert


@asynccontextmanager
async def _postgres(database: str) -> AsyncIterator[Insert]:
    connection: Any = await asyncpg.connect(database)
    try:
        for table in TABLES:
            for statement in _created(table):
                await connection.execute(statement.format(id="bigserial"))

        async def insert(rows: dict[str, list[list[str]]]) -> None:
            async with connection.transaction():
                for table, values in rows.items():
                    await connection.executemany(_insert(table, lambda place: f"${place}"), values)

        yield insert
    finally:
        await connection.close()
