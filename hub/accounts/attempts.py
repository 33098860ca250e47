"""Tries that are counted and slowed down, whatever they are tries at: references of a dossier, links to a password."""

from __future__ import annotations

from datetime import timedelta

from hub.accounts import throttle
from hub.accounts.login import spoken
from hub.accounts.models import LoginFailure
from hub.core.base import Core
from hub.core.db import instant, marks
from hub.core.errors import TooOften
from hub.core.tokens import digest


class Attempts:
    """Counts by digests: neither an address nor a name is kept."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def count(self, what: str, *about: str, free: int) -> None:
        """Note a try at `what`, once for each of `about` (an address, a name). Raises TooOften.

        `free`: tries within the window before whoever goes on has to wait, longer each time.
        """
        buckets = [digest(f"{what} {one}") for one in about]
        now = self._core.clock.now()
        async with self._core.db.transaction():
            await self._core.db.lock(what)
            found = await self._failures(buckets)
            wait = max(throttle.wait(failures, throttle.NONE, now, free) for failures in found)
            if wait:
                raise TooOften(f"Trop d’essais. Vous pourrez réessayer dans {spoken(wait)}.", wait)
            await LoginFailure.bulk_create([LoginFailure(bucket=bucket, at=now) for bucket in buckets])

    async def forget(self, what: str, *about: str) -> None:
        """It worked: the tries count no more."""
        await LoginFailure.filter(bucket__in=[digest(f"{what} {one}") for one in about]).delete()

    async def _failures(self, buckets: list[str]) -> list[throttle.Failures]:
        since = self._core.clock.now() - timedelta(seconds=self._core.config.security.login_window)
        rows = await self._core.db.rows(
            "SELECT bucket, COUNT(*) AS count, MAX(at) AS last FROM login_failure "
            f"WHERE bucket IN ({marks(buckets)}) AND at > ? GROUP BY bucket",
            *buckets,
            since,
        )
        found = {row["bucket"]: throttle.Failures(row["count"], instant(row["last"])) for row in rows}
        return [found.get(bucket, throttle.NONE) for bucket in buckets]
