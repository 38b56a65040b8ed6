"""Who waits: the contacts of each queue in the order in which they are to be served."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from acd.contact import Channel
from acd.core.capacity import EITHER, Room
from acd.core.order import Order
from acd.core.records import ContactRecord
from acd.ids import AgentId, ContactId, QueueName
from acd.policy import RoutingSettings

Place = tuple[int, int, ContactId]
"""A contact's place: when it came, less its head start (`RoutingSettings.place_ms`), then who came first."""


class Lane(NamedTuple):
    """Waiting contacts of a queue that ask the same of an agent.

    `penalties` counts the steps of the queue's penalty ranges that have come.
    """

    queue: QueueName
    channel: Channel
    skills: tuple[tuple[str, int], ...]
    penalties: int


def place(settings: RoutingSettings, record: ContactRecord) -> Place:
    """Return where a contact stands among all that wait.

    Its place never changes by waiting, so that whoever came more than the greatest head start later
    stays behind: nobody starves.
    """
    return (settings.place_ms(record.contact), record.serial, record.contact.id)


def lanes_of(record: ContactRecord) -> list[Lane]:
    """Return the lanes in which a contact stands: one for each of its queues."""
    contact = record.contact
    skills = tuple(sorted(contact.skills.items())) if contact.skills else ()
    own = Lane(contact.queue, contact.channel, skills, record.penalties)
    return [own, *(Lane(queue, contact.channel, skills, 0) for queue in record.more_queues)]


class Waiting:
    """Index of the contacts in WAITING whose time has come.

    A contact that anybody may get stands in its lanes. One that favours agents stands in the order of
    each of these too, so that it is found by them while it is held for them and when only they have
    room for it. One that is reserved for an agent is found by him only.
    """

    def __init__(self) -> None:
        self._lanes: dict[QueueName, dict[Lane, Order[Place]]] = {}
        self._favouring: dict[AgentId, Order[Place]] = {}
        self._reserved: dict[AgentId, Order[Place]] = {}

    def add(self, record: ContactRecord, key: Place) -> None:
        if record.contact.reserved is not None:
            self._reserved.setdefault(record.contact.reserved, Order()).add(key)
            return
        if record.not_before_ms:
            return
        for agent in record.favoured:
            self._favouring.setdefault(agent, Order()).add(key)
        if not record.hold_until_ms:
            for lane in lanes_of(record):
                self._lanes.setdefault(lane.queue, {}).setdefault(lane, Order()).add(key)

    def remove(self, record: ContactRecord, key: Place) -> None:
        if record.contact.reserved is not None:
            _drop(self._reserved, record.contact.reserved, key)
            return
        if record.not_before_ms:
            return
        for agent in record.favoured:
            _drop(self._favouring, agent, key)
        if not record.hold_until_ms:
            for lane in lanes_of(record):
                self._leave(lane, key)

    def lanes(self, queue: QueueName, room: Room) -> Iterator[tuple[Lane, Order[Place]]]:
        """Yield the lanes of a queue whose channel an agent with that room can take."""
        return (
            (lane, order) for lane, order in self._lanes.get(queue, {}).items() if room & EITHER[lane.channel]
        )

    def favouring(self, agent: AgentId) -> Iterable[Place]:
        """Return the places of the contacts that favour an agent, best first."""
        return self._favouring.get(agent, ())

    def first_reserved(self, agent: AgentId) -> ContactId | None:
        """Return the contact that waits for an agent by name, the best of them if there are several."""
        order = self._reserved.get(agent)
        best = order.best() if order else None
        return best[-1] if best else None

    def _leave(self, lane: Lane, key: Place) -> None:
        lanes = self._lanes[lane.queue]
        order = lanes[lane]
        order.remove(key)
        if not order:
            del lanes[lane]
            if not lanes:
                del self._lanes[lane.queue]


def _drop(orders: dict[AgentId, Order[Place]], agent: AgentId, key: Place) -> None:
    order = orders[agent]
    order.remove(key)
    if not order:
        del orders[agent]
