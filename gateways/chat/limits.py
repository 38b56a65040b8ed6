"""How much one address and one session may ask for. Pure: time is passed in, in seconds of any clock."""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from gateways.pace import Pace

_KEPT_MAX = 50_000

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class ChatLimits:
    """`messages_per_min` of a session; an address may have `sockets` at a time, as many new ones a minute,

    and speak for ten sessions at once, or as many as a tenth of its sockets.
    """

    sockets: int = 100
    messages_per_min: int = 60
    files_per_min: int = 10


class _Paces:
    """One pace a key; those unused for longest are forgotten."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s, self._burst = per_s, burst
        self._paces: OrderedDict[str, Pace] = OrderedDict()

    def wait_s(self, key: str, now_s: float) -> float:
        pace = self._paces.get(key)
        if pace is None:
            pace = self._paces[key] = Pace(self._per_s, self._burst)
            if len(self._paces) > _KEPT_MAX:
                self._paces.popitem(last=False)
        else:
            self._paces.move_to_end(key)
        return pace.wait_s(now_s)


class ChatGuard:
    """Counts sockets and paces of addresses and sessions."""

    def __init__(self, limits: ChatLimits) -> None:
        self._limits = limits
        self._sockets: Counter[str] = Counter()
        per_s, share = limits.messages_per_min / 60, max(10, limits.sockets // 10)
        burst = max(5, limits.messages_per_min // 6)
        self._joins = _Paces(limits.sockets / 60, 2 * limits.sockets)
        self._says = _Paces(per_s, burst)
        self._says_of_address = _Paces(per_s * share, burst * share)
        self._files = _Paces(limits.files_per_min / 60, limits.files_per_min)
        self._files_of_address = _Paces(limits.files_per_min * 10 / 60, limits.files_per_min * 10)

    def join(self, address: str, now_s: float) -> bool:
        """Whether an address may have one more socket; if so, it is counted until `leave`."""
        if self._sockets[address] >= self._limits.sockets or self._joins.wait_s(address, now_s) > 0:
            return False
        self._sockets[address] += 1
        return True

    def leave(self, address: str) -> None:
        self._sockets[address] -= 1
        if self._sockets[address] <= 0:
            del self._sockets[address]

    def say(self, session: str, address: str, now_s: float) -> float:
        """Return 0.0 if one more message may come, otherwise seconds until it may."""
        return self._says.wait_s(session, now_s) or self._says_of_address.wait_s(address, now_s)

    def file(self, session: str, address: str, now_s: float) -> float:
        """Return 0.0 if one more file may come, otherwise seconds until it may."""
        return self._files.wait_s(session, now_s) or self._files_of_address.wait_s(address, now_s)


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
