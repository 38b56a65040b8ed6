"""Looking at everything that holds a part of the truth."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from acd.contact import ContactState
from acd.errors import AcdUnavailable
from acd.ids import AgentId, ContactId, QueueName
from acd.router import Acd
from crm_bridge.errors import CrmUnavailable
from cti.ami import AmiError
from cti.ami_connection import Headers
from cti.ami_events import DeviceState
from cti.errors import NodeUnavailable
from hub.accounts import Accounts
from hub.board import Board
from hub.crm import Crm
from hub.desktop.registry import Desktops
from hub.devices import IN_USE
from hub.doctor.kinds import Part
from hub.doctor.seen import InQueue, OnBoard, Seen
from hub.errors import DatabaseUnavailable
from hub.node_parts import NodeParts
from hub.phone_names import agent_of
from hub.seats import Seats
from hub.text import TextDesk
from hub.truth import Truth
from hub.voice import VoiceDesk

TECHNOLOGY = "PJSIP/"
_ENDPOINT = "EndpointList"
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """Sees without changing anything."""

    node_name: str
    acd: Acd
    board: Board
    voice: VoiceDesk
    text: TextDesk
    crm: Crm
    accounts: Accounts
    node: NodeParts
    desktops: Desktops
    seats: Seats
    truth: Truth

    async def look(self) -> Seen:
        """Look at all parts, one after the other; one that is away is noted."""
        seen = Seen(
            node=self.node_name,
            settings=self.truth.routing,
            contacts={},
            desktops=self.desktops.agents(),
            connected=self.desktops.connected(),
            is_settled=self.voice.is_settled,
        )
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._see_database(seen)
        except (CrmUnavailable, DatabaseUnavailable, TimeoutError):
            seen.away.add(Part.DATABASE)
        if self.node.turn.is_another_s:
            seen.away.add(Part.NODE)
        else:
            await self._try_asterisk(seen)
        try:
            await self._see_router(seen)
        except AcdUnavailable:
            seen.away.add(Part.REDIS)
        seen.contacts = self._on_board()
        return seen

    def held(self) -> frozenset[str]:
        """Return the calls whose customer hears music while an agent has them."""
        found = ((each, self.voice.call_of(each.id)) for each in self.board.all() if each.held)
        return frozenset(call.key.id for _, call in found if call is not None)

    async def _try_asterisk(self, seen: Seen) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                seen.faults = await self.node.control.examiner.examine(self.held())
                await self._see_ami(seen)
        except (NodeUnavailable, AmiError, TimeoutError):
            seen.away.add(Part.ASTERISK)

    async def _see_ami(self, seen: Seen) -> None:
        ami = self.node.ami
        seen.members = dict(filter(None, map(_member, await ami.request("QueueStatus"))))
        seen.in_use = frozenset(_agents_in_use(await ami.device_states()))
        endpoints = await ami.request("PJSIPShowEndpoints")  # ARI goes on to list those that are gone
        seen.phones = frozenset(each["objectname"] for each in endpoints if each.get("event") == _ENDPOINT)

    async def _see_database(self, seen: Seen) -> None:
        seen.closing = self.text.closing()
        seen.stored = {each.id: each for each in await self.crm.contacts.all_open()}
        seen.accounts = {each.id: each.disabled_ms is None for each in await self.accounts.all()}

    async def _see_router(self, seen: Seen) -> None:
        state = (await self.acd.snapshot()).state
        strange = [each for each in state.agents if each not in seen.desktops]
        signed_in = [each for each in strange if state.agents[each].is_signed_in]
        seen.elsewhere = frozenset([each for each in signed_in if await self.seats.is_elsewhere(each)])
        seen.state = state

    def _on_board(self) -> Mapping[ContactId, OnBoard]:
        return {each.id: self._seen(each.id) for each in self.board.all()}

    def _seen(self, id_: ContactId) -> OnBoard:
        live, voice = self.board.get(id_), self.voice
        assert live is not None, "asked for without a pause"
        if live.about is None:
            has_call = voice.call_of(id_) is not None or voice.expects(id_) or voice.fallback.has(id_)
        else:
            is_there = live.state is not ContactState.CONNECTED or voice.talks.is_there(live)
            has_call = is_there and voice.call_of(live.about) is not None
        return OnBoard(
            live.channel,
            live.queue,
            live.state,
            live.agent,
            live.since_ms,
            has_call=has_call,
            is_stored=live.about is None,
        )


def _member(headers: Headers) -> tuple[tuple[QueueName, AgentId], InQueue] | None:
    """Read a line of the answer to `QueueStatus`; None for what is no phone in a queue."""
    if headers.get("event") != "QueueMember" or not headers["location"].startswith(TECHNOLOGY):
        return None
    key = QueueName(headers["queue"]), AgentId(headers["location"].removeprefix(TECHNOLOGY))
    return key, InQueue(int(headers["penalty"]), headers.get("paused") == "1")


def _agents_in_use(states: Mapping[str, DeviceState]) -> list[AgentId]:
    return [
        agent_of(device)
        for device, state in states.items()
        if device.startswith(TECHNOLOGY) and agent_of(device) and state in IN_USE
    ]
