"""Which mails of a mailbox are done, which failed, and how far the cursor may move. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

FIRST_RETRY = 5.0  # seconds
LAST_RETRY = 900.0


@dataclass(frozen=True, slots=True)
class Failure:
    """A mail that could not be taken `attempts` times; left alone until `due`."""

    attempts: int
    due: float


class Ledger:
    """UIDs above the cursor. The cursor is the highest UID below which every mail that exists is done.

    A mail that fails holds the cursor back, but not its neighbours: they are done, remembered here, and not
    fetched again while this process lives (after a restart they are, and taking them twice is harmless).
    `now` is in seconds, of any steady clock.
    """

    def __init__(self, cursor: int) -> None:
        self.cursor = cursor
        self._done: set[int] = set()
        self._failed: dict[int, Failure] = {}
        self._suspect: set[int] = set()

    def wanted(self, present: Iterable[int], now: float, all_failed: bool = False) -> list[int]:
        """Those of the mails `present` that are to be fetched now, in order."""
        above = (uid for uid in present if uid > self.cursor and uid not in self._done)
        return sorted(uid for uid in above if all_failed or self._due(uid, now))

    def done(self, uids: Iterable[int]) -> None:
        """These are stored."""
        for uid in uids:
            self._done.add(uid)
            self._failed.pop(uid, None)
            self._suspect.discard(uid)

    def failed(self, uid: int, now: float) -> None:
        """This one could not be fetched or stored; it is tried again later, each time later."""
        attempts = self._failed[uid].attempts + 1 if uid in self._failed else 1
        pause = min(FIRST_RETRY * 2 ** min(attempts - 1, 20), LAST_RETRY)
        self._failed[uid] = Failure(attempts, now + pause)

    def suspect(self, uids: Iterable[int]) -> None:
        """The connection broke while these were fetched together: one of them may be the reason."""
        self._suspect.update(uids)

    def suspects(self, uids: Iterable[int]) -> list[int]:
        """Those of `uids` that had better be fetched alone."""
        return [uid for uid in uids if uid in self._suspect or uid in self._failed]

    def settle(self, present: Iterable[int]) -> int:
        """Move the cursor as far as it may go, given every UID above it that still exists; return it."""
        left = sorted(uid for uid in present if uid > self.cursor)
        pending = next((uid for uid in left if uid not in self._done), None)
        below = [uid for uid in self._done if pending is None or uid < pending]
        self.cursor = max([self.cursor, *below])
        self._forget(set(left))
        return self.cursor

    def next_retry(self, now: float) -> float | None:
        """Seconds until a failed mail is due, None when none failed."""
        dues = [failure.due for failure in self._failed.values()]
        return max(0.0, min(dues) - now) if dues else None

    @property
    def failures(self) -> int:
        """How many mails wait for another try."""
        return len(self._failed)

    def _due(self, uid: int, now: float) -> bool:
        return uid not in self._failed or self._failed[uid].due <= now

    def _forget(self, present: set[int]) -> None:
        """Nothing at or below the cursor, or gone from the server, needs remembering."""
        self._done = {uid for uid in self._done if uid > self.cursor}
        self._failed = {uid: f for uid, f in self._failed.items() if uid > self.cursor and uid in present}
        self._suspect = {uid for uid in self._suspect if uid > self.cursor and uid in present}
