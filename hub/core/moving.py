"""Everything of a SQLite database copied into an empty one of PostgreSQL, of the same version: all of it or nothing.

Rows stream in batches, so that memory does not grow with the town. The file is only read, and nobody else writes it
meanwhile; files and the secret are elsewhere and stay as they are.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg

from hub.core.sqlite import TYPED

BATCH = 1_000  # rows read at a time
APPLIED = "tortoise_migrations"
_COLUMNS = (
    "SELECT table_name, column_name, data_type FROM information_schema.columns "
    "JOIN information_schema.tables USING (table_schema, table_name) "
    "WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name, ordinal_position"
)
_COUNT_ON = "SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM {table} HAVING MAX(id) > 0"
_NEEDS = (  # which table refers to which
    "SELECT DISTINCT conrelid::regclass::text AS child, confrelid::regclass::text AS parent "
    "FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid"
)


class MoveError(Exception):
    """Nothing was copied; the message says why."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of PostgreSQL: its columns and their types, in their order."""

    name: str
    columns: Mapping[str, str]

    @property
    def listed(self) -> str:
        return ", ".join(f'"{name}"' for name in self.columns)


async def move(file: Path, url: str) -> dict[str, int]:
    """Copy the database in `file` into that at `url`, whose tables are laid; how many rows, by table.

    Raises MoveError.
    """
    target = await asyncpg.connect(url)
    try:
        with closing(_opened(file)) as source:
            async with target.transaction():
                return await _copy(source, target)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, sqlite3.Error, ValueError) as error:
        raise MoveError(f"rien n’a été copié : {error}") from error
    finally:
        await target.close()


def _opened(file: Path) -> sqlite3.Connection:
    """The file, which nobody else writes as long as it is open. Raises MoveError."""
    if not file.is_file():
        raise MoveError(f"{file} : ce fichier n’existe pas")
    source = sqlite3.connect(f"file:{quote(str(file))}?mode=rw", uri=True, detect_types=TYPED, isolation_level=None)
    try:
        source.execute("PRAGMA busy_timeout = 1000")
        source.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        source.close()
        raise MoveError(f"{file} : {error} ; arrêtez d’abord le portail (hub serve, hub work)") from error
    return source


async def _copy(source: sqlite3.Connection, target: Any) -> dict[str, int]:
    tables = await _in_order(target)
    await _compare(source, target, tables)
    copied = {}
    for table in tables:
        await target.copy_records_to_table(table.name, records=_rows(source, table), columns=list(table.columns))
        copied[table.name] = await target.fetchval(f"SELECT COUNT(*) FROM {table.name}")
        [there] = source.execute(f"SELECT COUNT(*) FROM {table.name}").fetchone()
        if copied[table.name] != there:
            raise MoveError(f"{table.name} : {copied[table.name]} lignes copiées sur {there}")
        if "id" in table.columns:
            await target.execute(_COUNT_ON.format(table=table.name))
    return copied


async def _in_order(target: Any) -> list[Table]:
    """The tables, each after those that its rows refer to."""
    columns: dict[str, dict[str, str]] = {}
    for row in await target.fetch(_COLUMNS):
        columns.setdefault(row["table_name"], {})[row["column_name"]] = row["data_type"]
    left = {name: Table(name, found) for name, found in columns.items() if name != APPLIED}
    needs = [(row["child"], row["parent"]) for row in await target.fetch(_NEEDS)]
    ordered: list[Table] = []
    while left:
        free = [name for name in left if not any(child == name and parent in left for child, parent in needs)]
        if not free:
            raise MoveError(f"des tables dépendent l’une de l’autre : {', '.join(left)}")
        ordered += [left.pop(name) for name in free]
    return ordered


async def _compare(source: sqlite3.Connection, target: Any, tables: Sequence[Table]) -> None:
    """Raises MoveError unless both are of the same version and the target is empty."""
    versions = f"SELECT app, name FROM {APPLIED}"
    ours = {tuple(row) for row in source.execute(versions)}
    theirs = {tuple(row) for row in await target.fetch(versions)}
    if ours != theirs:
        raise MoveError("les deux bases ne sont pas de la même version : lancez d’abord hub migrate sur l’ancienne")
    for table in tables:
        if await target.fetchval(f"SELECT EXISTS (SELECT 1 FROM {table.name})"):
            raise MoveError(f"la base d’arrivée n’est pas vide : {table.name} contient déjà des lignes")
        found = {row[1] for row in source.execute(f"PRAGMA table_info('{table.name}')")}
        if found != set(table.columns):
            raise MoveError(f"{table.name} : les colonnes ne sont pas les mêmes")


def _rows(source: sqlite3.Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """Its rows, as PostgreSQL has them. Instants and days are read as such by the converters of `hub.core.sqlite`."""
    reads: list[Callable[[Any], Any]] = [bool if kind == "boolean" else _same for kind in table.columns.values()]
    cursor = source.execute(f"SELECT {table.listed} FROM {table.name}")
    while batch := cursor.fetchmany(BATCH):
        for row in batch:
            yield tuple(None if value is None else read(value) for read, value in zip(reads, row, strict=True))


def _same(value: Any) -> Any:
    return value
