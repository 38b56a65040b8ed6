"""The router of the simulation: the core, a stream and a store, with commits that may be lost."""

from collections import deque
from collections.abc import Iterator
from random import Random

import msgspec

from acd.actions import Action
from acd.core.decide import Decision, advance, begin, decide, end
from acd.core.records import Record, RecordKey
from acd.core.state import RoutingState
from acd.events import Event
from acd.sim.invariants.violation import require
from acd.sim.invariants.watch import Watch

_record = msgspec.json.Decoder(Record)
_REPLICA_LAG_MAX = 5


class SimRouter:
    """Takes events from a stream in batches and commits each batch as a whole, as the real shell does.

    `crash_rate` is the chance that a batch is lost before its commit or the memory after it; the
    records, which are stored as they would be in Redis, must then lead to the very same decisions.
    `fail_over` goes to a replica of the store that lacks the latest commits, or to an empty one.
    """

    def __init__(self, random: Random, watch: Watch) -> None:
        self.state = RoutingState()
        self.crash_rate = 0.0
        self.crashes = 0
        self.fail_overs = 0
        self.events = 0
        self._random = random
        self._watch = watch
        self._stream: list[tuple[int, Event]] = []
        self._stored: dict[RecordKey, bytes] = {}
        self._replicas: deque[dict[RecordKey, bytes]] = deque(maxlen=_REPLICA_LAG_MAX)

    def submit(self, event: Event, now_ms: int) -> None:
        self._stream.append((now_ms, event))

    def turn(self) -> list[Action]:
        """Route everything at hand and return the actions of what was committed."""
        batch, self._stream = self._stream, []
        self._replicas.append(dict(self._stored))
        decisions = list(self._decide(batch))
        if self._crashed():
            again = list(self._decide(batch, watched=False))
            require(again == decisions, "replay: the stored records lead to other decisions")
        for decision in decisions:
            self._store(decision)
        self._crashed()  # after a commit that held, too
        self.events += len(batch)
        return [action for decision in decisions for action in decision.actions]

    def fail_over(self) -> None:
        """Go on with what a replica has; what waits in the stream is gone too."""
        self.fail_overs += 1
        self._stream.clear()
        self._stored = dict(self._random.choice([{}, *self._replicas]))
        self._replicas.clear()
        self._load()
        self._watch.begin_anew(self.state)

    def check_store(self) -> None:
        """Require that the stored records are those in memory."""
        memory = {key: msgspec.json.encode(record) for key, record in self.state.records()}
        stored = {key: value for key, value in self._stored.items() if key in memory}
        require(stored == memory and len(self._stored) == len(memory), "store: differs from memory")

    def _decide(self, batch: list[tuple[int, Event]], *, watched: bool = True) -> Iterator[Decision]:
        for now_ms, event in batch:
            yield self._watched(event, now_ms) if watched else decide(self.state, event, now_ms)

    def _watched(self, event: Event, now_ms: int) -> Decision:
        """Decide, looking at each part of the decision."""
        before = dict(self.state.contacts)
        step = begin(self.state, now_ms)
        for cause in advance(step, event):
            self._watch.decided(self.state, cause, step.latest_actions, before)
            before = dict(self.state.contacts)
        return end(step)

    def _store(self, decision: Decision) -> None:
        for key, record in decision.changes.items():
            if record is None:
                self._stored.pop(key, None)
            else:
                self._stored[key] = msgspec.json.encode(record)

    def _crashed(self) -> bool:
        """Lose the memory by chance, and load what was stored; return whether that happened."""
        if self._random.random() >= self.crash_rate:
            return False
        self.crashes += 1
        self._load()
        return True

    def _load(self) -> None:
        records = [_record.decode(value) for value in self._stored.values()]
        self._random.shuffle(records)
        self.state = RoutingState.load(records)
