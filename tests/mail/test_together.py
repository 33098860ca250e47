"""Mails that are handed over at the same time share a commit, and stand or fall alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain

import pytest

from hub.mail.together import MOST, Together


class Store:
    """Keeps what it is given, once it may; nothing of a batch that holds poison."""

    def __init__(self) -> None:
        self.commits: list[list[str]] = []
        self.free = asyncio.Event()

    async def keep(self, things: Sequence[str]) -> None:
        await self.free.wait()
        if "poison" in things:
            raise OSError("no space")
        self.commits.append(list(things))


async def handed_over(store: Store, *things: str) -> list[BaseException | None]:
    """All at once, the first one already under way."""
    together = Together(store.keep)
    tasks = [asyncio.create_task(together.add(thing)) for thing in things]
    await asyncio.sleep(0.01)
    store.free.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_comes_while_a_commit_is_under_way_shares_the_next_one() -> None:
    store = Store()
    together = Together(store.keep)
    first = asyncio.create_task(together.add("0"))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(together.add(str(n))) for n in range(1, MOST + 3)]
    await asyncio.sleep(0.01)
    assert not first.done() and not any(task.done() for task in others)
    store.free.set()
    await asyncio.gather(first, *others)
    assert [len(commit) for commit in store.commits] == [1, MOST, 2]
    assert sorted(chain(*store.commits), key=int) == [str(n) for n in range(MOST + 3)]
    await together.add("later")
    assert store.commits[-1] == ["later"]


async def test_one_that_cannot_be_stored_costs_its_neighbours_nothing() -> None:
    store = Store()
    results = await handed_over(store, "a", "poison", "b")
    assert [type(result) for result in results] == [type(None), OSError, type(None)]
    assert sorted(chain(*store.commits)) == ["a", "b"]


async def test_whoever_hangs_up_does_not_stop_the_others() -> None:
    store = Store()
    together = Together(store.keep)
    tasks = [asyncio.create_task(together.add(thing)) for thing in ("a", "b", "c")]
    await asyncio.sleep(0.01)
    tasks[0].cancel()
    store.free.set()
    await asyncio.gather(*tasks[1:])
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    assert sorted(chain(*store.commits)) == ["a", "b", "c"], "the mail is kept: its server may or may not send again"


async def test_a_commit_waits_for_what_is_being_handed_over_just_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.mail.together.MOMENT", 30)
    store, here = Store(), asyncio.Event()
    store.free.set()
    together = Together(store.keep)

    async def bring(thing: str) -> None:
        with together.coming():
            await here.wait()
        await together.add(thing)

    bringing = [asyncio.create_task(bring(thing)) for thing in ("b", "c")]
    await asyncio.sleep(0)
    first = asyncio.create_task(together.add("a"))
    await asyncio.sleep(0.01)
    assert not store.commits
    here.set()
    await asyncio.gather(first, *bringing)
    assert [sorted(commit) for commit in store.commits] == [["a", "b", "c"]]


async def test_one_that_takes_its_time_holds_up_nobody() -> None:
    store = Store()
    store.free.set()
    together = Together(store.keep)
    with together.coming():
        await asyncio.wait_for(together.add("a"), 5)
    assert store.commits == [["a"]]


async def test_whoever_is_answered_may_hand_over_their_next_before_others_are_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Servers that deliver on several connections fall into step, and share each commit."""
    monkeypatch.setattr("hub.mail.together.BREATH", 0.2)
    store = Store()
    together = Together(store.keep)

    async def bring(*things: str) -> None:
        for thing in things:
            await together.add(thing)

    first = asyncio.create_task(bring("a1", "a2"))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(bring("b1", "b2"))
    await asyncio.sleep(0.01)
    store.free.set()
    await asyncio.gather(first, second)
    assert [sorted(commit) for commit in store.commits] == [["a1"], ["a2", "b1"], ["b2"]]
