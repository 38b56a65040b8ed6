"""Why the router did what it did: agents, and the rule that decided about each."""

import msgspec

from acd.ids import AgentId
from acd.words import Word


class Rule(Word):
    """Why an agent was chosen for a contact or passed over."""

    UNKNOWN_AGENT = "unknown_agent"
    NOT_MEMBER = "not_member"
    NOT_AVAILABLE = "not_available"
    COOLING_DOWN = "cooling_down"
    ON_PHONE = "on_phone"
    REJECTED_BEFORE = "rejected_before"
    NO_SKILL = "no_skill"
    PENALTY = "penalty"
    CHANNEL_LIMIT = "channel_limit"
    NO_CAPACITY = "no_capacity"
    KEPT_FREE = "kept_free"
    WAITING_FOR_PREFERRED = "waiting_for_preferred"
    NOT_YET = "not_yet"
    PARKED = "parked"
    RESERVED = "reserved"
    RANKED_LOWER = "ranked_lower"
    CHOSEN = "chosen"


class Consideration(msgspec.Struct, frozen=True, kw_only=True):
    """One agent and the rule that decided about him."""

    agent: AgentId
    rule: Rule
