"""How fast a provider may be asked, or may ask us. Pure: time is passed in, in seconds of any clock."""

from collections import OrderedDict

from acd.contact import Channel

_ROUNDING_S = 1e-6
_KEPT_MAX = 50_000


class Pace:
    """A steady rate with a burst, and a pause when the provider asks for one.

    Generic cell rate algorithm: `_next_s` is when the next request would be due at an even pace;
    requests may run ahead of it by `burst` steps.
    """

    def __init__(self, per_s: float, burst: int = 1) -> None:
        if per_s <= 0 or burst < 1:
            raise ValueError("expected a rate above 0 and a burst of at least 1")
        self._step_s = 1.0 / per_s
        self._ahead_s = self._step_s * (burst - 1)
        self._next_s = float("-inf")
        self._paused_until_s = float("-inf")

    def wait_s(self, now_s: float) -> float:
        """Take the next slot if it is free: 0.0; otherwise return seconds until it may be, taking nothing."""
        wait_s = max(self._next_s - self._ahead_s, self._paused_until_s) - now_s
        if wait_s > _ROUNDING_S:
            return wait_s
        self._next_s = max(self._next_s, now_s) + self._step_s
        return 0.0

    def pause(self, until_s: float) -> None:
        """Let nothing through before that time."""
        self._paused_until_s = max(self._paused_until_s, until_s)


class Paces:
    """A pace for each of many who ask; those unused for longest are forgotten."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s, self._burst = per_s, burst
        self._paces: OrderedDict[str, Pace] = OrderedDict()

    def wait_s(self, key: str, now_s: float) -> float:
        """As `Pace.wait_s`, of one of them."""
        pace = self._paces.pop(key, None) or Pace(self._per_s, self._burst)
        self._paces[key] = pace
        if len(self._paces) > _KEPT_MAX:
            self._paces.popitem(last=False)
        return pace.wait_s(now_s)


def read_paces(text: str) -> dict[Channel | tuple[Channel, str], Pace]:
    """Read `CHANNEL:PER_SECOND` or `CHANNEL/ACCOUNT:PER_SECOND`, with commas; raises `ValueError`."""
    paces: dict[Channel | tuple[Channel, str], Pace] = {}
    for each in filter(None, (part.strip() for part in text.split(","))):
        name, _, rate = each.rpartition(":")
        channel, _, account = name.partition("/")
        per_s = float(rate)
        key = (Channel(channel), account) if account else Channel(channel)
        paces[key] = Pace(per_s, max(1, int(per_s)))
    return paces
