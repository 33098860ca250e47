"""Notices between processes on PostgreSQL: heard elsewhere, after the commit, again after a lost connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from hub.core.channel import APART, RESYNC, PostgresChannel
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> str:
    return postgres.create_database()


@pytest_asyncio.fixture
async def pair(url: str) -> AsyncIterator[tuple[PostgresChannel, PostgresChannel]]:
    one, two = PostgresChannel(url), PostgresChannel(url)
    await one.open()
    await two.open()
    yield one, two
    await one.close()
    await two.close()


async def test_one_process_hears_the_other(pair: tuple[PostgresChannel, PostgresChannel]) -> None:
    one, two = pair
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    two.listen("family:1", heard.put_nowait)
    await one.publish("family:1", {"thread": 7})
    assert await asyncio.wait_for(heard.get(), 5) == {"thread": 7}


async def test_notices_given_at_once_all_arrive(pair: tuple[PostgresChannel, PostgresChannel]) -> None:
    one, two = pair
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    two.listen("family:1", heard.put_nowait)
    await asyncio.gather(*(one.publish("family:1", {"thread": number}) for number in range(50)))
    assert [await asyncio.wait_for(heard.get(), 5) for _ in range(50)] == [{"thread": number} for number in range(50)]


async def test_many_at_once_arrive_in_their_order_each_at_its_topic(
    pair: tuple[PostgresChannel, PostgresChannel],
) -> None:
    one, two = pair
    heard: asyncio.Queue[tuple[int, dict[str, Any]]] = asyncio.Queue()
    for family in (1, 2):
        two.listen(f"family:{family}", partial(lambda at, notice: heard.put_nowait((at, notice)), family))
    many = [(1 + number % 2, {"thread": number, "note": "é" * 20}) for number in range(400)]  # several payloads
    await one.publish_all([(f"family:{family}", notice) for family, notice in many])
    assert [await asyncio.wait_for(heard.get(), 5) for _ in many] == many


async def test_a_notice_too_large_becomes_a_resync(pair: tuple[PostgresChannel, PostgresChannel]) -> None:
    one, two = pair
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    two.listen("family:1", heard.put_nowait)
    await one.publish("family:1", {"text": "é" * 8000})
    assert await asyncio.wait_for(heard.get(), 5) == RESYNC


async def test_a_lost_connection_comes_back_and_says_so(
    pair: tuple[PostgresChannel, PostgresChannel], url: str, postgres: Postgres
) -> None:
    one, two = pair
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    two.listen("family:1", heard.put_nowait)
    postgres.disconnect(url)
    assert await asyncio.wait_for(heard.get(), 10) == RESYNC
    for _ in range(100):
        await one.publish("family:1", {"thread": 8})
        if not heard.empty():
            break
        await asyncio.sleep(0.05)
    assert await asyncio.wait_for(heard.get(), 5) == {"thread": 8}


async def test_a_connection_that_is_lost_again_while_it_comes_back_is_sought_further(
    pair: tuple[PostgresChannel, PostgresChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = pair
    heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    connect, tries = one._connect, 0

    async def at_the_second_try() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            one._lost.clear()
            raise asyncpg.InterfaceError("connection is closed")
        await connect()

    monkeypatch.setattr(one, "_connect", at_the_second_try)
    one.listen("family:1", heard.put_nowait)
    one._lost.set()
    assert await asyncio.wait_for(heard.get(), 10) == RESYNC
    await two.publish("family:1", {"thread": 7})
    assert await asyncio.wait_for(heard.get(), 5) == {"thread": 7}


async def test_of_a_stream_of_wake_ups_the_other_process_hears_few_and_the_last_one(
    pair: tuple[PostgresChannel, PostgresChannel],
) -> None:
    one, two = pair
    here: list[dict[str, Any]] = []
    elsewhere: list[dict[str, Any]] = []
    one.listen("wake:receive", here.append)
    two.listen("wake:receive", elsewhere.append)
    for _ in range(50):
        await one.wake("wake:receive")
        await asyncio.sleep(0.001)
    assert len(here) >= 50, "its own worker is woken each time"
    await asyncio.sleep(5 * APART)
    told = len(elsewhere)
    assert 1 <= told <= 25
    await one.wake("wake:receive")
    await one.close()  # a command that ends at once still says it
    async with asyncio.timeout(5):
        while len(elsewhere) == told:
            await asyncio.sleep(0.01)
