"""A call from the trunk to the agent's phone, and the way out when the hub cannot serve it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import structlog

from acd.contact import Channel, Contact
from acd.errors import AcdFull, AcdUnavailable
from acd.events import (
    ContactEnded,
    ContactLeft,
    ContactQueued,
    ContactReturned,
    OfferRejected,
)
from acd.ids import AgentId, ContactId, QueueName
from acd.policy import RoutingSettings
from crm_bridge.identifiers import IdentifierKind, normalise
from crm_bridge.model import Line, LineEnd
from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.errors import CallGone, CtiError, NodeUnavailable
from cti.incoming import IncomingCall
from cti.listener import FoundCall, GoneCause, LegFailure, NodeSnapshot
from hub.absences import Absences
from hub.board import Board, LiveContact
from hub.call import IN_QUEUE, LOST, Call, as_callback, as_consultation
from hub.callback import CallbackDesk
from hub.clock import now_ms
from hub.connections import Connections
from hub.crm import Crm
from hub.departures import Departures
from hub.fallback import Fallback
from hub.found_calls import FoundCalls
from hub.journal import Journal
from hub.leaving import Leaving
from hub.lines import Lines
from hub.lost_phones import LostPhones
from hub.menu_exits import MenuExits
from hub.proposals import Proposals
from hub.reception import Reception
from hub.recordings.live import LiveRecordings
from hub.submit import Report, Submit
from hub.supervision import Supervisors
from hub.talks import Talks
from hub.trunks import Trunks
from hub.voice_settings import VoiceSettings
from hub.waiting_calls import WaitingCalls
from hub.webrtc.arrivals import WebArrivals
from ivr.flow import Exit, Flow, SectionName, ToQueue

log = structlog.get_logger()

_LINE_ENDS = {
    GoneCause.HUNG_UP: LineEnd.HUNG_UP,
    GoneCause.LEFT: LineEnd.LEFT,
    GoneCause.LOST: LineEnd.LOST,
    GoneCause.PHONE_LOST: LineEnd.HUNG_UP,
    GoneCause.FAX: LineEnd.LEFT,
}
_LINK_S = 30.0
"""How long a caller whose menus broke off with the link to Asterisk is kept for the hub's queue."""


class VoiceDesk:
    """Callers: through the menus into a queue, to an agent's phone, and out of the system.

    It listens to call control (`cti.listener.CallListener`); what the router decides about calls is done
    by `connections` and those beside it (`hub.voice_parts`). A caller's contact has the id of his Asterisk
    channel, which begins with the node's name, and keeps it when he is called back.
    `is_settled` says whether all calls that Asterisk has are known; `mend` asks for router and calls to
    be brought to agree.
    """

    def __init__(
        self,
        settings: VoiceSettings,
        flow: Flow,
        *,
        lines: Lines,
        reception: Reception,
        waiting: WaitingCalls,
        departures: Departures,
        proposals: Proposals,
        callbacks: CallbackDesk,
        recordings: LiveRecordings,
        crm: Crm,
        board: Board,
        journal: Journal,
        submit: Submit,
        report: Report,
        mend: Callable[[], None],
    ) -> None:
        self.settings, self.flow, self._reception = settings, flow, reception
        self._lines, self._calls = lines, lines.calls
        self._waiting, self._departures = waiting, departures
        self._proposals, self._callbacks, self._recordings = proposals, callbacks, recordings
        self._crm, self._board, self._journal = crm, board, journal
        self._submit, self._report, self._mend = submit, report, mend
        self.is_settled, self.absences = False, Absences()
        self.control: CallControl
        self.connections: Connections
        self.exits: MenuExits
        self.lost_phones: LostPhones
        self.talks: Talks
        self.fallback: Fallback
        self.found: FoundCalls
        self.leaving: Leaving
        self.supervisors: Supervisors
        self.web: WebArrivals | None = None

    def go_by(self, routing: RoutingSettings, flow: Flow) -> None:
        """Take over queues and menus; calls in progress keep the menus that they began with."""
        self.settings = replace(self.settings, routing=routing)
        self.flow = flow

    # --- what call control tells: see CallListener ---------------------------------------------

    async def call_arrived(self, call: IncomingCall) -> None:
        if call.queue is not None:  # it waited in Queue() meanwhile
            await self.found.adopt(FoundCall(call))
            return self._mend()
        return await self.lead(self.take(call), is_new=True)

    async def call_gone(self, key: ChannelKey, cause: GoneCause) -> None:
        self.leaving.over(key)
        if self.web is not None:
            self.web.gone(key, cause)
        talking = self._calls.get(ContactId(key.id))
        if cause is not GoneCause.HUNG_UP and talking is not None and talking.leg == IN_QUEUE:
            return  # it left for Queue() before, and talks there
        id_ = self._lines.named.get(key, ContactId(key.id))
        self._note_line(id_, Line(_LINE_ENDS[cause], now_ms()))
        self._recordings.ended(id_)
        call = self._lines.take_out(key)
        if call is None:
            return
        contact = call.contact
        await self._waiting.hush(contact.id)
        if not contact.queue:
            self._departures.drop(contact, cause)
        elif call.leg is None and cause is GoneCause.FAX:
            await self._report(ContactLeft(contact=contact.id, reason=cause))
        elif call.leg is None and cause is not GoneCause.HUNG_UP:
            await self._fell_out(call)
        elif call.leg is not None:
            await self._report(ContactEnded(contact=contact.id, reason=cause))
        elif not self._proposals.is_asked(contact.id):
            await self._report(ContactLeft(contact=contact.id, reason="abandoned"))

    def _note_line(self, contact: ContactId, line: Line) -> None:
        """Note what became of a line; the contact tells of it at its end, if that is still to come."""
        if (call := self._calls.get(contact)) is not None:
            call.contact.line = line
        else:
            self._journal.put(lambda: self._crm.contacts.line_ended(contact, line))

    async def customer_answered(self, call: IncomingCall) -> None:
        action = self._callbacks.answered(ContactId(call.callback))
        if action is None or self._board.get(action.contact) is None:
            await self.control.hang_up(call.key)
            return
        self.take(call)
        at_ms = now_ms()
        if await self.connections.connect(action):
            self._journal.put(lambda: self._crm.contacts.connected(action.contact, action.agent, at_ms))

    async def customer_failed(self, key: ChannelKey, reason: LegFailure) -> None:
        await self._callbacks.failed(key, reason)

    async def _fell_out(self, call: Call) -> None:
        """A call that waits is in `Queue()`, or is no more: the router keeps its place until that is seen."""
        self.fallback.expect(call.contact.id, call.key)
        for offer in call.contact.offers:
            await self._report(OfferRejected(offer=offer.offer, agent=offer.agent, reason="fallback"))

    async def leg_answered(self, ref: str) -> None:
        if self.supervisors.has(ref):
            await self.supervisors.answered(ref)
            return
        if self.lost_phones.has(ref):
            await self.lost_phones.answered(ref)
            return
        await self.connections.answered(ref)

    async def leg_failed(self, ref: str, reason: LegFailure) -> None:
        if self.supervisors.has(ref):
            self.supervisors.failed(ref, reason)
            return
        if self.lost_phones.has(ref):
            self.lost_phones.failed(ref)
            return
        await self.connections.failed(ref, reason)

    async def leg_gone(self, ref: str, cause: GoneCause) -> None:
        if self.supervisors.has(ref):
            self.supervisors.gone(ref)
            return
        call = self.connections.gone(ref)
        if call is None:
            if cause is GoneCause.PHONE_LOST and await self.lost_phones.party_lost(ref):
                return
            if not await self.talks.party_gone(ref, cause):
                await self._callbacks.leg_gone(ref)
            return
        if cause is GoneCause.PHONE_LOST and await self.lost_phones.lost(call, ref):
            return
        if await self.talks.own_gone(call, ref):
            return
        try:
            await self.control.hang_up(call.key)
        except NodeUnavailable:  # the caller, if still there, is found to talk to nobody
            call.leg = None
            self._mend()

    async def node_up(self, snapshot: NodeSnapshot) -> None:
        """Take over what Asterisk has and we do not know, and let go whom we could not let go before."""
        await asyncio.gather(*(self.found.adopt(found) for found in snapshot.found))
        await self.fallback.look()
        await self.leaving.go_on(snapshot.known)
        self._recordings.settle_soon()
        self.is_settled = True
        self.absences.over(now_ms())
        self._mend()

    async def node_down(self) -> None:
        self._is_away()

    def stand_by(self) -> None:
        """Another hub serves the node now, and has our calls."""
        self._is_away()
        self._calls.clear()
        self.leaving.forget_all()
        self.connections.forget_all()
        self._recordings.forget_all()
        self.supervisors.forget_all()

    def _is_away(self) -> None:
        self.is_settled = False
        self.absences.began(now_ms())

    # --- arrival -------------------------------------------------------------------------------

    def take(self, incoming: IncomingCall) -> Call:
        """Take a call on; what the router knew of it before stays."""
        id_ = ContactId(incoming.callback or incoming.again or incoming.key.id)
        if id_ != incoming.key.id:
            self._lines.named[incoming.key] = id_
        contact = self._board.get(id_) or LiveContact(
            id=id_, channel=Channel.VOICE, queue=QueueName(""), arrived_ms=incoming.at_ms
        )
        contact.address = normalise(IdentifierKind.PHONE, incoming.caller_number, region=self.settings.region)
        contact.name, contact.line = incoming.caller_name or contact.name, None
        self._board.add(contact)
        call = self._calls[id_] = Call(incoming, contact, self.flow)
        return call

    async def lead(self, call: Call, start: SectionName | None = None, *, is_new: bool = False) -> None:
        """Lead a caller through the menus and to where they lead; whatever happens, nobody is left alone."""
        try:
            if is_new:
                await self.recognise(call)
            await self.exits.leave(call, await self._lead(call, start))
        except CallGone:
            pass  # `call_gone` follows and cleans up
        except (AcdUnavailable, AcdFull, CtiError) as error:
            log.warning("voice.not_served", contact=call.contact.id, reason=str(error))
            call.is_given_up = not isinstance(error, AcdUnavailable | NodeUnavailable)
            await self.leaving.let_go(call)
        except Exception:
            log.exception("voice.failed", contact=call.contact.id)
            call.is_given_up = True
            await self.leaving.let_go(call)

    async def _lead(self, call: Call, start: SectionName | None) -> Exit:
        """Lead a caller through the menus; if the link breaks there, the way goes to the default queue."""
        if self.web is not None and self.web.is_web(call):
            return self.web.wanted(call)
        try:
            return await self._reception.lead(call, self.control, start)
        except NodeUnavailable:
            await self.control.up(_LINK_S)
            return ToQueue(self.settings.default_queue, 0, {})

    async def recognise(self, call: Call) -> None:
        """Find out whose call it is."""
        if self.web is not None and self.web.is_web(call):
            await self.web.recognise(call)
        else:
            await self._reception.recognise(call)

    async def queue(self, call: Call, wanted: ToQueue) -> None:
        """Let a caller wait, with music, for whom the router finds.

        The router may have an agent at once: it is not kept waiting for the music, and the music is
        asked for first, so that the bridge which follows ends it.
        """
        contact = call.contact
        contact.queue, call.wanted = wanted.queue, wanted
        self._journal.put(lambda: self._crm.contacts.queued(contact.id, wanted.queue))
        done = await asyncio.gather(
            self._let_wait(call, self.settings.routing.place_ms(call.routed())),
            self._submit(ContactQueued(contact=call.routed())),
            return_exceptions=True,  # both are over before anything else is told of this call
        )
        for outcome in done:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _let_wait(self, call: Call, place_ms: int | None = None) -> None:
        """Play music, and tell the channel where Asterisk is to go on if the hub dies."""
        await asyncio.gather(
            self._waiting.play_music(call),
            self.control.keep_place(call.key, call.contact.queue, place_ms),
        )
        self._recordings.waits(call)

    async def talks_in_queue(self, incoming: IncomingCall, agent: AgentId) -> bool:
        """A caller talks to an agent whom app_queue rang; whether that is news."""
        return await self.found.talks_in_queue(incoming, agent)

    async def talk_in_queue_ended(self, contact: ContactId) -> None:
        """A talk that `talks_in_queue` told of is over."""
        if (call := self._calls.get(contact)) is not None and call.leg == IN_QUEUE:
            await self.call_gone(call.key, GoneCause.HUNG_UP)

    @property
    def trunks(self) -> Trunks:
        """The ways to numbers outside."""
        return self._callbacks.trunks

    def call_of(self, contact: ContactId) -> Call | None:
        """Return the call of a contact; None if it is not on the line."""
        return self._calls.get(contact)

    def expects(self, contact: ContactId) -> bool:
        """Whether a contact lives without a call: its customer is being called, or just asked to be."""
        return self._callbacks.is_under_way(contact) or self._proposals.is_asked(contact)

    def routed(self, contact: LiveContact) -> Contact | None:
        """Return a call or callback as the router sees it; None if nobody is on the line or to be called.

        One that is about another counts as long as its agent is on the phone, or is to be.
        """
        if contact.about is not None:
            party = self.talks.party_of(contact)
            return as_consultation(contact, party.agent) if party is not None else None
        if (call := self._calls.get(contact.id)) is not None:
            return call.routed()
        return as_callback(contact) if contact.is_callback else None

    # --- the router's actions ------------------------------------------------------------------

    async def wait_again(self, call: Call) -> None:
        """The agent was gone before the two could talk: back to the old place."""
        call.leg = None
        await self._report(ContactReturned(contact=call.contact.id, reason="agent_gone"))
        with suppress(CtiError):
            await self.control.put_off(call.key)
            await self._let_wait(call)

    async def let_wait(self, call: Call) -> None:
        """The agent let a caller go: he waits, with music."""
        await self._let_wait(call)

    async def refused(self, contact: LiveContact) -> None:
        """The router did not take the call, and there are no words for it: Asterisk's own queue has it."""
        if (call := self._calls.get(contact.id)) is not None:
            call.is_given_up = True
            await self.leaving.let_go(call)

    # --- agents' commands ----------------------------------------------------------------------

    async def invite(self, call: Call, channel: Channel) -> bool:
        """Send a caller the way to go on with his agent by text; whether that can be."""
        return await self._proposals.invite(call, channel)

    async def hang_up(self, contact: LiveContact) -> None:
        """End a call, or leave it to those who were brought into it; one that ended meanwhile is ended."""
        about = self._calls.get(contact.about) if contact.about else None
        if about is not None and (party := about.party(contact.id)) is not None:
            await self.talks.let_go(about, party)
        elif (call := self._calls.get(contact.id)) is not None:
            if call.leg == IN_QUEUE:
                await self.fallback.hang_up(call.key)
            elif call.leg == LOST:
                if not await self.talks.own_gone(call, LOST):
                    await self.control.hang_up(call.key)
            elif call.leg is not None and call.parties:
                await self.control.hang_up_leg(call.leg)
            else:
                await self.control.hang_up(call.key)
        else:
            await self._callbacks.give_up(contact.id)
