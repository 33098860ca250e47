"""A town that has outgrown SQLite: everything it has stands in PostgreSQL afterwards, or nothing does."""

from __future__ import annotations

import asyncio
import contextvars
import shutil
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from msgspec.structs import replace
from tortoise import Tortoise

from hub.app import Hub, build
from hub.config import Config, Database
from hub.core.db import beside
from hub.core.moving import BATCH, MoveError, move
from hub.demo.run import Options, opened
from hub.mail.inbound import ReceivedMail
from hub.mail.spool import SPOOL
from hub.mail.spool_file import SpoolFile
from hub.mailbox.models import Message
from hub.mailbox.sending import Sender, Typed
from tests.processes import run
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.servers
T = TypeVar("T")
Rows = dict[str, list[dict[str, Any]]]


@pytest_asyncio.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The sample town: of everything that there is it has some."""
    folder = tmp_path_factory.mktemp("demo")

    async def lay() -> Config:
        async with opened(Options(0, 0, folder, ""), lambda: None) as town:
            return town.config

    return await asyncio.create_task(lay(), context=contextvars.Context())


@pytest.fixture
def town(demo: Config, tmp_path: Path) -> Config:
    """A copy of it, in a file of its own."""
    file = tmp_path / "hub.sqlite3"
    with closing(sqlite3.connect(demo.database.url.removeprefix("sqlite://"))) as source:
        source.execute("VACUUM INTO ?", (str(file),))
    return replace(demo, database=Database(url=f"sqlite://{file}"))


@pytest.fixture
def server(town: Config, postgres: Postgres) -> Config:
    """The same town with a new, empty database."""
    return replace(town, database=Database(url=postgres.create_database()))


def file_of(config: Config) -> Path:
    return Path(config.database.url.removeprefix("sqlite://"))


async def within(config: Config, act: Callable[[Hub], Coroutine[Any, Any, T]]) -> T:
    """What `act` does with the hub of that town. In a task of its own: tortoise's context must not leak."""

    async def opened_hub() -> T:
        async with build(config).opened() as hub:
            return await act(hub)

    return await asyncio.create_task(opened_hub(), context=contextvars.Context())


async def everything(hub: Hub) -> Rows:
    """Every row of every table, as the models read it."""
    models = [model for app in (Tortoise.apps or {}).values() for model in app.values()]
    return {m._meta.db_table: [dict(row) for row in await m.all().order_by(m._meta.pk_attr).values()] for m in models}


async def migrated(hub: Hub) -> None:
    await hub.core.db.migrate()


WORDS = {"TIMESTAMP": "2026-10-22 08:00:00.5+00:00", "DATE": "2026-10-22", "JSON": '["é"]', "BLOB": b"\0\xff"}


def furnish(source: sqlite3.Connection) -> None:
    """A row in each table that the sample town has nothing in, so that no type of column goes untried."""
    tables = [name for (name,) in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    left = [name for name in tables if "_search" not in name and not source.execute(f"SELECT 1 FROM {name}").fetchone()]
    while left:
        table = left.pop(0)
        parents = {row[3]: row[2] for row in source.execute(f"PRAGMA foreign_key_list('{table}')")}
        if any(parent in left for parent in parents.values()):
            left.append(table)
            continue
        columns = {row[1]: row[2].partition("(")[0] for row in source.execute(f"PRAGMA table_info('{table}')")}
        values = [
            source.execute(f"SELECT MIN(id) FROM {parents[name]}").fetchone()[0]
            if name in parents
            else WORDS.get(kind, "é" if kind in ("VARCHAR", "TEXT") else 1)
            for name, kind in columns.items()
        ]
        source.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    source.commit()


async def test_everything_is_there_and_life_goes_on(town: Config, server: Config) -> None:
    with closing(sqlite3.connect(file_of(town))) as source:
        furnish(source)
        [[account, *_]] = source.execute("SELECT id, email FROM account WHERE email IS NOT NULL ORDER BY id LIMIT 1")
        source.execute(  # more of them than are read at a time
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?) INSERT INTO login_failure "
            "(bucket, at) SELECT 'b' || x, '2026-10-22 08:00:00.123456+00:00' FROM n",
            (2 * BATCH + 1,),
        )
        source.commit()
    was = await within(town, everything)
    before = file_of(town).read_bytes()
    await within(server, migrated)
    copied = await move(file_of(town), server.database.url)
    assert await within(server, everything) == was
    assert copied == {name: len(rows) for name, rows in was.items()} and all(copied.values())
    assert file_of(town).read_bytes() == before

    async def write(hub: Hub) -> list[int]:
        service = await hub.directory.choices()
        who = (await hub.core.db.rows("SELECT id, family_id, name FROM account WHERE id = ?", account))[0]
        draft = await hub.drafts.begin(account)
        typed = Typed(str(service[0].id), str(service[0].themes[0].id), "Après", "Une question d’après le déménagement")
        said = await hub.sending.new(Sender(who["id"], who["family_id"], who["name"]), draft, typed)
        found = await hub.lists.search(account, who["family_id"], "déménagement")
        return [said.thread_id, *(row.thread for row in found.rows), await Message.all().count()]

    thread, found, messages = await within(server, write)
    assert thread == found and messages == len(was["message"]) + 1


async def test_a_value_that_cannot_be_there_leaves_nothing_behind(town: Config, server: Config) -> None:
    with closing(sqlite3.connect(file_of(town))) as source:
        source.execute("UPDATE thread SET subject = 'a' || char(0) || 'b' WHERE id = (SELECT MAX(id) FROM thread)")
        source.commit()
    await within(server, migrated)
    with pytest.raises(MoveError, match="rien n’a été copié"):
        await move(file_of(town), server.database.url)
    assert not any((await within(server, everything)).values())


async def test_what_is_there_already_is_never_mixed_with(town: Config, server: Config) -> None:
    await within(server, migrated)
    await move(file_of(town), server.database.url)
    was = await within(server, everything)
    with pytest.raises(MoveError, match="n’est pas vide"):
        await move(file_of(town), server.database.url)
    assert await within(server, everything) == was


async def test_only_a_database_of_the_same_version_that_nobody_writes(town: Config, server: Config) -> None:
    await within(server, migrated)
    older = file_of(town).with_name("older.sqlite3")
    shutil.copy(file_of(town), older)
    with closing(sqlite3.connect(older)) as source:
        source.execute("DELETE FROM tortoise_migrations WHERE id = (SELECT MAX(id) FROM tortoise_migrations)")
        source.commit()
    with pytest.raises(MoveError, match="même version"):
        await move(older, server.database.url)
    with closing(sqlite3.connect(file_of(town), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(MoveError, match="arrêtez d’abord le portail"):
            await move(file_of(town), server.database.url)
    for absent in (Path("/nulle/part.sqlite3"), file_of(town).parent):
        with pytest.raises(MoveError, match="n’existe pas"):
            await move(absent, server.database.url)
    (noise := file_of(town).with_name("noise.sqlite3")).write_bytes(b"This is no database." * 1_000)
    with pytest.raises(MoveError, match="not a database"):
        await move(noise, server.database.url)
    assert not any((await within(server, everything)).values())


async def test_the_command_says_what_it_has_copied(town: Config, server: Config, tmp_path: Path) -> None:
    """And takes with it the mails that a worker which was killed had answered for."""
    config = tmp_path / "config.toml"
    spool = SpoolFile.create(beside(file_of(town), SPOOL))
    spool.begin_again()
    spool.append([ReceivedMail(b"Message-ID: <left@client.test>\r\n\r\nOui.\r\n", "lmtp")], datetime.now(UTC))
    spool.close(remove=False)
    config.write_text(f'[database]\nurl = "{town.database.url}"\n')
    status, out, error = await run("move", str(file_of(town)), "--config", str(config))
    assert (status, out) == (1, "") and "database.url" in error
    config.write_text(f'[database]\nurl = "{server.database.url}"\n')
    status, out, error = await run("move", str(file_of(town)), "--config", str(config))
    assert status == 0 and "family : " in out and "lignes copiées" in out, error
    left = "SELECT COUNT(*) AS n FROM inbound_mail WHERE message_id = '<left@client.test>'"
    assert await within(server, lambda hub: hub.core.db.rows(left)) == [{"n": 1}]
    status, out, error = await run("move", str(file_of(town)), "--config", str(config))
    assert (status, out) == (1, "") and "n’est pas vide" in error and error.count("\n") == 1
