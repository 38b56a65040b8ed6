"""What is routed: a contact, seen with the router's eyes."""

import msgspec

from acd.ids import AgentId, ContactId, CustomerId, QueueName
from acd.words import Word


class Channel(Word):
    """Kind of medium a contact comes by. A contact has exactly one."""

    VOICE = "voice"
    VIDEO = "video"
    CHAT = "chat"
    LINE = "line"
    SMS = "sms"
    EMAIL = "email"
    FAX = "fax"
    SOCIAL = "social"
    TICKET = "ticket"
    VOICEMAIL = "voicemail"

    @property
    def is_live(self) -> bool:
        """Whether the customer waits with the medium held open (a call), so that hanging up ends it."""
        return self in _LIVE


_LIVE = (Channel.VOICE, Channel.VIDEO)


class ContactState(Word):
    """Where a contact stands in routing. `ENDED` is terminal."""

    WAITING = "waiting"
    OFFERED = "offered"
    CONNECTED = "connected"
    WRAP_UP = "wrap_up"
    ENDED = "ended"


class Pace(Word):
    """How much of its agent a connected contact takes: all it costs, little, or nothing for now."""

    ACTIVE = "active"
    QUIET = "quiet"
    SUSPENDED = "suspended"


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work for an agent: a call, or an open stretch of a text thread.

    `arrived_ms` (Unix time, milliseconds) is what age counts from. It is kept through requeue,
    transfer and change of channel. 0 means: the moment the router sees the contact.
    `preferred` names agents to try first, best first. `skills` maps a skill to the least level (1-10).
    `is_callback`: the customer is not on the line and is called back.
    `reserved` is the one agent who may have it, by name: whoever that is, he gets it at once or not at
    all. With `about` he is consulted about that contact, with `is_callback` it is a call that he dials.
    """

    id: ContactId
    channel: Channel
    queue: QueueName
    customer: CustomerId | None = None
    preferred: tuple[AgentId, ...] = ()
    skills: dict[str, int] = msgspec.field(default_factory=dict)
    priority: int = 0
    arrived_ms: int = 0
    is_callback: bool = False
    reserved: AgentId | None = None
    about: ContactId | None = None

    @property
    def is_left(self) -> bool:
        """Whether its customer left a message and went: nobody is there to be refused or taken elsewhere."""
        return self.channel is Channel.VOICEMAIL

    @property
    def is_dialled(self) -> bool:
        """Whether an agent calls the customer of his own accord."""
        return self.is_callback and self.reserved is not None
