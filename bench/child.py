"""A side of a measure in a process of its own: started by name, asked over stdin, answering over stdout, in JSON.

`python -m bench.child bench.mail_out:hub '{"database": …}'` runs that work, an async context manager which yields what
answers each question.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import uvloop

from hub.core import heap
from hub.core.logs import set_up

Answer = Callable[..., Awaitable[Any]]
Work = Callable[..., AbstractAsyncContextManager[Answer]]
LINE = 64 * 1024 * 1024  # bytes of one answer at most


class ChildError(RuntimeError):
    """The other process failed; what it said is in the message."""


class Child:
    """The parent's end."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, **given: Any) -> Any:
        """What the work answers. Raises ChildError when it died over it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(given).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise ChildError(self._log.read_text("utf-8", "replace")[-4000:])
        return json.loads(line)

    async def stop(self) -> None:
        """Close its stdin, on which it ends; killed when it does not."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 20)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def running(work: str, logs: Path, /, **given: Any) -> AsyncIterator[Child]:
    """`work` ("module:function") in a new process, given these arguments; its log is kept in the folder `logs`."""
    log = logs / f"{work.replace(':', '.')}.log"
    with log.open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.child", work, json.dumps(given),
            cwd=Path(__file__).parents[1], stdin=-1, stdout=-1, stderr=sink, limit=LINE,
        )  # fmt: skip
    child = Child(process, log)
    try:
        yield child
    finally:
        await child.stop()


async def answer(work: Work, given: dict[str, Any], told: int) -> None:
    """The child's life: set the work up, answer until stdin ends. Answers go to the descriptor `told`."""
    async with work(**given) as reply:
        if work.__name__ == "hub":  # as `hub serve` does; the bare side is as its libraries come
            heap.settle()
        while line := await asyncio.to_thread(sys.stdin.readline):
            os.write(told, json.dumps(await reply(**json.loads(line))).encode() + b"\n")


def main() -> None:
    """Nothing but answers may reach the parent: whatever prints, prints to the log."""
    told = os.dup(1)
    os.dup2(2, 1)
    set_up()
    module, _, name = sys.argv[1].partition(":")
    uvloop.run(answer(getattr(importlib.import_module(module), name), json.loads(sys.argv[2]), told))


if __name__ == "__main__":
    main()
