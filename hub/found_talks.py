"""Talks of several that were found after a time away, and what such a time left half done in them."""

import asyncio
from contextlib import suppress

from acd.ids import ContactId
from cti.errors import CallGone, CtiError, LegGone, NodeUnavailable
from cti.listener import FoundCall, FoundLeg, Place
from hub.board import Board
from hub.call import Call
from hub.consultation import consultation
from hub.desktop.protocol import PartyState
from hub.lines import Lines
from hub.parties import Party, is_outside
from hub.phone_names import agent_of
from hub.talks import Talks

_STATES = {Place.CALL: PartyState.JOINED, Place.ASIDE: PartyState.TALKING, Place.ALONE: PartyState.HELD}


class FoundTalks:
    """Takes over who is in a talk, and ends what goes nowhere."""

    def __init__(self, lines: Lines, board: Board, talks: Talks) -> None:
        self._lines, self._board, self._talks = lines, board, talks
        self._later: set[asyncio.Task[None]] = set()

    async def adopt(self, call: Call, found: FoundCall) -> None:
        """Take over who is in a talk that was found."""
        for leg in found.parties:
            await self._adopt_party(call, leg)
        if found.leg is None and call.parties:
            async with call.turn:
                await self._talks.complete(call)
        control = self._talks.control
        with suppress(LegGone, CallGone, NodeUnavailable):
            for ref in (found.leg, *found.parties):
                if ref is not None and control.place(ref.ref) is not None:
                    await control.mute(ref.ref, on=False)  # nobody knows who was

    async def _adopt_party(self, call: Call, leg: FoundLeg) -> None:
        contact = call.contact
        if is_outside(leg.ref):
            party = Party(id=leg.ref, ref=leg.ref, name=leg.label, number=leg.label)
        elif (about := ContactId(leg.ref.rpartition(".")[0])) == contact.id:
            # It was about to be connected: it rings again.
            await self._talks.control.hang_up_leg(leg.ref)
            return
        else:
            agent = agent_of(leg.endpoint)
            party = Party(id=about, ref=leg.ref, name=agent, agent=agent)
            live = self._board.get(about) or consultation(contact, about)
            live.connect(agent, live.since_ms)
            self._board.add(live)
        party.state = _STATES[leg.place]
        call.parties.append(party)
        contact.parties = tuple(each.shown() for each in call.parties)

    async def settle(self) -> None:
        """End what an absence left half done: parties without a contact, agents who wait for nobody.

        Where something is being done with a call, that comes first and is not waited for here: it may wait
        for the router's word itself, which is not heard before this returns.
        """
        for call in list(self._lines.calls.values()):
            if call.turn.locked():
                task = asyncio.create_task(self._settle(call), name="settle a talk")
                self._later.add(task)
                task.add_done_callback(self._later.discard)
            else:
                await self._settle(call)

    async def _settle(self, call: Call) -> None:
        async with call.turn:
            if self._lines.calls.get(call.contact.id) is not call:
                return
            if not call.is_under_control or call.leg is None:
                return
            for party in list(call.parties):
                if party.agent is not None and self._board.get(ContactId(party.id)) is None:
                    await self._talks.without(call, party)
            place = self._talks.control.place(call.leg)
            is_waiting = any(party.is_apart for party in call.parties)
            if place not in (None, Place.CALL) and not is_waiting:
                with suppress(CtiError):
                    await self._talks.go_back(call)

    async def close(self) -> None:
        """Settle nothing any more; may be called twice."""
        for task in tuple(self._later):
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
