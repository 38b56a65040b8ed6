"""Whether anybody is there: how many members of a queue count as present, by its own words.

Source: `joinempty` and `leavewhenempty` of queues.conf.
"""

from collections.abc import Mapping

from acd.agent import Presence
from acd.core.capacity import Held
from acd.core.records import AgentRecord
from acd.ids import AgentId, ContactId, QueueName
from acd.policy import Absence, QueueSettings, RoutingSettings

Counts = tuple[bool, bool]
"""Whether a member counts for those who want to join, and for those who wait."""


class Attendance:
    """Counts the members who are there, of the queues that ask for it (`is_kept`: one does)."""

    def __init__(self, settings: RoutingSettings) -> None:
        self._queues = {
            name: queue
            for name, queue in settings.queues.items()
            if queue.join_without or queue.leave_without
        }
        self.is_kept = bool(self._queues)
        self._members: dict[QueueName, dict[AgentId, Counts]] = {name: {} for name in self._queues}
        self._by_agent: dict[AgentId, set[QueueName]] = {}
        self._changed: set[QueueName] = set(self._queues)

    def may_join(self, queue: QueueName) -> bool:
        """Whether somebody is there for a caller who comes."""
        settings = self._queues.get(queue)
        return settings is None or not settings.join_without or self._is_there(queue, 0)

    def must_leave(self, queue: QueueName) -> bool:
        """Whether callers who wait are to leave, since nobody is there any more."""
        settings = self._queues.get(queue)
        return settings is not None and bool(settings.leave_without) and not self._is_there(queue, 1)

    def take_emptied(self) -> list[QueueName]:
        """Return the queues that callers must leave, of those that changed since the last call."""
        if not self._changed:
            return []
        changed, self._changed = sorted(self._changed), set()
        return [queue for queue in changed if self.must_leave(queue)]

    def look_at(self, queue: QueueName) -> None:
        """Have a queue looked at though no member changed: somebody came to wait in it."""
        if queue in self._queues:
            self._changed.add(queue)

    def note(self, record: AgentRecord, held: Mapping[ContactId, Held]) -> None:
        """Count an agent anew."""
        agent = record.agent
        absences = _absences(record, held)
        mine = {queue for queue in agent.queues if queue in self._queues}
        for queue in self._by_agent.get(agent.id, set()) - mine:
            self._forget(queue, agent.id)
        self._by_agent[agent.id] = mine
        for queue in mine:
            counts = _counts(self._queues[queue], agent.queues[queue], absences)
            if self._members[queue].get(agent.id) != counts:
                self._members[queue][agent.id] = counts
                self._changed.add(queue)

    def forget(self, agent: AgentId) -> None:
        for queue in self._by_agent.pop(agent, set()):
            self._forget(queue, agent)

    def _forget(self, queue: QueueName, agent: AgentId) -> None:
        del self._members[queue][agent]
        self._changed.add(queue)

    def _is_there(self, queue: QueueName, which: int) -> bool:
        return any(counts[which] for counts in self._members[queue].values())


def _absences(record: AgentRecord, held: Mapping[ContactId, Held]) -> set[Absence]:
    found = set()
    if record.presence is Presence.OFFLINE:
        found.add(Absence.UNAVAILABLE)
    if record.presence is Presence.NOT_READY:
        found.add(Absence.PAUSED)
    for each in held.values():
        if each.contact.channel.is_live:
            found.add(Absence.INUSE if each.is_talk else Absence.WRAPUP if each.is_over else Absence.RINGING)
    if record.is_on_phone:
        found.add(Absence.INUSE)
    return found


def _counts(settings: QueueSettings, penalty: int, absences: set[Absence]) -> Counts:
    if settings.penalty_ranges and settings.penalty_ranges[0].after_s == 0:
        first = settings.penalty_ranges[0]
        if penalty < first.low or (first.high is not None and penalty > first.high):
            absences = absences | {Absence.PENALTY}
    return (
        absences.isdisjoint(settings.join_without),
        absences.isdisjoint(settings.leave_without),
    )
