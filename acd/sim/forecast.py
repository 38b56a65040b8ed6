"""How good the predicted wait is: `python -m acd.sim.forecast` plays days of a call centre and compares.

Two queues share some agents; arrivals rise and fall over the day beyond what the agents can take, talks
are lognormal, callers lose patience. Every caller who has to wait is told a wait when he joins; it is
compared with how long he really waited, if he did so to the end.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random
from statistics import fmean

import msgspec

from acd.actions import Action, ConnectContact, OfferContact, StartWrapUp
from acd.agent import Agent, Presence
from acd.contact import Channel, Contact
from acd.core.decide import decide
from acd.core.forecast import predicted_wait_ms
from acd.core.state import RoutingState
from acd.events import (
    AgentChanged,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    Event,
    OfferAccepted,
    PresenceChanged,
    SettingsChanged,
    TimerDue,
)
from acd.ids import AgentId, ContactId, QueueName
from acd.policy import QueueSettings, RoutingSettings

DAY_S = 8 * 3600
AGENTS = 24
TALK_S, PATIENCE_S, WRAP_UP_S = 180.0, 900.0, 20
PEAK = 1.15
"""Arrivals at the peak of the day, as a share of what all agents can take."""

_START_MS = 1_800_000_000_000
_SUPPORT, _SALES = QueueName("support"), QueueName("sales")


@dataclass(slots=True)
class Day:
    """One seed's day. `told` and `waited` are seconds, of those who waited to the end."""

    seed: int
    random: Random = field(init=False)
    state: RoutingState = field(default_factory=RoutingState)
    now_ms: int = _START_MS
    told: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    _due: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    _count: int = 0
    _joined: dict[ContactId, tuple[int, int | None]] = field(default_factory=dict)

    def play(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - a simulation's, not a secret's
        self._open()
        self._after(0, self._arrive)
        while self._due:
            at_ms, _, act = heappop(self._due)
            self._settle(at_ms)
            self.now_ms = at_ms
            act()

    def _open(self) -> None:
        queues = {name: QueueSettings(name=name, wrapup_voice_s=WRAP_UP_S) for name in (_SUPPORT, _SALES)}
        self._put(SettingsChanged(settings=msgspec.to_builtins(RoutingSettings(queues=queues))))
        for at in range(AGENTS):
            mine = (_SUPPORT,) if at % 3 else (_SUPPORT, _SALES)
            agent = Agent(id=AgentId(f"a{at}"), queues=dict.fromkeys(mine, 0))
            self._put(AgentChanged(agent=agent))
            self._put(PresenceChanged(agent=agent.id, presence=Presence.AVAILABLE))

    def _settle(self, until_ms: int) -> None:
        while (due_ms := self.state.deadlines.next_ms()) is not None and due_ms <= until_ms:
            self.now_ms = max(self.now_ms, due_ms)
            self._put(TimerDue())

    def _arrive(self) -> None:
        self._count += 1
        contact = Contact(
            id=ContactId(f"c{self._count}"),
            channel=Channel.VOICE,
            queue=_SALES if self.random.random() < 0.2 else _SUPPORT,
            priority=1 if self.random.random() < 0.1 else 0,
        )
        self._put(ContactQueued(contact=contact))
        record = self.state.contacts[contact.id]
        if not record.offers:
            self._joined[contact.id] = (self.now_ms, predicted_wait_ms(self.state, record))
            patience_s = self.random.expovariate(1 / PATIENCE_S)
            self._after(patience_s, lambda: self._give_up(contact.id))
        elapsed_s = (self.now_ms - _START_MS) / 1000
        if elapsed_s < DAY_S:
            self._after(self.random.expovariate(self._rate(elapsed_s)), self._arrive)

    def _rate(self, elapsed_s: float) -> float:
        """Return arrivals a second: two humps over the day."""
        capacity = AGENTS / (TALK_S + WRAP_UP_S)
        return capacity * PEAK * (0.4 + 0.6 * math.sin(2 * math.pi * elapsed_s / DAY_S) ** 2)

    def _give_up(self, contact: ContactId) -> None:
        if self._joined.pop(contact, None) is not None:
            self._put(ContactLeft(contact=contact, reason="hang_up"))

    def _put(self, event: Event) -> None:
        for action in decide(self.state, event, self.now_ms).actions:
            self._react(action)

    def _react(self, action: Action) -> None:
        match action:
            case OfferContact():
                self._note(action.contact)
                accept = OfferAccepted(offer=action.offer, agent=action.agent)
                self._after(self.random.uniform(1, 5), lambda: self._put(accept))
            case ConnectContact():
                talk_s = self.random.lognormvariate(math.log(TALK_S) - 0.245, 0.7)
                end = ContactEnded(contact=action.contact, reason="hang_up")
                self._after(talk_s, lambda: self._put(end))
            case StartWrapUp():
                pass
            case _:
                pass

    def _note(self, contact: ContactId) -> None:
        joined_ms, told_ms = self._joined.pop(contact, (0, None))
        if told_ms is not None:
            self.told.append(told_ms / 1000)
            self.waited.append((self.now_ms - joined_ms) / 1000)

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        self._count += 1
        heappush(self._due, (self.now_ms + round(seconds * 1000), self._count, act))


def measure(days: int = 5) -> dict[str, float]:
    """Return the mean error, the mean wait, and the error of always telling the mean, in seconds."""
    told: list[float] = []
    waited: list[float] = []
    for seed in range(days):
        day = Day(seed)
        day.play()
        told += day.told
        waited += day.waited
    mean_s = fmean(waited)
    return {
        "wait_prediction_error_s_mean": fmean(abs(a - b) for a, b in zip(told, waited, strict=True)),
        "wait_prediction_bias_s_mean": fmean(a - b for a, b in zip(told, waited, strict=True)),
        "wait_s_mean": mean_s,
        "wait_constant_error_s_mean": fmean(abs(mean_s - each) for each in waited),
        "waits_compared": len(waited),
    }


if __name__ == "__main__":
    print(json.dumps({name: round(value, 2) for name, value in measure().items()}))
