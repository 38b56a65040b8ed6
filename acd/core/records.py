"""What the router remembers. Everything else in `RoutingState` is derived from these records."""

from typing import Final, NewType

import msgspec

from acd.agent import Agent, Presence
from acd.contact import Contact, ContactState, Pace
from acd.explanation import Consideration
from acd.ids import AgentId, ContactId, OfferId, QueueName
from acd.policy import RoutingSettings

RecordKey = NewType("RecordKey", str)
"""Kind and id of a record: the field under which it is stored."""


_QUEUED: Final = (ContactState.WAITING, ContactState.OFFERED)


class ContactRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="contact"):
    """A contact that has not ended.

    `serial` is its number of arrival. `favoured` are the agents to try first: those whom the contact
    prefers, then those who hold another contact of the same customer. Until `hold_until_ms` nobody
    else gets it, until `not_before_ms` nobody at all (0: no such bound). `rejected_by` is passed over
    until `retry_at_ms`. It waits since `since_ms` (in a queue that is
    closed, from its opening on); `steps` of the queue's overflow are done, and the
    next of these or of the penalty ranges falls due at `step_due_ms`. `more_queues` were added by
    overflow. `attempts` counts callbacks that failed.

    One that is reserved for a busy agent waits for him until `hold_until_ms`, outside its queue's line.
    `is_parked`: until `not_before_ms` only who picks it up gets it. `is_picked_up`: it is reserved since
    its agent asked for it.

    `agent` has it in CONNECTED and WRAP_UP, by the offer `won`. Wrap-up lasts until `wrap_until_ms`
    (0: no limit). `pace` is what it takes of him; an active one is quiet from `quiet_at_ms` on.
    `is_unanswered`: the customer wrote last. `considered` explains the latest offer.
    """

    contact: Contact
    serial: int
    state: ContactState = ContactState.WAITING
    since_ms: int = 0
    favoured: tuple[AgentId, ...] = ()
    hold_until_ms: int = 0
    not_before_ms: int = 0
    rejected_by: tuple[AgentId, ...] = ()
    retry_at_ms: int = 0
    more_queues: tuple[QueueName, ...] = ()
    penalties: int = 0
    steps: int = 0
    step_due_ms: int = 0
    attempts: int = 0
    offers: tuple[OfferId, ...] = ()
    agent: AgentId | None = None
    won: OfferId | None = None
    wrap_until_ms: int = 0
    pace: Pace = Pace.ACTIVE
    quiet_at_ms: int = 0
    is_unanswered: bool = False
    is_parked: bool = False
    is_picked_up: bool = False
    considered: tuple[Consideration, ...] = ()

    @property
    def is_queued(self) -> bool:
        return self.state in _QUEUED

    @property
    def is_in_line(self) -> bool:
        """Whether it has a place in its queue: what is for one agent by name has none."""
        return self.state in _QUEUED and self.contact.reserved is None

    @property
    def is_personal(self) -> bool:
        """Whether it is an agent's own affair, no work of its queue: a consultation or a call he dialled."""
        contact = self.contact
        return contact.about is not None or (contact.is_dialled and not self.is_picked_up)

    @property
    def queues(self) -> tuple[QueueName, ...]:
        """Its own queue, and those that overflow added."""
        return (self.contact.queue, *self.more_queues)


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
    `is_on_phone`: his phone is in use. A removed agent is kept as long as he has contacts.
    """

    agent: Agent
    serial: int
    presence: Presence = Presence.OFFLINE
    reason: str = ""
    misses: int = 0
    cooling_until_ms: int = 0
    is_on_phone: bool = False
    tallies: dict[QueueName, Tally] = msgspec.field(default_factory=dict)
    is_removed: bool = False

    @property
    def is_signed_in(self) -> bool:
        return self.presence is not Presence.OFFLINE


class QueueRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="queue"):
    """What a queue's past says of the wait that is ahead (`acd.core.forecast`).

    `handle_ms` is how long a contact takes an agent, `interval_ms` how long the next in line waits for
    its turn, both as moving averages, 0 while unknown; `served_ms` is when somebody was served last.
    """

    name: QueueName
    handle_ms: float = 0.0
    interval_ms: float = 0.0
    served_ms: int = 0


class SettingsRecord(msgspec.Struct, frozen=True, kw_only=True, tag="settings"):
    settings: RoutingSettings


class SerialRecord(msgspec.Struct, frozen=True, kw_only=True, tag="serial"):
    """The latest serial given to a contact, agent or offer."""

    serial: int


Record = ContactRecord | OfferRecord | AgentRecord | QueueRecord | SettingsRecord | SerialRecord

SETTINGS_KEY = RecordKey("settings")
SERIAL_KEY = RecordKey("serial")


def contact_key(contact: ContactId) -> RecordKey:
    return RecordKey("contact:" + contact)


def offer_key(offer: OfferId) -> RecordKey:
    return RecordKey("offer:" + offer)


def queue_key(queue: QueueName) -> RecordKey:
    return RecordKey("queue:" + queue)


def agent_key(agent: AgentId) -> RecordKey:
    return RecordKey("agent:" + agent)
