"""mail_in: agents' answers taken in and posted in their threads, against parsing each and one durable commit each.

The hub takes mails in the batches in which it reads a mailbox, then receives them: duplicates, author, sender check,
trimmed reply, thread, mailboxes, search. The bare side parses with the standard library, decodes the text and inserts
the raw mail with the bare driver, one commit a mail, as durable as the hub's.
"""

from __future__ import annotations

import email
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from itertools import count

import asyncpg

from bench.child import Answer
from bench.figures import Figure, Scale
from bench.letters import mail_of
from bench.places import Place, compared
from bench.town import AUTHSERV, NORA, SHARED, settings
from hub.app import Hub, build
from hub.mail.imap import BATCH
from hub.mail.inbound import ReceivedMail

Keep = Callable[[bytes, str], Awaitable[None]]  # insert a mail and its text, and commit
TABLE = "CREATE TABLE bench_mail (raw {bytes} NOT NULL, text text NOT NULL)"
NOT_POSTED = "SELECT COUNT(*) AS n FROM inbound_mail WHERE state <> 'stored'"


async def measure(place: Place, scale: Scale) -> Figure:
    """Mails a second that stand in their threads."""
    value, limit = await compared(place, "bench.mail_in", scale.rounds, mails=scale.mails)
    return Figure("mail_in", place.name, place.threads, value, "mails/s", limit)


@asynccontextmanager
async def hub(database: str, folder: str) -> AsyncIterator[Answer]:
    """Mails a second through the whole pipeline. Raises RuntimeError when one of them was not posted."""
    numbers, uids = count(time.time_ns()), count(10_000_000)
    async with build(settings(database, folder)).opened() as town:

        async def receive(mails: int) -> float:
            raws = [mail_of(next(numbers), *parties, AUTHSERV) for parties in await answerers(town, mails)]
            begun = time.perf_counter()
            for start in range(0, mails, BATCH):
                await town.inbound.take(
                    [ReceivedMail(raw, "bench", 1, next(uids)) for raw in raws[start : start + BATCH]]
                )
            while await town.receiver.step():
                pass
            took = time.perf_counter() - begun
            if (await town.core.db.rows(NOT_POSTED))[0]["n"]:
                raise RuntimeError("a mail was not posted")
            return mails / took

        yield receive


@asynccontextmanager
async def bare(database: str, folder: str) -> AsyncIterator[Answer]:
    """Mails a second, parsed and committed one by one."""
    numbers = count(time.time_ns())
    async with _sqlite(folder) if database.startswith("sqlite:") else _postgres(database) as keep:

        async def receive(mails: int) -> float:
            raws = [mail_of(next(numbers), NORA, "reponse+42@hub.test", AUTHSERV) for _ in range(mails)]
            begun = time.perf_counter()
            for raw in raws:
                await keep(raw, text_of(raw))
            return mails / (time.perf_counter() - begun)

        yield receive


def text_of(raw: bytes) -> str:
    """The plain text of a mail by the standard library."""
    parts = email.message_from_bytes(raw).walk()
    [text, *_] = [part for part in parts if part.get_content_type() == "text/plain"]
    return bytes(text.get_payload(decode=True)).decode(text.get_content_charset("utf-8"))


async def answerers(town: Hub, most: int) -> Sequence[tuple[str, str]]:
    """Who answers and to which address, for threads spread over the whole town."""
    rows = await town.core.db.rows("SELECT id, agent_id FROM reply_address WHERE account_id IS NULL ORDER BY id")
    spread = [rows[place * len(rows) // most] for place in range(most)]
    return [(NORA if row["agent_id"] else SHARED, town.addresses.reply_to(row["id"])) for row in spread]


@asynccontextmanager
async def _sqlite(folder: str) -> AsyncIterator[Keep]:
    with closing(sqlite3.connect(f"{folder}/bare.sqlite3", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("DROP TABLE IF EXISTS bench_mail")
        connection.execute(TABLE.format(bytes="blob"))

        async def keep(raw: bytes, text: str) -> None:
            connection.execute("INSERT INTO bench_mail VALUES (?, ?)", (raw, text))

        yield keep


@asynccontextmanager
async def _postgres(database: str) -> AsyncIterator[Keep]:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("DROP TABLE IF EXISTS bench_mail")
        await connection.execute(TABLE.format(bytes="bytea"))
        insert = await connection.prepare("INSERT INTO bench_mail VALUES ($1, $2)")

        async def keep(raw: bytes, text: str) -> None:
            await insert.fetch(raw, text)

        yield keep
    finally:
        await connection.close()
