"""What the machine's own monitoring is told, and nobody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from asyncpg import CannotConnectNowError

from hub.config import Imap
from hub.mail.cursors import Cursors
from hub.mail.imap import ImapMail, ImapReader
from hub.mail.inbound import ReceivedMail
from hub.mail.lmtp import Envelope
from hub.mail.watch import MailboxWatch
from tests.cast import MARIE, NORA, Town

ELSEWHERE = {"X-Forwarded-For": "203.0.113.9"}


async def told(town: Town, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    async with town.hub.serving() as port, aiohttp.ClientSession() as client:
        answer = await client.get(f"http://127.0.0.1:{port}{path}", headers=headers)
        return answer.status, await answer.text()


async def metrics(town: Town) -> dict[str, float]:
    """Each line of /metrics: its name with labels, its value."""
    status, text = await told(town, "/metrics")
    assert status == 200
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


async def test_queues_tell_how_many_wait_and_since_when(town: Town) -> None:
    await town.write("Bonjour")
    await town.hub.settle()
    answer = town.answer(town.mails(NORA)[0], NORA, "Oui")
    stranger = town.fresh("inconnu@ailleurs.test", "periscolaire@hub.test", "Bonjour", "Qui suis-je ?", results="")
    await town.hub.inbound.take([ReceivedMail(stranger, "portail", 1, 1)])
    await town.hub.settle()
    town.clock.advance(minutes=3)
    await town.hub.inbound.take([ReceivedMail(answer, "portail", 1, 2)])
    await town.write("Encore moi")
    town.clock.advance(minutes=2)

    found = await metrics(town)
    waiting = {name: found[f'hub_queue_waiting{{queue="{name}"}}'] for name in ("inbound", "announce", "aside")}
    oldest = {name: found[f'hub_queue_oldest_seconds{{queue="{name}"}}'] for name in ("inbound", "announce", "aside")}
    assert waiting == {"inbound": 1, "announce": 1, "aside": 1}
    assert oldest == {"inbound": 120, "announce": 120, "aside": 300}

    await town.hub.announcer.step()
    town.clock.advance(minutes=1)
    found = await metrics(town)
    assert found['hub_queue_waiting{queue="outbound"}'] > 0
    assert found['hub_queue_oldest_seconds{queue="outbound"}'] == 60
    await town.hub.settle()
    found = await metrics(town)
    assert [found[f'hub_queue_waiting{{queue="{name}"}}'] for name in ("inbound", "outbound", "announce")] == [0, 0, 0]


async def test_mail_that_waits_for_the_database_is_told_of(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = ReceivedMail(b"Subject: x", "lmtp", received_at=town.clock.now())
    monkeypatch.setattr(town.hub.spool, "_waiting", [mail])
    town.clock.advance(seconds=30)
    found = await metrics(town)
    assert found['hub_queue_waiting{queue="spool"}'] == 1
    assert found['hub_queue_oldest_seconds{queue="spool"}'] == 30


async def test_a_full_disk_is_seen_at_the_door_as_well(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise OSError("no space left on device")

    door, mail = town.hub.lmtp(), Envelope(MARIE, (NORA,), b"Subject: x")
    monkeypatch.setattr(town.hub.handed_over, "_store", full)
    assert not await door.store(mail)
    monkeypatch.undo()
    assert await door.store(mail)
    found = await metrics(town)
    assert [found[f'hub_lmtp_mails{{became="{name}"}}'] for name in ("stored", "put off")] == [1, 1]


async def test_others_learn_only_that_it_lives(town: Town) -> None:
    assert (await told(town, "/metrics", ELSEWHERE))[0] == 404
    assert await told(town, "/healthz", ELSEWHERE) == (200, '{"status": "ok"}')
    assert "queues" in (await told(town, "/healthz"))[1]


async def test_a_mailbox_that_nobody_reads_here_is_not_up(town: Town) -> None:
    async def take(_: Sequence[ImapMail]) -> None: ...

    mailbox = Imap(name="portail", host="127.0.0.1", port=1, user="u", password="p")
    reader = ImapReader(mailbox, Cursors(), take, town.clock)
    async with (
        replace(town.hub, readers=(reader,)).serving() as port,
        aiohttp.ClientSession() as client,
        client.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        assert 'hub_imap_up{mailbox="portail"} 0.0' in await answer.text()


async def test_a_mailbox_that_another_process_reads_is_told_of_as_that_one_finds_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def take(_: Sequence[ImapMail]) -> None: ...

    monkeypatch.setattr("hub.mail.watch.RENEW", 0.01)
    mailbox = Imap(name="portail", host="127.0.0.1", port=1, user="u", password="p")
    here, elsewhere = (ImapReader(mailbox, Cursors(), take, town.clock) for _ in range(2))
    monkeypatch.setattr(elsewhere, "run", asyncio.Event().wait)
    elsewhere.status.state, elsewhere.status.last_success = "idle", town.clock.now()
    asked = replace(town, hub=replace(town.hub, readers=(here,)))
    assert (await metrics(asked))['hub_imap_up{mailbox="portail"}'] == 0
    work = asyncio.create_task(MailboxWatch(town.hub.core, "portail", elsewhere).run())

    async def up(wanted: bool) -> dict[str, float]:
        async with asyncio.timeout(10):
            while (found := await metrics(asked))['hub_imap_up{mailbox="portail"}'] != wanted:
                await asyncio.sleep(0.01)
        return found

    assert (await up(True))['hub_imap_last_success_seconds{mailbox="portail"}'] == 0
    elsewhere.status.state, elsewhere.status.last_error, elsewhere.status.failing = "down", "LOGIN: NO", 2
    assert (await up(False))['hub_imap_failing{mailbox="portail"}'] == 2
    [told_of] = json.loads((await told(asked, "/healthz"))[1])["imap"]
    assert (told_of["state"], told_of["last_error"]) == ("down", "LOGIN: NO")
    elsewhere.status.state = "idle"
    await up(True)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await up(False)


async def test_mails_that_stay_on_their_server_are_told_of(town: Town) -> None:
    async def take(_: Sequence[ImapMail]) -> None: ...

    mailbox = Imap(name="portail", host="127.0.0.1", port=1, user="u", password="p")
    reader = ImapReader(mailbox, Cursors(), take, town.clock)
    reader.status.failing, reader.status.last_success = 3, town.clock.now()
    town.clock.advance(minutes=5)
    here = replace(town, hub=replace(town.hub, readers=(reader,)))
    [told_of] = json.loads((await told(here, "/healthz"))[1])["imap"]
    assert (told_of["failing"], told_of["last_success"]) == (3, "2026-10-22T08:00:00+00:00")
    found = await metrics(here)
    assert found['hub_imap_failing{mailbox="portail"}'] == 3
    assert found['hub_imap_last_success_seconds{mailbox="portail"}'] == 300


@pytest.mark.parametrize("error", [OSError("the server closed the connection"), CannotConnectNowError("starting up")])
async def test_a_database_that_does_not_answer_is_said(
    town: Town, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def gone(*_: Any) -> None:
        raise error

    async with town.hub.serving() as port, aiohttp.ClientSession() as client:
        monkeypatch.setattr(town.hub.core.db, "rows", gone)
        async with client.get(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 503 and (await answer.json())["status"] == "down"
        async with client.get(f"http://127.0.0.1:{port}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        assert "hub_database_up 0.0" in lines and 'hub_queue_waiting{queue="spool"} 0.0' in lines
        assert not [line for line in lines if 'queue="inbound"' in line], "what nobody knows is not said"
        monkeypatch.undo()
        async with client.get(f"http://127.0.0.1:{port}/metrics") as answer:
            assert "hub_database_up 1.0" in await answer.text()


async def test_a_database_that_hangs_is_said_in_time_and_asked_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off without a word, or stopped: whoever asks is told, and the pool is not emptied by asking."""
    answers, asked, rows = asyncio.Event(), 0, town.hub.core.db.rows

    async def hang(*given: Any) -> Any:
        nonlocal asked
        asked += 1
        await answers.wait()
        return await rows(*given)

    monkeypatch.setattr("hub.health.PATIENCE", 0.05)
    async with town.hub.serving() as port, aiohttp.ClientSession() as client:
        monkeypatch.setattr(town.hub.core.db, "rows", hang)
        for _ in range(3):
            async with client.get(f"http://127.0.0.1:{port}/healthz") as answer:
                assert (answer.status, await answer.json()) == (503, {"status": "down", "database": "TimeoutError"})
            async with client.get(f"http://127.0.0.1:{port}/metrics") as answer:
                assert "hub_database_up 0.0" in await answer.text()
        assert asked == 1
        answers.set()
        monkeypatch.setattr("hub.health.PATIENCE", 5.0)
        async with client.get(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 200
        monkeypatch.undo()
