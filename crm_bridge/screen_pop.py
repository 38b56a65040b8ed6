"""What an agent's desktop shows of a contact before it is answered."""

from dataclasses import dataclass

from sqlalchemy import and_
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.contact import ContactState
from acd.ids import ContactId, CustomerId
from crm_bridge import linking, merging
from crm_bridge.contacts import records
from crm_bridge.errors import UnknownContact
from crm_bridge.journey import timeline
from crm_bridge.messages import newest
from crm_bridge.model import ContactRecord, ContactView, Customer, Identifier, JourneyItem, ScreenPop
from crm_bridge.store import Store
from crm_bridge.tables import IS_OPEN, IS_TEXT, ContactRow

_JOURNEY_ITEMS = 100
_MESSAGES = 50
"""How many messages of a thread a desktop is shown at once."""


@dataclass(frozen=True, slots=True)
class Background:
    """What is known of a customer besides the contact at hand. `journey` has the newest item last."""

    customer: Customer | None = None
    identifiers: tuple[Identifier, ...] = ()
    journey: tuple[JourneyItem, ...] = ()
    open_threads: tuple[ContactView, ...] = ()


NOTHING_KNOWN = Background()


class ScreenPops(Store):
    """Screen pops and contacts in the form of the desktop protocol."""

    async def build(self, contact: ContactId, now_ms: int) -> ScreenPop:
        """Gather what is known of a contact and its customer; raises `UnknownContact`.

        One statement for the contact, three for its customer, one for each open thread.
        """
        async with self._reading() as connection:
            found = await _find(connection, contact)
            owner = found.customer and Customer(found.customer, found.name)
            known = await _background(connection, owner, contact) if owner else NOTHING_KNOWN
        return ScreenPop(
            contact=contact,
            channel=found.channel,
            queue=found.queue,
            waited_ms=max(0, (found.connected_ms or now_ms) - found.arrived_ms),
            address=found.address,
            customer=known.customer,
            identifiers=known.identifiers,
            journey=known.journey,
            open_threads=known.open_threads,
            ivr=found.ivr,
        )

    async def background(self, customer: CustomerId, *, apart_from: ContactId) -> Background:
        """Gather what is known of a customer; raises `UnknownCustomer`.

        Four statements, and one for each open thread.
        """
        async with self._reading() as connection:
            return await _background(connection, await merging.standing(connection, customer), apart_from)

    async def view(self, contact: ContactId) -> ContactView:
        """Return a contact with its newest messages; raises `UnknownContact`."""
        async with self._reading() as connection:
            return await _view(connection, await _find(connection, contact))


async def _background(connection: AsyncConnection, customer: Customer, apart_from: ContactId) -> Background:
    threads = and_(ContactRow.customer == customer.id, ContactRow.id != apart_from, IS_OPEN, IS_TEXT)
    return Background(
        customer=customer,
        identifiers=await linking.identifiers(connection, customer.id),
        journey=await timeline(connection, customer.id, _JOURNEY_ITEMS),
        open_threads=tuple(
            [await _view(connection, thread) for thread in await records(connection, threads)]
        ),
    )


async def _find(connection: AsyncConnection, contact: ContactId) -> ContactRecord:
    found = await records(connection, ContactRow.id == contact)
    if not found:
        raise UnknownContact
    return found[0]


async def _view(connection: AsyncConnection, contact: ContactRecord) -> ContactView:
    is_connected = contact.state is ContactState.CONNECTED
    return ContactView(
        id=contact.id,
        channel=contact.channel,
        queue=contact.queue,
        state=contact.state,
        customer=contact.customer,
        address=contact.address,
        name=contact.name,
        since_ms=(is_connected and contact.connected_ms) or contact.arrived_ms,
        messages=await newest(connection, contact.id, _MESSAGES),
    )
