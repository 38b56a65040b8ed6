"""Agents' phones as Asterisk sees them: the router hears who talks elsewhere, and offers him nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from acd.core.state import RoutingState
from acd.errors import AcdFull, AcdUnavailable
from acd.events import AgentChanged, DeviceChanged, Event
from acd.ids import AgentId
from cti.ami_events import AmiEvent, DeviceState, DeviceStateChanged
from hub.phone_names import TECHNOLOGY, agent_of
from hub.submit import Submit

log = structlog.get_logger()

_LOOKS = 3
"""So many looks after the end of a call of ours its phone must be free."""
IN_USE = frozenset({DeviceState.IN_USE, DeviceState.BUSY, DeviceState.ON_HOLD, DeviceState.RINGING_IN_USE})


class Devices:
    """Keeps the router's view of phones as AMI tells it (`cti.ami.AmiListener`). `run` is the service.

    A phone is in use that talks, holds or is busy; one that only rings, or is away, is not. The device of
    an agent is `PJSIP/<agent>`, or a browser phone of his. A call of ours (`serves`) explains a phone that
    is in use, and for a while after its end: the router is not told, so that an agent whose call has ended
    is free at once. Without a link to AMI for `patience_s` every phone counts as not in use: nobody is to
    wait for what is no longer heard.
    """

    def __init__(
        self,
        submit: Submit,
        serves: Callable[[AgentId], bool],
        *,
        patience_s: float = 10.0,
        poll_s: float = 1.0,
        retry_s: float = 1.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._submit, self._serves, self._patience_s = submit, serves, patience_s
        self._poll_s, self._retry_s, self._sleep = poll_s, retry_s, sleep
        self._busy: dict[AgentId, set[str]] = {}
        """Agents with a phone in use: which of their devices are."""
        self._explained: dict[AgentId, int] = {}
        """Agents whose phone is in use by a call of ours, and for how many looks it has not been."""
        self._to_look_at: set[AgentId] = set()
        self._told: dict[AgentId, bool] = {}
        self._knows = False
        self._is_linked = False
        self._losses = 0
        self._patience: set[asyncio.Task[None]] = set()
        self._stirred = asyncio.Event()

    # --- AMI: see AmiListener ------------------------------------------------------------------

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        self._busy.clear()
        for device, state in states.items():
            self._note(device, state)
        self._is_linked = self._knows = True
        self._look_at_all()

    def received(self, event: AmiEvent) -> None:
        if isinstance(event, DeviceStateChanged) and (agent := self._note(event.device, event.state)):
            self._look_at(agent)

    def unlinked(self) -> None:
        self._is_linked = False
        self._losses += 1
        self._begin_to_wait()

    def _note(self, device: str, state: DeviceState) -> AgentId | None:
        """Note what a device does; returns whose it is, None for one that is no agent's phone."""
        if not device.startswith(TECHNOLOGY) or not (agent := agent_of(device)):
            return None
        devices = self._busy.setdefault(agent, set())
        if state in IN_USE:
            devices.add(device)
        else:
            devices.discard(device)
        if not devices:
            del self._busy[agent]
        return agent

    async def explain(self, agent: AgentId) -> None:
        """A call of ours is about to explain why a phone is in use; tell the router if it thinks otherwise.

        Raises `AcdUnavailable`, `AcdFull`.
        """
        self._explained[agent] = 0
        if self._told.get(agent):
            await self._submit(DeviceChanged(agent=agent, is_in_use=False))
            self._told[agent] = False

    # --- the router ------------------------------------------------------------------------------

    def agree(self, state: RoutingState) -> None:
        """Go by what the router has of each agent, whatever it was told before."""
        self._told |= {agent: record.is_on_phone for agent, record in state.agents.items()}
        self._look_at_all()

    def note(self, event: Event, place: str, at_ms: int) -> None:
        """An agent whom the router has just been told of has a phone, too (`hub.noted.Noter`)."""
        if isinstance(event, AgentChanged) and event.agent.id not in self._told:
            self._told[event.agent.id] = False
            self._look_at(event.agent.id)

    async def run(self) -> None:
        """Tell the router what differs, whenever something changed; until cancelled."""
        if not self._is_linked:
            self._begin_to_wait()
        polling = asyncio.create_task(self._poll(), name="phones in use")
        try:
            await self._tell()
        finally:
            for each in (polling, *self._patience):
                each.cancel()

    async def _tell(self) -> None:
        while True:
            self._stirred.clear()
            try:
                await self._tell_all()
            except (AcdUnavailable, AcdFull) as error:
                log.warning("devices.not_told", reason=str(error))
                await self._sleep(self._retry_s)
            else:
                await self._stirred.wait()

    async def _tell_all(self) -> None:
        while self._knows and self._to_look_at:
            agent = self._to_look_at.pop()
            told = self._told.get(agent)
            is_in_use = agent in self._busy and not self._is_explained(agent)
            if told is None or told == is_in_use:
                continue
            try:
                await self._submit(DeviceChanged(agent=agent, is_in_use=is_in_use))
            except (AcdUnavailable, AcdFull):
                self._to_look_at.add(agent)
                raise
            self._told[agent] = is_in_use

    def _is_explained(self, agent: AgentId) -> bool:
        """Whether a phone is in use by a call of ours, or was until a moment ago."""
        if self._serves(agent):
            self._explained[agent] = 0
        return self._explained.get(agent, _LOOKS) < _LOOKS

    async def _poll(self) -> None:
        """See now and then which phones are still in use though our call has ended."""
        while True:
            await self._sleep(self._poll_s)
            for agent in list(self._explained):
                self._explained[agent] += 1
                if agent not in self._busy:
                    del self._explained[agent]
                else:
                    self._look_at(agent)

    def _look_at(self, agent: AgentId) -> None:
        self._to_look_at.add(agent)
        self._stirred.set()

    def _look_at_all(self) -> None:
        self._to_look_at.update(self._told)
        self._stirred.set()

    def _begin_to_wait(self) -> None:
        task = asyncio.create_task(self._lose_patience(self._losses), name="AMI's absence")
        self._patience.add(task)
        task.add_done_callback(self._patience.discard)

    async def _lose_patience(self, losses: int) -> None:
        """Free everybody once the link has been away for too long; also when it never stood."""
        await self._sleep(self._patience_s)
        if not self._is_linked and losses == self._losses:
            log.warning("devices.unheard", phones_in_use=len(self._busy))
            self._busy.clear()
            self._knows = True
            self._look_at_all()
