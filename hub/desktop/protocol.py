"""Events of the desktop protocol: what the hub tells an agent's page.

`crm_bridge.model` has the values within them (`Customer`, `Identifier`, `JourneyItem`, `Message`...)
in the protocol's own fields. Commands stand in `commands.py`.
"""

from enum import StrEnum

import msgspec

from acd.agent import Presence
from acd.contact import Channel
from acd.ids import AgentId, ContactId, CustomerId, OfferId, QueueName
from acd.policy import Disposition
from crm_bridge.model import (
    Candidate,
    ContactView,
    Customer,
    Delivery,
    HeardItem,
    Identifier,
    JourneyItem,
    Message,
    PathItem,
)
from crm_bridge.transcripts import TranscriptLine
from cti.supervision import SuperviseMode
from hub.bilingual import Bilingual
from hub.desktop.refusals import Refusal

SUBPROTOCOL = "toritsugi.desktop.v1"


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class ShownState(StrEnum):
    """How far an agent is with a contact; after `ENDED` the desktop forgets it."""

    CONNECTED = "connected"
    WRAP_UP = "wrap_up"
    ENDED = "ended"


class PartyState(StrEnum):
    """How far somebody is who was brought into a call."""

    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    JOINED = "joined"


class SupervisionState(StrEnum):
    """How far a supervisor is with a call: his phone rings, he is in it, it is over."""

    RINGING = "ringing"
    LISTENING = "listening"
    ENDED = "ended"


class RecordingState(StrEnum):
    OFF = "off"
    ON = "on"
    PAUSED = "paused"


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was brought into a call: an agent (`agent`) or a number outside (`number`).

    `TALKING`: with the agent alone; `HELD`: hears music while the agent talks to the customer;
    `JOINED`: in the conference.
    """

    id: str
    state: PartyState
    agent: AgentId | None = None
    number: str | None = None
    name: str = ""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent noted at a contact while it lasted."""

    at_ms: int
    agent: AgentId
    text: str


class AgentCard(msgspec.Struct, frozen=True, kw_only=True):
    """Whose desktop it is."""

    id: AgentId
    name: str
    role: str
    queues: tuple[QueueName, ...]


class Acked(_Event, frozen=True, kw_only=True, tag="ack"):
    """The command of this `ref` was taken."""

    ref: str


class Refused(_Event, frozen=True, kw_only=True, tag="error"):
    """The command of this `ref` was not carried out."""

    ref: str
    code: Refusal
    message: Bilingual


class PresenceShown(_Event, frozen=True, kw_only=True, tag="presence"):
    agent: AgentId
    presence: Presence
    reason: str


class ScreenPopped(_Event, frozen=True, kw_only=True, tag="screen_pop"):
    """All that an agent should see before answering; always sent before the offer of the same contact.

    `candidates` are customers who may be meant where none was recognised. `url` is the contact's page in
    another program ("": none).
    `by`: the name of the agent who consults this one, or transfers the call. `intent` is what the customer
    wants ("": not known), `heard` what he said or typed, `notes` what agents noted since the contact began.
    """

    contact: ContactId
    channel: Channel
    queue: QueueName
    waited_ms: int
    address: str | None
    customer: Customer | None
    identifiers: tuple[Identifier, ...]
    journey: tuple[JourneyItem, ...]
    open_threads: tuple[ContactView, ...]
    ivr: tuple[PathItem, ...]
    candidates: tuple[Candidate, ...] = ()
    url: str = ""
    by: str | None = None
    intent: str = ""
    heard: tuple[HeardItem, ...] = ()
    notes: tuple[Note, ...] = ()


class Offered(_Event, frozen=True, kw_only=True, tag="offer"):
    """The offer lapses at `deadline_ms` (Unix time). `callback`: the customer is called once it is taken."""

    offer: OfferId
    contact: ContactId
    channel: Channel
    queue: QueueName
    deadline_ms: int
    callback: bool = False


class OfferWithdrawn(_Event, frozen=True, kw_only=True, tag="offer_withdrawn"):
    """`reason`: no_answer, rejected, taken, left, removed."""

    offer: OfferId
    contact: ContactId
    reason: str


class ContactShown(_Event, frozen=True, kw_only=True, tag="contact"):
    """A contact of this agent changed, or is shown anew. `wrap_up_until_ms` 0: until `wrap_up` is sent.

    `suspended`: the agent is to leave it alone until it is shown otherwise. `about`: the agent is consulted
    about that contact, or in its conference. `outbound`: the agent called the customer. `case` is the number
    by which customers name a text contact.
    """

    id: ContactId
    channel: Channel
    queue: QueueName
    state: ShownState
    customer: CustomerId | None
    address: str | None
    name: str
    since_ms: int
    held: bool = False
    suspended: bool = False
    muted: bool = False
    recording: RecordingState = RecordingState.OFF
    parties: tuple[Party, ...] = ()
    about: ContactId | None = None
    outbound: bool = False
    messages: tuple[Message, ...] = ()
    wrap_up_until_ms: int = 0
    case: str | None = None
    subject: str | None = None
    notes: tuple[Note, ...] = ()


class MessageShown(_Event, frozen=True, kw_only=True, tag="message"):
    contact: ContactId
    message: Message


class DeliveryShown(_Event, frozen=True, kw_only=True, tag="delivery"):
    """How far an outgoing message came."""

    contact: ContactId
    message: str
    delivery: Delivery


class SignShown(_Event, frozen=True, kw_only=True, tag="sign"):
    """What the customer does: `typing` for now, has read what was sent before `read_ms` (None: not told)."""

    contact: ContactId
    typing: bool = False
    read_ms: int | None = None


class TranscriptShown(_Event, frozen=True, kw_only=True, tag="transcript"):
    """What one side of a call said, or a line of before, of which more is masked now: the id is the same."""

    contact: ContactId
    line: TranscriptLine


class SummaryShown(_Event, frozen=True, kw_only=True, tag="summary"):
    """What a contact was about, once its talk is over; the journey has it too."""

    contact: ContactId
    text: str


class SupervisionShown(_Event, frozen=True, kw_only=True, tag="supervision"):
    """How this supervisor is with the call of `agent`; `reason` says why it ended ("" before).

    `reason`: hung_up, stopped, no_answer, busy, unreachable, refused, call_ended, taken_over.
    """

    contact: ContactId
    agent: AgentId
    mode: SuperviseMode
    state: SupervisionState
    reason: str = ""


class PhoneKind(StrEnum):
    """Where an agent's calls ring."""

    SIP = "sip"
    BROWSER = "browser"


class PhoneShown(_Event, frozen=True, kw_only=True, tag="phone"):
    """The agent's calls ring elsewhere from now on."""

    phone: PhoneKind


class Welcome(_Event, frozen=True, kw_only=True, tag="welcome"):
    """The first event of a socket: all that is the agent's own.

    `phone` is where calls ring, `ways` where callers can be invited to.
    """

    agent: AgentCard
    presence: Presence
    offers: tuple[Offered, ...]
    contacts: tuple[ContactShown, ...]
    dispositions: tuple[Disposition, ...]
    time_ms: int
    phone: PhoneKind = PhoneKind.SIP
    ways: tuple[Channel, ...] = ()


Event = (
    Welcome
    | Acked
    | Refused
    | PresenceShown
    | ScreenPopped
    | Offered
    | OfferWithdrawn
    | ContactShown
    | MessageShown
    | DeliveryShown
    | SignShown
    | TranscriptShown
    | SummaryShown
    | SupervisionShown
    | PhoneShown
)

_ENCODER = msgspec.json.Encoder()


def encode(event: Event) -> bytes:
    """Return an event as the payload of one text frame."""
    return _ENCODER.encode(event)
