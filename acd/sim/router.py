"""The router of the simulation: the core, a stream and a store, with commits that may be lost."""

from collections.abc import Iterator
from random import Random

import msgspec

from acd.actions import Action
from acd.core.decide import Decision, decide
from acd.core.records import Record, RecordKey
from acd.core.state import RoutingState
from acd.events import Event
from acd.sim.invariants import Watch, require

_record = msgspec.json.Decoder(Record)


class SimRouter:
    """Takes events from a stream in batches and commits each batch as a whole, as the real shell does.

    `crash_rate` is the chance that a batch is lost before its commit or the memory after it; the
    records, which are stored as they would be in Redis, must then lead to the very same decisions.
    """

    def __init__(self, random: Random, watch: Watch) -> None:
        self.state = RoutingState()
        self.crash_rate = 0.0
        self.crashes = 0
        self.events = 0
        self._random = random
        self._watch = watch
        self._stream: list[tuple[int, Event]] = []
        self._stored: dict[RecordKey, bytes] = {}

    def submit(self, event: Event, now_ms: int) -> None:
        self._stream.append((now_ms, event))

    def turn(self) -> list[Action]:
        """Route everything at hand and return the actions of what was committed."""
        batch, self._stream = self._stream, []
        decisions = list(self._decide(batch))
        if self._crashed():
            again = list(self._decide(batch, watched=False))
            require(again == decisions, "replay: the stored records lead to other decisions")
        for decision in decisions:
            self._store(decision)
        self._crashed()  # after a commit that held, too
        self.events += len(batch)
        return [action for decision in decisions for action in decision.actions]

    def check_store(self) -> None:
        """Require that the stored records are those in memory."""
        memory = {key: msgspec.json.encode(record) for key, record in self.state.records()}
        stored = {key: value for key, value in self._stored.items() if key in memory}
        require(stored == memory and len(self._stored) == len(memory), "store: differs from memory")

    def _decide(self, batch: list[tuple[int, Event]], *, watched: bool = True) -> Iterator[Decision]:
        for now_ms, event in batch:
            before = dict(self.state.contacts) if watched else {}
            decision = decide(self.state, event, now_ms)
            if watched:
                self._watch.decided(self.state, event, decision, before)
            yield decision

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
        records = [_record.decode(value) for value in self._stored.values()]
        self._random.shuffle(records)
        self.state = RoutingState.load(records)
        return True
