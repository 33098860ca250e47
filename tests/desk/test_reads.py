"""However much was ever written, neither a mail nor a page nor an act reads all of it: each finds its rows by an index.

SQLite chooses its plans without counting rows, so that they are the same for a small town and for one of many years.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.desk.guard import DOCUMENTS, REQUESTS, SEEKING, THREADS
from tests.cast import MARIE, NORA, Town
from tests.desk.conftest import HOME, Arrive
from tests.fixtures import SECRET
from tests.web.test_mailbox import answered

GROWS = (
    *("thread", "message", "entry", "attachment", "thread_event", "reply_address", "former_thread"),
    *("inbound_mail", "inbound_content", "outbound_mail", "address_event", "desk_act"),
)
READ = re.compile(r"\s*(SELECT|UPDATE|DELETE|INSERT)\b")
TABLE = re.compile(rf"\b({'|'.join(GROWS)})\b(?: AS)? (\w+)")


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Everything that is asked of SQLite, with its values."""
    found: set[str] = set()
    connect = sqlite3.connect

    def traced(*args: object, **kwargs: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **kwargs)  # type: ignore[arg-type]
        connection.set_trace_callback(found.add)
        return connection

    monkeypatch.setattr(sqlite3, "connect", traced)
    yield found


async def whole(town: Town, said: set[str]) -> list[str]:
    """Statements that read the whole of a table that grows, and what they read."""
    found = []
    for sql in filter(READ.match, sorted(said)):
        names = {alias: table for table, alias in TABLE.findall(sql)} | {table: table for table in GROWS}
        for row in await town.hub.core.db.rows(f"EXPLAIN QUERY PLAN {sql}"):
            scan = re.fullmatch(r"SCAN (\w+)(?: USING INDEX (\w+))?", row["detail"])
            if scan and scan[1] in names and not scan[2]:  # an index of what waits is read from its start
                found.append(f"{row['detail']}: {sql}")
    return found


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """SQLite alone: PostgreSQL counts rows before it decides."""
    (tmp_path / "secret.key").write_bytes(SECRET)
    shutil.copy(sqlite_template, tmp_path / "hub.sqlite3")
    return f"sqlite://{tmp_path / 'hub.sqlite3'}"


async def test_what_happens_every_day_is_found_by_an_index(town: Town, arrive: Arrive, said: set[str]) -> None:
    nora, marie = await arrive(NORA), await arrive()
    marie.carry(town.hub.core.config, await town.hub.sessions.begin(town.account()))
    await town.hub.settle()
    hourly = set(said)  # rounds may look through all there is; the clock stands still, so that they say the same again
    first = await town.write("Bonjour, la cantine")
    await answered(town, first, "Bien reçu.")
    await town.arrive(town.fresh(MARIE, "periscolaire@hub.test", "Mercredi", "Léo sera absent."))
    held = town.fresh(MARIE, "periscolaire@hub.test", "Jeudi", "Léo sera absent.", results="dmarc=none")
    for raw in held, held.replace(b"absent", b"malade"):  # the same Message-ID
        await town.arrive(raw)
    raw = town.fresh("eve@ailleurs.test", "periscolaire@hub.test", "Promotion", "Achetez", results="")
    await town.arrive(raw)
    mails = [mail.id for mail in await town.hub.quarantine.waiting()]
    second = await town.write("Encore une question")
    await town.hub.settle()
    for browser, urls in (
        (marie, ("/", *(f"/messagerie{place}" for place in ("", "/envoyes", "/supprimes", "?q=cantine")))),
        (marie, (f"/messagerie/{first.thread_id}", "/documents", "/demandes")),
        (nora, (THREADS, f"{THREADS}/{first.thread_id}", f"{SEEKING}?q=cantine", REQUESTS, DOCUMENTS)),
        (nora, (HOME, *(f"{HOME}/{mail}" for mail in mails))),
    ):
        for url in urls:
            assert (await browser.get(url)).status == 200, url
    page = await nora.get(f"{THREADS}/{second.thread_id}")
    page = await nora.press(page, f"{THREADS}/{second.thread_id}/reunir", avec=str(first.thread_id))
    assert "n’en font plus qu’une" in page.text
    assert len(mails) == 3 and len(said - hourly) > 100
    assert await whole(town, said - hourly) == []
