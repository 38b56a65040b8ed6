"""What agents do with calls: whether it may be done, and having it done."""

import asyncio
from collections.abc import Mapping

import structlog

from acd.contact import ContactState
from acd.events import ContactParked, ContactPickedUp, ContactQueued, ContactReturned, Event
from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.model import JourneyKind
from cti.errors import CallGone, CallRefused, LegGone
from cti.outside import Way
from hub.board import Board, LiveContact
from hub.call import Call, as_consultation
from hub.consultation import consultation
from hub.desktop.commands import (
    CompleteTransfer,
    Conference,
    Consult,
    Dial,
    Hold,
    Invite,
    Mute,
    Park,
    PickUp,
    RemoveParty,
    Resume,
    SendDigits,
    Swap,
    TalkCommand,
    Target,
    Transfer,
    Unmute,
)
from hub.desktop.protocol import PartyState
from hub.desktop.refusals import CommandRefused, Refusal
from hub.dialling import Dialled, dialled
from hub.outbound import Outbound
from hub.parties import Party, consult_id, outside_ref
from hub.people import People
from hub.submit import Submit
from hub.talks import TRANSFERRED
from hub.verdicts import Verdicts
from hub.voice import VoiceDesk

log = structlog.get_logger()

_VERDICT_S = 2.0
_REFUSALS: Mapping[str, Refusal] = {
    "agent_busy": Refusal.TARGET_BUSY,
    "agent_away": Refusal.TARGET_AWAY,
    "agent_unknown": Refusal.UNKNOWN_TARGET,
    "to_oneself": Refusal.TO_ONESELF,
    "unknown_queue": Refusal.UNKNOWN_TARGET,
    "channel_not_served": Refusal.NOT_ALLOWED,
    "contact_unknown": Refusal.UNKNOWN_CONTACT,
}
"""What the router's reasons mean to an agent; any other is `wrong_state`."""


class TalkCommands:
    """Carries out `TalkCommand`. Raises `CommandRefused`, and then the call is as it was."""

    def __init__(
        self,
        *,
        board: Board,
        voice: VoiceDesk,
        verdicts: Verdicts,
        outbound: Outbound,
        people: People,
        submit: Submit,
    ) -> None:
        self._board, self._voice, self._verdicts = board, voice, verdicts
        self._outbound, self._people, self._submit = outbound, people, submit

    async def carry_out(self, agent: AgentId, command: TalkCommand) -> None:
        """Carry a command out; raises `CommandRefused`, and what passes (`retryable`)."""
        match command:
            case Dial():
                await self._dial(agent, command)
            case PickUp():
                await self._pick_up(agent, command.contact)
            case Mute() | Unmute():
                await self._mute(agent, command)
            case Invite():
                call = self._voice.call_of(self._contact(agent, command.contact).id)
                if call is None or not await self._voice.invite(call, command.channel):
                    raise CommandRefused(Refusal.NOT_INVITED)
            case _:
                await self._with_call(agent, command)

    async def _with_call(
        self,
        agent: AgentId,
        command: Hold
        | Resume
        | SendDigits
        | Transfer
        | Consult
        | Swap
        | CompleteTransfer
        | Conference
        | RemoveParty
        | Park,
    ) -> None:
        """Do something with a call that an agent has, after what is being done with it."""
        call = self._call(agent, command.contact)
        try:
            if isinstance(command, Transfer | Park):  # what follows from these has its own turn
                await self._let_go(agent, call, command)
                return
            async with call.turn:
                self._call(agent, command.contact)  # as it is by now
                await self._do(agent, call, command)
        except (CallGone, LegGone, CallRefused):
            raise CommandRefused(Refusal.WRONG_STATE) from None

    async def _do(
        self,
        agent: AgentId,
        call: Call,
        command: Hold | Resume | SendDigits | Consult | Swap | CompleteTransfer | Conference | RemoveParty,
    ) -> None:
        talks = self._voice.talks
        _require(call.has_leg or isinstance(command, CompleteTransfer | RemoveParty))
        match command:
            case Hold():
                await self._hold(call)
            case Resume():
                await self._resume(call)
            case SendDigits():
                await self._voice.control.send_digits(call.key, command.digits)
            case Consult():
                await self._consult(agent, call, command.to)
            case Swap():
                _require(await talks.swap(call))
            case CompleteTransfer():
                _require(await talks.complete(call))
            case Conference():
                _require(await talks.confer(call))
            case RemoveParty():
                if (party := call.party(command.party)) is None:
                    raise CommandRefused(Refusal.UNKNOWN_TARGET)
                await talks.remove(call, party)

    # --- hold, mute ------------------------------------------------------------------------------

    async def _hold(self, call: Call) -> None:
        _require(not any(party.is_apart for party in call.parties))
        await self._voice.control.hold(call.key, self._voice.talks.music(call))
        call.contact.held = True
        await self._voice.talks.show(call)

    async def _resume(self, call: Call) -> None:
        if any(party.is_apart for party in call.parties):
            await self._voice.talks.go_back(call)
            return
        await self._voice.control.resume(call.key)
        call.contact.held = False
        await self._voice.talks.show(call)

    async def _mute(self, agent: AgentId, command: Mute | Unmute) -> None:
        contact = self._contact(agent, command.contact)
        call = self._voice.call_of(contact.about or contact.id)
        _require(call is not None and call.is_under_control)
        assert call is not None
        party = call.party(contact.id) if contact.about else None
        ref = party.ref if party is not None else call.leg
        try:
            await self._voice.control.mute(ref or "", on=isinstance(command, Mute))
        except (CallGone, LegGone, CallRefused):
            raise CommandRefused(Refusal.WRONG_STATE) from None
        contact.muted = isinstance(command, Mute)
        await self._voice.talks.changed(contact)

    # --- consultation ----------------------------------------------------------------------------

    async def _consult(self, agent: AgentId, call: Call, to: Target) -> None:
        _require(all(party.state is not PartyState.RINGING for party in call.parties))
        if to.queue is not None:
            raise CommandRefused(Refusal.BAD_COMMAND, "to: expected agent or number")
        if to.agent is not None:
            await self._consult_agent(agent, call, to.agent)
        else:
            await self._consult_outside(call, self._number(to.number or ""))

    async def _consult_agent(self, agent: AgentId, call: Call, target: AgentId) -> None:
        name = await self._known(agent, target)
        if any(party.agent == target for party in call.parties):
            raise CommandRefused(Refusal.TARGET_BUSY)
        contact = consultation(call.contact, consult_id(call.contact.id))
        contact.by = await self._people.name(agent)
        party = Party(id=contact.id, ref="", name=name, agent=target)
        call.parties.append(party)
        self._board.add(contact)
        routed = as_consultation(contact, target)
        try:
            await self._ask(contact.id, ContactQueued(contact=routed), may_wait=True)
        except BaseException:
            if party in call.parties:
                call.parties.remove(party)
            self._board.drop(contact.id)
            raise
        await self._voice.talks.begin(call, party)

    async def _consult_outside(self, call: Call, to: Dialled) -> None:
        ways, ref = await self._ways(call, to), outside_ref(call.contact.id)
        party = Party(id=ref, ref=ref, number=to.number)
        call.parties.append(party)
        try:
            await self._voice.talks.begin(call, party)
        except BaseException:
            call.parties.remove(party)
            raise
        await self._voice.control.ring_outside(
            ref, call.key, ways, timeout_s=self._voice.settings.callback_ring_s, label=to.number
        )

    # --- letting go ------------------------------------------------------------------------------

    async def _let_go(self, agent: AgentId, call: Call, command: Transfer | Park) -> None:
        contact = call.contact.id
        _require(not call.parties)
        if isinstance(command, Park):
            await self._ask(contact, ContactParked(contact=contact))
            self._voice.talks.note(call, JourneyKind.PARKED, agent)
            return
        to = command.to
        if to.number is not None:
            number = self._number(to.number)
            async with call.turn:
                self._call(agent, contact)
                ways = await self._ways(call, number, only_by_number=True)
                await self._voice.talks.send_out(call, ways, number.number)
            return
        if to.agent is not None:
            await self._known(agent, to.agent)
            event = ContactReturned(contact=contact, reason=TRANSFERRED, to=to.agent)
        else:
            queue = self._queue(to.queue or QueueName(""))
            event = ContactReturned(contact=contact, reason=TRANSFERRED, queue=queue)
        call.contact.by = await self._people.name(agent)
        try:
            await self._ask(contact, event)
        except BaseException:
            call.contact.by = ""
            raise
        self._voice.talks.note(call, JourneyKind.TRANSFERRED, agent, to=to.agent or to.queue)

    async def _pick_up(self, agent: AgentId, contact_id: ContactId) -> None:
        contact = self._board.get(contact_id)
        if contact is None:
            raise CommandRefused(Refusal.UNKNOWN_CONTACT)
        if not contact.channel.is_live:
            raise CommandRefused(Refusal.NOT_A_CALL)
        is_waiting = contact.state in (ContactState.WAITING, ContactState.OFFERED)
        _require(is_waiting and contact.parked_until_ms > 0)
        await self._ask(contact_id, ContactPickedUp(contact=contact_id, agent=agent), may_wait=True)
        if (call := self._voice.call_of(contact_id)) is not None:
            self._voice.talks.note(call, JourneyKind.PICKED_UP, agent)

    async def _dial(self, agent: AgentId, command: Dial) -> None:
        number = self._number(command.number)
        queue = self._queue(command.queue or self._voice.settings.default_queue)
        contact = await self._outbound.dial(agent, number, queue)
        try:
            await self._ask(contact.id, ContactQueued(contact=contact), may_wait=True)
        except CommandRefused as refusal:
            self._outbound.not_dialled(contact.id, refusal.code)
            if refusal.code is Refusal.TARGET_BUSY:  # it is he himself who talks
                raise CommandRefused(Refusal.WRONG_STATE) from None
            raise

    async def dial_for(self, agent: AgentId, number: str, queue: QueueName) -> None:
        """Let an agent's phone ring, and call a number (E.164) then; raises `CommandRefused`."""
        await self._dial(agent, Dial(type="dial", ref="", number=number, queue=queue))

    async def call_back(self, contact: ContactId, of: LiveContact, number: str) -> None:
        """Have the customer of a text contact called by his agent or his queue's, in his place.

        Told twice, it is done once. Raises what passes (`retryable`).
        """
        if self._board.get(contact) is not None:
            return
        routed = await self._outbound.call_back(contact, of, number)
        try:
            await self._submit(ContactQueued(contact=routed))
        except BaseException:
            self._outbound.not_dialled(contact, "unavailable")
            raise

    # --- whether it may be done ------------------------------------------------------------------

    async def _ask(self, contact: ContactId, event: Event, *, may_wait: bool = False) -> None:
        """Ask the router and wait for what it makes of it; `may_wait`: it may have to be patient."""
        with self._verdicts.expected(contact) as verdict:
            await self._submit(event)
            try:
                refusal = await asyncio.wait_for(verdict, _VERDICT_S)
            except TimeoutError:
                if may_wait:
                    return
                raise CommandRefused(Refusal.UNAVAILABLE) from None
        if refusal:
            raise CommandRefused(_REFUSALS.get(refusal, Refusal.WRONG_STATE))

    async def _known(self, agent: AgentId, target: AgentId) -> str:
        """Return the name of an agent to whom a call is to go."""
        if target == agent:
            raise CommandRefused(Refusal.TO_ONESELF)
        account = await self._people.find(target)
        if account is None:
            raise CommandRefused(Refusal.UNKNOWN_TARGET)
        return account.name

    def _queue(self, queue: QueueName) -> QueueName:
        if queue not in self._voice.settings.queues:
            raise CommandRefused(Refusal.UNKNOWN_TARGET)
        return queue

    def _number(self, typed: str) -> Dialled:
        number = dialled(typed, self._voice.settings.region)
        if number is None:
            raise CommandRefused(Refusal.UNKNOWN_TARGET)
        return number

    async def _ways(self, call: Call, to: Dialled, *, only_by_number: bool = False) -> list[Way]:
        """Return the ways to a number outside, at least one.

        `only_by_number`: those on which the number alone says what is to be seen of us.
        """
        queue = call.contact.queue
        found = await self._voice.trunks.ways(to.number, queue=queue, identity=to.identity)
        ways = [way for way in found if not (only_by_number and way.variables)]
        if not ways:
            raise CommandRefused(Refusal.UNKNOWN_TARGET)
        return ways

    def _call(self, agent: AgentId, contact_id: ContactId) -> Call:
        """Return a call that an agent has, and with whose legs we can do something."""
        contact = self._contact(agent, contact_id)
        call = self._voice.call_of(contact.id)
        if call is None or not call.is_under_control:
            raise CommandRefused(Refusal.WRONG_STATE)
        return call

    def _contact(self, agent: AgentId, contact_id: ContactId) -> LiveContact:
        contact = self._board.get(contact_id)
        if contact is None:
            raise CommandRefused(Refusal.UNKNOWN_CONTACT)
        if contact.agent != agent:
            raise CommandRefused(Refusal.NOT_YOURS)
        if not contact.channel.is_live:
            raise CommandRefused(Refusal.NOT_A_CALL)
        if contact.state is not ContactState.CONNECTED:
            raise CommandRefused(Refusal.WRONG_STATE)
        return contact


def _require(holds: bool) -> None:
    """Refuse what cannot be done in the present state."""
    if not holds:
        raise CommandRefused(Refusal.WRONG_STATE)
