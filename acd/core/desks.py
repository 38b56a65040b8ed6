"""Who could take something: what each agent holds, and the agents of each queue that have room."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge

from acd.agent import Presence
from acd.contact import Channel
from acd.core.attendance import Attendance
from acd.core.capacity import BIT, INTERRUPTING, Held, Room, load, room
from acd.core.order import Order
from acd.core.records import AgentRecord, Tally
from acd.core.strategies import Rank, figure
from acd.explanation import Rule
from acd.ids import AgentId, ContactId, QueueName
from acd.policy import RoutingSettings, Strategy

_NO_TALLY = Tally()


@dataclass(slots=True)
class Desk:
    """An agent as the router sees him at this moment; derived from records.

    `held` are the contacts offered to him, connected with him or in his wrap-up, `absence` is why he
    takes nothing at all (None: he does), `ranks` his ranks in the queues that could give him something
    now, `room` for what.
    """

    record: AgentRecord
    held: dict[ContactId, Held] = field(default_factory=dict)
    absence: Rule | None = Rule.NOT_AVAILABLE
    room: Room = 0
    ranks: dict[QueueName, Rank] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        return self.absence is None

    def find_absence(self) -> Rule | None:
        """Return why he takes nothing; a phone in use by a call of ours is no reason."""
        record = self.record
        if record.presence is not Presence.AVAILABLE:
            return Rule.NOT_AVAILABLE
        if record.cooling_until_ms:
            return Rule.COOLING_DOWN
        if not record.is_on_phone or any(each.is_on_line for each in self.held.values()):
            return None
        return Rule.ON_PHONE


class Desks:
    """Index of agents: by id, by queue, and of those with room by queue, room and rank."""

    def __init__(self, settings: RoutingSettings) -> None:
        self.attendance = Attendance(settings)
        self._settings = settings
        self._desks: dict[AgentId, Desk] = {}
        self._members: dict[QueueName, Order[tuple[AgentId]]] = {}
        self._ready: dict[QueueName, dict[Room, Order[Rank]]] = {}
        self._positions = {
            name: {member.agent: at for at, member in enumerate(queue.members)}
            for name, queue in settings.queues.items()
        }

    def get(self, agent: AgentId) -> Desk | None:
        return self._desks.get(agent)

    def members(self, queue: QueueName) -> Iterator[AgentId]:
        """Yield the agents of a queue, ordered by id."""
        return (agent for (agent,) in self._members.get(queue, ()))

    def count(self, queue: QueueName) -> int:
        """Return how many members a queue has, signed in or not."""
        return len(self._members.get(queue, ()))

    def ready(self, queue: QueueName, channel: Channel) -> Iterator[Iterator[Rank]]:
        """Yield the ranks of a queue's agents who have room for one more contact of a channel, best first.

        First of those who simply have it, then of those who would have to leave something alone.
        """
        rooms = self._ready.get(queue, {})
        bit = BIT[channel]
        yield _merged([order for room, order in rooms.items() if room & bit])
        if channel in self._settings.interrupts:
            yield _merged([order for room, order in rooms.items() if room & bit << INTERRUPTING])

    def with_room(self, queue: QueueName) -> list[AgentId]:
        """Return the agents of a queue who have room for anything, ordered by id."""
        return sorted(rank[-1] for order in self._ready.get(queue, {}).values() for rank in order)

    def put(self, record: AgentRecord) -> None:
        """Add an agent, or replace his record."""
        desk = self._desks.get(record.agent.id)
        if desk is None:
            desk = self._desks[record.agent.id] = Desk(record)
            self._join(record.agent.id, record.agent.queues)
        elif desk.record.agent.queues != record.agent.queues:
            self._quit(record.agent.id, desk.record.agent.queues)
            self._join(record.agent.id, record.agent.queues)
        was, desk.record = desk.record, record
        if was is record or _differ(was, record):
            self._rank(desk)
        elif desk.room:
            self._place(desk, desk.room, self._ranks(desk))

    def drop(self, agent: AgentId) -> None:
        desk = self._desks.pop(agent)
        self._quit(agent, desk.record.agent.queues)
        self.attendance.forget(agent)
        self._place(desk, 0, {})

    def hold(self, agent: AgentId, contact: ContactId, held: Held) -> None:
        desk = self._desks[agent]
        old = desk.held.get(contact)
        if old is None or old.contact is not held.contact or old[1:] != held[1:]:
            desk.held[contact] = held
            self._rank(desk)

    def release(self, agent: AgentId, contact: ContactId) -> None:
        desk = self._desks[agent]
        if desk.held.pop(contact, None) is not None:
            self._rank(desk)

    def _rank(self, desk: Desk) -> None:
        """Work out anew where an agent stands."""
        held = desk.held.values()
        desk.absence = desk.find_absence()
        found = room(self._settings, desk.record.agent, held) if desk.is_ready else 0
        self._place(desk, found, self._ranks(desk) if found else {})
        if self.attendance.is_kept:
            self.attendance.note(desk.record, desk.held)

    def _ranks(self, desk: Desk) -> dict[QueueName, Rank]:
        record, ranks = desk.record, {}
        agent = record.agent
        for queue, penalty in agent.queues.items():
            if (settings := self._settings.queues.get(queue)) is not None:
                if settings.strategy is Strategy.LEASTOCCUPIED:
                    own = load(self._settings, desk.held.values())
                else:
                    own = figure(settings.strategy, record.tallies.get(queue, _NO_TALLY))
                position = self._positions[queue].get(agent.id, len(settings.members))
                ranks[queue] = (penalty, own, position, record.serial, agent.id)
        return ranks

    def _place(self, desk: Desk, found: Room, ranks: dict[QueueName, Rank]) -> None:
        """Move an agent to another room and other ranks in the index, touching only what differs."""
        for queue, rank in desk.ranks.items():
            if found != desk.room or ranks.get(queue) != rank:
                rooms = self._ready[queue]
                rooms[desk.room].remove(rank)
                if not rooms[desk.room]:
                    del rooms[desk.room]
        for queue, rank in ranks.items():
            if found != desk.room or desk.ranks.get(queue) != rank:
                self._ready.setdefault(queue, {}).setdefault(found, Order()).add(rank)
        desk.room, desk.ranks = found, ranks

    def _join(self, agent: AgentId, queues: Mapping[QueueName, int]) -> None:
        for queue in queues:
            self._members.setdefault(queue, Order()).add((agent,))

    def _quit(self, agent: AgentId, queues: Collection[QueueName]) -> None:
        for queue in queues:
            self._members[queue].remove((agent,))


def _differ(was: AgentRecord, record: AgentRecord) -> bool:
    """Whether anything but an agent's tallies has changed."""
    return (
        was.agent is not record.agent
        or was.presence is not record.presence
        or was.cooling_until_ms != record.cooling_until_ms
        or was.is_on_phone != record.is_on_phone
    )


def _merged(orders: list[Order[Rank]]) -> Iterator[Rank]:
    return iter(orders[0]) if len(orders) == 1 else merge(*orders)
