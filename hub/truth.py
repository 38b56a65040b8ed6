"""Telling the router what is true outside it: queues, agents, who is signed in."""

from collections.abc import Callable, Container, Mapping

import msgspec
import structlog
from msgspec.structs import replace

from acd.agent import Agent, Presence
from acd.core.state import RoutingState
from acd.events import AgentChanged, PresenceChanged, SettingsChanged
from acd.ids import AgentId, QueueName
from acd.policy import RoutingSettings
from acd.router import Acd
from acd.settings import members
from hub.board import Board
from hub.desk import Desk
from hub.desktop.registry import Desktops
from hub.members import DynamicMembers, merged
from hub.text import TextDesk, hours_of
from hub.voice import VoiceDesk
from hub.voice_settings import default_queue
from ivr.flow import Flow

log = structlog.get_logger()


class Truth:
    """What the router is told where it does not know it: at the start, after a reload, without its state."""

    def __init__(
        self,
        acd: Acd,
        *,
        routing: RoutingSettings,
        board: Board,
        desktops: Desktops,
        desk: Desk,
        text: TextDesk,
        voice: VoiceDesk,
        mend: Callable[[], None],
    ) -> None:
        self._acd, self._board, self._desktops = acd, board, desktops
        self._files, self._routing = routing, routing
        self._added: DynamicMembers | None = None
        self._desk, self._text, self._voice, self._mend = desk, text, voice, mend

    @property
    def routing(self) -> RoutingSettings:
        """The settings that are gone by: those of the files, with the members that were added."""
        return self._routing

    @property
    def files(self) -> RoutingSettings:
        """The settings as the files have them."""
        return self._files

    def go_by(self, routing: RoutingSettings, flow: Flow) -> None:
        """Go by other settings and menus from now on; calls in progress keep the menus they began with."""
        self._files = routing
        self._voice.go_by(routing, flow)
        self._text.go_by(routing.entries, default_queue(routing.queues), hours_of(routing))
        self._merge()

    def go_by_members(self, added: DynamicMembers) -> None:
        """Go by other members beside those of the files from now on."""
        self._added = added
        self._merge()

    def _merge(self) -> None:
        self._routing = merged(self._files, self._added or {})
        self._desk.go_by(self._routing)
        self._mend()

    async def tell(self, state: RoutingState) -> None:
        """Submit what the router, which has this state, does not know; raises `AcdUnavailable`, `AcdFull`."""
        if state.settings != self._routing:
            await self._acd.submit(SettingsChanged(settings=msgspec.to_builtins(self._routing)))
        agents = {agent.id: agent for agent in members(self._routing)}
        if self._added is None:
            agents |= _kept(state, agents, self._files.queues)
        for here in self._desktops.agents() - agents.keys() - state.agents.keys():
            agents[here] = Agent(id=here)  # a member of no queue, who may have calls all the same
        for gone in state.agents.keys() - agents.keys():
            if state.agents[gone].agent.queues:
                agents[gone] = Agent(id=gone)
        for agent in agents.values():
            known = state.agents.get(agent.id)
            if known is None or known.is_removed or known.agent != agent:
                await self._acd.submit(AgentChanged(agent=agent))
        await self._tell_presences(state)

    async def _tell_presences(self, state: RoutingState) -> None:
        """The router knows who is signed in, but for those with a desktop whom it has forgotten."""
        here = self._desktops.agents()
        for agent, record in state.agents.items():
            if record.is_signed_in:
                self._desktops.expect(agent)
            if record.is_signed_in or agent not in here:
                self._board.set_presence(agent, record.presence, record.reason)
        for agent in here:
            presence, reason = self._board.presence(agent)
            forgotten = agent not in state.agents or not state.agents[agent].is_signed_in
            if forgotten and presence is not Presence.OFFLINE:
                await self._acd.submit(PresenceChanged(agent=agent, presence=presence, reason=reason))


def _kept(
    state: RoutingState, agents: Mapping[AgentId, Agent], queues: Container[QueueName]
) -> dict[AgentId, Agent]:
    """Return the agents with the queues that the router knows them in: who was added is not known yet."""
    kept = {}
    for id_, record in state.agents.items():
        if not record.is_removed:
            agent = agents.get(id_) or replace(record.agent, queues={})
            known = {queue: each for queue, each in record.agent.queues.items() if queue in queues}
            kept[id_] = replace(agent, queues=known | agent.queues)
    return kept
