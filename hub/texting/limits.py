"""How much one sender may write: what is over is kept, and nobody is called for it."""

from collections import OrderedDict

from acd.contact import Channel
from gateways.pace import Pace

_SENDERS_MAX = 10_000


class SenderLimits:
    """A steady rate for each sender, with a burst of a minute's messages.

    `per_minute` 0: no limit. It goes by when messages were sent: what piled up while a part was away is not
    held against anybody. `senders_max` are remembered, those who wrote last.
    """

    def __init__(self, per_minute: int, senders_max: int = _SENDERS_MAX) -> None:
        self._per_minute, self._senders_max = per_minute, senders_max
        self._paces: OrderedDict[tuple[Channel, str], Pace] = OrderedDict()

    def may(self, channel: Channel, address: str, at_ms: int, now_ms: int) -> bool:
        """Count a message that was sent at `at_ms`; whether it is within the limit."""
        if not self._per_minute:
            return True
        key = channel, address
        pace = self._paces.pop(key, None) or Pace(self._per_minute / 60, self._per_minute)
        self._paces[key] = pace
        if len(self._paces) > self._senders_max:
            self._paces.popitem(last=False)
        return pace.wait_s(min(at_ms, now_ms) / 1000) == 0
