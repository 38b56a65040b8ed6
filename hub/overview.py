"""Who is there and which calls there are, as colleagues and supervisors see them."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from acd.agent import Presence
from acd.contact import ContactState
from acd.ids import AgentId, ContactId, QueueName
from acd.policy import QueueSettings, RoutingSettings
from hub.accounts import Account, Role
from hub.board import Board, LiveContact
from hub.desktop.protocol import PartyState, RecordingState

_WAITING = (ContactState.WAITING, ContactState.OFFERED)


@dataclass(frozen=True, slots=True)
class Colleague:
    """An agent as others see him. `is_on_call`: a call of ours rings or talks at his phone."""

    id: AgentId
    name: str
    presence: Presence
    reason: str
    is_on_call: bool
    queues: tuple[QueueName, ...]


@dataclass(frozen=True, slots=True)
class QueueShown:
    """A queue, and how many contacts of all channels wait in it, parked ones left out."""

    name: QueueName
    waiting: int


@dataclass(frozen=True, slots=True)
class PartyShown:
    """Somebody who was brought into a call: an agent, or a number outside."""

    id: str
    state: PartyState
    agent: AgentId | None
    number: str | None
    name: str


@dataclass(frozen=True, slots=True)
class CallShown:
    """A call; `agent` has it. `since_ms`: when its state began."""

    contact: ContactId
    queue: QueueName
    state: ContactState
    agent: AgentId | None
    address: str | None
    name: str
    since_ms: int
    held: bool
    parked: bool
    recording: RecordingState
    parties: tuple[PartyShown, ...]


class Overview:
    """Looks at the board; asks the database for accounts alone (`DatabaseUnavailable`)."""

    def __init__(
        self,
        board: Board,
        accounts: Callable[[], Awaitable[Sequence[Account]]],
        routing: Callable[[], RoutingSettings],
    ) -> None:
        self._board, self._accounts, self._routing = board, accounts, routing

    async def agents(self) -> list[Colleague]:
        """Return all who may sign in, by id."""
        accounts, queues = await self._accounts(), self._routing().queues
        return [self._colleague(each, queues) for each in accounts if each.disabled_ms is None]

    def queues(self) -> list[QueueShown]:
        """Return all queues, in the order of the files."""
        live = (each for each in self._board.all() if not each.parked_until_ms)
        waiting = Counter(each.queue for each in live if each.state in _WAITING)
        return [QueueShown(name, waiting[name]) for name in self._routing().queues]

    def calls(self, viewer: Account) -> list[CallShown]:
        """Return the calls that are in a queue or beyond it, oldest first; who is consulted is a party.

        Agents see their own and those that are parked, supervisors all.
        """
        calls = [each for each in self._board.all() if each.channel.is_live and each.queue]
        sees_all = viewer.role.covers(Role.SUPERVISOR)
        seen = [
            each
            for each in calls
            if each.about is None and (sees_all or each.agent == viewer.id or each.parked_until_ms)
        ]
        return [_call(each) for each in sorted(seen, key=lambda each: (each.arrived_ms, each.id))]

    def _colleague(self, account: Account, queues: Mapping[QueueName, QueueSettings]) -> Colleague:
        presence, reason = self._board.presence(account.id)
        member_of = (name for name, queue in queues.items() if _has(queue, account.id))
        return Colleague(
            id=account.id,
            name=account.name,
            presence=presence,
            reason=reason,
            is_on_call=self._board.has_call(account.id),
            queues=tuple(member_of),
        )


def _has(queue: QueueSettings, agent: AgentId) -> bool:
    return any(member.agent == agent for member in queue.members)


def _call(contact: LiveContact) -> CallShown:
    return CallShown(
        contact=contact.id,
        queue=contact.queue,
        state=contact.state,
        agent=contact.agent,
        address=contact.address,
        name=contact.name,
        since_ms=contact.since_ms,
        held=contact.held,
        parked=bool(contact.parked_until_ms),
        recording=contact.recording,
        parties=tuple(
            PartyShown(each.id, each.state, each.agent, each.number, each.name) for each in contact.parties
        ),
    )
