"""What can differ between hub, router, Asterisk and database."""

from dataclasses import dataclass
from enum import StrEnum

from acd.words import Word


class Part(StrEnum):
    """What may be away, so that it cannot be compared. `NODE`: another hub serves our Asterisk."""

    REDIS = "redis"
    DATABASE = "database"
    ASTERISK = "asterisk"
    NODE = "node"


class Kind(Word):
    """Kinds of difference; `hub.doctor.texts` says in words what each means and how it is repaired."""

    CONTACT_ONLY_IN_ROUTER = "contact_only_in_router"
    CONTACT_ONLY_IN_HUB = "contact_only_in_hub"
    CONTACT_ONLY_IN_DATABASE = "contact_only_in_database"
    CONTACT_NOT_IN_DATABASE = "contact_not_in_database"
    CONTACT_DIFFERS = "contact_differs"
    RECORD_TORN = "record_torn"
    CONTACT_WITHOUT_CALL = "contact_without_call"
    AGENT_WITHOUT_CALL = "agent_without_call"
    CHANNEL_WITHOUT_CONTACT = "channel_without_contact"
    CALL_WITHOUT_CHANNEL = "call_without_channel"
    LEG_WITHOUT_CALL = "leg_without_call"
    LEG_WITHOUT_CHANNEL = "leg_without_channel"
    BRIDGE_WITHOUT_CALL = "bridge_without_call"
    CALL_APART = "call_apart"
    MEMBER_MISSING = "member_missing"
    MEMBER_TOO_MANY = "member_too_many"
    MEMBER_PENALTY = "member_penalty"
    MEMBER_PAUSED = "member_paused"
    PHONE_MISSING = "phone_missing"
    PHONE_TOO_MANY = "phone_too_many"
    PHONE_IN_USE = "phone_in_use"
    PHONE_NOT_IN_USE = "phone_not_in_use"
    PRESENCE_WITHOUT_DESKTOP = "presence_without_desktop"
    DESKTOP_WITHOUT_PRESENCE = "desktop_without_presence"
    SETTINGS_DIFFER = "settings_differ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference. `subject` is what it is about: the id of a contact, channel, bridge or agent.

    `agent` and `queue` are those concerned, "" for none. `since_ms` is how old the subject is, as far as
    anybody knows: the difference itself may be younger.
    """

    kind: Kind
    subject: str
    agent: str = ""
    queue: str = ""
    since_ms: int | None = None

    @property
    def key(self) -> tuple[Kind, str, str, str]:
        """What a difference is known again by."""
        return self.kind, self.subject, self.agent, self.queue
