"""Who is routed to: an agent, seen with the router's eyes."""

import msgspec

from acd.ids import AgentId, QueueName
from acd.words import Word


class Presence(Word):
    """What an agent says of himself. Being busy is not a presence: the router derives it from load."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    NOT_READY = "not_ready"


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's standing facts.

    `queues` maps each queue the agent is a member of to the penalty (0 is tried first, as in
    app_queue). `skills` maps a skill to its level (1-10). `budget` is the whole capacity that the
    channels' costs are taken from; `limits` caps the number of contacts a channel.
    """

    id: AgentId
    queues: dict[QueueName, int] = msgspec.field(default_factory=dict)
    skills: dict[str, int] = msgspec.field(default_factory=dict)
    budget: int = 100
    limits: dict[str, int] = msgspec.field(default_factory=dict)
