"""What the routing core goes by: the settings of queues, in the shape that the core reads.

`acd.settings` reads them from `queues.conf`, `queuerules.conf` and `acd.conf`.
"""

from typing import Final

import msgspec

from acd.actions import Diversion
from acd.contact import Channel, Contact
from acd.hours import Hours
from acd.ids import AgentId, QueueName
from acd.words import Word

CALLBACK: Final = "callback"
"""The way of `Propose` and `ProposeWay` that is no text channel."""


class Strategy(Word):
    """How a queue ranks the agents who could take a contact, by app_queue's names and two of our own.

    Penalty comes before any strategy, but for `WRANDOM`, where it is the weight. `RINGALL`: everybody
    of the lowest penalty at once. `RRMEMORY`: who was offered something longest ago. `MOSTSKILLED`:
    who has most of the skills asked for. `LEASTOCCUPIED`: who has most room.
    """

    RINGALL = "ringall"
    RRMEMORY = "rrmemory"
    LEASTRECENT = "leastrecent"
    FEWESTCALLS = "fewestcalls"
    LINEAR = "linear"
    RANDOM = "random"
    WRANDOM = "wrandom"
    MOSTSKILLED = "mostskilled"
    LEASTOCCUPIED = "leastoccupied"


class Absence(Word):
    """Why a member does not count as being there, by the words of joinempty and leavewhenempty."""

    PENALTY = "penalty"
    PAUSED = "paused"
    INUSE = "inuse"
    RINGING = "ringing"
    UNAVAILABLE = "unavailable"
    WRAPUP = "wrapup"


class Disposition(msgspec.Struct, frozen=True, kw_only=True):
    """One outcome that an agent may choose at the end of a contact."""

    code: str
    ja: str
    en: str


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A `member =>` line: lower penalties are tried first."""

    agent: AgentId
    penalty: int = 0


class PenaltyRange(msgspec.Struct, frozen=True, kw_only=True):
    """From `after_s` of waiting on, who may be tried: penalties from `low` to `high` (None: no limit).

    Penalties below `raised` count as that, before they are compared; with `spares_low`, not those below
    `low`. A step of `queuerules.conf`, with relative changes worked out.
    """

    after_s: int = 0
    low: int = 0
    high: int | None = None
    raised: int = 0
    spares_low: bool = False


class RelaxSkills(msgspec.Struct, frozen=True, kw_only=True, tag="relax"):
    """Ask no longer for a skill; for none at all when `skill` is empty."""

    after_s: int
    skill: str = ""


class AddQueue(msgspec.Struct, frozen=True, kw_only=True, tag="queue"):
    """Let the agents of another queue have the contact too."""

    after_s: int
    queue: QueueName


class RaisePriority(msgspec.Struct, frozen=True, kw_only=True, tag="priority"):
    after_s: int
    by: int


class Propose(msgspec.Struct, frozen=True, kw_only=True, tag="propose"):
    """Offer the customer another way: `callback`, or a text channel."""

    after_s: int
    way: str


class Divert(msgspec.Struct, frozen=True, kw_only=True, tag="divert"):
    """Take the contact out of the queue: see `DivertContact`."""

    after_s: int
    to: Diversion
    section: str = ""
    ja: str = ""
    en: str = ""


OverflowStep = RelaxSkills | AddQueue | RaisePriority | Propose | Divert


class Announcements(msgspec.Struct, frozen=True, kw_only=True):
    """What waiting callers are told, by the words of `queues.conf`; 0 s: never.

    `position`: yes, no, limit (up to `position_limit`) or more (beyond it: more than that).
    `holdtime`: yes, no or once. `round_s` rounds the wait that is told. `periodic` are sound files.
    """

    frequency_s: int = 0
    frequency_min_s: int = 15
    position: str = "yes"
    position_limit: int = 10
    holdtime: str = "yes"
    round_s: int = 0
    to_first: bool = False
    periodic: tuple[str, ...] = ()
    periodic_s: int = 0


class RecordPolicy(Word):
    """Which calls are recorded: `ON_DEMAND`: those whose agent begins it."""

    NEVER = "never"
    ON_DEMAND = "on_demand"
    ALWAYS = "always"


class RecordRules(msgspec.Struct, frozen=True, kw_only=True):
    """How calls are recorded: `percent` of them with `ALWAYS`.

    Callers are told `announce_ja` or `announce_en` before (empty: nothing). A key that the customer presses
    pauses for `key_pause_s`. Recordings are deleted after `keep_days` (0: never). `mask`: what is masked in
    the transcript is silent in the recording.
    """

    policy: RecordPolicy = RecordPolicy.NEVER
    percent: int = 100
    announce_ja: str = ""
    announce_en: str = ""
    key_pause_s: int = 5
    keep_days: int = 0
    mask: bool = False


class QueueSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One queue.

    `weight` is a head start before other queues (`RoutingSettings`). `ring_s` is how long an offer
    lasts, `retry_s` the pause once everybody has declined. Wrap-up is in seconds; 0: none; None: until
    the agent says so. `max_waiting` 0: no bound. `join_without` and `leave_without` say which members do
    not count as being there (empty: it is never looked at). With no more than `penalty_members_min` members
    penalties do not count. `preferred_margin_s` is how much longer a
    preferred agent is waited for than the wait would be without. `hours` names opening hours (empty:
    always open). `service_levels` are the seconds in which a contact should be answered.
    `music_class` is a section of `musiconhold.conf`. `pop_url` is the address in another program that agents
    are shown with the screen pop, with `{number}`, `{contact}` and `{customer}` to be filled in ("": none).
    `transcribe`: its calls become text.
    """

    name: QueueName
    strategy: Strategy = Strategy.RRMEMORY
    weight: int = 0
    ring_s: int = 15
    retry_s: int = 5
    wrapup_voice_s: int | None = 0
    wrapup_text_s: int | None = 0
    member_delay_s: int = 0
    autopause: bool = False
    autopause_busy: bool = False
    autopause_unavailable: bool = False
    autopause_delay_s: int = 0
    max_waiting: int = 0
    join_without: tuple[Absence, ...] = ()
    leave_without: tuple[Absence, ...] = ()
    penalty_ranges: tuple[PenaltyRange, ...] = ()
    penalty_members_min: int = 0
    preferred_wait_s: int = 20
    preferred_margin_s: int = 20
    overflow: tuple[OverflowStep, ...] = ()
    callback_tries: int = 3
    callback_retry_s: int = 300
    hours: str = ""
    channels: tuple[Channel, ...] = tuple(Channel)
    service_levels: dict[Channel, int] = msgspec.field(default_factory=dict)
    announcements: Announcements = Announcements()
    music_class: str = "default"
    recording: RecordRules = RecordRules()
    pop_url: str = ""
    members: tuple[Member, ...] = ()
    dispositions: tuple[Disposition, ...] = ()
    transcribe: bool = False

    def wrapup_s(self, channel: Channel) -> int | None:
        return self.wrapup_voice_s if channel.is_live else self.wrapup_text_s


class Quiet(msgspec.Struct, frozen=True, kw_only=True):
    """After `after_s` without a message a contact of a text channel costs only `cost`."""

    after_s: int
    cost: int


def _default_costs() -> dict[Channel, int]:
    return {
        **dict.fromkeys(Channel, 20),
        Channel.VOICE: 100,
        Channel.VIDEO: 100,
        Channel.CHAT: 33,
        Channel.LINE: 25,
    }


class RoutingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All queues, and what holds for all of them.

    `budget` is an agent's whole capacity, `costs` what a contact of a channel takes of it, `limits`
    the most contacts of a channel at a time, `skills` each agent's skills with their level (1-10).
    `quiet` says when a channel's contacts cost less, `interrupts` which held channels an incoming
    one (the key) may suspend. Each level of priority and of a queue's weight counts as so many seconds of
    waiting, together at most `head_start_s_max`. Whoever waits longer than `keep_free_after_s` for want
    of room is overtaken no more: his agents take nothing that came after him (0: they do).
    `park_s` is how long a parked contact waits for whoever picks it up.
    `entries` is the queue in which a text channel's contacts wait if nothing else names one.
    """

    queues: dict[QueueName, QueueSettings] = msgspec.field(default_factory=dict)
    budget: int = 100
    costs: dict[Channel, int] = msgspec.field(default_factory=_default_costs)
    limits: dict[Channel, int] = msgspec.field(default_factory=dict)
    quiet: dict[Channel, Quiet] = msgspec.field(default_factory=dict)
    interrupts: dict[Channel, tuple[Channel, ...]] = msgspec.field(default_factory=dict)
    priority_step_s: int = 60
    weight_step_s: int = 60
    head_start_s_max: int = 3600
    keep_free_after_s: int = 300
    park_s: int = 120
    skills: dict[AgentId, dict[str, int]] = msgspec.field(default_factory=dict)
    entries: dict[Channel, QueueName] = msgspec.field(default_factory=dict)
    hours: dict[str, Hours] = msgspec.field(default_factory=dict)

    def place_ms(self, contact: Contact) -> int:
        """Return when a contact came, less its head start: the lower, the earlier it is served.

        A priority below 0 makes it count as younger than it is.
        """
        queue = self.queues.get(contact.queue)
        weight = queue.weight if queue else 0
        seconds = contact.priority * self.priority_step_s + weight * self.weight_step_s
        most = self.head_start_s_max
        return contact.arrived_ms - max(-most, min(most, seconds)) * 1000
