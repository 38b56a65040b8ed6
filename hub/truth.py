"""Telling the router what is true outside it: queues, agents, who is signed in."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from acd.agent import Agent, Presence
from acd.core.state import RoutingState
from acd.events import AgentChanged, PresenceChanged, SettingsChanged
from acd.policy import RoutingSettings
from acd.router import Acd
from acd.settings import load as load_routing
from acd.settings import members
from hub.board import Board
from hub.desk import Desk
from hub.desktop.registry import Desktops
from hub.text import TextDesk
from hub.voice import VoiceDesk
from hub.voice_settings import default_queue
from ivr.flow import Flow
from ivr.load import load as load_flow

log = structlog.get_logger()


def read_config(config_dir: Path) -> tuple[RoutingSettings, Flow]:
    """Read the queue files and the menus; raises `SettingsError` or `FlowError` with every problem."""
    routing = load_routing(config_dir)
    return routing, load_flow(config_dir, set(routing.queues))


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
        self._acd, self._routing, self._board, self._desktops = acd, routing, board, desktops
        self._desk, self._text, self._voice, self._mend = desk, text, voice, mend

    def go_by(self, routing: RoutingSettings, flow: Flow) -> None:
        """Go by other settings and menus from now on; calls in progress keep the menus they began with."""
        self._routing = routing
        self._voice.go_by(routing, flow)
        self._text.go_by(routing.entries, default_queue(routing.queues))
        self._desk.go_by(routing)
        self._mend()

    async def tell(self, state: RoutingState) -> None:
        """Submit what the router, which has this state, does not know; raises `AcdUnavailable`, `AcdFull`."""
        if state.settings != self._routing:
            await self._acd.submit(SettingsChanged(settings=msgspec.to_builtins(self._routing)))
        agents = {agent.id: agent for agent in members(self._routing)}
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
