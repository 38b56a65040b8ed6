"""How much one address may ask for. Pure: time is passed in, in seconds of any clock."""

from typing import Final

from gateways.addresses import Sockets
from gateways.pace import Pace, Paces

MESSAGE_MAX: Final = 64 * 1024
"""Bytes of one SIP message: with two streams and all candidates a browser's are under 16 KiB."""
MESSAGES_PER_S: Final = 20.0
MESSAGES_AT_ONCE: Final = 100


class WebGuard:
    """Counts sockets and calls of addresses."""

    def __init__(self, calls_per_min: int, sockets: int) -> None:
        self._calls_per_min, self._sockets_max = calls_per_min, sockets
        self._calls, self._sockets = _calls(calls_per_min), Sockets()

    def go_by(self, calls_per_min: int, sockets: int) -> None:
        if calls_per_min != self._calls_per_min:
            self._calls = _calls(calls_per_min)
        self._calls_per_min, self._sockets_max = calls_per_min, sockets

    def call_wait_s(self, address: str, now_s: float) -> float:
        """Return 0.0 if one more call may be asked for, otherwise seconds until it may."""
        return self._calls.wait_s(address, now_s)

    def join(self, address: str) -> bool:
        """Whether an address may have one more socket; if so, it is counted until `leave`."""
        if self._sockets.is_full(address, self._sockets_max):
            return False
        self._sockets.join(address)
        return True

    def leave(self, address: str) -> None:
        self._sockets.leave(address)


def _calls(per_min: int) -> Paces:
    return Paces(per_min / 60, per_min)


def message_pace() -> Pace:
    """Return how fast one socket may send messages."""
    return Pace(MESSAGES_PER_S, MESSAGES_AT_ONCE)
