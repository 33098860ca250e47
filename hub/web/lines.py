"""Open lines: pages that wait for events, and how they are all told to end."""

from __future__ import annotations

import asyncio


class Line:
    """What one open page has not been told yet. Notices gather, so that a slow reader costs no memory."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._threads: dict[int, None] = {}
        self._resync = False
        self.ended = False

    def news(self, thread: int) -> None:
        """Something happened in a thread."""
        self._threads[thread] = None
        self._woken.set()

    def resync(self) -> None:
        """Something may have been missed."""
        self._resync = True
        self._woken.set()

    def end(self) -> None:
        """The page is to hear no more: logged out, or the hub stops."""
        self.ended = True
        self._woken.set()

    async def wait(self, seconds: float) -> tuple[list[int], bool]:
        """Threads with news and whether to resync; nothing of either after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return [], False
        self._woken.clear()
        threads, self._threads = list(self._threads), {}
        resync, self._resync = self._resync, False
        return threads, resync


class Lines:
    """Every open line of this process."""

    def __init__(self) -> None:
        self._open: set[Line] = set()

    def open(self) -> Line:
        """A new one."""
        line = Line()
        self._open.add(line)
        return line

    def close(self, line: Line) -> None:
        """Forget one."""
        self._open.discard(line)

    def end(self) -> None:
        """The hub stops: pages try again by themselves and find the next one."""
        for line in tuple(self._open):
            line.end()
