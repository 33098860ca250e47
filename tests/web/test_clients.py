"""Whose address a request is counted against, whoever wrote X-Forwarded-For."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.config import ConfigError
from hub.web.clients import Proxies

PROXIES = Proxies(["10.0.0.0/8", "192.0.2.1", "2001:db8:1::/48"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # no proxy of ours: its word counts for nothing
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),  # the left is what the client itself claims
        ("10.0.0.1", ["1.1.1.1", "198.51.100.1"], "198.51.100.1"),  # two headers are one list
        ("10.0.0.1", ["198.51.100.1, 10.2.3.4, 192.0.2.1"], "198.51.100.1"),
        ("10.0.0.1", ["10.9.9.9"], "10.9.9.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, n'importe quoi"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("2001:db8:1::1", ["2001:db8::7"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_the_client_is_the_rightmost_address_that_is_no_proxy_of_ours(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert PROXIES.client(peer, forwarded) == client


@given(st.lists(st.text(alphabet="0123456789.,:abcdef []", max_size=60), max_size=3))
def test_what_a_stranger_writes_never_moves_their_address(forwarded: list[str]) -> None:
    assert PROXIES.client("203.0.113.9", forwarded) == "203.0.113.9"


@given(st.text(alphabet="0123456789.,:abcdef []", max_size=60))
def test_what_stands_left_of_the_proxys_own_entry_is_ignored(claimed: str) -> None:
    assert PROXIES.client("10.0.0.1", [f"{claimed}, 198.51.100.1"]) == "198.51.100.1"


def test_a_setting_that_is_no_address_is_refused_at_start() -> None:
    with pytest.raises(ConfigError, match="trusted_proxies"):
        Proxies(["localhost"])
