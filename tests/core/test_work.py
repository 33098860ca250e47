"""Workers go on after an error, wake early, and stop when told."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from hub.core.channel import RESYNC, Channel
from hub.core.work import QUIET, Crew, Worker, pause, settle, wake


async def test_a_wake_up_shortens_the_wait() -> None:
    channel, done = Channel(), asyncio.Event()
    steps = 0

    async def step() -> int:
        nonlocal steps
        steps += 1
        if steps == 2:
            done.set()
        return 0

    crew = Crew([Worker("w", step, poll=3600)], channel)
    crew.start()
    while steps < 1:
        await asyncio.sleep(0)
    await wake(channel, "w")
    await asyncio.wait_for(done.wait(), 5)
    await crew.close()


async def test_a_stream_is_left_to_come_in_and_a_single_thing_is_not() -> None:
    channel, waiting, taken = Channel(), [1], list[int]()

    async def step() -> int:
        taken.append(len(waiting))
        waiting.clear()
        return taken[-1]

    crew = Crew([Worker("w", step, poll=3600, few=50)], channel)
    crew.start()
    while not taken:
        await asyncio.sleep(0)
    for _ in range(30):
        waiting.append(1)
        await wake(channel, "w")
        await asyncio.sleep(QUIET / 10)
    while waiting:
        await asyncio.sleep(QUIET)
    await crew.close()
    assert taken[0] == 1 and sum(taken) == 31
    assert len(taken) < 10  # a slow machine may cut the stream in two


async def test_an_error_does_not_end_a_worker() -> None:
    done = asyncio.Event()
    steps = 0

    async def step() -> int:
        nonlocal steps
        steps += 1
        if steps == 1:
            raise ZeroDivisionError
        done.set()
        return 0

    crew = Crew([Worker("w", step, poll=0.01)], Channel())
    crew.start()
    await asyncio.wait_for(done.wait(), 5)
    await crew.close()


@pytest.mark.parametrize(("failures", "seconds"), [(0, 1), (1, 2), (3, 8), (6, 60), (50, 60)])
def test_failures_in_a_row_lengthen_the_wait(failures: int, seconds: float) -> None:
    assert pause(1, failures) == seconds


async def test_settle_goes_on_until_nothing_is_left() -> None:
    left = [3, 2, 1, 0]

    async def step() -> int:
        return left.pop(0) if left else 0

    await settle([Worker("w", step)])
    assert left == []


async def test_a_listener_hears_its_topic_and_stops() -> None:
    channel, heard = Channel(), []
    stop = channel.listen("family:1", heard.append)
    await channel.publish("family:1", {"thread": 7})
    await channel.publish("family:2", {"thread": 8})
    channel._resync()
    stop()
    await channel.publish("family:1", {"thread": 9})
    assert heard == [{"thread": 7}, RESYNC]


@pytest.mark.parametrize("turns", range(5))
async def test_a_crew_closes_whenever_it_was_woken(turns: int) -> None:
    channel = Channel()

    async def step() -> int:
        return 0

    crew = Crew([Worker("w", step, poll=3600)], channel)
    crew.start()
    await asyncio.sleep(0.01)
    await wake(channel, "w")
    for _ in range(turns):
        await asyncio.sleep(0)
    _, late = await asyncio.wait([asyncio.create_task(crew.close())], timeout=5)
    assert not late


async def test_a_crew_closes_though_a_step_takes_no_notice() -> None:
    begun = asyncio.Event()

    async def step() -> int:
        begun.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        return 0

    crew = Crew([Worker("w", step, poll=3600)], Channel())
    crew.start()
    await begun.wait()
    _, late = await asyncio.wait([asyncio.create_task(crew.close())], timeout=5)
    assert not late
