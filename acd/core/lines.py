"""Where contacts stand in line: every contact of a queue that has no agent yet, best first."""

from acd.core.order import Order
from acd.core.records import ContactRecord
from acd.core.waiting import Place, place
from acd.ids import QueueName
from acd.policy import RoutingSettings

_NOBODY: Order[Place] = Order()


class Lines:
    """Index of the contacts in WAITING and OFFERED by queue, also by those that overflow added."""

    def __init__(self, settings: RoutingSettings) -> None:
        self._settings = settings
        self._lines: dict[QueueName, Order[Place]] = {}

    def of(self, queue: QueueName) -> Order[Place]:
        """Return the line of a queue; it is read only."""
        return self._lines.get(queue, _NOBODY)

    def position(self, record: ContactRecord) -> int:
        """Return a contact's place in its own queue: 1 is served next."""
        return self.of(record.contact.queue).index(place(self._settings, record)) + 1

    def move(self, old: ContactRecord | None, new: ContactRecord | None) -> None:
        """Take a contact from its old place, if it had one, to its new one, if it has one."""
        left = self._stands(old)
        taken = self._stands(new)
        if left == taken:
            return
        for queue, key in left:
            self._lines[queue].remove(key)
            if not self._lines[queue]:
                del self._lines[queue]
        for queue, key in taken:
            self._lines.setdefault(queue, Order()).add(key)

    def _stands(self, record: ContactRecord | None) -> list[tuple[QueueName, Place]]:
        if record is None or not record.is_queued:
            return []
        key = place(self._settings, record)
        return [(queue, key) for queue in record.queues]
