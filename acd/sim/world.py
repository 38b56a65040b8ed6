"""The world of the simulation: a virtual clock, people, the way to the router, and what goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random

import msgspec

from acd.agent import Presence
from acd.contact import ContactState
from acd.events import (
    AgentChanged,
    AgentRemoved,
    ContactConnected,
    ContactQueued,
    CustomerIdentified,
    DeviceChanged,
    Event,
    PresenceChanged,
    SettingsChanged,
    TimerDue,
)
from acd.ids import ContactId, CustomerId
from acd.sim.chance import Chance
from acd.sim.invariants.violation import require
from acd.sim.invariants.watch import Watch
from acd.sim.people import People
from acd.sim.router import SimRouter
from acd.sim.truth import Truth

_START_MS = 1_800_000_000_000
_TURNS_MAX = 200_000
_FAULTS_MS = 300_000
_AGREE_MS = 500
_LOOKS_AFTERWARDS = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run saw."""

    seed: int
    events: int
    contacts: int
    crashes: int
    fail_overs: int
    lost: int


class World:
    """One seed's run: `run` lets faults happen for a while, then calms down and requires that all ends."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)  # noqa: S311 - a simulation's, not a secret's
        self.watch = Watch()
        self.router = SimRouter(self.random, self.watch)
        self.truth = Truth()
        self.now_ms = _START_MS
        self.is_calm = False
        self.arrivals = self.lost = 0
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._entries = 0
        self._turn_is_due = False
        self._timer_ms: int | None = None
        self._loss_rate = 0.0
        self._chance = Chance(self.random)
        self._people = People(self, self._chance.agents, self._chance.queues)

    def run(self) -> Outcome:
        """Play the seed to its end; raises `Violation`."""
        self.router.crash_rate = self.random.choice((0.0, 0.05, 0.3))
        self._loss_rate = self.random.choice((0.0, 0.0, 0.02))
        self._open_up()
        for _ in range(self.random.randint(10, 60)):
            self.after(self.random.randrange(_FAULTS_MS), self._arrive)
        for _ in range(self.random.randint(0, 25)):
            self.after(self.random.randrange(_FAULTS_MS), self._disturb)
        for _ in range(self.random.choice((0, 0, 0, 1, 2))):
            self.after(self.random.randrange(_FAULTS_MS), self._fail_over)
        self.after(_FAULTS_MS, self._calm_down)
        self._play()
        self._check_the_end()
        return Outcome(
            self.seed,
            self.router.events,
            self.arrivals,
            self.router.crashes,
            self.router.fail_overs,
            self.lost,
        )

    def after(self, delay_ms: int, act: Callable[[], None]) -> None:
        self._entries += 1
        heappush(self._due, (self.now_ms + delay_ms, self._entries, act))

    def submit(self, event: Event) -> None:
        """Send an event to the router: it may be lost on the way (and noticed), late, or come twice."""
        if not self.is_calm and self.random.random() < self._loss_rate:
            self.lost += 1
            self.after(_AGREE_MS, self._agree)
        elif not self.is_calm and self.random.random() < 0.02:
            self.after(self.random.choice((5, 3_000)), lambda: self._arrives(event))
        else:
            self._arrives(event)

    def _arrives(self, event: Event) -> None:
        """Put an event on the stream; the router takes it a little later, with what else is there."""
        self.router.submit(event, self.now_ms)
        if not self._turn_is_due:
            self._turn_is_due = True
            away = not self.is_calm and self.random.random() < 0.01
            self.after(8_000 if away else self.random.choice((0, 1, 5, 200)), self._turn)
        if not isinstance(event, ContactQueued) and self.random.random() < 0.05:
            self.after(self.random.choice((1, 100, 60_000)), lambda: self._arrives_again(event))

    def _arrives_again(self, event: Event) -> None:
        if not self.is_calm:
            self.router.submit(event, self.now_ms)

    def _play(self) -> None:
        turns = 0
        while self._due:
            turns += 1
            require(turns < _TURNS_MAX, "progress: it does not come to an end")
            self.now_ms, _, act = heappop(self._due)
            act()

    def _turn(self) -> None:
        self._turn_is_due = False
        for action in self.router.turn():
            self._people.react(action)
        self._set_timer()

    def _set_timer(self) -> None:
        due_ms = self.router.state.deadlines.next_ms()
        if due_ms is not None and due_ms != self._timer_ms:
            self._timer_ms = due_ms
            late_ms = 0 if self.is_calm else self.random.choice((0, 0, 3, 500))
            self.after(max(0, due_ms - self.now_ms) + late_ms, self._ring_timer)

    def _ring_timer(self) -> None:
        self._timer_ms = None
        self._arrives(TimerDue())

    # --- what happens ------------------------------------------------------------------------------

    def _open_up(self) -> None:
        self._set_settings(self._chance.settings())
        for name in self._chance.agents:
            self.truth.agents[name] = self._chance.agent(name)
            self.truth.presences[name] = Presence.AVAILABLE
        for event in self.truth.missing(self.router.state, self.truth.settings):
            self._arrives(event)

    def _set_settings(self, settings: dict[str, object]) -> None:
        self.truth.settings = settings
        self.submit(SettingsChanged(settings=settings))

    def _arrive(self) -> None:
        self.arrivals += 1
        self._people.come(self._chance.contact(ContactId(f"c{self.arrivals}"), self.now_ms))

    def _disturb(self) -> None:
        name = self.random.choice(self._chance.agents)
        match self.random.randrange(10):
            case 9:
                self._people.dial()
            case 8 if self.router.state.contacts:
                self._people.pick_up(self.random.choice(sorted(self.router.state.contacts)))
            case 7:
                self.truth.on_phone ^= {name}
                self.submit(DeviceChanged(agent=name, is_in_use=name in self.truth.on_phone))
            case 6 if self.router.state.contacts:
                contact = self.random.choice(sorted(self.router.state.contacts))
                customer = CustomerId(f"k{self.random.randrange(4)}")
                self.submit(CustomerIdentified(contact=contact, customer=customer))
            case 0 | 1 | 2:
                self.truth.presences[name] = self.random.choice(list(Presence))
                self.submit(PresenceChanged(agent=name, presence=self.truth.presences[name], reason="flap"))
            case 3:
                self.truth.agents[name] = self._chance.agent(name)
                self.submit(AgentChanged(agent=self.truth.agents[name]))
            case 4:
                self.submit(AgentRemoved(agent=name))
                self.after(_AGREE_MS, self._agree)
            case _:
                self._set_settings(self._chance.settings())

    def _fail_over(self) -> None:
        self.router.fail_over()
        self.after(_AGREE_MS, self._agree)

    def _agree(self) -> None:
        """Bring the router to agree with what is true, as a hub does when it has missed something."""
        state = self.router.state
        for contact, record in state.contacts.items():
            if record.state is ContactState.CONNECTED and self.truth.having.get(contact, "") is None:
                self.truth.changed(contact, record.agent, is_callback=record.contact.is_callback)
                self._people.talk(contact)
            elif record.state is ContactState.WRAP_UP and record.agent:
                self._people.wrap_up(contact, record.agent)
        settings = msgspec.to_builtins(state.settings)
        for event in list(self.truth.missing(state, settings)):
            self._arrives(event)
            if isinstance(event, ContactConnected):
                self._people.talk(event.contact.id)

    def _calm_down(self) -> None:
        """Faults stop: everybody is back, answers, and stays."""
        self.is_calm = True
        self.router.crash_rate = 0.0
        self.truth.settings = self._chance.settings(is_calm=True)
        for name in self._chance.agents:
            everything = msgspec.structs.replace(
                self.truth.agents[name],
                queues=dict.fromkeys(self._chance.queues, 0),
                skills={"en": 10},
                budget=100,
                limits={},
            )
            self.truth.agents[name], self.truth.presences[name] = everything, Presence.AVAILABLE
        self.truth.on_phone.clear()
        for contact, agent in self.truth.having.items():
            if agent is not None:
                self._people.talk(contact)
        for look in range(_LOOKS_AFTERWARDS):
            self.after(look * 60_000, self._agree)

    def _check_the_end(self) -> None:
        self.router.check_store()
        require(not self.watch.alive, f"progress: {sorted(self.watch.alive)} did not end")
        require(not self.truth.contacts, f"progress: {sorted(self.truth.contacts)} were lost")
        require(not self.router.state.offers, "progress: offers are left")
