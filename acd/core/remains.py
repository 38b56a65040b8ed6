"""Records that do not belong together: what is left where somebody deleted some of them by hand."""

from collections.abc import Mapping

import msgspec

from acd.agent import Agent
from acd.contact import ContactState
from acd.core.records import (
    AgentRecord,
    ContactRecord,
    OfferRecord,
    Record,
    RecordKey,
    agent_key,
    contact_key,
    offer_key,
)
from acd.ids import AgentId, ContactId, OfferId


def remains(
    contacts: Mapping[ContactId, ContactRecord],
    offers: Mapping[OfferId, OfferRecord],
    agents: Mapping[AgentId, AgentRecord],
) -> dict[RecordKey, Record | None]:
    """Return how records are to be changed so that all belong together, None for one that is to go.

    An offer goes that its contact does not know of; a contact that lost its offers waits again; an agent
    who has contacts is there.
    """
    found: dict[RecordKey, Record | None] = {}
    standing = {id_: each for id_, each in offers.items() if _stands(each, contacts, agents)}
    for offer in offers.keys() - standing.keys():
        found[offer_key(offer)] = None
    for id_, contact in contacts.items():
        left = tuple(each for each in contact.offers if each in standing)
        if left != contact.offers or (contact.state is ContactState.OFFERED and not left):
            found[contact_key(id_)] = _without_offers(contact, left)
        if contact.agent is not None and contact.agent not in agents:
            found[agent_key(contact.agent)] = AgentRecord(
                agent=Agent(id=contact.agent), serial=contact.serial
            )
    return found


def _stands(
    offer: OfferRecord,
    contacts: Mapping[ContactId, ContactRecord],
    agents: Mapping[AgentId, AgentRecord],
) -> bool:
    contact = contacts.get(offer.contact)
    return contact is not None and offer.id in contact.offers and offer.agent in agents


def _without_offers(contact: ContactRecord, left: tuple[OfferId, ...]) -> ContactRecord:
    is_over = contact.state is ContactState.OFFERED and not left
    state = ContactState.WAITING if is_over else contact.state
    return msgspec.structs.replace(contact, offers=left, state=state)
