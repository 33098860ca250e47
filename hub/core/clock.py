"""The one source of "now"."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Wall clock. Instants are aware and in UTC; the town's zone is for showing them."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        return datetime.now(UTC)


class FrozenClock(Clock):
    """A clock that only moves when told: for tests and demonstrations."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def advance(self, **step: float) -> None:
        """Move forward by `timedelta(**step)`."""
        self._at += timedelta(**step)
