"""How much mail one destination is given: at once, and per minute. Pure: `now` is an argument.

Big hosts answer 421 or worse to a sender that opens too many connections or sends in bursts, so the outbox
skips a domain that is at its limit instead of letting its mail fill the pool of connections.
"""

from __future__ import annotations

from collections import deque

MINUTE = 60.0


class DestinationLimits:
    """Counts mails under way and begun in the last minute, per domain.

    `now` is in seconds, of any steady clock. A limit of 0 means none.
    """

    def __init__(self, at_once: int, per_minute: int) -> None:
        self._at_once = at_once
        self._per_minute = per_minute
        self._under_way: dict[str, int] = {}
        self._begun: dict[str, deque[float]] = {}

    def take(self, domain: str, now: float) -> bool:
        """Whether a mail to `domain` may leave now; if so it counts until `give_back`."""
        domain = domain.lower()
        if self._full(domain, now):
            return False
        if self._at_once:
            self._under_way[domain] = self._under_way.get(domain, 0) + 1
        if self._per_minute:
            self._begun.setdefault(domain, deque()).append(now)
        return True

    def give_back(self, domain: str) -> None:
        """The mail that `take` let go is settled, one way or another."""
        domain = domain.lower()
        left = self._under_way.pop(domain, 0) - 1
        if left > 0:
            self._under_way[domain] = left

    def at_limit(self, now: float) -> frozenset[str]:
        """Domains to leave alone for the moment."""
        known = self._under_way.keys() | self._begun.keys()
        return frozenset(domain for domain in known if self._full(domain, now))

    def _full(self, domain: str, now: float) -> bool:
        crowded = bool(self._at_once) and self._under_way.get(domain, 0) >= self._at_once
        hasty = bool(self._per_minute) and self._last_minute(domain, now) >= self._per_minute
        return crowded or hasty

    def _last_minute(self, domain: str, now: float) -> int:
        begun = self._begun.get(domain)
        if begun is None:
            return 0
        while begun and begun[0] <= now - MINUTE:
            begun.popleft()
        if not begun:
            del self._begun[domain]
        return len(begun)
