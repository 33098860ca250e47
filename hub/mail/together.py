"""Mails handed over at the same time, one by one, share a commit.

A mail server delivers on several connections at once and waits on each until the mail is safe. What comes while a
commit is under way waits for the next one, all of it together, and a commit waits a moment for what is being handed
over just then: the disk syncs once for many.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Generic, NamedTuple, TypeVar

Thing = TypeVar("Thing")
MOST = 50  # things in one commit
BREATH = 0.001  # seconds in which those that were just answered hand over their next
MOMENT = 0.005  # seconds for which a commit waits at most; a disk takes as long to sync


class _Waiting(NamedTuple, Generic[Thing]):
    thing: Thing
    done: asyncio.Future[None]


class Together(Generic[Thing]):
    """`store` keeps several things in one commit, or raises."""

    def __init__(self, store: Callable[[Sequence[Thing]], Awaitable[object]]) -> None:
        self._store = store
        self._waiting: list[_Waiting[Thing]] = []
        self._storing: asyncio.Task[None] | None = None
        self._coming = 0
        self._all_here = asyncio.Event()

    @contextmanager
    def coming(self) -> Iterator[None]:
        """Something is being handed over, and will be added: a commit that is about to begin waits a moment for it."""
        self._coming += 1
        self._all_here.clear()
        try:
            yield
        finally:
            self._coming -= 1
            if not self._coming:
                self._all_here.set()

    async def add(self, thing: Thing) -> None:
        """Returns once it is stored. Raises what storing it alone raised."""
        one = _Waiting(thing, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if self._storing is None:
            # a context of its own: it stores for others too
            self._storing = asyncio.create_task(self._all(), context=contextvars.Context())
        await one.done

    async def _all(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._batch(batch)
                if 0 < len(self._waiting) < MOST:
                    await asyncio.sleep(BREATH)
        finally:
            self._storing = None

    async def _gather(self) -> None:
        """Wait for what is coming, but not for long: one of those who bring it may be slow."""
        if self._coming and len(self._waiting) < MOST:
            with suppress(TimeoutError):
                async with asyncio.timeout(MOMENT):
                    await self._all_here.wait()
                    await asyncio.sleep(0)  # what has come is being added

    async def _batch(self, batch: Sequence[_Waiting[Thing]]) -> None:
        """In one commit; when that fails each in its own, so that none costs its neighbours anything."""
        try:
            await self._store([one.thing for one in batch])
        except Exception as error:
            if len(batch) > 1:
                for one in batch:
                    await self._batch([one])
            elif not batch[0].done.done():
                batch[0].done.set_exception(error)
        else:
            for one in batch:
                if not one.done.done():
                    one.done.set_result(None)
