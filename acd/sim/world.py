"""The world of the simulation: customers who come and give up, agents who answer or do not, faults."""

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random

import msgspec

from acd.actions import Action, ConnectContact, OfferContact, PublishPresence, StartWrapUp
from acd.agent import Agent, Presence
from acd.contact import Channel, Contact
from acd.events import (
    AgentChanged,
    AgentRemoved,
    ContactConnected,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    ContactReturned,
    CustomerIdentified,
    Event,
    OfferAccepted,
    OfferRejected,
    PresenceChanged,
    SettingsChanged,
    TimerDue,
    WrapUpEnded,
)
from acd.ids import AgentId, ContactId, CustomerId, QueueName
from acd.policy import QueueSettings, RoutingSettings, Strategy
from acd.sim.invariants import Watch, require
from acd.sim.router import SimRouter

_START_MS = 1_800_000_000_000
_TURNS_MAX = 200_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run saw."""

    seed: int
    events: int
    contacts: int
    crashes: int


class World:
    """One seed's run: `run` lets faults happen for a while, then calms down and requires that all ends."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)  # noqa: S311 - a simulation's, not a secret's
        self.watch = Watch()
        self.router = SimRouter(self.random, self.watch)
        self.now_ms = _START_MS
        self.is_calm = False
        self.arrivals = 0
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._entries = 0
        self._turn_is_due = False
        self._timer_ms: int | None = None
        self.queues = [QueueName(f"q{at}") for at in range(self.random.randint(1, 3))]
        self.agents = {AgentId(f"a{at}"): self._new_agent(at) for at in range(self.random.randint(1, 6))}

    def run(self) -> Outcome:
        """Play the seed to its end; raises `Violation`."""
        self.router.crash_rate = self.random.choice((0.0, 0.05, 0.3))
        self.submit(SettingsChanged(settings=self._new_settings()))
        for agent in self.agents.values():
            self.submit(AgentChanged(agent=agent))
            self.submit(PresenceChanged(agent=agent.id, presence=Presence.AVAILABLE))
        faults_ms = 300_000
        for _ in range(self.random.randint(10, 60)):
            self.after(self.random.randrange(faults_ms), self._arrive)
        for _ in range(self.random.randint(0, 25)):
            self.after(self.random.randrange(faults_ms), self._disturb)
        self.after(faults_ms, self._calm_down)
        self._play()
        self.router.check_store()
        require(not self.watch.alive, f"progress: {sorted(self.watch.alive)} did not end")
        require(not self.router.state.offers, "progress: offers are left")
        return Outcome(self.seed, self.router.events, self.arrivals, self.router.crashes)

    def after(self, delay_ms: int, act: Callable[[], None]) -> None:
        self._entries += 1
        heappush(self._due, (self.now_ms + delay_ms, self._entries, act))

    def submit(self, event: Event) -> None:
        """Put an event on the stream; the router takes it a little later, with what else is there."""
        self.router.submit(event, self.now_ms)
        if not self._turn_is_due:
            self._turn_is_due = True
            self.after(self.random.choice((0, 1, 5, 200)), self._turn)
        if not isinstance(event, ContactQueued) and self.random.random() < 0.05:
            self.after(self.random.choice((1, 100, 60_000)), lambda: self._submit_again(event))

    def _submit_again(self, event: Event) -> None:
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
            self._react(action)
        self._set_timer()

    def _set_timer(self) -> None:
        due_ms = self.router.state.deadlines.next_ms()
        if due_ms is not None and due_ms != self._timer_ms:
            self._timer_ms = due_ms
            late_ms = 0 if self.is_calm else self.random.choice((0, 0, 3, 500))
            self.after(max(0, due_ms - self.now_ms) + late_ms, self._ring_timer)

    def _ring_timer(self) -> None:
        self._timer_ms = None
        self.submit(TimerDue())

    def _react(self, action: Action) -> None:
        match action:
            case OfferContact():
                self._answer(action)
            case ConnectContact():
                self._talk(action.contact)
            case StartWrapUp() if action.until_ms == 0 or self.random.random() < 0.5:
                done = WrapUpEnded(contact=action.contact, agent=action.agent)
                self.after(self.random.randrange(1, 20_000), lambda: self.submit(done))
            case PublishPresence(presence=Presence.NOT_READY):
                back = PresenceChanged(agent=action.agent, presence=Presence.AVAILABLE)
                self.after(self.random.randrange(1, 30_000), lambda: self.submit(back))
            case _:
                pass

    def _answer(self, offer: OfferContact) -> None:
        accept = OfferAccepted(offer=offer.offer, agent=offer.agent)
        ring_ms = offer.ring_s * 1000
        way = 1.0 if self.is_calm else self.random.random()
        if way < 0.1:
            return  # nobody answers
        if way < 0.2:
            reason = self.random.choice(("declined", "busy", "unreachable"))
            self.after(
                100, lambda: self.submit(OfferRejected(offer=offer.offer, agent=offer.agent, reason=reason))
            )
        elif way < 0.3:
            self.after(ring_ms + self.random.randint(-2, 5), lambda: self.submit(accept))
        elif way < 0.33:
            other = self.random.choice(list(self.agents))
            self.after(50, lambda: self.submit(OfferAccepted(offer=offer.offer, agent=other)))
        else:
            self.after(self.random.randrange(1, ring_ms), lambda: self.submit(accept))

    def _talk(self, contact: ContactId) -> None:
        end: Event = ContactEnded(contact=contact, reason="hang_up")
        if not self.is_calm and self.random.random() < 0.1:
            end = ContactReturned(contact=contact, reason="transfer")
        self.after(self.random.randrange(1, 60_000), lambda: self.submit(end))

    def _arrive(self) -> None:
        """A customer comes, who may give up; sometimes one who was picked up without the router."""
        self.arrivals += 1
        contact = self._new_contact(ContactId(f"c{self.arrivals}"))
        if self.random.random() < 0.05:
            self.submit(ContactConnected(contact=contact, agent=self.random.choice(list(self.agents))))
            self._talk(contact.id)
            self.after(400_000, lambda: self.submit(ContactEnded(contact=contact.id, reason="hang_up")))
            return
        self.submit(ContactQueued(contact=contact))
        if self.random.random() < 0.3:
            self.submit(ContactQueued(contact=contact))
        if self.random.random() < 0.3:
            left = ContactLeft(contact=contact.id, reason="hang_up")
            self.after(self.random.randrange(90_000), lambda: self.submit(left))

    def _disturb(self) -> None:
        agent = self.agents[self.random.choice(list(self.agents))]
        other = self._new_agent(int(agent.id[1:]))
        match self.random.randrange(7):
            case 6 if self.router.state.contacts:
                contact = self.random.choice(sorted(self.router.state.contacts))
                customer = CustomerId(f"k{self.random.randrange(4)}")
                self.submit(CustomerIdentified(contact=contact, customer=customer))
            case 0 | 1 | 2:
                presence = self.random.choice(list(Presence))
                self.submit(PresenceChanged(agent=agent.id, presence=presence, reason="flap"))
            case 3:
                self.submit(AgentChanged(agent=other))
            case 4:
                self.submit(AgentRemoved(agent=agent.id))
            case _:
                self.submit(SettingsChanged(settings=self._new_settings()))

    def _calm_down(self) -> None:
        """Faults stop: everybody is back, answers, and stays."""
        self.is_calm = True
        self.router.crash_rate = 0.0
        self.submit(SettingsChanged(settings=self._new_settings(all_queues=True)))
        for agent in self.agents.values():
            everything = msgspec.structs.replace(
                agent, queues=dict.fromkeys(self.queues, 0), skills={"en": 10}, budget=100, limits={}
            )
            self.submit(AgentChanged(agent=everything))
            self.submit(PresenceChanged(agent=agent.id, presence=Presence.AVAILABLE, reason="calm"))
        for contact, record in self.router.state.contacts.items():
            if record.agent is not None:
                self._talk(contact)

    def _new_agent(self, at: int) -> Agent:
        queues = [queue for queue in self.queues if self.random.random() < 0.7]
        return Agent(
            id=AgentId(f"a{at}"),
            queues={queue: self.random.randrange(2) for queue in queues},
            skills={"en": self.random.randint(1, 10)} if self.random.random() < 0.7 else {},
            budget=self.random.choice((50, 100, 100)),
            limits={Channel.LINE: 2} if self.random.random() < 0.3 else {},
        )

    def _new_contact(self, contact: ContactId) -> Contact:
        random = self.random
        return Contact(
            id=contact,
            channel=random.choice((Channel.VOICE, Channel.VOICE, Channel.LINE, Channel.CHAT, Channel.EMAIL)),
            queue=random.choice(self.queues),
            customer=CustomerId(f"k{random.randrange(8)}") if random.random() < 0.6 else None,
            preferred=tuple(random.choices(list(self.agents), k=random.choice((0, 0, 1, 2)))),
            skills={"en": random.randint(1, 5)} if random.random() < 0.2 else {},
            priority=random.choice((0, 0, 0, 5)),
            arrived_ms=random.choice((0, 0, self.now_ms - 10_000)),
        )

    def _new_settings(self, *, all_queues: bool = False) -> dict[str, object]:
        random = self.random
        queues = [queue for queue in self.queues if all_queues or random.random() < 0.95]
        settings = RoutingSettings(
            queues={
                queue: QueueSettings(
                    name=queue,
                    strategy=random.choice(list(Strategy)),
                    ring_s=random.choice((5, 20)),
                    wrapup_voice_s=random.choice((0, 10)),
                    wrapup_text_s=random.choice((0, 5, None)),
                    max_waiting=random.choice((0, 0, 5)),
                    preferred_wait_s=random.choice((0, 20)),
                )
                for queue in queues
            },
            limits={Channel.VOICE: 1} if random.random() < 0.5 else {},
        )
        builtin: dict[str, object] = msgspec.to_builtins(settings)
        return builtin
