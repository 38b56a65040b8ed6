"""Looking for faults between call control and its Asterisk, and putting them right."""

import asyncio
from collections.abc import Container
from contextlib import suppress

from cti.ari import AriLink, NotFound, Snapshot
from cti.errors import NodeUnavailable, failing_as
from cti.examination import Belief, Fault, FaultKind, examine
from cti.reconcile import BRIDGE_TYPE, bridge_name
from cti.tracker import Tracker


class Examiner:
    """Raises `NodeUnavailable` while the link is down. `held` are calls whose customer hears music."""

    def __init__(self, link: AriLink, tracker: Tracker) -> None:
        self._link, self._ari, self._tracker = link, link.ari, tracker

    async def examine(self, held: Container[str]) -> tuple[Fault, ...]:
        """Compare what we know with what Asterisk has now."""
        snapshot = await self._look()
        legs = {each.channel: each.call.id for each in self._tracker.legs}
        calls = {id_: each.leg.channel if each.leg else "" for id_, each in self._tracker.calls.items()}
        awaited = frozenset(each.key.id for each in self._tracker.callbacks)
        return examine(snapshot, Belief(calls, legs, awaited, held))

    async def put_right(self, fault: Fault, held: Container[str]) -> None:
        """Undo a fault that was found, and found again."""
        with failing_as(NodeUnavailable), suppress(NotFound):  # it is gone
            if fault.kind is FaultKind.APART:
                await self._bring_together(fault.subject, is_held=fault.subject in held)
            elif fault.kind is FaultKind.STRAY_BRIDGE:
                await self._ari.bridges.destroy(fault.subject)
            else:
                self._tracker.put_right(fault, await self._look())

    async def _look(self) -> Snapshot:
        with failing_as(NodeUnavailable):
            application, channels, bridges = await asyncio.gather(
                self._ari.applications.get(self._link.app),
                self._ari.channels.list_all(),
                self._ari.bridges.list_all(),
            )
        return Snapshot(self._link.node, application, tuple(channels), tuple(bridges))

    async def _bring_together(self, call_id: str, *, is_held: bool) -> None:
        call = self._tracker.calls.get(call_id)
        if call is None or call.leg is None:
            return
        bridge, add = bridge_name(self._link.app, call_id), self._ari.bridges.add_channel
        if all(each.id != bridge for each in (await self._look()).bridges):
            await self._ari.bridges.create_with_id(bridge, type_=BRIDGE_TYPE)
        leg = call.leg.channel
        await add(bridge, channel=[leg], absorb_dtmf=True, inhibit_connected_line_updates=True)
        if not is_held:
            await add(bridge, channel=[call_id], inhibit_connected_line_updates=True)
