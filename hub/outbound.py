"""Calls that we make: the contact of one, made before anybody rings."""

import secrets
from typing import Final

from acd.contact import Channel, Contact
from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.model import JourneyItem, JourneyKind
from hub.board import Board, LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.dialling import Dialled
from hub.journal import Journal
from hub.reception import Reception

DIALLED: Final = "dial-"
"""What the id of a contact begins with whose number an agent dialled."""


class Outbound:
    """Makes contacts of numbers that agents dial, or that customers want to be called at."""

    def __init__(self, reception: Reception, *, board: Board, crm: Crm, journal: Journal) -> None:
        self._reception, self._board = reception, board
        self._crm, self._journal = crm, journal

    async def dial(self, agent: AgentId, to: Dialled, queue: QueueName) -> Contact:
        """Put a contact on the board for a number that an agent calls; returns it for the router."""
        at_ms = now_ms()
        contact = LiveContact(
            id=ContactId(f"{DIALLED}{agent}-{secrets.token_hex(5)}"),
            channel=Channel.VOICE,
            queue=queue,
            arrived_ms=at_ms,
            address=to.number,
            identity=to.identity,
            since_ms=at_ms,
            is_callback=True,
            outbound=True,
            reserved=agent,
        )
        await self._reception.identify(contact)
        self._board.add(contact)
        item = JourneyItem(at_ms, JourneyKind.DIALLED, agent=agent)
        self._journal.put(lambda: self._crm.contacts.queued(contact.id, queue))
        self._journal.put(lambda: self._crm.contacts.talked(contact.id, item))
        return Contact(
            id=contact.id,
            channel=contact.channel,
            queue=queue,
            customer=contact.customer,
            arrived_ms=at_ms,
            is_callback=True,
            reserved=agent,
        )

    async def call_back(self, id_: ContactId, of: LiveContact, number: str) -> Contact:
        """Put a contact on the board for a customer who wrote and wants to be called; returns it.

        It has the place of the text contact, and favours its agent.
        """
        at_ms = now_ms()
        contact = LiveContact(
            id=id_,
            channel=Channel.VOICE,
            queue=of.queue,
            arrived_ms=of.arrived_ms,
            address=number,
            customer=of.customer,
            name=of.name,
            since_ms=at_ms,
            is_callback=True,
            intent=of.intent,
            heard=of.heard,
            preferred=of.agent or of.preferred,
            priority=of.priority,
            skills=dict(of.skills),
        )
        await self._reception.identify(contact)
        self._board.add(contact)
        self._journal.put(lambda: self._crm.contacts.queued(contact.id, of.queue))
        self._journal.put(lambda: self._crm.contacts.callback(contact.id, at_ms))
        return Contact(
            id=contact.id,
            channel=contact.channel,
            queue=contact.queue,
            customer=contact.customer,
            preferred=(contact.preferred,) if contact.preferred else (),
            skills=contact.skills,
            priority=contact.priority,
            arrived_ms=contact.arrived_ms,
            is_callback=True,
        )

    def not_dialled(self, contact: ContactId, reason: str) -> None:
        """The router did not take it."""
        at_ms = now_ms()
        self._board.drop(contact)
        self._journal.put(lambda: self._crm.contacts.ended(contact, at_ms, reason))
