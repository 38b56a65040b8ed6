"""Customers who come, write, hang up and give up; agents who answer, or do not."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Protocol

from acd.actions import (
    Action,
    ArrangeCallback,
    CloseContact,
    ConnectContact,
    DivertContact,
    OfferContact,
    PassContact,
    ProposeWay,
    PublishPresence,
    RefuseContact,
    RefuseEvent,
    ReturnContact,
    StartWrapUp,
)
from acd.agent import Presence
from acd.contact import Contact
from acd.events import (
    AgentWrote,
    CallbackFailed,
    CallbackRequested,
    ContactConnected,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    CustomerWrote,
    Event,
    OfferAccepted,
    OfferRejected,
    PresenceChanged,
    WrapUpEnded,
)
from acd.ids import AgentId, ContactId, QueueName
from acd.sim.colleagues import Colleagues
from acd.sim.invariants.violation import require
from acd.sim.truth import Truth

_REACHED = ("transferred", "parked")
"""Why a contact comes back whose customer was reached."""


class Stage(Protocol):
    """Where people act: a clock, chance, the way to the router. `is_calm`: they behave and come to an end."""

    random: Random
    truth: Truth
    is_calm: bool

    def after(self, delay_ms: int, act: Callable[[], None]) -> None: ...

    def submit(self, event: Event) -> None: ...


class People:
    """What people do of themselves, and when the router's actions reach them."""

    def __init__(self, stage: Stage, agents: list[AgentId], queues: list[QueueName]) -> None:
        self._stage, self._agents, self._queues = stage, agents, queues
        self._called_back: set[ContactId] = set()
        self._colleagues = Colleagues(stage, agents, queues)

    def come(self, contact: Contact) -> None:
        """A customer comes, who may give up; sometimes one who was picked up without the router."""
        stage, random = self._stage, self._stage.random
        if random.random() < 0.05:
            agent = random.choice(self._agents)
            stage.truth.came(contact, agent)
            stage.submit(ContactConnected(contact=contact, agent=agent))
            self.talk(contact.id)
            stage.after(400_000, lambda: self._hang_up(contact.id))
            return
        stage.truth.came(contact)
        stage.submit(ContactQueued(contact=contact))
        if random.random() < 0.3:
            stage.submit(ContactQueued(contact=contact))
        if random.random() < 0.3:
            stage.after(random.randrange(90_000), lambda: self._give_up(contact.id))
        if contact.channel.is_live and random.random() < 0.15:
            stage.after(random.randrange(30_000), lambda: stage.submit(CallbackRequested(contact=contact.id)))

    def dial(self) -> None:
        """An agent calls a customer."""
        self._colleagues.dial()

    def pick_up(self, contact: ContactId) -> None:
        """An agent asks for a contact himself."""
        self._colleagues.pick_up(contact)

    def react(self, action: Action) -> None:
        """Let an action have its effect."""
        truth = self._stage.truth
        match action:
            case OfferContact():
                self._answer(action)
            case ConnectContact():
                self._connect(action)
            case ReturnContact():
                is_callback = action.contact in self._called_back and action.reason not in _REACHED
                truth.changed(action.contact, None, is_callback=is_callback)
                self._called_back.discard(action.contact)
            case PassContact():
                truth.changed(action.contact, action.to, is_callback=False)
                self._called_back.discard(action.contact)
            case ArrangeCallback():
                truth.changed(action.contact, None, is_callback=True)
            case StartWrapUp():
                truth.gone(action.contact)
                if action.until_ms == 0 or self._stage.random.random() < 0.5:
                    self.wrap_up(action.contact, action.agent)
            case CloseContact() | RefuseContact() | DivertContact():
                truth.gone(action.contact)
                self._called_back.discard(action.contact)
            case _:
                self._react_further(action)

    def talk(self, contact: ContactId) -> None:
        """Talk or write for a while, then end, or be passed on."""
        stage, random = self._stage, self._stage.random
        known = stage.truth.contacts.get(contact)
        if known is not None and not known.channel.is_live and not stage.is_calm:
            for _ in range(random.randrange(4)):
                wrote = random.choice((CustomerWrote, AgentWrote))(contact=contact)
                stage.after(random.randrange(1, 60_000), partial(stage.submit, wrote))
        delay_ms = random.randrange(1, 60_000)
        if not stage.is_calm and random.random() < 0.3:
            self._colleagues.pass_on(contact, delay_ms)
            stage.after(delay_ms + 120_000, lambda: self._hang_up(contact))
        else:
            stage.after(delay_ms, lambda: self._hang_up(contact))

    def _react_further(self, action: Action) -> None:
        stage, random = self._stage, self._stage.random
        match action:
            case ProposeWay() if random.random() < 0.5:
                wish = CallbackRequested(contact=action.contact)
                stage.after(random.randrange(1, 5_000), lambda: stage.submit(wish))
            case PublishPresence():
                if not stage.is_calm:
                    stage.truth.presences[action.agent] = action.presence
                if action.presence is Presence.NOT_READY:
                    back = PresenceChanged(agent=action.agent, presence=Presence.AVAILABLE)
                    stage.after(random.randrange(1, 30_000), lambda: stage.submit(back))
            case RefuseEvent(event="ContactEnded", reason="contact_unknown") if action.contact:
                stage.truth.gone(action.contact)
            case RefuseEvent(event="ContactConnected", reason="over") if action.contact:
                stage.truth.gone(action.contact)
            case _:
                pass

    def _answer(self, offer: OfferContact) -> None:
        stage, random = self._stage, self._stage.random
        accept = OfferAccepted(offer=offer.offer, agent=offer.agent)
        ring_ms = offer.ring_s * 1000
        way = 1.0 if stage.is_calm else random.random()
        if way < 0.1:
            return  # nobody answers
        if way < 0.2:
            reason = random.choice(("declined", "busy", "unreachable"))
            reject = OfferRejected(offer=offer.offer, agent=offer.agent, reason=reason)
            stage.after(100, lambda: stage.submit(reject))
        elif way < 0.3:
            stage.after(ring_ms + random.randint(-2, 5), lambda: stage.submit(accept))
        elif way < 0.33:
            other = random.choice(self._agents)
            stage.after(50, lambda: stage.submit(OfferAccepted(offer=offer.offer, agent=other)))
        else:
            stage.after(random.randrange(1, ring_ms), lambda: stage.submit(accept))

    def _connect(self, action: ConnectContact) -> None:
        stage, contact = self._stage, action.contact
        stage.truth.changed(contact, action.agent, is_callback=action.is_callback)
        if action.about is not None and not stage.is_calm:
            self._colleagues.consulted(action)
            stage.after(100_000, lambda: self._hang_up(contact))
            return
        if not action.is_callback:
            self.talk(contact)
            return
        require(contact not in self._called_back, f"callback: {contact} is called twice at once")
        self._called_back.add(contact)
        if not stage.is_calm and stage.random.random() < 0.4:
            failed = CallbackFailed(contact=contact, reason="no_answer")
            stage.after(stage.random.randrange(1, 30_000), lambda: stage.submit(failed))
            stage.after(200_000, lambda: self._hang_up(contact))
        else:
            self.talk(contact)

    def wrap_up(self, contact: ContactId, agent: AgentId) -> None:
        """Say a while later that the contact is done with."""
        done = WrapUpEnded(contact=contact, agent=agent)
        self._stage.after(self._stage.random.randrange(1, 20_000), lambda: self._stage.submit(done))

    def _hang_up(self, contact: ContactId) -> None:
        """End a contact; whoever comes too late for that finds it gone, or with somebody else."""
        if self._stage.truth.is_alive(contact):
            if self._stage.truth.having[contact] is not None:
                self._stage.truth.gone(contact)
            self._stage.submit(ContactEnded(contact=contact, reason="hang_up"))

    def _give_up(self, contact: ContactId) -> None:
        truth = self._stage.truth
        known = truth.contacts.get(contact)
        if known is not None and truth.having[contact] is None and not known.is_callback:
            truth.gone(contact)
            self._stage.submit(ContactLeft(contact=contact, reason="hang_up"))
