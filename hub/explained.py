"""A contact's way through routing as people and programs are told it: where it stands, how it came there."""

from dataclasses import dataclass

from acd.contact import Channel, ContactState
from acd.explanation import Consideration, Rule
from acd.ids import AgentId, ContactId, OfferId, QueueName
from hub.bilingual import Bilingual
from hub.decisions import Decision, DecisionKind
from hub.routing_texts import RULES, told


@dataclass(frozen=True, slots=True)
class Considered:
    """An agent, and the rule by which the contact goes to him or not."""

    agent: AgentId
    rule: Rule
    text: Bilingual

    @classmethod
    def of(cls, found: Consideration) -> "Considered":
        return cls(found.agent, found.rule, RULES[found.rule])


@dataclass(frozen=True, slots=True)
class Ahead:
    """A contact that is served earlier, by its score."""

    contact: ContactId
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a live contact stands.

    The lower the `score`, the earlier it is served: Unix time in milliseconds of its arrival, less what
    priority and weight give it. While it has no agent, `position` is its place in line (1 is next),
    `wait_ms` the predicted wait (null: nothing is known yet) and `ahead` who is served before it,
    nearest last, at most 20; otherwise 0, null and empty. `considered` says of each agent why he does
    not get it now; of one that has an agent, who was considered when it was offered.
    """

    state: ContactState
    queue: QueueName
    agent: AgentId | None
    since_ms: int
    position: int
    wait_ms: int | None
    score: int
    ahead: tuple[Ahead, ...]
    considered: tuple[Considered, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One decision. `is_late`: it was made at `at_ms` or earlier. `lost`: how many are missing in a gap."""

    at_ms: int
    is_late: bool
    kind: DecisionKind
    text: Bilingual
    agent: AgentId | None
    queue: QueueName | None
    reason: str
    offer: OfferId | None
    score: int | None
    considered: tuple[Considered, ...]
    lost: int | None

    @classmethod
    def of(cls, decision: Decision) -> "Happened":
        return cls(
            at_ms=decision.at_ms,
            is_late=decision.is_late,
            kind=decision.kind,
            text=told(decision),
            agent=decision.agent,
            queue=decision.queue,
            reason=decision.reason,
            offer=decision.offer,
            score=decision.score,
            considered=tuple(map(Considered.of, decision.considered)),
            lost=decision.lost,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRouting:
    """A contact in routing. `now` is null once it has ended, `history` oldest first.

    `had_by` are the agents who have or had it. `channel`, `queue` and `arrived_ms` are null for one of
    which only the history is left.
    """

    contact: ContactId
    channel: Channel | None
    queue: QueueName | None
    arrived_ms: int | None
    had_by: tuple[AgentId, ...]
    now: Standing | None
    history: tuple[Happened, ...]
