"""Pure: from where a request comes, when reverse proxies stand before the hub.

X-Forwarded-For is written by whoever sends it: only what our own proxies appended is true. Read from the right, the
first address that is no trusted proxy is the client's.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from hub.config import ConfigError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Proxies:
    """The proxies that are believed: addresses or CIDR blocks, as in `web.trusted_proxies`."""

    def __init__(self, trusted: Sequence[str]) -> None:
        """Raises ConfigError for what is no address."""
        self._trusted = [_network(text) for text in trusted]

    def client(self, peer: str, forwarded: Sequence[str]) -> str:
        """The client's address. `peer`: of the connection; `forwarded`: X-Forwarded-For headers in order."""
        address = _address(peer)
        if address is None:
            return peer
        hops = ",".join(forwarded).split(",")
        while self._trusts(address) and hops:
            nearer = _address(hops.pop())
            if nearer is None:
                break
            address = nearer
        return str(address)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise ConfigError(f"web.trusted_proxies : « {text} » n’est ni une adresse ni un réseau") from error


def _address(text: str) -> Address | None:
    """An address, with or without a port: some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
