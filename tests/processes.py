"""The hub as its own processes, as a sysadmin runs it: `python -m hub …`, killed or stopped like any other."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

READY = b"ready"
PATIENCE = 120  # seconds: only to end what hangs, on a machine that may be busy


@dataclass
class Process:
    """One running command. `url` is where it serves, "" when it does not."""

    process: asyncio.subprocess.Process
    url: str
    log: Path

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()

    async def stop(self) -> int:
        """SIGTERM, and the exit status."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)


async def run(*arguments: str, stdin: bytes = b"", environment: dict[str, str] | None = None) -> tuple[int, str, str]:
    """A command that ends by itself: status, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(stdin), PATIENCE)
    return process.returncode or 0, out.decode(), err.decode()


@contextlib.asynccontextmanager
async def running(folder: Path, *arguments: str) -> AsyncIterator[Process]:
    """A command that goes on, ready to be used; stopped at the end. Its log is shown when it does not start."""
    log = folder / f"{'-'.join(_plain(arguments))}.log"
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hub", *arguments, stdout=asyncio.subprocess.PIPE, stderr=errors
        )
    try:
        url = await asyncio.wait_for(_ready(process), PATIENCE)
        assert url is not None, log.read_text()[-4000:]
        yield Process(process, url, log)
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()


async def _ready(process: asyncio.subprocess.Process) -> str | None:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if line.startswith(READY):
            return line.decode().removeprefix("ready").strip()
    return None


def _plain(arguments: Sequence[str]) -> list[str]:
    return [Path(argument).name.lstrip("-") for argument in arguments]
