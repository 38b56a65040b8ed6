"""Bringing to agree what the router, the channels and the database hold for true.

Each may have been away while the others went on. What lives wins: a call that is up, a thread that
is open. Where all agree already, nothing is submitted.
"""

from collections.abc import Mapping

import structlog

from acd.contact import Contact, ContactState, Pace
from acd.core.moves import offer_action
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.events import ContactConnected, ContactEnded, ContactHandedOver, ContactQueued
from acd.ids import ContactId
from acd.router import Acd
from crm_bridge.errors import CrmUnavailable
from crm_bridge.model import ContactRecord as StoredContact
from hub.board import Board, LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.desk import Desk
from hub.outbound import DIALLED
from hub.text import TextDesk
from hub.truth import Truth
from hub.voice import VoiceDesk

log = structlog.get_logger()

Stored = Mapping[ContactId, StoredContact]


class Reconciler:
    """Compares and mends (`hub.perform.Agree`)."""

    def __init__(
        self,
        acd: Acd,
        *,
        board: Board,
        crm: Crm,
        truth: Truth,
        desk: Desk,
        text: TextDesk,
        voice: VoiceDesk,
        node: str,
    ) -> None:
        self._acd, self._board, self._crm, self._node = acd, board, crm, node
        self._truth, self._desk, self._text, self._voice = truth, desk, text, voice
        self._has_ended_old = False

    async def agree(self, state: RoutingState) -> None:
        """Bring all to agree; agents whose part changed by that are shown it anew."""
        before = self._board.shares()
        await self._truth.tell(state)
        stored = await self._stored()
        for record in state.contacts.values():
            await self._from_router(state, record, stored)
        for each in (stored or {}).values():
            if self._board.get(each.id) is None:
                self._board.add(LiveContact.of(each))
        for contact in self._board.all():
            if contact.id not in state.contacts and contact.queue:
                await self._to_router(contact)
        await self._voice.connections.settle()
        await self._voice.found.talks.settle()
        await self._end_old(state)
        self._board.loaded.set()
        after = self._board.shares()
        await self._desk.show_anew(
            agent for agent in before.keys() | after.keys() if before.get(agent) != after.get(agent)
        )

    async def _stored(self) -> Stored | None:
        """Return what lives without Asterisk: open text contacts, and customers who wait to be called.

        None while the database is away: calls don't wait for it.
        """
        closing = self._text.closing()  # as of before the look: meanwhile the database may catch up
        try:
            threads = await self._crm.contacts.open_threads()
            callbacks = await self._crm.contacts.open_callbacks()
            return {each.id: each for each in (*threads, *callbacks) if each.id not in closing}
        except CrmUnavailable:
            log.warning("reconcile.database_away")
            return None

    async def _from_router(self, state: RoutingState, record: ContactRecord, stored: Stored | None) -> None:
        """The router has a contact: it is on the board, or it is over."""
        contact = record.contact
        live = self._board.get(contact.id) or await self._found(contact, stored)
        if live is None:
            if stored is not None:
                await self._end(contact.id)
            return
        is_lost = self._is_lost(record, stored)
        if is_lost:
            await self._end(contact.id)
        elif record.is_queued and live.agent is not None and self._talks(live):
            await self._acd.submit(ContactConnected(contact=contact, agent=live.agent))
            return
        elif record.state is ContactState.CONNECTED and self._is_another_s(live, record):
            assert live.agent is not None, "see above"
            await self._acd.submit(ContactHandedOver(contact=contact.id, agent=live.agent))
            return
        if live.state is not record.state:
            live.state, live.since_ms = record.state, now_ms()
        live.queue, live.agent, live.wrap_up_until_ms = contact.queue, record.agent, record.wrap_until_ms
        live.suspended = record.pace is Pace.SUSPENDED
        live.parked_until_ms = record.not_before_ms if record.is_parked else 0
        live.is_callback = contact.is_callback and not is_lost
        if contact.is_dialled:
            live.outbound, live.reserved = True, contact.reserved
        live.parked_until_ms = record.not_before_ms if record.is_parked else 0
        leases = () if is_lost else (state.offers[offer] for offer in record.offers)
        live.offers = tuple(offer_action(state, record, lease) for lease in leases)

    def _talks(self, live: LiveContact) -> bool:
        """Whether an agent is on the phone for a contact."""
        if live.about is not None:
            return self._voice.talks.is_there(live)
        call = self._voice.call_of(live.id)
        return call is not None and call.leg is not None

    def _is_another_s(self, live: LiveContact, record: ContactRecord) -> bool:
        """Whether a call talks to another agent than the router believes: he took it over meanwhile."""
        is_call = live.channel.is_live and live.about is None and self._voice.is_settled
        return is_call and live.agent not in (None, record.agent) and self._talks(live)

    def _is_lost(self, record: ContactRecord, stored: Stored | None) -> bool:
        """Whether a call that the router has is on no line, and its customer does not wait for ours."""
        contact = record.contact
        if not contact.channel.is_live or record.state is ContactState.WRAP_UP or not self._voice.is_settled:
            return False
        if contact.about is not None:
            live = self._board.get(contact.id)
            is_here = live is not None and self._voice.talks.party_of(live) is not None
            return self._voice.call_of(contact.about) is None or not (record.is_queued or is_here)
        here = self._voice.call_of(contact.id) is not None or self._voice.expects(contact.id)
        if here or self._voice.fallback.has(contact.id):
            return False
        if not contact.is_callback:
            return True
        # A customer who was reached no longer counts as one who waits to be.
        return record.state is ContactState.CONNECTED and stored is not None and contact.id not in stored

    async def _found(self, contact: Contact, stored: Stored | None) -> LiveContact | None:
        """Put a contact on the board that only the router has; None if it cannot be known."""
        found = (stored or {}).get(contact.id)
        try:
            found = found or await self._crm.contacts.get(contact.id)
        except CrmUnavailable:
            found = None
        if (here := self._board.get(contact.id)) is not None:
            return here  # its call was found meanwhile
        if found is not None:
            live = LiveContact.of(found)
        elif contact.channel.is_live:
            live = LiveContact(
                id=contact.id,
                channel=contact.channel,
                queue=contact.queue,
                arrived_ms=contact.arrived_ms,
                customer=contact.customer,
            )
        else:
            return None
        if contact.about is not None and (about := self._board.get(contact.about)) is not None:
            live.about = about.id
            live.address, live.name, live.ivr = about.address, about.name, about.ivr
            live.intent, live.heard = about.intent, about.heard
        self._board.add(live)
        return live

    async def _to_router(self, contact: LiveContact) -> None:
        """The router does not have a contact: it lives and the router hears of it, or it is over."""
        contact.offers = ()
        if contact.channel.is_live and not self._voice.is_settled:
            return
        if contact.state is ContactState.WRAP_UP:
            routed = None
        elif contact.channel.is_live:
            routed = self._voice.routed(contact)
            if routed is not None and routed.is_callback and not self._voice.expects(contact.id):
                contact.state, contact.agent = ContactState.WAITING, None
        else:
            routed = await self._text.routed(contact)
        if routed is None:
            await self._end(contact.id)
        elif contact.agent is not None and contact.state is ContactState.CONNECTED:
            await self._acd.submit(ContactConnected(contact=routed, agent=contact.agent))
        else:
            await self._acd.submit(ContactQueued(contact=routed))

    async def _end_old(self, state: RoutingState) -> None:
        """End, once, the calls that a hub before this one ended and did not come to write down."""
        if self._has_ended_old or not self._voice.is_settled:
            return
        try:
            for each in await self._crm.contacts.all_open():
                is_ours = each.id.startswith((f"{self._node}-", DIALLED))
                is_call = each.channel.is_live and not each.is_callback
                if is_ours and is_call and not self._is_known(state, each.id):
                    log.info("reconcile.contact_not_written", contact=each.id)
                    await self._crm.contacts.ended(each.id, now_ms(), "lost")
        except CrmUnavailable:
            return  # at the next agreement
        self._has_ended_old = True

    def _is_known(self, state: RoutingState, contact: ContactId) -> bool:
        is_on_line = self._voice.call_of(contact) is not None or self._voice.fallback.has(contact)
        return is_on_line or contact in state.contacts or self._board.get(contact) is not None

    async def _end(self, contact: ContactId) -> None:
        log.info("reconcile.contact_lost", contact=contact)
        await self._acd.submit(ContactEnded(contact=contact, reason="lost"))
