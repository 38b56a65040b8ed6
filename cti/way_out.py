"""The way out of Stasis for callers whose hub has died: a deadline that a living hub puts off.

Asterisk leaves a call in Stasis when the socket is lost, for ever. So each call that talks to nobody
has a `TIMEOUT(absolute)`; when it runs out, the dialplan goes on at extension `T` of the context
(`extensions.conf`). It goes by the link by which the hub serves the call, so who is served is kept.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from cti.calls import CallControl
from cti.errors import NodeUnavailable

log = structlog.get_logger()

INTERVAL_S = 2.0
INTERVALS_KEPT = 4
"""A call stays this many intervals after it was last put off: 8 s, as the dialplan gives at first."""
_PER_S_MAX = 200
"""Deadlines put off in a second; with more calls than that allows the interval grows."""
_AT_ONCE = 50
_APART_S, _SPREAD_S = 0.02, 2.0
"""Deadlines follow one another by the calls' places, so far apart, all within so many seconds."""
_AGAIN_S = 0.25


class WayOut:
    """Puts off the deadline of every call that talks to nobody, and takes it from those that talk.

    `run` is the service. It puts off nothing while the link to ARI is down: a hub that was away for a
    while may find another in its place, whose calls talk by now.
    """

    def __init__(
        self,
        control: CallControl,
        *,
        interval_s: float = INTERVAL_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._control = control
        self._interval_s, self._sleep = interval_s, sleep
        self._freed: set[str] = set()
        self._is_late = True
        self._is_down = False

    async def run(self) -> None:
        while True:
            began = self._now()
            interval_s = self._interval()
            is_done = await self._pass_safely(interval_s)
            await self._sleep(interval_s if is_done else _AGAIN_S)
            self._is_late = not is_done or self._now() - began > 2 * interval_s

    async def put_off_all(self, interval_s: float) -> None:
        """Go through all calls once, by their places; raises `NodeUnavailable`.

        `Queue()` rings a phone for whoever is there: who is to be first must be there first.
        """
        if self._is_late:
            # Whatever happened while this process stood still is read before this is answered.
            await self._control.ping()
        talking = self._control.talking()
        self._freed &= talking
        free = [(call, 0.0) for call in sorted(talking - self._freed)]
        await self._set(free, self._control.talks)
        self._freed |= talking
        alone = self._control.alone()
        stay_s, apart_s = INTERVALS_KEPT * interval_s, min(_APART_S, _SPREAD_S / max(1, len(alone)))
        stays = [(call, stay_s + at * apart_s) for at, call in enumerate(alone)]
        await self._set(stays, self._control.is_alone)

    async def _pass_safely(self, interval_s: float) -> bool:
        if not self._control.is_up:
            return False
        try:
            await self.put_off_all(interval_s)
        except NodeUnavailable as error:
            if not self._is_down:
                log.warning("way_out.not_put_off", reason=str(error))
            self._is_down = True
            return False
        except Exception:
            log.exception("way_out.failed")
            return False
        self._is_down = False
        return True

    async def _set(self, stays: Sequence[tuple[str, float]], is_so: Callable[[str], bool]) -> None:
        """Set deadlines; 0: none. A call that is no longer as it was when its turn comes is left out."""
        for at in range(0, len(stays), _AT_ONCE):
            chunk = stays[at : at + _AT_ONCE]
            await asyncio.gather(*(self._set_one(call, stay_s, is_so) for call, stay_s in chunk))

    async def _set_one(self, call: str, stay_s: float, is_so: Callable[[str], bool]) -> None:
        if is_so(call):
            await self._control.set_deadline(call, stay_s)

    def _interval(self) -> float:
        return max(self._interval_s, len(self._control.alone()) / _PER_S_MAX)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
