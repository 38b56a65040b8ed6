"""Values of the customer record: who, known by what, what was said, what happened.

`JourneyItem`, `Message`, `Identifier`, `Customer` and `ContactView` have the fields of the desktop protocol
(docs/desktop-protocol.md). Times are Unix time in milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from acd.contact import Channel, ContactState
from acd.ids import AgentId, ContactId, CustomerId, QueueName
from crm_bridge.identifiers import IdentifierKind, LinkedBy


@dataclass(frozen=True, slots=True)
class Customer:
    """A person (or household, or company) that contacts belong to. `name` is "" while unknown."""

    id: CustomerId
    name: str = ""


@dataclass(frozen=True, slots=True)
class Identifier:
    """One way in which a customer is recognised; `how` says what the link rests on."""

    kind: IdentifierKind
    value: str
    how: LinkedBy


class MatchReason(StrEnum):
    """Why a customer may be who calls. `SIMILAR_NUMBER`: only the last digits differ, as of one company."""

    SIMILAR_NUMBER = "similar_number"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer who may be meant, though nothing says so for certain; `value` is what fits."""

    customer: Customer
    reason: MatchReason
    value: str


@dataclass(frozen=True, slots=True)
class OpenThread:
    """A text contact that has not ended; `agent` holds it, or None while it waits."""

    contact: ContactId
    channel: Channel
    agent: AgentId | None


@dataclass(frozen=True, slots=True)
class Known:
    """What routing wants to know of a customer who was recognised.

    `last_text_agent` is who took one of the customer's text contacts last, ended or not. `thread` is
    the newest text contact that is open.
    """

    customer: Customer
    last_text_agent: AgentId | None = None
    thread: OpenThread | None = None


class LinkRefusal(StrEnum):
    """Why an identifier stays with the customer who has it.

    `WEAK_PROOF`: a caller id or a first contact alone never joins two customers.
    `TWO_PEOPLE`: both customers have an account that belongs to one person only (LINE).
    """

    WEAK_PROOF = "weak_proof"
    TWO_PEOPLE = "two_people"


@dataclass(frozen=True, slots=True)
class Linked:
    """The identifier belongs to `customer` now; `absorbed` is the customer merged into it by this call."""

    customer: Customer
    absorbed: CustomerId | None = None


@dataclass(frozen=True, slots=True)
class LinkRefused:
    """The identifier stays where it was, with `owner`; an agent may decide otherwise."""

    reason: LinkRefusal
    owner: CustomerId


LinkResult = Linked | LinkRefused


@dataclass(frozen=True, slots=True)
class PathItem:
    """One step through the menus: the menu's name and the digits pressed in it."""

    menu: str
    digits: str


@dataclass(frozen=True, slots=True)
class HeardItem:
    """What a caller said or typed for something that was asked: `order_number`, its value, his own words.

    `said` is empty where keys were pressed. `message` is the id of the text that it was read in, and tells no
    items apart.
    """

    name: str
    value: str
    said: str = ""
    message: str = field(default="", compare=False)


class LineEnd(StrEnum):
    """How a caller's line ended, as far as we saw it.

    `HUNG_UP`: by either side; `LEFT`: Asterisk went on with it, without us; `LOST`: while we did not see
    Asterisk, so that the time is only that of finding out.
    """

    HUNG_UP = "hung_up"
    LEFT = "left"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Line:
    """What became of a caller's line, and when. It may be after the contact: callers hear last words."""

    end: LineEnd
    at_ms: int


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """A contact as it is stored; `state` is waiting, connected or ended.

    `address` is None if withheld, `name` the customer's, `agent` who has the contact or had it last,
    `connected_ms` when that began. `is_callback`: the customer waits to be called back. `intent` is what he
    wants, `heard` what he said or typed; `preferred`: an agent whom he was with. `line`: what became of a
    caller's line, None until it ended, and where nobody saw it. `account` is which of our
    addresses a text came to, `case` the number by which customers name the contact. `with_bot`: no agent is
    to have it yet, and `bot` is how far the bot is.
    """

    id: ContactId
    channel: Channel
    queue: QueueName
    state: ContactState
    address: str | None
    customer: CustomerId | None
    name: str
    agent: AgentId | None
    arrived_ms: int
    connected_ms: int | None
    ivr: tuple[PathItem, ...] = ()
    is_callback: bool = False
    ended_ms: int | None = None
    intent: str = ""
    heard: tuple[HeardItem, ...] = ()
    preferred: AgentId | None = None
    line: Line | None = None
    account: str = ""
    subject: str | None = None
    case: str | None = None
    with_bot: bool = False
    bot: Mapping[str, object] | None = None


class Direction(StrEnum):
    """`IN`: from the customer."""

    IN = "in"
    OUT = "out"


class Delivery(StrEnum):
    """How far a message came; a failed one may be sent again."""

    QUEUED = "queued"
    FAILED = "failed"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"


@dataclass(frozen=True, slots=True)
class MessageFile:
    """A file of a message. `type` is its media type, `size` in bytes; `refused` says why it was not kept."""

    id: str
    name: str
    type: str
    size: int
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a text contact. `id` is unique over all contacts; `author` is None for the customer.

    `kind` is `text`, or what else it is (`image`, `sticker`...), of which `text` tells; `html` is clean.
    A message that was withdrawn has no text any more. `notes` are short codes of what is odd about it. A
    `voicemail` has the id of its `recording`, and as text what is said in it: empty if nobody wrote it down.
    """

    id: str
    direction: Direction
    author: AgentId | None
    text: str
    at_ms: int
    delivery: Delivery = Delivery.SENT
    kind: str = "text"
    subject: str | None = None
    html: str | None = None
    files: tuple[MessageFile, ...] = ()
    withdrawn_ms: int | None = None
    notes: tuple[str, ...] = ()
    recording: str = ""
    length_ms: int = 0


class JourneyKind(StrEnum):
    """What happened. The order is that of items with the same time."""

    CONTACT_STARTED = "contact_started"
    IVR = "ivr"
    HEARD = "heard"
    CAME_BACK = "came_back"
    DEFLECTED = "deflected"
    IDENTIFIER_LINKED = "identifier_linked"
    CALLBACK = "callback"
    VOICEMAIL = "voicemail"
    WEB_CALL = "web_call"
    TROUBLE = "trouble"
    DIALLED = "dialled"
    CONNECTED = "connected"
    TAKEN_OVER = "taken_over"
    CONSULTED = "consulted"
    CONFERENCE = "conference"
    TRANSFERRED = "transferred"
    PARKED = "parked"
    PICKED_UP = "picked_up"
    NOTED = "noted"
    RECORDED = "recorded"
    TRANSCRIBED = "transcribed"
    MESSAGE_IN = "message_in"
    MESSAGE_OUT = "message_out"
    WITHDRAWN = "withdrawn"
    BOT = "bot"
    CONSENT = "consent"
    RATED = "rated"
    QUALITY = "quality"
    FAXED = "faxed"
    ENDED = "ended"
    DISPOSITION = "disposition"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class JourneyItem:
    """One line of a customer's timeline.

    `text` is a message's text or a short code (disposition, reason of the end, how linked). `detail`:
    contact_started `{address}`, ivr `{path: [{menu, digits}]}`, identifier_linked `{kind, value}`,
    message_in and message_out `{message}`, `{files}` where it has some, disposition `{note}`, recorded
    `{recording, length_ms}`: the recording's id. voicemail the same, `text` is what is said in it; without
    `length_ms` it is the name of a file in Asterisk's folder.
    transferred and consulted `{to}`: an agent's id, a queue or a number, conference `{with}`: a list of such;
    noted: `text` is what an agent noted during the contact.
    taken_over `{from}`. heard `{intent, heard: [{name, value, said}]}`, deflected `{to}`: a text channel,
    `callback` or `faq`; came_back `{from}`: the same, and he calls again. transcribed `{lines}`: how many.
    withdrawn `{message}`: the customer took it back. bot: `text` is why it handed over, or `handed_back`,
    with `{fields}` that it asked for. consent: `text` is `on` or `off`, `{channel, address}`. rated: `text`
    is what he wrote, `{stars}` 1 to 5. faxed: a try to send one, `text` is how it came out (`complete`,
    `busy`...), `{message, try, pages, of, rate, mode, station, is_last}`. web_call `{via, video}` and
    `{contact}`: the text contact he came from; trouble: `text` is what failed at the customer's page,
    `{detail}` how; quality `{last, worst}`: what the page measured (docs/webrtc.md). summary: `text` is it,
    `{by}` who wrote it: `extract` or the name of a model.
    """

    at_ms: int
    kind: JourneyKind
    channel: Channel | None = None
    contact: ContactId | None = None
    agent: AgentId | None = None
    text: str = ""
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact as a desktop shows it. `state` is waiting, connected or ended; `since_ms` its beginning.

    What only routing and the phone know is left at its default: `held`, `suspended`, `wrap_up_until_ms`.
    """

    id: ContactId
    channel: Channel
    queue: QueueName
    state: ContactState
    customer: CustomerId | None
    address: str | None
    name: str
    since_ms: int
    messages: tuple[Message, ...] = ()
    held: bool = False
    suspended: bool = False
    wrap_up_until_ms: int = 0
    case: str | None = None
    subject: str | None = None
