"""How much one address and one session may ask for. Pure: time is passed in, in seconds of any clock."""

from dataclasses import dataclass

from gateways.addresses import Sockets
from gateways.pace import Paces


@dataclass(frozen=True, slots=True)
class ChatLimits:
    """`messages_per_min` of a session; an address may have `sockets` at a time, as many new ones a minute,

    and speak for ten sessions at once, or as many as a tenth of its sockets.
    """

    sockets: int = 100
    messages_per_min: int = 60
    files_per_min: int = 10


class ChatGuard:
    """Counts sockets and paces of addresses and sessions."""

    def __init__(self, limits: ChatLimits) -> None:
        self._limits = limits
        self._sockets = Sockets()
        per_s, share = limits.messages_per_min / 60, max(10, limits.sockets // 10)
        burst = max(5, limits.messages_per_min // 6)
        self._joins = Paces(limits.sockets / 60, 2 * limits.sockets)
        self._says = Paces(per_s, burst)
        self._says_of_address = Paces(per_s * share, burst * share)
        self._files = Paces(limits.files_per_min / 60, limits.files_per_min)
        self._files_of_address = Paces(limits.files_per_min * 10 / 60, limits.files_per_min * 10)

    def join(self, address: str, now_s: float) -> bool:
        """Whether an address may have one more socket; if so, it is counted until `leave`."""
        if self._sockets.is_full(address, self._limits.sockets) or self._joins.wait_s(address, now_s) > 0:
            return False
        self._sockets.join(address)
        return True

    def leave(self, address: str) -> None:
        self._sockets.leave(address)

    def say(self, session: str, address: str, now_s: float) -> float:
        """Return 0.0 if one more message may come, otherwise seconds until it may."""
        return self._says.wait_s(session, now_s) or self._says_of_address.wait_s(address, now_s)

    def file(self, session: str, address: str, now_s: float) -> float:
        """Return 0.0 if one more file may come, otherwise seconds until it may."""
        return self._files.wait_s(session, now_s) or self._files_of_address.wait_s(address, now_s)
