"""What the router decided about contacts, as it is remembered: one `Decision` an action. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from acd.actions import (
    Action,
    ArrangeCallback,
    CloseContact,
    ConnectContact,
    DivertContact,
    OfferContact,
    PassContact,
    ProposeWay,
    PublishPresence,
    RefuseContact,
    RefuseEvent,
    ResumeContact,
    ReturnContact,
    StartWrapUp,
    SuspendContact,
    WithdrawOffer,
)
from acd.contact import Contact
from acd.explanation import Consideration
from acd.ids import AgentId, ContactId, OfferId, QueueName

NO_CONTACT = ContactId("")


class DecisionKind(StrEnum):
    """What was decided. `QUEUED` is what the router was told, `GAP` that decisions are missing here."""

    QUEUED = "queued"
    REFUSED = "refused"
    OFFERED = "offered"
    WITHDRAWN = "withdrawn"
    CONNECTED = "connected"
    RETURNED = "returned"
    PASSED = "passed"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    PROPOSED = "proposed"
    CALLBACK_ARRANGED = "callback_arranged"
    WRAP_UP = "wrap_up"
    DIVERTED = "diverted"
    CLOSED = "closed"
    GAP = "gap"


class Stream(StrEnum):
    """Which of the router's streams a place belongs to: what it was told, or what it decided."""

    EVENT = "event"
    ACTION = "action"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a stream of the router; its text is `<epoch>-<number>`."""

    epoch: int
    number: int

    @classmethod
    def of(cls, text: str) -> Self:
        epoch, _, number = text.partition("-")
        return cls(int(epoch), int(number or 0))

    def __str__(self) -> str:
        return f"{self.epoch}-{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision about a contact.

    `at_ms` is Unix time; of one that `is_late` it is when the hub heard of it, some time after. `reason`
    is a code, for a proposal its way, for a diversion where to. `score` is the contact's place when it
    was offered, `considered` who was passed over then. Of a gap, `lost` is how many decisions are
    missing (None: nobody knows) and `until` the position before the first that is there again.
    """

    stream: Stream
    position: Position
    at_ms: int
    kind: DecisionKind
    contact: ContactId
    agent: AgentId | None = None
    queue: QueueName | None = None
    reason: str = ""
    offer: OfferId | None = None
    score: int | None = None
    considered: tuple[Consideration, ...] = ()
    is_late: bool = False
    lost: int | None = None
    until: str = ""


def queued(contact: Contact, place: str, at_ms: int) -> Decision:
    """Return the entry of a contact into its queue; `place` is that of `ContactQueued`."""
    return Decision(
        stream=Stream.EVENT,
        position=Position.of(place),
        at_ms=at_ms,
        kind=DecisionKind.QUEUED,
        contact=contact.id,
        queue=contact.queue,
    )


def gap(after: Position, until: str, at_ms: int) -> Decision:
    """Return the note that what was decided after a position, up to `until`, is not known here."""
    end = Position.of(until)
    return Decision(
        stream=Stream.ACTION,
        position=Position(after.epoch, after.number + 1),
        at_ms=at_ms,
        kind=DecisionKind.GAP,
        contact=NO_CONTACT,
        lost=end.number - after.number if end.epoch == after.epoch and end > after else None,
        until=until,
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    kind: DecisionKind
    agent: AgentId | None = None
    reason: str = ""
    queue: QueueName | None = None
    offer: OfferId | None = None


def decision(position: str, action: Action, at_ms: int, *, is_late: bool = False) -> Decision | None:
    """Return what an action decides about a contact; None for one that does not.

    The time of an offer is the router's own, whenever it is read.
    """
    if isinstance(action, OfferContact):
        return Decision(
            stream=Stream.ACTION,
            position=Position.of(position),
            at_ms=action.deadline_ms - action.ring_s * 1000,
            kind=DecisionKind.OFFERED,
            contact=action.contact,
            agent=action.agent,
            queue=action.queue,
            offer=action.offer,
            score=action.score,
            considered=action.considered,
        )
    if isinstance(action, PublishPresence | RefuseEvent) or (facts := _facts(action)) is None:
        return None
    return Decision(
        stream=Stream.ACTION,
        position=Position.of(position),
        at_ms=at_ms,
        kind=facts.kind,
        contact=action.contact,
        agent=facts.agent,
        queue=facts.queue,
        reason=facts.reason,
        offer=facts.offer,
        is_late=is_late,
    )


def _facts(action: Action) -> _Facts | None:  # noqa: C901 - one table
    match action:
        case WithdrawOffer(agent=agent, reason=reason, offer=offer):
            return _Facts(DecisionKind.WITHDRAWN, agent, reason, offer=offer)
        case ConnectContact(agent=agent, offer=offer):
            return _Facts(DecisionKind.CONNECTED, agent, offer=offer)
        case ReturnContact(agent=agent, reason=reason, queue=queue):
            return _Facts(DecisionKind.RETURNED, agent, reason, queue)
        case PassContact(to=agent):
            return _Facts(DecisionKind.PASSED, agent)
        case SuspendContact(agent=agent, reason=reason):
            return _Facts(DecisionKind.SUSPENDED, agent, reason)
        case ResumeContact(agent=agent):
            return _Facts(DecisionKind.RESUMED, agent)
        case ProposeWay(way=way):
            return _Facts(DecisionKind.PROPOSED, reason=way)
        case ArrangeCallback():
            return _Facts(DecisionKind.CALLBACK_ARRANGED)
        case StartWrapUp(agent=agent):
            return _Facts(DecisionKind.WRAP_UP, agent)
        case DivertContact(to=to):
            return _Facts(DecisionKind.DIVERTED, reason=to.value)
        case CloseContact(agent=agent, reason=reason):
            return _Facts(DecisionKind.CLOSED, agent, reason)
        case RefuseContact(reason=reason):
            return _Facts(DecisionKind.REFUSED, reason=reason)
        case _:
            return None
