"""Whose a request from the internet is, and how many sockets an address has."""

from collections import Counter
from ipaddress import IPv4Network, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


class Sockets:
    """Counts the sockets that each address has open."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def is_full(self, address: str, at_most: int) -> bool:
        return self._open[address] >= at_most

    def join(self, address: str) -> None:
        self._open[address] += 1

    def leave(self, address: str) -> None:
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]


def client_address(peer: str | None, forwarded: str, proxies: tuple[Network, ...]) -> str:
    """Return who sends a request: the last address in `X-Forwarded-For` that is no proxy of ours.

    What a stranger writes there is not believed. IPv6 addresses count by their /64.
    """
    address = peer or ""
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    while hops and _is_within(address, proxies):
        address = hops.pop()
    return _counted(address)


def _is_within(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def _counted(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed.ipv4_mapped or parsed) if parsed.version == 6 else str(parsed)
