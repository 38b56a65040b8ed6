"""Who waits: the contacts of each queue in the order in which they are to be served."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from acd.contact import Channel
from acd.core.capacity import BIT, Room
from acd.core.order import Order
from acd.core.records import ContactRecord
from acd.ids import AgentId, ContactId, QueueName

Place = tuple[int, int, int, ContactId]
"""A contact's place: higher priority first, then the older one, then the one that came first."""


class Lane(NamedTuple):
    """Waiting contacts of a queue that ask the same of an agent."""

    queue: QueueName
    channel: Channel
    skills: tuple[tuple[str, int], ...]


def place(record: ContactRecord) -> Place:
    contact = record.contact
    return (-contact.priority, contact.arrived_ms, record.serial, contact.id)


def lane(record: ContactRecord) -> Lane:
    contact = record.contact
    return Lane(contact.queue, contact.channel, tuple(sorted(contact.skills.items())))


class Waiting:
    """Index of the contacts in WAITING.

    A contact that anybody may get stands in its lane. One that favours agents stands in the order of
    each of these too, so that it is found by them while it is held for them and when only they have
    room for it.
    """

    def __init__(self) -> None:
        self._lanes: dict[QueueName, dict[Lane, Order[Place]]] = {}
        self._favouring: dict[AgentId, Order[Place]] = {}

    def add(self, record: ContactRecord) -> None:
        for order in self._orders(record):
            order.add(place(record))

    def remove(self, record: ContactRecord) -> None:
        for order in self._orders(record):
            order.remove(place(record))
        self._sweep(record)

    def lanes(self, queue: QueueName, room: Room) -> Iterator[tuple[Lane, Order[Place]]]:
        """Yield the lanes of a queue whose channel an agent with that room can take."""
        return (
            (lane, order) for lane, order in self._lanes.get(queue, {}).items() if room & BIT[lane.channel]
        )

    def favouring(self, agent: AgentId) -> Iterable[Place]:
        """Return the places of the contacts that favour an agent, best first."""
        return self._favouring.get(agent, ())

    def all(self) -> list[Place]:
        """Return every place, of whichever queue, best first."""
        orders = [order for lanes in self._lanes.values() for order in lanes.values()]
        return sorted({key for order in (*orders, *self._favouring.values()) for key in order})

    def _orders(self, record: ContactRecord) -> list[Order[Place]]:
        orders = [self._favouring.setdefault(agent, Order()) for agent in record.favoured]
        if not record.hold_until_ms:
            lanes = self._lanes.setdefault(record.contact.queue, {})
            orders.append(lanes.setdefault(lane(record), Order()))
        return orders

    def _sweep(self, record: ContactRecord) -> None:
        for agent in record.favoured:
            if not self._favouring[agent]:
                del self._favouring[agent]
        queue = record.contact.queue
        if not record.hold_until_ms and not self._lanes[queue][lane(record)]:
            del self._lanes[queue][lane(record)]
            if not self._lanes[queue]:
                del self._lanes[queue]
