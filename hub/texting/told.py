"""What providers tell beside messages: receipts, withdrawals, subscriptions, ratings."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog
from msgspec import structs

from acd.contact import Channel
from acd.ids import ContactId, CustomerId
from crm_bridge.errors import UnknownCustomer
from crm_bridge.identifiers import identifier_of
from crm_bridge.model import Delivery, JourneyItem, JourneyKind
from gateways.protocol import EDITED, Rating, Receipt, Subscription, Withdrawn
from gateways.protocol import Delivery as Sent
from hub.audit import AuditLog, Deed
from hub.board import Board
from hub.clock import now_ms
from hub.crm import Crm
from hub.errors import HubError
from hub.invitations import INSTEAD
from hub.number_proofs import NumberProofs
from hub.texting.files import Shelf
from hub.texting.sender import Ends, carried_by

log = structlog.get_logger()

_EARLY_MS = 5_000
"""So long a receipt may be ahead of our own note of what the provider calls the message."""


class ReceiptTooEarly(HubError):
    """The message of a receipt is not known yet."""

    retryable = True


class Erase(Protocol):
    """`gateways.inbox.Inbox.erase` serves."""

    async def __call__(self, channel: Channel, event_id: str) -> None:
        """Empty a raw event that was handled, or is at work."""


class Told:
    """Takes in what is no message; told twice, it has one effect."""

    def __init__(
        self, ends: Ends, *, crm: Crm, board: Board, audit: AuditLog, shelf: Shelf, erase: Callable[[], Erase]
    ) -> None:
        self._ends, self._crm, self._board = ends, crm, board
        self._audit, self._shelf, self._erase = audit, shelf, erase
        self.delivered: Callable[[str, str | None, Delivery], Awaitable[None]]
        self.proofs: NumberProofs

    async def receipt(self, receipt: Receipt) -> None:
        """Note how far a message came, by what its provider says of it."""
        found = await self._ends.outbox.find(carried_by(receipt.channel), [receipt.sent_as])
        outbound = found.get(receipt.sent_as)
        if outbound is None:
            if now_ms() - receipt.at_ms < _EARLY_MS:
                raise ReceiptTooEarly(receipt.event_id)
            log.info("text.receipt_of_nothing", channel=receipt.channel, event_id=receipt.event_id)
            return
        await self.proofs.receipt(receipt, outbound)
        if receipt.delivery is Sent.FAILED:
            log.warning(
                "text.not_delivered", channel=receipt.channel, key=outbound.key, reason=receipt.reason
            )
        delivery = Delivery(receipt.delivery.value)
        if await self._crm.messages.set_delivery(outbound.key, delivery, is_receipt=True):
            await self.delivered(outbound.key, outbound.contact, delivery)
        elif delivery is Delivery.FAILED:  # an invitation is no message of a contact
            await self._crm.deflections.failed(outbound.key.removesuffix(INSTEAD), "not_delivered")

    async def withdrawn(self, withdrawn: Withdrawn) -> None:
        """Remove what a message said, everywhere."""
        id_ = f"{withdrawn.channel}:{withdrawn.message}"
        was = await self._crm.messages.withdraw(id_, withdrawn.at_ms)
        await self._erase()(withdrawn.channel, was.event if was and was.event else withdrawn.message)
        if was is None:
            return
        for edit in await self._crm.messages.edits(was.contact, EDITED, withdrawn.message):
            event_id = edit.removeprefix(f"{withdrawn.channel}:")
            await self.withdrawn(structs.replace(withdrawn, message=event_id))
        if was.files:
            await self._shelf.remove(was.contact, was.files)
        item = JourneyItem(
            withdrawn.at_ms, JourneyKind.WITHDRAWN, contact=was.contact, detail={"message": id_}
        )
        await self._crm.journey.record(f"{id_}:withdrawn", item)
        contact, there = self._board.get(was.contact), await self._crm.messages.get(id_)
        if contact is not None and there is not None:
            contact.heard = tuple(each for each in contact.heard if each.message != id_)
            self._ends.view.message(contact, there[1])

    async def subscription(self, subscription: Subscription) -> None:
        """Keep whether a customer wants to be written to."""
        channel, address = subscription.channel, subscription.address
        word = "on" if subscription.is_on else "off"
        is_on = await self._crm.consents.refused_ms(channel, address) is None
        if is_on is not subscription.is_on:
            detail = {"channel": channel.value, "consent": word, "event": subscription.event_id}
            await self._audit.note("customer", Deed.CHANGE_CONSENT, address, **detail)
        await self._crm.consents.set(channel, address, is_on=subscription.is_on, at_ms=subscription.at_ms)
        identifier = identifier_of(channel, address)
        known = await self._crm.customers.identify(*identifier) if identifier else None
        if known is not None:
            item = JourneyItem(
                subscription.at_ms,
                JourneyKind.CONSENT,
                text=word,
                detail={"channel": channel.value, "address": address},
            )
            await self._record(f"{channel}:{subscription.event_id}:consent", item, known.customer.id)

    async def rating(self, rating: Rating) -> None:
        """Keep what a customer thought of his latest contact."""
        record = await self._crm.contacts.latest(rating.channel, rating.address)
        if record is None:
            log.info("text.rating_of_nothing", channel=rating.channel, event_id=rating.event_id)
            return
        item = JourneyItem(
            rating.at_ms,
            JourneyKind.RATED,
            contact=ContactId(record.id),
            agent=record.agent,
            text=rating.text,
            detail={"stars": rating.stars},
        )
        await self._crm.journey.record(f"{rating.channel}:{rating.event_id}:rated", item)

    async def _record(self, key: str, item: JourneyItem, customer: CustomerId) -> None:
        try:
            await self._crm.journey.record(key, item, customer)
        except UnknownCustomer:
            log.info("text.customer_gone")
