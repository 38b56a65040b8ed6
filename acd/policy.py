"""What the routing core goes by: the settings of queues, in the shape that the core reads.

`acd.settings` reads them from `queues.conf` and `acd.conf`.
"""

from enum import StrEnum

import msgspec

from acd.contact import Channel
from acd.ids import AgentId, QueueName


class Strategy(StrEnum):
    """How a queue ranks the agents who could take a contact, by app_queue's names.

    Penalty comes before any strategy. `RRMEMORY`: who was offered something longest ago.
    """

    RRMEMORY = "rrmemory"
    LEASTRECENT = "leastrecent"
    FEWESTCALLS = "fewestcalls"
    LINEAR = "linear"


class Disposition(msgspec.Struct, frozen=True, kw_only=True):
    """One outcome that an agent may choose at the end of a contact."""

    code: str
    ja: str
    en: str


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A `member =>` line: lower penalties are tried first."""

    agent: AgentId
    penalty: int = 0


class QueueSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One queue.

    `ring_s` is how long an offer lasts, `retry_s` the pause once everybody has declined. Wrap-up is
    in seconds; 0: none; None: until the agent says so. `max_waiting` 0: no bound. `music_class` is a
    section of `musiconhold.conf`.
    """

    name: QueueName
    strategy: Strategy = Strategy.RRMEMORY
    ring_s: int = 15
    retry_s: int = 5
    wrapup_voice_s: int | None = 0
    wrapup_text_s: int | None = 0
    max_waiting: int = 0
    preferred_wait_s: int = 20
    channels: tuple[Channel, ...] = tuple(Channel)
    music_class: str = "default"
    is_recorded: bool = False
    members: tuple[Member, ...] = ()
    dispositions: tuple[Disposition, ...] = ()

    def wrapup_s(self, channel: Channel) -> int | None:
        return self.wrapup_voice_s if channel.is_live else self.wrapup_text_s


def _default_costs() -> dict[Channel, int]:
    text = (Channel.SMS, Channel.EMAIL, Channel.FAX, Channel.SOCIAL, Channel.TICKET)
    return {
        Channel.VOICE: 100,
        Channel.VIDEO: 100,
        Channel.CHAT: 33,
        Channel.LINE: 25,
        **dict.fromkeys(text, 20),
    }


class RoutingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All queues, and what holds for all of them.

    `budget` is an agent's whole capacity, `costs` what a contact of a channel takes of it, `limits`
    the most contacts of a channel at a time, `skills` each agent's skills with their level (1-10).
    `entries` is the queue in which a text channel's contacts wait if nothing else names one.
    """

    queues: dict[QueueName, QueueSettings] = msgspec.field(default_factory=dict)
    budget: int = 100
    costs: dict[Channel, int] = msgspec.field(default_factory=_default_costs)
    limits: dict[Channel, int] = msgspec.field(default_factory=dict)
    skills: dict[AgentId, dict[str, int]] = msgspec.field(default_factory=dict)
    entries: dict[Channel, QueueName] = msgspec.field(default_factory=dict)
