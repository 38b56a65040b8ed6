"""How much one sender may write: what is over is kept, and nobody is called for it."""

from collections import OrderedDict

from acd.contact import Channel

_MINUTE_MS = 60_000
_MINUTES_MAX = 20_000


class SenderLimits:
    """So many messages of a sender in each minute of the clock. `per_minute` 0: no limit.

    It goes by when messages were sent: what piled up while a part was away is not held against anybody.
    One that is told again counts once. `minutes_max` minutes of senders are remembered, those that were
    written in last.
    """

    def __init__(self, per_minute: int, minutes_max: int = _MINUTES_MAX) -> None:
        self._per_minute, self._minutes_max = per_minute, minutes_max
        self._within: OrderedDict[tuple[Channel, str, int], set[str]] = OrderedDict()

    def may(self, channel: Channel, address: str, event_id: str, at_ms: int, now_ms: int) -> bool:
        """Count a message that was sent at `at_ms`; whether it is within the limit."""
        if not self._per_minute:
            return True
        key = channel, address, min(at_ms, now_ms) // _MINUTE_MS
        within = self._within[key] = self._within.pop(key, set())
        if len(self._within) > self._minutes_max:
            self._within.popitem(last=False)
        if len(within) < self._per_minute:
            within.add(event_id)
        return event_id in within
