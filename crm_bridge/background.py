"""What is known of a customer besides the contact at hand."""

from dataclasses import dataclass

from sqlalchemy import and_
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.contact import ContactState
from acd.ids import ContactId, CustomerId
from crm_bridge import linking, merging
from crm_bridge.contacts import records
from crm_bridge.journey import timeline
from crm_bridge.messages import newest
from crm_bridge.model import ContactRecord, ContactView, Customer, Identifier, JourneyItem
from crm_bridge.store import Store
from crm_bridge.tables import IS_OPEN, IS_TEXT, ContactRow

_JOURNEY_ITEMS = 100
_MESSAGES = 50
"""How many messages of a thread a desktop is shown at once."""


@dataclass(frozen=True, slots=True)
class Background:
    """What an agent should see of a customer before answering. `journey` has the newest item last."""

    customer: Customer | None = None
    identifiers: tuple[Identifier, ...] = ()
    journey: tuple[JourneyItem, ...] = ()
    open_threads: tuple[ContactView, ...] = ()


NOTHING_KNOWN = Background()


class Backgrounds(Store):
    """Gathers backgrounds."""

    async def of(self, customer: CustomerId, *, apart_from: ContactId) -> Background:
        """Gather what is known of a customer; raises `UnknownCustomer`.

        Four statements, and one for each open thread but that of the contact itself.
        """
        async with self._glancing() as connection:
            standing = await merging.standing(connection, customer)
            is_other = and_(ContactRow.customer == standing.id, ContactRow.id != apart_from, IS_OPEN, IS_TEXT)
            threads = await records(connection, is_other)
            return Background(
                customer=standing,
                identifiers=await linking.identifiers(connection, standing.id),
                journey=await timeline(connection, standing.id, _JOURNEY_ITEMS),
                open_threads=tuple([await _view(connection, thread) for thread in threads]),
            )


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
        case=contact.case,
        subject=contact.subject,
    )
