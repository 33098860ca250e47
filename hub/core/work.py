"""Workers: loops that look for rows to work on, woken early, leased so that none is lost.

A queue is a column of a table. A wake-up only shortens the wait; the poll guarantees.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

import structlog

from hub.core.channel import Channel

QUIET = 0.02  # seconds without anything new: a stream has ended
GATHER = 0.25  # seconds at most for which a stream is left to come in

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Worker:
    """A named step that does a batch of work and says how much it did.

    `poll`: seconds between looks when nobody wakes it. `topic`: the wake-up it answers to. `few`: after a step that did
    less than that the next one lets a stream come in first, since every step has a price of its own; what comes after a
    silence is never kept waiting.
    """

    name: str
    step: Callable[[], Awaitable[int]]
    poll: float = 2.0
    few: int = 0

    @property
    def topic(self) -> str:
        return f"wake:{self.name}"


async def wake(channel: Channel, name: str) -> None:
    """Tell the worker `name`, wherever it runs, that there is something to do."""
    await channel.wake(f"wake:{name}")


class Crew:
    """Runs workers side by side until closed."""

    def __init__(self, workers: Sequence[Worker], channel: Channel) -> None:
        self._workers = tuple(workers)
        self._channel = channel
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False

    def start(self) -> None:
        """Start every worker in a context of its own: none may inherit a transaction."""
        self._closing = False
        for worker in self._workers:
            run = self._run(worker)
            self._tasks.append(asyncio.create_task(run, name=worker.name, context=contextvars.Context()))

    async def close(self) -> None:
        """Stop; a batch that is cut short is taken up again when its lease lapses."""
        self._closing = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _run(self, worker: Worker) -> None:
        woken = asyncio.Event()
        stop = self._channel.listen(worker.topic, lambda _: woken.set())
        failures = 0
        try:
            while not self._closing:  # a library may swallow the cancellation, as asyncio.wait_for did before 3.12
                woken.clear()
                try:
                    done = await worker.step()
                    failures = 0
                except Exception:
                    failures += 1
                    done = 0
                    log.exception("a worker's step failed", worker=worker.name, failures=failures)
                if 0 < done < worker.few:
                    await _gather(woken)
                if not done and not self._closing:
                    await within(pause(worker.poll, failures), woken)
        finally:
            stop()


async def _gather(woken: asyncio.Event) -> None:
    """Until nothing has woken the worker for QUIET seconds; for GATHER seconds at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GATHER):
            woken.clear()
            while await within(QUIET, woken):
                woken.clear()


async def within(seconds: float, woken: asyncio.Event) -> bool:
    """Wait for that long at most; whether `woken` was set."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await woken.wait()
    return False


def told_to_stop() -> asyncio.Event:
    """Set by SIGINT or SIGTERM, from now on."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


def pause(poll: float, failures: int) -> float:
    """Seconds to wait: the poll, doubled with each failure in a row up to a minute."""
    return min(60.0, poll * float(2 ** min(failures, 6)))


async def settle(workers: Sequence[Worker], rounds: int = 100) -> None:
    """Step every worker by hand until each, in its turn, had nothing left to do. For tests and one-off commands."""
    idle = 0  # workers in a row
    for worker in islice(cycle(workers), rounds * len(workers)):
        idle = 0 if await worker.step() else idle + 1
        if idle == len(workers):
            return
    raise RuntimeError("the workers never came to rest")
