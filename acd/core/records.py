"""What the router remembers. Everything else in `RoutingState` is derived from these records."""

from enum import StrEnum
from typing import NewType

import msgspec

from acd.agent import Agent, Presence
from acd.contact import Contact, ContactState
from acd.ids import AgentId, ContactId, OfferId, QueueName
from acd.policy import RoutingSettings

RecordKey = NewType("RecordKey", str)
"""Kind and id of a record: the field under which it is stored."""


class Rule(StrEnum):
    """Why an agent was chosen for a contact or passed over."""

    UNKNOWN_AGENT = "unknown_agent"
    NOT_MEMBER = "not_member"
    NOT_AVAILABLE = "not_available"
    COOLING_DOWN = "cooling_down"
    REJECTED_BEFORE = "rejected_before"
    NO_SKILL = "no_skill"
    CHANNEL_LIMIT = "channel_limit"
    NO_CAPACITY = "no_capacity"
    WAITING_FOR_PREFERRED = "waiting_for_preferred"
    RANKED_LOWER = "ranked_lower"
    CHOSEN = "chosen"


class Consideration(msgspec.Struct, frozen=True, kw_only=True):
    """One agent and the rule that decided about him."""

    agent: AgentId
    rule: Rule


class ContactRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="contact"):
    """A contact that has not ended.

    `serial` is its number of arrival. `favoured` are the agents to try first: those whom the contact
    prefers, then those who hold another contact of the same customer. Until `hold_until_ms` nobody
    else gets it (0: anybody may). `rejected_by` is passed over until `retry_at_ms`. `agent` has it
    in CONNECTED and WRAP_UP, by the offer `won`. Wrap-up lasts until `wrap_until_ms` (0: no limit).
    `considered` explains the latest offer.
    """

    contact: Contact
    serial: int
    state: ContactState = ContactState.WAITING
    favoured: tuple[AgentId, ...] = ()
    hold_until_ms: int = 0
    rejected_by: tuple[AgentId, ...] = ()
    retry_at_ms: int = 0
    offers: tuple[OfferId, ...] = ()
    agent: AgentId | None = None
    won: OfferId | None = None
    wrap_until_ms: int = 0
    considered: tuple[Consideration, ...] = ()

    @property
    def is_queued(self) -> bool:
        return self.state in (ContactState.WAITING, ContactState.OFFERED)


class OfferRecord(msgspec.Struct, frozen=True, kw_only=True, tag="offer"):
    """An open offer: a lease on contact and agent until `deadline_ms`."""

    id: OfferId
    contact: ContactId
    agent: AgentId
    deadline_ms: int


class Tally(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What strategies know of an agent in one queue.

    `turn` is the serial of the latest offer, `served` the number of contacts taken, `last_ms` when
    the latest of them ended.
    """

    turn: int = 0
    served: int = 0
    last_ms: int = 0


class AgentRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="agent"):
    """An agent's standing facts and present standing.

    `misses` counts offers missed in a row; offers rest until `cooling_until_ms` (0: they do not).
    A removed agent is kept as long as he has contacts.
    """

    agent: Agent
    serial: int
    presence: Presence = Presence.OFFLINE
    reason: str = ""
    misses: int = 0
    cooling_until_ms: int = 0
    tallies: dict[QueueName, Tally] = msgspec.field(default_factory=dict)
    is_removed: bool = False

    @property
    def is_signed_in(self) -> bool:
        return self.presence is not Presence.OFFLINE


class SettingsRecord(msgspec.Struct, frozen=True, kw_only=True, tag="settings"):
    settings: RoutingSettings


class SerialRecord(msgspec.Struct, frozen=True, kw_only=True, tag="serial"):
    """The latest serial given to a contact, agent or offer."""

    serial: int


Record = ContactRecord | OfferRecord | AgentRecord | SettingsRecord | SerialRecord

SETTINGS_KEY = RecordKey("settings")
SERIAL_KEY = RecordKey("serial")


def contact_key(contact: ContactId) -> RecordKey:
    return RecordKey("contact:" + contact)


def offer_key(offer: OfferId) -> RecordKey:
    return RecordKey("offer:" + offer)


def agent_key(agent: AgentId) -> RecordKey:
    return RecordKey("agent:" + agent)
