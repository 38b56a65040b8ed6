"""How much one address may ask for. Pure: time is passed in, in seconds of any clock."""

from collections import Counter, OrderedDict
from typing import Final

from gateways.pace import Pace

MESSAGE_MAX: Final = 64 * 1024
"""Bytes of one SIP message: with two streams and all candidates a browser's are under 16 KiB."""
MESSAGES_PER_S: Final = 20.0
MESSAGES_AT_ONCE: Final = 100
_KEPT_MAX: Final = 50_000


class WebGuard:
    """Counts sockets and calls of addresses."""

    def __init__(self, calls_per_min: int, sockets: int) -> None:
        self._calls_per_min, self._sockets_max = calls_per_min, sockets
        self._paces: OrderedDict[str, Pace] = OrderedDict()
        self._sockets: Counter[str] = Counter()

    def go_by(self, calls_per_min: int, sockets: int) -> None:
        if calls_per_min != self._calls_per_min:
            self._paces.clear()
        self._calls_per_min, self._sockets_max = calls_per_min, sockets

    def call_wait_s(self, address: str, now_s: float) -> float:
        """Return 0.0 if one more call may be asked for, otherwise seconds until it may."""
        pace = self._paces.pop(address, None) or Pace(self._calls_per_min / 60, self._calls_per_min)
        self._paces[address] = pace
        if len(self._paces) > _KEPT_MAX:
            self._paces.popitem(last=False)
        return pace.wait_s(now_s)

    def join(self, address: str) -> bool:
        """Whether an address may have one more socket; if so, it is counted until `leave`."""
        if self._sockets[address] >= self._sockets_max:
            return False
        self._sockets[address] += 1
        return True

    def leave(self, address: str) -> None:
        self._sockets[address] -= 1
        if self._sockets[address] <= 0:
            del self._sockets[address]


def message_pace() -> Pace:
    """Return how fast one socket may send messages."""
    return Pace(MESSAGES_PER_S, MESSAGES_AT_ONCE)
