"""How long somebody who keeps failing has to wait: a table, and what may never happen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.accounts.throttle import (
    ADDRESS_FREE,
    ADDRESS_WAIT,
    LONGEST_DELAY,
    LONGEST_WAIT,
    NONE,
    Failures,
    delay,
    network,
    wait,
)

NOW = datetime(2026, 10, 22, 22, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pair", "ago", "seconds"),
    [(0, 0, 0), (4, 0, 0), (5, 0, 1), (6, 0, 2), (8, 0, 8), (8, 5, 3), (8, 9, 0), (40, 0, LONGEST_WAIT)],
)
def test_one_who_guesses_waits_twice_as_long_each_time(pair: int, ago: int, seconds: int) -> None:
    failed = Failures(pair, NOW - timedelta(seconds=ago))
    assert wait(failed, NONE, NOW, free=5) == seconds


def test_an_address_that_tries_many_accounts_waits() -> None:
    assert wait(NONE, Failures(ADDRESS_FREE - 1, NOW), NOW, free=5) == 0
    assert wait(NONE, Failures(ADDRESS_FREE, NOW), NOW, free=5) == ADDRESS_WAIT


@given(st.integers(0, 10**6))
def test_a_stranger_can_never_lock_a_family_out(failures: int) -> None:
    """However often others failed on this login, its owner from their own address is let through, a little later."""
    assert wait(NONE, NONE, NOW, free=5) == 0
    assert delay(Failures(failures, NOW)) <= LONGEST_DELAY


@pytest.mark.parametrize(
    ("address", "one"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("unix", "unix"),
    ],
)
def test_what_counts_as_one_address(address: str, one: str) -> None:
    assert network(address) == one
