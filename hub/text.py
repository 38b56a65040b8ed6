"""A text contact from the customer's message to the agent's answer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from acd.actions import RefuseContact
from acd.contact import Channel, Contact, ContactState
from acd.events import AgentWrote, ContactEnded, ContactQueued, CustomerIdentified, CustomerWrote
from acd.ids import AgentId, ContactId, CustomerId, QueueName, new_id
from crm_bridge.errors import CrmUnavailable
from crm_bridge.identifiers import KIND_OF_CHANNEL, IdentifierKind, LinkedBy
from crm_bridge.model import Delivery, Direction, Linked, LinkRefused, Message
from gateways.outbox import Outbox
from gateways.protocol import Delivery as Sent
from gateways.protocol import Gateway, Inbound, Incoming, Outbound
from hub.board import Board, LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.deflected import Deflected, take_over
from hub.errors import HubError
from hub.journal import Journal
from hub.submit import Report, Submit
from hub.texts import is_written, text

log = structlog.get_logger()


class MessageIdTaken(HubError):
    """A message of another contact has this id: nothing was sent."""


class TextView(Protocol):
    """Where an agent sees what is said."""

    def message(self, contact: LiveContact, message: Message) -> None: ...

    def delivery(self, contact: LiveContact, message: str, delivery: Delivery) -> None: ...


@dataclass(frozen=True, slots=True)
class TextSettings:
    """`queues`: where a channel's new contacts wait."""

    queues: Mapping[Channel, QueueName]
    default_queue: QueueName


class TextDesk:
    """Customers' messages in, agents' answers out.

    A contact is over (`over`) before the database says so: until then its thread begins a new one.
    """

    def __init__(
        self,
        settings: TextSettings,
        *,
        crm: Crm,
        board: Board,
        journal: Journal,
        submit: Submit,
        report: Report,
        gateways: Mapping[Channel, Gateway],
    ) -> None:
        self._settings, self._crm, self._board = settings, crm, board
        self._journal, self._submit, self._report, self._gateways = journal, submit, report, gateways
        self._reply_tokens: dict[ContactId, str] = {}
        self._over: set[ContactId] = set()
        self.view: TextView
        self.outbox: Outbox

    def go_by(self, queues: Mapping[Channel, QueueName], default_queue: QueueName) -> None:
        """Take over where contacts wait that begin from now on."""
        self._settings = replace(self._settings, queues=queues, default_queue=default_queue)

    # --- from the customer -------------------------------------------------------------------

    async def handle(self, incoming: Incoming) -> None:
        """Take one stored event in; told twice, it has one effect."""
        if isinstance(incoming, Inbound):
            await self._message(incoming)
        else:
            log.info("text.not_served", kind=type(incoming).__name__)

    async def _message(self, inbound: Inbound) -> None:
        deflected = await self._redeem(inbound)
        contact, linked = self._board.thread(inbound.channel, inbound.address), False
        if contact is None or deflected is not None or _is_over(contact):
            customer = await self._customer(inbound)
            linked = deflected is not None and await self._link(customer, inbound, deflected)
            contact = await self._contact(inbound, customer, deflected)
        message = Message(
            id=f"{inbound.channel}:{inbound.event_id}",
            direction=Direction.IN,
            author=None,
            text=inbound.text,
            at_ms=inbound.at_ms,
        )
        is_new = await self._crm.messages.add(contact.id, message)
        if _is_over(contact):  # closed while the message was stored: somebody has to see it all the same
            contact = await self._contact(inbound, contact.customer, None)
        was_queued = await self._ensure_queued(contact)
        if inbound.reply_token:
            self._reply_tokens[contact.id] = inbound.reply_token
        if is_new:
            self.view.message(contact, message)
        if was_queued:
            await self._submit(CustomerWrote(contact=contact.id))
        if deflected is not None and inbound.channel is not Channel.SMS:
            name = _linked(inbound.channel) if linked else "not_linked"
            await self._say(contact, f"{message.id}:{name}", text(name, deflected.language))

    async def _customer(self, inbound: Inbound) -> CustomerId:
        kind = KIND_OF_CHANNEL[inbound.channel]
        if known := await self._crm.customers.identify(kind, inbound.address):
            return known.customer.id
        name = await self._gateways[inbound.channel].display_name(inbound.address) or ""
        customer = await self._crm.customers.ensure(
            kind, inbound.address, LinkedBy.FIRST_CONTACT, at_ms=inbound.at_ms, name=name
        )
        return customer.id

    async def _redeem(self, inbound: Inbound) -> Deflected | None:
        """Return what a call left behind for this message: by its token, or by SMS for its number."""
        if inbound.channel is Channel.SMS:
            awaited = await self._crm.deflections.awaited(inbound.address, Channel.SMS, now_ms())
            return Deflected.of_deflection(awaited) if awaited else None
        carried = inbound.link or inbound.text
        payload = await self._crm.tokens.redeem(carried, now_ms(), by=inbound.event_id)
        return Deflected.of(payload) if payload else None

    async def _link(self, customer: CustomerId, inbound: Inbound, deflected: Deflected) -> bool:
        if inbound.channel is Channel.SMS:
            return True  # it is the number itself
        result = await self._crm.customers.link(
            customer, IdentifierKind.PHONE, deflected.number, LinkedBy.SIGNED_LINK, at_ms=inbound.at_ms
        )
        if isinstance(result, LinkRefused):
            log.warning("text.link_refused", reason=result.reason)
            return False
        await self._crm.contacts.assign_customer(deflected.call, result.customer.id)
        await self._tell_owner(result)
        return True

    async def _tell_owner(self, linked: Linked) -> None:
        """Two customers turned out to be one: the router goes by that for what lives."""
        for contact in self._board.all():
            if linked.absorbed is not None and contact.customer == linked.absorbed:
                contact.customer = linked.customer.id
                await self._submit(CustomerIdentified(contact=contact.id, customer=linked.customer.id))

    async def _contact(
        self, inbound: Inbound, customer: CustomerId | None, deflected: Deflected | None
    ) -> LiveContact:
        """Return the thread's open contact, or a new one. One that is being wrapped up is over."""
        crm = self._crm.contacts
        own = self._settings.queues.get(inbound.channel, self._settings.default_queue)
        named = QueueName(inbound.queue) if inbound.queue else None
        queue = (deflected and deflected.queue) or named or own
        arrived_ms = deflected.arrived_ms if deflected else inbound.at_ms
        new = ContactId(new_id())
        while True:
            contact_id = await crm.opened(
                new,
                channel=inbound.channel,
                address=inbound.address,
                at_ms=arrived_ms,
                customer=customer,
                queue=queue,
            )
            record = await crm.get(contact_id)
            assert record is not None, "a contact that was just opened is stored"
            live = self._board.get(contact_id) or LiveContact.of(record)
            if contact_id not in self._over and not _is_over(live):
                live.customer, live.name = record.customer, record.name
                if deflected is not None:
                    await self._go_on(live, deflected, inbound.at_ms)
                return live
            await crm.ended(contact_id, now_ms(), "closed")

    async def _go_on(self, contact: LiveContact, deflected: Deflected, at_ms: int) -> None:
        """Let a text contact go on where the call ended."""
        take_over(contact, deflected)
        await self._crm.contacts.ivr_path(contact.id, deflected.path, at_ms)
        await self._crm.contacts.learned(
            contact.id,
            intent=deflected.intent,
            heard=deflected.heard,
            preferred=deflected.agent,
            at_ms=at_ms,
        )
        await self._crm.deflections.opened(deflected.id, contact.id, at_ms)

    async def _ensure_queued(self, contact: LiveContact) -> bool:
        """Hand a contact to the router; whether it was there before."""
        if self._board.get(contact.id) is not None:
            return True
        self._board.add(contact)
        try:
            await self._submit(ContactQueued(contact=await self.routed(contact)))
        except BaseException:
            self._board.drop(contact.id)
            raise
        return False

    async def routed(self, contact: LiveContact) -> Contact:
        """Return a text contact as the router sees it; without a database it prefers nobody."""
        try:
            known = await self._crm.customers.identify(KIND_OF_CHANNEL[contact.channel], contact.address)
        except CrmUnavailable:
            known = None
        agents = (contact.preferred, known.last_text_agent if known else None)
        return Contact(
            id=contact.id,
            channel=contact.channel,
            queue=contact.queue,
            customer=contact.customer,
            preferred=tuple(dict.fromkeys(agent for agent in agents if agent)),
            skills=contact.skills,
            priority=contact.priority,
            arrived_ms=contact.arrived_ms,
        )

    # --- to the customer ---------------------------------------------------------------------

    async def send(self, contact: LiveContact, agent: AgentId, message_id: str, body: str) -> None:
        """Send an agent's message, once for each id; raises `MessageIdTaken`."""
        message = Message(message_id, Direction.OUT, agent, body, now_ms(), Delivery.QUEUED)
        if await self._send(contact, message):
            await self._report(AgentWrote(contact=contact.id))

    async def _say(self, contact: LiveContact, message_id: str, body: str) -> None:
        await self._send(contact, Message(message_id, Direction.OUT, None, body, now_ms(), Delivery.QUEUED))

    async def _send(self, contact: LiveContact, message: Message) -> bool:
        """Send a message, once for each id; whether this was the time."""
        assert contact.address is not None, "a text contact has an address"
        is_new = await self._crm.messages.add(contact.id, message)
        if not is_new and all(each.id != message.id for each in await self._crm.messages.of(contact.id)):
            raise MessageIdTaken(message.id)
        outbound = Outbound(
            channel=contact.channel,
            key=message.id,
            address=contact.address,
            text=message.text,
            contact=contact.id,
            reply_token=self._reply_tokens.get(contact.id),
        )
        if not await self.outbox.put(outbound):
            return False
        self._reply_tokens.pop(contact.id, None)
        self.view.message(contact, message)
        return True

    async def delivered(self, outbound: Outbound, sent: Sent) -> None:
        """Note how far a message came, and show it."""
        delivery = Delivery(sent.value)
        await self._crm.messages.set_delivery(outbound.key, delivery)
        if delivery is Delivery.FAILED:  # an invitation has the key of its deflection
            await self._crm.deflections.failed(outbound.key, "not_delivered")
        contact = self._board.get(ContactId(outbound.contact)) if outbound.contact else None
        if contact is not None:
            self.view.delivery(contact, outbound.key, delivery)

    # --- the router's actions ----------------------------------------------------------------

    async def refused(self, action: RefuseContact, contact: LiveContact) -> None:
        """The router did not take the contact: say so, and let the next message try anew."""
        words = text(action.reason if is_written(action.reason) else "refused", "ja")
        await self.turn_away(contact, action.reason, words)

    async def turn_away(self, contact: LiveContact, reason: str, words: str) -> None:
        """Tell the customer that nobody serves the contact: it is over, and the next message tries anew."""
        await self._say(contact, f"{contact.id}:refused", words)
        await self._crm.contacts.ended(contact.id, now_ms(), reason)

    async def end(self, contact: LiveContact, reason: str) -> None:
        """The agent closes the contact."""
        await self._submit(ContactEnded(contact=contact.id, reason=reason))

    def over(self, contact: ContactId, at_ms: int, reason: str) -> None:
        """A contact is over: its thread's next message begins another one."""
        self._reply_tokens.pop(contact, None)
        self._over.add(contact)
        self._journal.put(lambda: self._note_end(contact, at_ms, reason))

    def closing(self) -> frozenset[ContactId]:
        """Return the contacts that are over though the database may have them open."""
        return frozenset(self._over)

    async def _note_end(self, contact: ContactId, at_ms: int, reason: str) -> None:
        await self._crm.contacts.ended(contact, at_ms, reason)
        self._over.discard(contact)


def _linked(channel: Channel) -> str:
    """Name what a customer is told whose call goes on here."""
    return "linked" if channel is Channel.LINE else "carried_on"


def _is_over(contact: LiveContact) -> bool:
    """Whether nobody talks in a contact any more, though it may be wrapped up."""
    return contact.state in (ContactState.WRAP_UP, ContactState.ENDED)
