"""What the machine's own monitoring is told, and nobody else."""

from __future__ import annotations

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
from tests.cast import NORA, Town

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
            assert answer.status == 503
        monkeypatch.undo()
