"""Rows by the hundred thousand: one long transaction on SQLite, COPY on PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import asyncpg

# Indexes that no constraint needs: they are made again once the rows are there
SPARE = (
    "SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS sql FROM pg_index i "
    "JOIN pg_class t ON t.oid = i.indrelid WHERE t.relnamespace = 'public'::regnamespace "
    "AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)"
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table; `values` in the order of `columns`."""

    table: str
    columns: Sequence[str]
    values: Iterable[Sequence[Any]]


async def load(url: str, tables: Iterable[Rows]) -> None:
    """Put rows with ids of their own into empty tables of a migrated database, then let it gather its statistics.

    Indexes and the search are not kept up row by row meanwhile, but made in one go at the end.
    """
    if url.startswith("sqlite:"):
        _sqlite(url.removeprefix("sqlite://"), tables)
    else:
        await _postgres(url, tables)


def _sqlite(path: str, tables: Iterable[Rows]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        connection.execute("BEGIN")
        found = connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'index') AND sql IS NOT NULL"
        ).fetchall()
        for kind, name, _ in found:
            connection.execute(f'DROP {kind} "{name}"')
        for rows in tables:
            marks = ", ".join("?" * len(rows.columns))
            statement = f"INSERT INTO {rows.table} ({', '.join(rows.columns)}) VALUES ({marks})"
            connection.executemany(statement, rows.values)
        connection.execute("INSERT INTO message_search (message_search) VALUES ('rebuild')")
        for _, _, sql in found:
            connection.execute(sql)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _postgres(url: str, tables: Iterable[Rows]) -> None:
    connection = await asyncpg.connect(url)
    try:
        spare = await connection.fetch(SPARE)
        for index in spare:
            await connection.execute(f"DROP INDEX {index['name']}")
        for rows in tables:
            await connection.copy_records_to_table(rows.table, records=rows.values, columns=rows.columns)
            await connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{rows.table}', 'id'), (SELECT MAX(id) FROM {rows.table}))"
            )
        await connection.execute("SET maintenance_work_mem = '512MB'")
        for index in spare:
            await connection.execute(index["sql"])
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
