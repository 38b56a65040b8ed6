"""The contact by which an agent is consulted about another."""

from acd.ids import ContactId
from hub.board import LiveContact
from hub.clock import now_ms


def consultation(contact: LiveContact, id_: ContactId) -> LiveContact:
    """Return a contact by which somebody is consulted about another: its customer is the same."""
    at_ms = now_ms()
    return LiveContact(
        id=id_,
        channel=contact.channel,
        queue=contact.queue,
        arrived_ms=at_ms,
        address=contact.address,
        customer=contact.customer,
        name=contact.name,
        ivr=contact.ivr,
        intent=contact.intent,
        heard=contact.heard,
        notes=contact.notes,
        since_ms=at_ms,
        about=contact.id,
    )
