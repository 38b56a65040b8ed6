"""The customer record's stores, as one value."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.background import Backgrounds
from crm_bridge.call_codes import CallCodes
from crm_bridge.consents import Consents
from crm_bridge.contacts import Contacts
from crm_bridge.customers import Customers
from crm_bridge.deflections import Deflections
from crm_bridge.journey import Journey
from crm_bridge.link_tokens import LinkTokens
from crm_bridge.messages import Messages
from crm_bridge.proofs import Proofs, Tags
from crm_bridge.transcripts import TranscriptStore


@dataclass(frozen=True, slots=True)
class Crm:
    """All stores on one engine."""

    customers: Customers
    contacts: Contacts
    messages: Messages
    journey: Journey
    tokens: LinkTokens
    backgrounds: Backgrounds
    proofs: Proofs
    tags: Tags
    deflections: Deflections
    transcripts: TranscriptStore
    consents: Consents
    call_codes: CallCodes

    @classmethod
    def on(cls, engine: AsyncEngine) -> "Crm":
        return cls(
            Customers(engine),
            Contacts(engine),
            Messages(engine),
            Journey(engine),
            LinkTokens(engine),
            Backgrounds(engine),
            Proofs(engine),
            Tags(engine),
            Deflections(engine),
            TranscriptStore(engine),
            Consents(engine),
            CallCodes(engine),
        )
