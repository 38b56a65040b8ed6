"""What one look at everything saw."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from acd.contact import Channel, ContactState
from acd.core.state import RoutingState
from acd.ids import AgentId, ContactId, QueueName
from acd.policy import RoutingSettings
from crm_bridge.model import ContactRecord
from cti.examination import Fault
from hub.doctor.kinds import Part


@dataclass(frozen=True, slots=True)
class OnBoard:
    """A contact as the hub has it.

    `has_call`: its customer is on the line, or is just being called; of one who is consulted, that he is.
    `is_stored`: the database has it too, unlike that of one who is consulted.
    """

    channel: Channel
    queue: QueueName
    state: ContactState
    agent: AgentId | None
    since_ms: int
    has_call: bool
    is_stored: bool = True


@dataclass(frozen=True, slots=True)
class InQueue:
    """A member of a queue, as app_queue has him."""

    penalty: int
    is_paused: bool


@dataclass(slots=True, kw_only=True)
class Seen:
    """All that is compared; what is None could not be seen, and `away` says why.

    `node` is our Asterisk. `stored` are the contacts that the database has open, `closing` those that it
    is about to close. `members` are by queue and agent, `in_use` agents whose phone is. `accounts` says of
    each account whether it may be used, `phones` are the endpoints of PJSIP. `desktops` are agents with a
    desktop here, or gone a moment ago; `elsewhere` those at another hub.
    """

    node: str
    settings: RoutingSettings
    contacts: Mapping[ContactId, OnBoard]
    away: set[Part] = field(default_factory=set)
    is_settled: bool = False
    state: RoutingState | None = None
    stored: Mapping[ContactId, ContactRecord] | None = None
    closing: frozenset[ContactId] = frozenset()
    faults: tuple[Fault, ...] | None = None
    members: Mapping[tuple[QueueName, AgentId], InQueue] | None = None
    in_use: frozenset[AgentId] | None = None
    phones: frozenset[str] | None = None
    accounts: Mapping[str, bool] | None = None
    desktops: frozenset[AgentId] = frozenset()
    connected: frozenset[AgentId] = frozenset()
    elsewhere: frozenset[AgentId] = frozenset()
