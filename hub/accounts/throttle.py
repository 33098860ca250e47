"""Pure: how long somebody who keeps failing to log in has to wait.

Three counts, over a window, each against another attack:
- the pair (login, address): doubles its wait after a few free failures; this is who mistypes, or guesses one account;
- the address alone: stops whoever tries many accounts from one place; generous, a whole school may share it;
- the login alone: only ever slows the answer, a few seconds at most. It must not refuse, or a stranger could lock a
  family out by failing on purpose from many addresses.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime

LONGEST_WAIT = 900  # seconds
ADDRESS_FREE = 50  # failures of one address within the window
ADDRESS_WAIT = 60  # seconds
LOGIN_FREE = 10
LONGEST_DELAY = 4.0  # seconds


@dataclass(frozen=True, slots=True)
class Failures:
    """Failures of one count within the window, and the last of them."""

    count: int = 0
    last: datetime | None = None


NONE = Failures()


def wait(pair: Failures, address: Failures, now: datetime, free: int) -> int:
    """Whole seconds during which a further try is refused; 0 lets it through."""
    doubled = min(LONGEST_WAIT, 2 ** min(pair.count - free, 20)) if pair.count >= free else 0
    crowded = ADDRESS_WAIT if address.count >= ADDRESS_FREE else 0
    return max(_left(pair, doubled, now), _left(address, crowded, now))


def delay(login: Failures) -> float:
    """Seconds by which the answer is held back; it is given all the same."""
    return min(LONGEST_DELAY, 0.25 * 2 ** min(login.count - LOGIN_FREE, 10)) if login.count >= LOGIN_FREE else 0.0


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 subscriber holds."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _left(failures: Failures, seconds: int, now: datetime) -> int:
    if not seconds or failures.last is None:
        return 0
    passed = (now - failures.last).total_seconds()
    return max(0, math.ceil(seconds - passed))
