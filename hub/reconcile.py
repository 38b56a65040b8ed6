"""Bringing to agree what the router, the channels and the database hold for true.

Each may have been away while the others went on. What lives wins: a call that is up, a thread that
is open. Where all agree already, nothing is submitted.
"""

from collections.abc import Mapping

import structlog

from acd.actions import OfferContact
from acd.contact import Contact, ContactState
from acd.core.records import ContactRecord, OfferRecord
from acd.core.state import RoutingState
from acd.events import ContactConnected, ContactEnded, ContactQueued
from acd.ids import ContactId
from acd.router import Acd
from crm_bridge.errors import CrmUnavailable
from crm_bridge.model import ContactRecord as StoredContact
from hub.board import Board, LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.desk import Desk
from hub.text import TextDesk
from hub.truth import Truth
from hub.voice import VoiceDesk

log = structlog.get_logger()

Threads = Mapping[ContactId, StoredContact]


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
    ) -> None:
        self._acd, self._board, self._crm = acd, board, crm
        self._truth, self._desk, self._text, self._voice = truth, desk, text, voice

    async def agree(self, state: RoutingState) -> None:
        """Bring all to agree; agents whose part changed by that are shown it anew."""
        before = self._board.shares()
        await self._truth.tell(state)
        threads = await self._open_threads()
        for record in state.contacts.values():
            await self._from_router(state, record, threads)
        for thread in (threads or {}).values():
            if self._board.get(thread.id) is None:
                self._board.add(LiveContact.of(thread))
        for contact in self._board.all():
            if contact.id not in state.contacts and contact.queue:
                await self._to_router(contact)
        self._board.loaded.set()
        after = self._board.shares()
        await self._desk.show_anew(
            agent for agent in before.keys() | after.keys() if before.get(agent) != after.get(agent)
        )

    async def _open_threads(self) -> Threads | None:
        """Return the open text contacts; None while the database is away: calls don't wait for it."""
        closing = self._text.closing()  # as of before the look: meanwhile the database may catch up
        try:
            threads = await self._crm.contacts.open_threads()
            return {thread.id: thread for thread in threads if thread.id not in closing}
        except CrmUnavailable:
            log.warning("reconcile.database_away")
            return None

    async def _from_router(self, state: RoutingState, record: ContactRecord, threads: Threads | None) -> None:
        """The router has a contact: it is on the board, or it is over."""
        contact = record.contact
        live = self._board.get(contact.id) or await self._found(contact, threads)
        if live is None:
            if threads is not None:
                await self._end(contact.id)
            return
        call, has_call = self._voice.call_of(contact.id), record.state is not ContactState.WRAP_UP
        is_missing = call is None and not self._voice.fallback.has(contact.id)
        is_lost = contact.channel.is_live and has_call and self._voice.is_settled and is_missing
        if is_lost:
            await self._end(contact.id)
        elif call is not None and call.leg is not None and record.is_queued and live.agent is not None:
            await self._acd.submit(ContactConnected(contact=contact, agent=live.agent))
            return
        if live.state is not record.state:
            live.state, live.since_ms = record.state, now_ms()
        live.queue, live.agent, live.wrap_up_until_ms = contact.queue, record.agent, record.wrap_until_ms
        leases = () if is_lost else (state.offers[offer] for offer in record.offers)
        live.offers = tuple(_offer(state, lease) for lease in leases)

    async def _found(self, contact: Contact, threads: Threads | None) -> LiveContact | None:
        """Put a contact on the board that only the router has; None if it cannot be known."""
        stored = (threads or {}).get(contact.id)
        try:
            stored = stored or await self._crm.contacts.get(contact.id)
        except CrmUnavailable:
            stored = None
        if stored is not None:
            live = LiveContact.of(stored)
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
        self._board.add(live)
        return live

    async def _to_router(self, contact: LiveContact) -> None:
        """The router does not have a contact: it lives and the router hears of it, or it is over."""
        if contact.channel.is_live and not self._voice.is_settled:
            return
        if contact.state is ContactState.WRAP_UP:
            routed = None
        elif contact.channel.is_live:
            routed = self._voice.routed(contact.id)
        else:
            routed = await self._text.routed(contact)
        if routed is None:
            await self._end(contact.id)
        elif contact.agent is not None and contact.state is ContactState.CONNECTED:
            await self._acd.submit(ContactConnected(contact=routed, agent=contact.agent))
        else:
            await self._acd.submit(ContactQueued(contact=routed))

    async def _end(self, contact: ContactId) -> None:
        log.info("reconcile.contact_lost", contact=contact)
        await self._acd.submit(ContactEnded(contact=contact, reason="lost"))


def _offer(state: RoutingState, lease: OfferRecord) -> OfferContact:
    contact = state.contacts[lease.contact].contact
    return OfferContact(
        offer=lease.id,
        contact=lease.contact,
        channel=contact.channel,
        queue=contact.queue,
        agent=lease.agent,
        ring_s=state.queue(contact.queue).ring_s,
        deadline_ms=lease.deadline_ms,
    )
