"""The measures run, measure what they say, and the town they measure is one that the verbs would have made."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bench import barepage, families, intake, mail_in, mail_out, pages, reading, table, upload
from bench.databases import fresh
from bench.figures import Figure, Round, Scale, take_turns, write
from bench.letters import TEXTS
from bench.places import Place
from bench.town import NORA, PER_FAMILY, UNREAD, fill, settings
from hub.accounts.models import Account, Agent
from hub.app import Hub, build
from hub.mailbox.lists import PAGE, Folder
from hub.mailbox.queues import PAGE as HANDLED
from hub.mailbox.queues import Queue
from tests.servers.dovecot import Dovecot

THREADS = 2 * PER_FAMILY
TINY = Scale(rounds=1, seconds=0.05, mails=4, uploads=1, families=3, at_once=2)
PLACES = [pytest.param("sqlite", marks=pytest.mark.long), pytest.param("postgres", marks=pytest.mark.servers)]


@pytest_asyncio.fixture(scope="module", params=PLACES)
async def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """A small town on each database."""
    folder = tmp_path_factory.mktemp("bench")
    server = request.getfixturevalue("postgres").url if request.param == "postgres" else ""
    async with fresh(request.param, folder, server) as url:
        await fill(url, folder, THREADS)
        yield Place(request.param, url, folder, THREADS)


@pytest_asyncio.fixture
async def town(place: Place) -> AsyncIterator[Hub]:
    """The hub of that town."""
    async with build(settings(place.database, str(place.folder))).opened() as hub:
        yield hub


async def test_the_town_looks_as_its_verbs_leave_it(town: Hub) -> None:
    [account, *_] = await town.core.db.rows("SELECT id, family_id FROM account ORDER BY id")
    received = await town.lists.folder(account["id"], Folder.received)
    assert len(received.rows) == PAGE and received.older
    assert await town.lists.unread(account["id"]) == UNREAD
    talk = await town.conversations.read(account["id"], received.rows[0].thread)
    assert len(talk.messages) == talk.head.messages == received.rows[0].messages
    assert {message.mine for message in talk.messages} == {True, False}
    assert {event.kind for event in talk.events} == {"delivered"}


async def test_what_was_said_is_found_by_search(town: Hub) -> None:
    [account, *_] = await town.core.db.rows("SELECT id, family_id FROM account ORDER BY id")
    assert (await town.lists.search(account["id"], account["family_id"], "cantines")).rows
    assert not (await town.lists.search(account["id"], account["family_id"] + 1, "cantines")).rows


@pytest.mark.servers
async def test_both_pages_are_measured(place: Place) -> None:
    figures = await pages.measure(place, TINY)
    assert [figure.name for figure in figures] == ["inbox_page", "thread_page", "queue_page"]
    assert all(figure.value > 0 and figure.limit > 0 for figure in figures)


async def test_the_bare_page_shows_the_same_rows(town: Hub) -> None:
    [account, *_] = await town.core.db.rows("SELECT id FROM account ORDER BY id")
    received = await town.lists.folder(account["id"], Folder.received)
    page = barepage.BarePage()
    session = await town.sessions.begin(await Account.get(id=account["id"]))
    full = await page.learn(town, f"/messagerie/{received.rows[0].thread}", session)
    written = page.written()
    assert all(f'id="fil-{row.thread}"' in written for row in received.rows)
    assert 0.8 < len(written) / len(full) < 1.2


async def test_the_bare_queue_shows_the_same_rows(town: Hub) -> None:
    agent = await Agent.get(email=NORA)
    queue = await town.queues.page(agent.id, Queue.everything)
    page = barepage.BarePage(barepage.QUEUE_PAGE)
    full = await page.learn(town, "/bureau/conversations?vue=toutes", await town.sessions.begin(agent))
    written = page.written()
    assert len(queue.rows) == HANDLED and all(f"/bureau/conversations/{row.id}" in written for row in queue.rows)
    assert 0.8 < len(written) / len(full) < 1.2


@pytest.mark.servers
async def test_mail_out_is_measured(place: Place, town: Hub) -> None:
    figure = await mail_out.measure(place, TINY)
    assert (figure.name, figure.unit) == ("mail_out", "mails/s") and figure.ratio > 0
    rows = await town.core.db.rows("SELECT state FROM outbound_mail WHERE key LIKE 'bench:%'")
    assert [row["state"] for row in rows] == ["sent"] * TINY.mails * (TINY.rounds + 1)


@pytest.mark.servers
async def test_mail_in_is_measured(place: Place, town: Hub) -> None:
    figure = await mail_in.measure(place, TINY)
    assert (figure.name, figure.unit) == ("mail_in", "mails/s") and figure.ratio > 0
    rows = await town.core.db.rows("SELECT state FROM inbound_mail WHERE mailbox = 'bench'")
    assert [row["state"] for row in rows] == ["stored"] * TINY.mails * (TINY.rounds + 1)


@pytest.mark.servers
async def test_intake_is_measured_by_both_roads(place: Place, town: Hub) -> None:
    newest = "SELECT COALESCE(MAX(id), 0) AS id FROM inbound_mail"
    before = (await town.core.db.rows(newest))[0]["id"]
    with Dovecot({intake.USER: intake.PASSWORD}) as dovecot:
        figures = await intake.measure(place, TINY, dovecot)
    assert [figure.name for figure in figures] == ["intake_lmtp", "intake_imap"]
    assert all(figure.ratio > 0 for figure in figures)
    for mailbox in ("lmtp", "portail"):
        came = "SELECT state FROM inbound_mail WHERE mailbox = ? AND id > ?"
        rows = await town.core.db.rows(came, mailbox, before)
        assert [row["state"] for row in rows] == ["stored"] * TINY.mails * (TINY.rounds + 1)


@pytest.mark.servers
async def test_upload_is_measured(place: Place, town: Hub) -> None:
    before = await town.core.db.rows("SELECT COUNT(*) AS n FROM attachment")
    figure, memory = await upload.measure(place, TINY)
    assert (figure.name, figure.unit) == ("upload", "MB/s") and figure.ratio > 0 and memory > 0
    after = await town.core.db.rows("SELECT COUNT(*) AS n FROM attachment")
    sent = TINY.uploads * (TINY.rounds + 1) + TINY.at_once
    assert after[0]["n"] - before[0]["n"] == upload.FILES * sent


@pytest.mark.servers
async def test_the_families_of_a_file_are_measured(place: Place, town: Hub) -> None:
    before = (await town.core.db.rows("SELECT COUNT(*) AS n FROM child"))[0]["n"]
    figure = await families.measure(place, TINY)
    assert (figure.name, figure.unit) == ("families", "families/s") and figure.ratio > 0
    after = (await town.core.db.rows("SELECT COUNT(*) AS n FROM child"))[0]["n"]
    assert after - before == TINY.families * (TINY.rounds + 1)


@pytest.mark.long
def test_reading_is_measured_on_mails_of_four_kilobytes_against_the_librarys_parts() -> None:
    given = reading.mails()
    assert 3_500 < sum(map(len, given)) / len(given) < 4_500
    assert reading.whole(given[1]).text.endswith("(1)") and reading.raw(given[1])[0].startswith(TEXTS[1][:20])
    figure = reading.figure(rounds=1)
    assert (figure.name, figure.database, figure.unit) == ("reading", "none", "mails/s") and figure.ratio > 0
    assert table.growth([figure]) == []


async def test_sides_take_turns_and_medians_are_kept() -> None:
    asked: list[str] = []

    def side(name: str, rates: Iterator[float]) -> Round:
        async def once() -> float:
            asked.append(name)
            return next(rates)

        return once

    hub, bare = side("hub", iter([9.0, 1.0, 5.0, 2.0])), side("bare", iter([9.0, 4.0, 4.0, 9.0]))
    assert await take_turns(hub, bare, rounds=3) == (2.0, 4.0)
    assert asked == ["hub", "bare", "hub", "bare", "bare", "hub", "hub", "bare"]


def test_each_line_of_the_file_is_one_figure(tmp_path: Path) -> None:
    path = tmp_path / "new" / "bench.jsonl"
    write([Figure("upload", "sqlite", 1_000, 150.0, "MB/s", 200.0)], path)
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {
            "name": "upload",
            "database": "sqlite",
            "threads": 1_000,
            "value": 150.0,
            "unit": "MB/s",
            "limit": 200.0,
            "ratio": 0.75,
        }
    ]


def test_the_table_says_what_was_met_and_what_was_missed() -> None:
    rates = {1_000: 600.0, 100_000: 300.0}
    figures = [Figure("inbox_page", "sqlite", threads, rate, "pages/s", 1_000.0) for threads, rate in rates.items()]
    assert table.table(figures).splitlines()[1].endswith("0.60")
    [grown] = table.growth(figures)
    assert "2.00 times slower at 100 000 threads than at 1 000 (missed" in grown
    quick, slow = (Figure("families", "sqlite", 1_000, rate, "families/s", 9_000.0) for rate in (2_000.0, 500.0))
    soon, late = table.a_town([quick, figures[0], slow])
    assert soon.startswith("20 000 families on sqlite") and "10.0 s (met" in soon and "40.0 s (missed" in late
    light, heavy = table.memory({("sqlite", 1_000): 2e6, ("postgres", 1_000): 4e6}, at_once=32)
    assert "2.00 MB" in light and "(met" in light and "4.00 MB" in heavy and "(missed" in heavy
