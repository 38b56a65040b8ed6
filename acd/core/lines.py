"""Where contacts stand in line: every contact of a queue that has no agent yet, best first."""

from collections.abc import Iterable

from acd.core.order import Order
from acd.core.waiting import Place
from acd.ids import QueueName

_NOBODY: Order[Place] = Order()


class Lines:
    """Index of the contacts in WAITING and OFFERED by queue, also by those that overflow added."""

    def __init__(self) -> None:
        self._lines: dict[QueueName, Order[Place]] = {}

    def of(self, queue: QueueName) -> Order[Place]:
        """Return the line of a queue; it is read only."""
        return self._lines.get(queue, _NOBODY)

    def join(self, queues: Iterable[QueueName], place: Place) -> None:
        for queue in queues:
            self._lines.setdefault(queue, Order()).add(place)

    def leave(self, queues: Iterable[QueueName], place: Place) -> None:
        for queue in queues:
            self._lines[queue].remove(place)
            if not self._lines[queue]:
                del self._lines[queue]
