"""How long contacts will wait: learnt from how fast each queue moves.

Two figures a queue, as moving averages: how long a contact takes an agent, and the time from one
served to the next while somebody waits. The second holds whatever agents, skills and other queues
there are, so it goes first; the first stands in until a queue has moved.
"""

from msgspec.structs import replace

from acd.agent import Presence
from acd.core.records import ContactRecord, QueueRecord
from acd.core.state import RoutingState
from acd.ids import QueueName

_HANDLE_SHARE = 0.1
_INTERVAL_SHARE = 0.05
"""How much the latest sample counts."""


def note_served(state: RoutingState, record: ContactRecord, now_ms: int) -> None:
    """An agent has taken a contact that waited."""
    queue = _record(state, record.contact.queue)
    interval_ms = queue.interval_ms
    if queue.served_ms and record.since_ms <= queue.served_ms:  # it waited for its turn
        interval_ms = _mean(interval_ms, now_ms - queue.served_ms, _INTERVAL_SHARE)
    state.put_queue(replace(queue, interval_ms=interval_ms, served_ms=now_ms))


def note_handled(state: RoutingState, record: ContactRecord, now_ms: int) -> None:
    """A contact leaves the agent who had it."""
    queue = _record(state, record.contact.queue)
    spent_ms = now_ms - record.since_ms
    state.put_queue(replace(queue, handle_ms=_mean(queue.handle_ms, spent_ms, _HANDLE_SHARE)))


def predicted_wait_ms(state: RoutingState, record: ContactRecord) -> int | None:
    """Return how long a queued contact will wait from now on, None while nothing is known of its queue."""
    return wait_at_ms(state, record.contact.queue, state.position(record.contact.id))


def wait_at_ms(state: RoutingState, name: QueueName, position: int) -> int | None:
    """Return how long somebody at a place in line will wait from now on; None: nothing is known yet."""
    queue = state.queues.get(name)
    if queue is None or not (queue.interval_ms or queue.handle_ms):
        return None
    if not queue.interval_ms:
        return round(position * queue.handle_ms / max(1, _servers(state, name)))
    return round(position * queue.interval_ms)


def _servers(state: RoutingState, name: QueueName) -> int:
    agents = state.agents
    return sum(agents[agent].presence is Presence.AVAILABLE for agent in state.desks.members(name))


def _record(state: RoutingState, name: QueueName) -> QueueRecord:
    return state.queues.get(name) or QueueRecord(name=name)


def _mean(mean: float, sample: float, share: float) -> float:
    return mean + share * (sample - mean) if mean else float(sample)
