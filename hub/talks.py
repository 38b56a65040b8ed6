"""What agents and those they bring into calls do together, and what follows when one of them goes."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog

from acd.actions import ConnectContact, ReturnContact
from acd.events import ContactEnded, ContactHandedOver
from acd.ids import AgentId, ContactId, OfferId
from crm_bridge.model import JourneyItem, JourneyKind
from cti.calls import CallControl
from cti.errors import CallGone, CtiError, LegGone, NodeUnavailable
from cti.outside import Way
from hub.board import Board, LiveContact
from hub.call import Call
from hub.clock import now_ms
from hub.crm import Crm
from hub.desktop import protocol
from hub.desktop.protocol import PartyState
from hub.journal import Journal
from hub.lines import Lines
from hub.parties import Party, successor
from hub.submit import Report
from hub.voice_settings import VoiceSettings

log = structlog.get_logger()

TRANSFERRED = "transferred"


class Talks:
    """Consultation, conference, hand-over. Orders about one call are given in its `turn`.

    `settings` returns those that hold now, `wait_again` takes a caller back whose agent is gone,
    `let_wait` plays music to one whose agent let him go, `changed` shows a contact to its agent, `talk_began`
    is told when a customer begins to talk to further agents.
    """

    def __init__(
        self,
        settings: Callable[[], VoiceSettings],
        lines: Lines,
        *,
        board: Board,
        crm: Crm,
        journal: Journal,
        report: Report,
        wait_again: Callable[[Call], Awaitable[None]],
        let_wait: Callable[[Call], Awaitable[None]],
    ) -> None:
        self._settings, self._lines, self._board = settings, lines, board
        self._crm, self._journal, self._report = crm, journal, report
        self._wait_again, self._let_wait = wait_again, let_wait
        self.control: CallControl
        self.changed: Callable[[LiveContact], Awaitable[None]]
        self.talk_began: Callable[[Call], Awaitable[None]]

    def music(self, call: Call) -> str:
        """Return what who waits in a call hears."""
        return self._settings().queue(call.contact.queue).music_class

    def note(self, call: Call, kind: JourneyKind, agent: AgentId | None, **detail: object) -> None:
        """Write what an agent did with a call into its customer's journey."""
        contact, item = call.contact.id, JourneyItem(now_ms(), kind, agent=agent, detail=detail)
        self._journal.put(lambda: self._crm.contacts.talked(contact, item))

    # --- what agents want: in the call's turn ----------------------------------------------------

    async def begin(self, call: Call, party: Party) -> None:
        """Let an agent leave the customer while a party's phone rings."""
        await self.control.set_aside(call.key, self.music(call))
        self.held(call, besides=party)
        await self.show(call)

    async def swap(self, call: Call) -> bool:
        """Let the agent talk to the other one; False if there is no other."""
        if any(party.is_apart for party in call.parties):
            await self.go_back(call)
            return True
        waiting = [party for party in call.parties if party.state is PartyState.HELD]
        return bool(waiting) and await self.consult(call, waiting[-1])

    async def go_back(self, call: Call) -> None:
        """Let the agent talk to the customer; who was consulted hears music."""
        await self.control.go_back(call.key, self.music(call))
        self.held(call)
        call.contact.held = False
        await self.show(call)

    async def confer(self, call: Call) -> bool:
        """Let all who answered talk together; False if there is nobody but agent and customer."""
        there = [party for party in call.parties if party.is_there]
        if not there:
            return False
        await self.control.join(call.key)
        _all_join(call)
        call.contact.held = False
        await self.show(call)
        await self.talk_began(call)
        names = [party.agent or party.number for party in there]
        self.note(call, JourneyKind.CONFERENCE, call.contact.agent, **{"with": names})
        return True

    async def complete(self, call: Call) -> bool:
        """Let the call go on without its agent; False if nobody is there to go on with."""
        return await self._succeed(call)

    async def remove(self, call: Call, party: Party) -> None:
        """Let a party go."""
        await self.without(call, party)
        await self.over(party)

    async def let_go(self, call: Call, party: Party) -> None:
        """End the leg of one who was brought in, or let him go whose phone is waited for."""
        if not party.is_lost:
            await self.control.hang_up_leg(party.ref)
            return
        async with call.turn:
            if party in call.parties:
                await self.remove(call, party)

    async def over(self, party: Party, reason: str = "removed") -> None:
        """End the contact of one who is in a call no more."""
        if party.agent is not None:
            await self._report(ContactEnded(contact=ContactId(party.id), reason=reason))

    async def send_out(self, call: Call, ways: Sequence[Way], number: str) -> None:
        """Let Asterisk call a number outside for a caller; if it is not reached, the call comes back.

        `ways` lead there: the first is tried, and if its trunk fails the second. Raises `CallGone`,
        `CallRefused`, `NodeUnavailable`: nothing has changed then.
        """
        contact, settings = call.contact, self._settings()
        again = ContactId(f"{contact.id.partition('-again-')[0]}-again-{now_ms() % 1_000_000}")
        variables = {
            "TORITSUGI_TO": ways[0].endpoint,
            "TORITSUGI_TO_NEXT": ways[1].endpoint if len(ways) > 1 else "",
            "TORITSUGI_QUEUE": contact.queue,
            "TORITSUGI_CONTACT": again,
            "TORITSUGI_RING": str(settings.callback_ring_s),
            "TORITSUGI_MUSIC": self.music(call),
            "TORITSUGI_CALLER_ID": ways[0].caller_id,
        }
        leg, call.leg = call.leg, None
        self._lines.calls.pop(contact.id, None)
        self._lines.parting[contact.id] = call
        try:
            await self.control.leave_to_dialplan(call.key, "transfer", "s", variables)
        except CtiError:
            if self._lines.parting.pop(contact.id, None) is not None:
                self._lines.calls[contact.id], call.leg = call, leg
            raise
        call.parties.clear()
        self.note(call, JourneyKind.TRANSFERRED, contact.agent, to=number)
        await self._report(ContactEnded(contact=contact.id, reason=TRANSFERRED))

    async def take_over(self, call: Call, ref: OfferId) -> None:
        """Let an answered leg have a call in place of its agent's; raises what keeps it from that."""
        former, call.leg = call.leg, ref  # from here on the end of the agent's leg is not that of the call
        try:
            await self.control.hand_over(call.key, ref)
        except CtiError:
            call.leg = former
            raise
        await self._gather(call)
        await self.show(call)

    # --- what phones do --------------------------------------------------------------------------

    def rings(self, call: Call, contact: LiveContact, offer: OfferId) -> None:
        """The phone of an agent who is to be consulted rings, perhaps not for the first time."""
        party = call.party(contact.id)
        if party is None:
            agent = next((each.agent for each in contact.offers if each.offer == offer), None)
            party = Party(id=contact.id, ref=offer, name=agent or "", agent=agent)
            call.parties.append(party)
        party.ref = offer

    def is_there(self, contact: LiveContact) -> bool:
        """Whether the agent who is consulted by a contact is on the phone, or his phone is waited for."""
        party = self.party_of(contact)
        return party is not None and (party.is_there or party.is_lost)

    def party_of(self, contact: LiveContact) -> Party | None:
        """Return who is in a call, or is being rung for it, by a contact about it."""
        call = self._lines.calls.get(contact.about) if contact.about else None
        return call.party(contact.id) if call is not None else None

    def own(self, party: Party) -> LiveContact | None:
        """Return the contact that an agent has who was brought into a call."""
        return self._board.get(ContactId(party.id)) if party.agent is not None else None

    async def connect(self, contact: LiveContact, action: ConnectContact) -> bool:
        """Let an agent and the one who consults him talk; whether they do."""
        call = self._lines.calls.get(contact.about) if contact.about else None
        if call is not None:
            async with call.turn:
                self.rings(call, contact, action.offer)
                party = call.party(contact.id)
                if party is not None and await self.consult(call, party):
                    return True
        await self.control.hang_up_leg(action.offer)
        await self._report(ContactEnded(contact=contact.id, reason="left"))
        return False

    async def outside_answered(self, ref: str) -> None:
        found = self._lines.by_party(ref)
        if found is None:
            await self.control.hang_up_leg(ref)
            return
        call, party = found
        async with call.turn:
            await self.consult(call, party)

    async def party_gone(self, ref: str, reason: str) -> bool:
        """A party's leg failed or ended; whether it was one."""
        if (found := self._lines.by_party(ref)) is None:
            return False
        call, party = found
        async with call.turn:
            if party in call.parties:
                await self.without(call, party)
        await self.over(party, reason)
        return True

    async def contact_over(self, contact: LiveContact) -> None:
        """The contact of one who was to be consulted is over: he is gone from the call."""
        call = self._lines.calls.get(contact.about) if contact.about else None
        if call is not None and (party := call.party(contact.id)) is not None:
            async with call.turn:
                if party in call.parties:
                    await self.without(call, party)

    async def own_gone(self, call: Call, ref: str) -> bool:
        """The agent hung up: the call goes on with who is there, or waits; False if it is to end."""
        async with call.turn:
            if call.contact.id not in self._lines.calls:
                return False
            if call.leg != ref:
                return True  # it was taken over meanwhile
            if await self._succeed(call):
                return True
            if not call.parties:
                return False
            await self._drop_all(call)
        await self._wait_again(call)
        return True

    async def released(self, contact: LiveContact, action: ReturnContact) -> None:
        """The router took a call from its agent: his phone is let go, and the caller waits."""
        call = self._lines.calls.get(contact.id)
        if call is None or not call.is_under_control:
            return
        async with call.turn:
            call.leg = None
            call.parties.clear()
            with suppress(CallGone):
                with suppress(LegGone):  # his phone was lost before
                    await self.control.park(call.key, self.music(call))
                await self._let_wait(call)

    # --- the parts of it -------------------------------------------------------------------------

    async def show(self, call: Call) -> None:
        """Show a call to all agents who are in it."""
        contact = call.contact
        contact.parties = tuple(party.shown() for party in call.parties)
        await self.changed(contact)
        for party in call.parties:
            if (own := self._board.get(ContactId(party.id))) is not None:
                own.parties = self._seen_by(call, party, own.by)
                await self.changed(own)

    def _seen_by(self, call: Call, party: Party, name: str) -> tuple[protocol.Party, ...]:
        """Return who is in the call beside one who was brought into it; the call's agent first."""
        state = party.state if party.is_there else PartyState.HELD
        owner = protocol.Party(id=call.leg or "", state=state, agent=call.contact.agent, name=name)
        return (owner, *(each.shown() for each in call.parties if each is not party))

    async def consult(self, call: Call, party: Party) -> bool:
        """Let the call's agent talk to a party apart; whether he does."""
        try:
            await self.control.consult(call.key, party.ref, self.music(call))
        except (CallGone, LegGone, NodeUnavailable) as error:
            log.info("talks.not_consulted", contact=call.contact.id, reason=str(error))
            await self.without(call, party)
            return False
        if not party.is_there:
            self.note(call, JourneyKind.CONSULTED, call.contact.agent, to=party.agent or party.number)
        self.held(call, besides=party)
        party.state = PartyState.TALKING
        await self.show(call)
        return True

    def held(self, call: Call, besides: Party | None = None) -> None:
        """Whom the agent talked to apart hears music now; so does the customer, if nobody is with him."""
        for party in call.parties:
            if party is besides:
                continue
            if party.state is PartyState.TALKING:
                party.state = PartyState.HELD
            if party.was is PartyState.TALKING:
                party.was = PartyState.HELD
        call.contact.held = _is_customer_alone(call)

    async def stay_apart(self, call: Call) -> None:
        """Who was with the customer is gone while the agent talks apart: music, if nobody is left there."""
        if _is_customer_alone(call):
            call.contact.held = True
            await self.control.keep_waiting(call.key, self.music(call))

    async def without(self, call: Call, party: Party) -> None:
        """Let a party go, and the agent back to the customer if he was apart for its sake."""
        call.parties.remove(party)
        if party.ref:
            await self.control.hang_up_leg(party.ref)
        try:
            if not call.has_leg:
                await self.control.keep_waiting(call.key, self.music(call))
            elif any(each.is_apart for each in call.parties):
                await self.stay_apart(call)
            elif party.is_apart:
                await self.go_back(call)
        except CtiError as error:
            log.info("talks.not_back", contact=call.contact.id, reason=str(error))
        await self.show(call)

    async def _drop_all(self, call: Call) -> None:
        parties, call.parties = call.parties, []
        for party in parties:
            if party.ref:
                await self.control.hang_up_leg(party.ref)

    async def _succeed(self, call: Call) -> bool:
        """Let the call go on with somebody else in its agent's place; whether somebody could."""
        while (party := successor(call.parties)) is not None:
            former, agent = call.leg, call.contact.agent
            call.leg = OfferId(party.ref)
            call.parties.remove(party)
            try:
                await self.control.hand_over(call.key, party.ref)
            except CallGone:
                return True  # `call_gone` tells
            except LegGone:
                call.leg = former
                continue
            except NodeUnavailable:
                call.leg = former
                return False
            await self._passed(call, party, agent)
            return True
        return False

    async def _passed(self, call: Call, party: Party, former: AgentId | None) -> None:
        """Somebody has the call now; whoever else is there talks to him and the customer."""
        contact = call.contact
        self.note(call, JourneyKind.TRANSFERRED, former, to=party.agent or party.number)
        await self._gather(call)
        if party.agent is not None:
            contact.connect(party.agent, now_ms())
            over = ContactId(party.id)
            await self._report(ContactHandedOver(contact=contact.id, agent=party.agent, by=over))
            await self.talk_began(call)
        else:
            self._lines.calls.pop(contact.id, None)
            self._lines.parting[contact.id] = call
            await self._report(ContactEnded(contact=contact.id, reason=TRANSFERRED))

    async def _gather(self, call: Call) -> None:
        """Let all who are there talk to who has the call now, and to the customer."""
        contact = call.contact
        contact.held = contact.muted = False
        if any(each.is_there for each in call.parties):
            with suppress(CtiError):
                await self.control.join(call.key)
            _all_join(call)
        contact.parties = tuple(each.shown() for each in call.parties)


def _is_customer_alone(call: Call) -> bool:
    """Whether nobody is with the customer once the agent is apart."""
    return all(party.state is not PartyState.JOINED for party in call.parties)


def _all_join(call: Call) -> None:
    """All who are there talk together now; so will be whose phone is waited for."""
    for party in call.parties:
        if party.is_there:
            party.state = PartyState.JOINED
        if party.is_lost:
            party.was = PartyState.JOINED
