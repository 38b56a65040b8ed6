"""Which keys were pressed on a channel: Asterisk tells ARI of some of them twice."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cti.ami_events import AmiEvent, DeviceState, KeyBegan, KeyEnded

_PATIENCE_S: Final = 0.15
"""How long a key waits for what AMI says of it."""
_REPEATED_WITHIN_S: Final = 10.0
_STALE_S: Final = 1.0
_UNTOLD_MAX: Final = 3
_KEYS_MAX: Final = 64
_CHANNELS_MAX: Final = 4096


@dataclass(slots=True)
class _Channel:
    """`is_down` is a key that began, by AMI, and has not ended; `ended` are those that did.

    `known` are AMI's ends that ARI has not told of yet, each with whether it is one more key. `kept` are
    ARI's that wait for theirs, `untold` those that waited in vain.
    """

    is_down: str = ""
    has_beginnings: bool = False
    ended: deque[tuple[str, int, float]] = field(default_factory=lambda: deque(maxlen=_KEYS_MAX))
    known: deque[tuple[str, bool, float]] = field(default_factory=lambda: deque(maxlen=_KEYS_MAX))
    kept: deque[str] = field(default_factory=deque)
    untold: deque[str] = field(default_factory=lambda: deque(maxlen=_KEYS_MAX))
    patience: asyncio.TimerHandle | None = None


class Keys:
    """Hands each key of a channel to `take` (channel id, digit) once, in order.

    A key that ends within 45 ms of the one before, or while one is played out that had no beginning, is put
    off by Asterisk 22 (`queue_dtmf_readq` in main/channel.c), and told again when its turn comes: once
    the network or the machine has held keys back, all that follow without a pause come twice. ARI tells of
    ends only. AMI tells of beginnings as well, and of each once: an end without one is told again. A phone
    that sends no beginnings at all is believed.

    It hears AMI as an `AmiListener`. Without AMI, or where that is late, keys are taken as ARI tells them.
    """

    def __init__(self, take: Callable[[str, str], None]) -> None:
        self._take = take
        self._channels: dict[str, _Channel] = {}
        self._is_linked = False

    def pressed(self, channel: str, digit: str) -> None:
        """ARI told of a key."""
        if not self._is_linked:
            self._take(channel, digit)
            return
        known = self._channel(channel)
        if not known.kept:
            _drop_stale(known)
        known.kept.append(digit)
        self._settle(channel, known)

    def forget(self, channel: str) -> None:
        """A channel is gone."""
        if (known := self._channels.pop(channel, None)) is not None:
            _relax(known)

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        self._is_linked = True

    def unlinked(self) -> None:
        self._is_linked = False
        channels, self._channels = self._channels, {}
        for channel, known in channels.items():
            _relax(known)
            for digit in known.kept:
                self._take(channel, digit)

    def received(self, event: AmiEvent) -> None:
        match event:
            case KeyBegan(channel_id=channel):
                known = self._channel(channel)
                known.is_down, known.has_beginnings = event.digit, True
            case KeyEnded(channel_id=channel):
                known = self._channel(channel)
                is_new = _is_new(known, event.digit, event.duration_ms)
                if known.untold and known.untold[0] == event.digit:
                    known.untold.popleft()
                    return
                known.known.append((event.digit, is_new, _now_s()))
                self._settle(channel, known)
            case _:
                pass

    def _channel(self, channel: str) -> _Channel:
        if (known := self._channels.get(channel)) is None:
            known = self._channels[channel] = _Channel()
            if len(self._channels) > _CHANNELS_MAX:
                self.forget(next(iter(self._channels)))
        return known

    def _settle(self, channel: str, known: _Channel) -> None:
        """Take what is known to be a key, drop what is told again; what AMI has not told of waits."""
        _relax(known)
        while known.kept and known.known:
            digit, is_new, _ = known.known.popleft()
            if digit == known.kept[0]:  # else ARI did not tell of it: the channel was not ours yet
                known.kept.popleft()
                if is_new:
                    self._take(channel, digit)
        if known.kept and len(known.untold) >= _UNTOLD_MAX:
            self._give_up(channel, known)
        elif known.kept:
            loop = asyncio.get_running_loop()
            known.patience = loop.call_later(_PATIENCE_S, self._give_up, channel, known)

    def _give_up(self, channel: str, known: _Channel) -> None:
        kept, known.kept = known.kept, deque()
        known.untold.extend(kept)
        for digit in kept:
            self._take(channel, digit)


def _is_new(known: _Channel, digit: str, duration_ms: int) -> bool:
    """Whether AMI's end of a key is one more key."""
    now_s = _now_s()
    while known.ended and now_s - known.ended[0][2] > _REPEATED_WITHIN_S:
        known.ended.popleft()
    if known.is_down == digit:
        known.is_down = ""
    elif known.has_beginnings:
        for each in known.ended:
            if each[:2] == (digit, duration_ms):
                known.ended.remove(each)
                return False
    known.ended.append((digit, duration_ms, now_s))
    return True


def _drop_stale(known: _Channel) -> None:
    """Forget what ARI has not told of though it had time to: keys of a channel that was not ours then."""
    while known.known and _now_s() - known.known[0][2] > _STALE_S:
        known.known.popleft()


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _relax(known: _Channel) -> None:
    if known.patience is not None:
        known.patience.cancel()
        known.patience = None
