"""Supervisors in calls: their leg hears what an agent hears and says, and may be heard.

Who listens or whispers is alone with a snoop on the agent's leg in a bridge of its own. So whatever the
agent does with the call, the supervisor hears it as the agent does, and nobody hears anything new. Who
barges in is in the bridge of the call, like agent and customer. All end with the agent's leg.

A snoop whispers only into frames that pass, and goes for good with the next one that does. So while a
supervisor whispers, silence is played into the call's bridge: else an agent whose customer is on hold would
not hear it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count

from cti.ari import AriLink, ChannelKey, Snapshot
from cti.ari.models import StasisStart
from cti.errors import LegGone
from cti.legs import Leg
from cti.reconcile import bridge_name

_STARTING_S = 2.0
_SILENCE = "tone:0/60000"


class SuperviseMode(StrEnum):
    """What is heard of a supervisor: nothing, by the agent alone, or by all who are in the call."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


@dataclass(slots=True, eq=False)
class _Supervision:
    """`snoop` is the channel on the agent's leg, "" in barge mode. Modes change one after the other.

    The bridge, once it was made (`has_bridge`), is kept to the end.
    """

    leg: Leg
    agent: Leg
    mode: SuperviseMode | None = None
    snoop: str = ""
    has_bridge: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Supervisions:
    """All supervisors' legs of a node that are in calls.

    `drop` lets a leg go, `soon` has something cleared away: both at once or when the link stands.
    """

    def __init__(
        self, link: AriLink, drop: Callable[[Leg], None], soon: Callable[[Awaitable[None]], None]
    ) -> None:
        self._link, self._ari = link, link.ari
        self._drop, self._soon = drop, soon
        self._supervisions: dict[str, _Supervision] = {}
        self._numbers = count(1)
        self._filled: set[str] = set()
        """The calls into whose bridges silence is played."""

    async def enter(self, leg: Leg, agent: Leg, mode: SuperviseMode) -> None:
        """Let a supervisor's answered leg be with an agent's, or change the mode.

        Raises what ARI raises, and `LegGone`.
        """
        known = self._supervisions.setdefault(leg.ref, _Supervision(leg, agent))
        if known.agent is not agent:
            raise LegGone(f"{leg.ref} is with another leg")
        async with known.lock:
            if known.mode is mode:
                return
            try:
                await (self._barge(known) if mode is SuperviseMode.BARGE else self._overhear(known, mode))
            except BaseException:
                if known.mode is None and self._is_current(known):
                    self._end(known)
                raise
            known.mode = mode
            self._fill(leg.call)

    def ended(self, leg: Leg) -> None:
        """A leg is no more, or is to have another place: what was made for it is cleared away."""
        for known in tuple(self._supervisions.values()):
            if known.leg is leg:
                self._end(known)
            elif known.agent is leg:
                self._drop(known.leg)

    def lost(self, channel: str) -> None:
        """A channel is no more: if it was a snoop, the supervisor has nothing left to hear."""
        for known in tuple(self._supervisions.values()):
            if known.snoop == channel:
                self._drop(known.leg)

    def settle(self, snapshot: Snapshot) -> None:
        """Bring what a node has in line with what we know; what nobody knows of is cleared away."""
        there, known = {each.id for each in snapshot.channels}, tuple(self._supervisions.values())
        snoops = {each.snoop for each in known if each.snoop}
        for snoop in snoops - there:
            self.lost(snoop)
        bridges = {self._bridge(each.leg.ref) for each in known}
        ours = (bridge.id for bridge in snapshot.bridges if bridge.id.startswith(self._bridge("")))
        stray = sorted(id_ for id_ in there - snoops if id_.startswith(self._snoop("")))
        self._take_down(stray, sorted(id_ for id_ in ours if id_ not in bridges))
        for call in (self._call_of(bridge.id) for bridge in snapshot.bridges):
            if call and call not in self._filled:
                self._soon(self._ari.playbacks.stop(self._silence(call)))

    async def _overhear(self, known: _Supervision, mode: SuperviseMode) -> None:
        """Put a snoop of a mode in the place of the one before, or of the call's bridge."""
        snoop = self._snoop(f"{known.leg.ref}.{next(self._numbers)}")
        try:
            await self._begin_snoop(known.agent.channel, snoop, mode)
            await self._join(known, snoop)
        except BaseException:
            is_over = not self._is_current(known)  # what was cleared away may have come back
            self._take_down([snoop], [self._bridge(known.leg.ref)] if is_over else [])
            raise

    async def _begin_snoop(self, channel: str, snoop: str, mode: SuperviseMode) -> None:
        """Return once the snoop may enter a bridge. ARI's `out` is what the channel's phone hears."""
        with self._link.watch("channel", snoop) as seen:
            await self._ari.channels.snoop_channel_with_id(
                channel,
                snoop,
                app=self._link.app,
                app_args="snoop",
                spy="both",
                whisper="out" if mode is SuperviseMode.WHISPER else "none",
            )
            await seen.next(StasisStart, timeout_s=_STARTING_S)

    async def _join(self, known: _Supervision, snoop: str) -> None:
        """Bring leg and snoop together; the snoop before goes first, else one would hear the other."""
        bridges, bridge = self._ari.bridges, self._bridge(known.leg.ref)
        before, known.snoop = known.snoop, snoop
        if before:
            self._soon(self._ari.channels.hangup(before))
            await bridges.add_channel(bridge, channel=[snoop])
        else:
            if not known.has_bridge:
                known.has_bridge = True
                await bridges.create_with_id(bridge, type_="mixing")
            await bridges.add_channel(bridge, channel=[known.leg.channel, snoop])
        if not self._is_current(known):
            raise LegGone(f"{known.leg.ref} ended meanwhile")

    async def _barge(self, known: _Supervision) -> None:
        """Let a supervisor's leg be in the bridge of the call."""
        bridge = bridge_name(self._link.app, known.leg.call.id)
        await self._ari.bridges.add_channel(
            bridge, channel=[known.leg.channel], absorb_dtmf=True, inhibit_connected_line_updates=True
        )
        before, known.snoop = known.snoop, ""
        if before:
            self._soon(self._ari.channels.hangup(before))

    def _end(self, known: _Supervision) -> None:
        del self._supervisions[known.leg.ref]
        snoops, known.snoop = [known.snoop] if known.snoop else [], ""
        self._take_down(snoops, [self._bridge(known.leg.ref)] if known.has_bridge else [])
        self._fill(known.leg.call)

    def _take_down(self, snoops: Iterable[str], bridges: Iterable[str]) -> None:
        for snoop in snoops:
            self._soon(self._ari.channels.hangup(snoop))
        for bridge in bridges:
            self._soon(self._ari.bridges.destroy(bridge))

    def _fill(self, call: ChannelKey) -> None:
        """Play silence into a call's bridge while a supervisor whispers, and not otherwise."""
        of_call = [each for each in self._supervisions.values() if each.leg.call == call]
        is_filled, is_to_be = call.id in self._filled, any(map(_whispers, of_call))
        if is_to_be and not is_filled:
            self._filled.add(call.id)
            bridge = bridge_name(self._link.app, call.id)
            playing = self._ari.bridges.play_with_id(bridge, self._silence(call.id), media=[_SILENCE])
            self._soon(_unread(playing))
        elif is_filled and not is_to_be:
            self._filled.discard(call.id)
            self._soon(self._ari.playbacks.stop(self._silence(call.id)))

    def _is_current(self, known: _Supervision) -> bool:
        return self._supervisions.get(known.leg.ref) is known

    def _call_of(self, bridge: str) -> str:
        """Return whose bridge it is; "" for one that is no call's."""
        prefix = bridge_name(self._link.app, "")
        return bridge.removeprefix(prefix) if bridge.startswith(prefix) else ""

    def _snoop(self, name: str) -> str:
        return f"{self._link.app}.overhear.{name}"

    def _bridge(self, ref: str) -> str:
        return f"{self._link.app}.supervision.{ref}"

    def _silence(self, call: str) -> str:
        return f"{self._link.app}.silence.{call}"


def _whispers(supervision: _Supervision) -> bool:
    return supervision.mode is SuperviseMode.WHISPER


async def _unread(request: Awaitable[object]) -> None:
    await request
