"""How fast the core is: `python -m acd.sim.load [--scale 10]` prints events a second and their cost.

Times are the CPU time of the thread, so that what else runs on the machine does not count.

Scale 1 is 1,000 agents in 50 queues with 10,000 contacts waiting; agents are members of three queues.
"""

import argparse
import gc
import json
import resource
import time
from collections import deque
from random import Random

import msgspec

from acd.actions import Action, ConnectContact, OfferContact, StartWrapUp
from acd.agent import Agent, Presence
from acd.contact import Channel, Contact
from acd.core.decide import decide
from acd.core.state import RoutingState
from acd.events import (
    AgentChanged,
    ContactEnded,
    ContactQueued,
    Event,
    OfferAccepted,
    OfferRejected,
    PresenceChanged,
    SettingsChanged,
    WrapUpEnded,
)
from acd.ids import AgentId, ContactId, CustomerId, QueueName
from acd.policy import QueueSettings, RoutingSettings

_CHANNELS = (*[Channel.VOICE] * 5, *[Channel.LINE] * 3, Channel.CHAT, Channel.EMAIL)


class Load:
    """A contact centre in which each that ends makes room for another; every event is timed."""

    def __init__(self, scale: int, seed: int = 1) -> None:
        self.random = Random(seed)  # noqa: S311 - a simulation's, not a secret's
        self.state = RoutingState()
        self.now_ms = 1_800_000_000_000
        self.times_s: list[float] = []
        self._agents = 1000 * scale
        self._waiting = 10_000 * scale
        self._arrived = 0
        self._replies: deque[Event] = deque()
        self._talks: deque[Event] = deque()
        self._queues = [QueueName(f"q{at}") for at in range(50)]
        self._open_up()

    def run(self, events: int) -> None:
        """Handle events: every second one an arrival, as long as fewer leave than come."""
        self.times_s.clear()
        gc.collect()
        gc.freeze()
        for at in range(events):
            self._put(self._next(at))

    def _open_up(self) -> None:
        queues = {name: QueueSettings(name=name, wrapup_voice_s=10, wrapup_text_s=5) for name in self._queues}
        self._put(SettingsChanged(settings=msgspec.to_builtins(RoutingSettings(queues=queues))))
        for at in range(self._agents):
            own = {queue: self.random.randrange(2) for queue in self.random.sample(self._queues, 3)}
            agent = Agent(id=AgentId(f"a{at}"), queues=own)
            self._put(AgentChanged(agent=agent))
            self._put(PresenceChanged(agent=agent.id, presence=Presence.AVAILABLE))
        while sum(self.state.queued.values()) < self._waiting:
            self._put(self._arrival())
            while self._replies:
                self._put(self._replies.popleft())

    def _next(self, at: int) -> Event:
        if self._replies:
            return self._replies.popleft()
        return self._talks.popleft() if at % 2 and self._talks else self._arrival()

    def _put(self, event: Event) -> None:
        self.now_ms += 1
        began = time.thread_time()
        decision = decide(self.state, event, self.now_ms)
        self.times_s.append(time.thread_time() - began)
        for action in decision.actions:
            self._react(action)

    def _react(self, action: Action) -> None:
        match action:
            case OfferContact() if self.random.random() < 0.95:
                self._replies.append(OfferAccepted(offer=action.offer, agent=action.agent))
            case OfferContact():
                reject = OfferRejected(offer=action.offer, agent=action.agent, reason="declined")
                self._replies.append(reject)
            case ConnectContact():
                self._talks.append(ContactEnded(contact=action.contact, reason="hang_up"))
            case StartWrapUp():
                self._replies.append(WrapUpEnded(contact=action.contact, agent=action.agent))
            case _:
                pass

    def _arrival(self) -> ContactQueued:
        self._arrived += 1
        random = self.random
        prefers = random.random() < 0.2
        return ContactQueued(
            contact=Contact(
                id=ContactId(f"c{self._arrived}"),
                channel=random.choice(_CHANNELS),
                queue=random.choice(self._queues),
                customer=CustomerId(f"k{random.randrange(self._waiting)}"),
                preferred=(AgentId(f"a{random.randrange(self._agents)}"),) if prefers else (),
                priority=random.randrange(3),
            )
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m acd.sim.load", description=__doc__)
    parser.add_argument("--scale", type=int, default=1, help="1: 1,000 agents, 10,000 waiting (1)")
    parser.add_argument("--events", type=int, default=30_000, help="how many events to time (30000)")
    options = parser.parse_args()
    load = Load(options.scale)
    load.run(options.events)
    times_s = sorted(load.times_s)
    figures = {
        "core_events_per_s": round(len(times_s) / sum(times_s)),
        "core_event_ms_p50": round(times_s[len(times_s) // 2] * 1000, 3),
        "core_event_ms_p99": round(times_s[len(times_s) * 99 // 100] * 1000, 3),
        "waiting": sum(load.state.queued.values()),
        "memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
