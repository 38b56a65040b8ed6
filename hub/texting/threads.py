"""Which contact a customer's message belongs to, and who he is."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from acd.contact import Channel, ContactState
from acd.events import CustomerIdentified
from acd.ids import ContactId, CustomerId, QueueName, new_id
from crm_bridge.identifiers import IdentifierKind, LinkedBy, identifier_of
from crm_bridge.model import ContactRecord, Linked, LinkRefused
from gateways import case_numbers
from gateways.outbox import Outbox
from gateways.protocol import Gateway, Inbound
from hub.board import Board, LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.deflected import Deflected, take_over
from hub.submit import Submit
from hub.texting.sender import carried_by

log = structlog.get_logger()

_MANY = (Channel.EMAIL, Channel.TICKET, Channel.FAX)
"""Channels where an address may have several open threads: a message without a reference begins one.

A mail may go on in the contact of a ticket.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The contact of a message.

    `deflected` is what a call left behind for it, `linked`: whether the caller's number is his now.
    `bot` is how far the bot is that has it, None if none has.
    """

    contact: LiveContact
    deflected: Deflected | None = None
    linked: bool = False
    bot: Mapping[str, object] | None = None
    is_over: bool = False


class Threads:
    """Finds threads: by case number, by the messages that are answered, by address.

    A case number or a reference leads only to a contact of the same sender: it proves nothing.
    `entry` says where new contacts of a channel wait, `has_bot` where a bot answers first, `is_closing` that
    a contact is over though the database does not say so yet, `outbox` where our messages are.
    """

    def __init__(
        self,
        *,
        crm: Crm,
        board: Board,
        submit: Submit,
        gateways: Mapping[Channel, Gateway],
        entry: Callable[[Channel], QueueName],
        chosen: Callable[[Inbound], QueueName | None],
        has_bot: Callable[[QueueName, Channel], bool],
        is_closing: Callable[[ContactId], bool],
        outbox: Callable[[], Outbox],
    ) -> None:
        self._crm, self._board, self._submit, self._gateways = crm, board, submit, gateways
        self._entry, self._is_closing, self._outbox = entry, is_closing, outbox
        self._chosen, self._has_bot = chosen, has_bot

    async def find(self, inbound: Inbound) -> Found:
        """Return the contact of a message, made if there is none; told twice, it is the same."""
        deflected = await self._redeem(inbound)
        if inbound.channel in _MANY:
            there = await self._crm.messages.get(message_id(inbound))
            if there is not None:  # told again
                return await self._again(there[0])
        else:
            live = self._board.thread(inbound.channel, inbound.address)
            if live is not None and deflected is None and not is_over(live):
                return Found(live)
        customer = await self._customer(inbound)
        deflected = deflected or await self._awaited(inbound, customer)
        case = await self._case(inbound, customer)
        if case is not None and {inbound.channel, case.channel} <= set(_MANY) and self._is_open(case):
            return Found(self._live(case), bot=_bot(case))
        linked = deflected is not None and await self._link(customer, inbound, deflected)
        record = await self._open(inbound, customer, deflected, case)
        live = self._live(record)
        if deflected is not None:
            await self._go_on(live, deflected, inbound.at_ms)
        elif case is not None and live.preferred is None:
            live.preferred = case.agent
        return Found(live, deflected, linked, _bot(record))

    async def anew(self, inbound: Inbound, customer: CustomerId | None) -> LiveContact:
        """Return another contact for a message whose contact ended meanwhile."""
        return self._live(await self._open(inbound, customer, None, None, is_again=True))

    async def open_of(self, inbound: Inbound) -> LiveContact | None:
        """Return the open contact of a message's sender; the newest, where there may be several."""
        record = await self._crm.contacts.open_thread(inbound.channel, inbound.address)
        return self._live(record) if record is not None and self._is_open(record) else None

    # --- who -------------------------------------------------------------------------------------

    async def _customer(self, inbound: Inbound) -> CustomerId | None:
        identifier = identifier_of(inbound.channel, inbound.address)
        if identifier is None:
            return None
        kind, value = identifier
        for each in (value, inbound.fields.get("fax_station_number")):
            if each and (known := await self._crm.customers.identify(kind, each)):
                return known.customer.id
        name = inbound.name or await self._gateways[inbound.channel].display_name(inbound.address) or ""
        customer = await self._crm.customers.ensure(
            kind, value, LinkedBy.FIRST_CONTACT, at_ms=inbound.at_ms, name=name
        )
        return customer.id

    async def _redeem(self, inbound: Inbound) -> Deflected | None:
        """Return what a call left behind for this message: by its token, or by SMS for its number."""
        if inbound.channel is Channel.SMS:
            awaited = await self._crm.deflections.awaited(inbound.address, Channel.SMS, now_ms())
            return Deflected.of_deflection(awaited) if awaited else None
        tapped = inbound.fields.get("data") if inbound.kind == "choice" else None
        carried = " ".join(each for each in (inbound.link or tapped or inbound.text, inbound.subject) if each)
        payload = await self._crm.tokens.redeem(carried, now_ms(), by=inbound.event_id)
        return Deflected.of(payload) if payload and "call" in payload else None

    async def _awaited(self, inbound: Inbound, customer: CustomerId | None) -> Deflected | None:
        """Return what a call left behind for a LINE user whose number is proved: he needs no token."""
        if inbound.channel is not Channel.LINE or customer is None:
            return None
        for each in await self._crm.customers.identifiers(customer):
            if each.kind is IdentifierKind.PHONE and each.how.is_proof:
                found = await self._crm.deflections.awaited(each.value, Channel.LINE, now_ms())
                if found is not None:
                    return Deflected.of_deflection(found)
        return None

    async def _link(self, customer: CustomerId | None, inbound: Inbound, deflected: Deflected) -> bool:
        if inbound.channel is Channel.SMS or customer is None:
            return customer is not None  # it is the number itself
        result = await self._crm.customers.link(
            customer, IdentifierKind.PHONE, deflected.number, LinkedBy.SIGNED_LINK, at_ms=inbound.at_ms
        )
        if isinstance(result, LinkRefused):
            log.warning("text.link_refused", reason=result.reason)
            return False
        await self._crm.contacts.assign_customer(deflected.call, result.customer.id)
        await self.tell_owner(result)
        return True

    async def tell_owner(self, linked: Linked) -> None:
        """Two customers turned out to be one: the router goes by that for what lives."""
        for contact in self._board.all():
            if linked.absorbed is not None and contact.customer == linked.absorbed:
                contact.customer = linked.customer.id
                await self._submit(CustomerIdentified(contact=contact.id, customer=linked.customer.id))

    # --- which -----------------------------------------------------------------------------------

    async def _case(self, inbound: Inbound, customer: CustomerId | None) -> ContactRecord | None:
        """Return the contact that a message refers to, ended or not, if it is the sender's own."""
        number = inbound.case or case_numbers.find(f"{inbound.subject or ''} {inbound.text}")
        if number is not None:
            record = await self._crm.contacts.of_case(number)
            if record is not None and _is_his(record, inbound, customer):
                return record
        if not inbound.refs:
            return None
        ours = await self._outbox().find(carried_by(inbound.channel), inbound.refs)
        for ref in reversed(inbound.refs):
            there = await self._crm.messages.get(f"{inbound.channel}:{ref}")
            contact = there[0] if there else ours[ref].contact if ref in ours else None
            record = await self._crm.contacts.get(ContactId(contact)) if contact else None
            if record is not None and _is_his(record, inbound, customer):
                return record
        return None

    async def _again(self, contact: ContactId) -> Found:
        record = await self._crm.contacts.get(contact)
        assert record is not None, "a message has a contact"
        return Found(self._live(record), bot=_bot(record), is_over=not self._is_open(record))

    def _is_open(self, record: ContactRecord) -> bool:
        live = self._board.get(record.id)
        is_open = record.state is not ContactState.ENDED and not self._is_closing(record.id)
        return is_open and (live is None or not is_over(live))

    async def _open(
        self,
        inbound: Inbound,
        customer: CustomerId | None,
        deflected: Deflected | None,
        case: ContactRecord | None,
        *,
        is_again: bool = False,
    ) -> ContactRecord:
        """Return the thread's open contact, or a new one. One that is being wrapped up is over."""
        crm = self._crm.contacts
        is_one_of_many = inbound.channel in _MANY and not is_again
        new = ContactId(_id_of(inbound) if is_one_of_many else new_id())
        named = QueueName(inbound.queue) if inbound.queue else self._chosen(inbound)
        queue = (deflected and deflected.queue) or named or self._entry(inbound.channel)
        is_for_bot = deflected is None and not inbound.is_automatic and not is_again
        while True:
            contact_id = await crm.opened(
                new,
                channel=inbound.channel,
                address=inbound.address,
                at_ms=deflected.arrived_ms if deflected else inbound.at_ms,
                customer=customer,
                queue=queue,
                account=inbound.account,
                subject=inbound.subject,
                number=case_numbers.make,
                with_bot=is_for_bot and self._has_bot(queue, inbound.channel),
            )
            record = await crm.get(contact_id)
            assert record is not None, "a contact that was just opened is stored"
            if self._is_open(record):
                return record
            await crm.ended(contact_id, now_ms(), "closed")
            new = ContactId(new_id())

    def _live(self, record: ContactRecord) -> LiveContact:
        live = self._board.get(record.id) or LiveContact.of(record)
        live.customer, live.name = record.customer, record.name
        return live

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


def message_id(inbound: Inbound) -> str:
    """Return the id that a customer's message has."""
    return f"{inbound.channel}:{inbound.event_id}"


def is_over(contact: LiveContact) -> bool:
    """Whether nobody talks in a contact any more, though it may be wrapped up."""
    return contact.state in (ContactState.WRAP_UP, ContactState.ENDED)


def _bot(record: ContactRecord) -> Mapping[str, object] | None:
    return (record.bot or {}) if record.with_bot else None


def _is_his(record: ContactRecord, inbound: Inbound, customer: CustomerId | None) -> bool:
    """Whether a contact is the sender's own; on a channel of many threads it is one of that channel."""
    is_sender = record.channel is inbound.channel and record.address == inbound.address
    return is_sender or (customer is not None and record.customer == customer)


def _id_of(inbound: Inbound) -> str:
    """Return the id of the contact that a message begins: the same if it is told twice."""
    digest = hashlib.sha256(message_id(inbound).encode()).hexdigest()
    return f"{inbound.channel}-{digest[:24]}"
