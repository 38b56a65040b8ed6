"""Agents among themselves: they pass contacts on, ask each other, park and pick up, and call customers."""

from collections.abc import Callable
from functools import partial
from itertools import count
from random import Random
from typing import Protocol

from acd.actions import ConnectContact
from acd.contact import Channel, Contact
from acd.events import (
    ContactEnded,
    ContactHandedOver,
    ContactParked,
    ContactPickedUp,
    ContactQueued,
    ContactReturned,
    Event,
)
from acd.ids import AgentId, ContactId, CustomerId, QueueName
from acd.sim.truth import Truth


class Office(Protocol):
    """Where agents act: see `acd.sim.people.Stage`."""

    random: Random
    truth: Truth

    def after(self, delay_ms: int, act: Callable[[], None]) -> None: ...

    def submit(self, event: Event) -> None: ...


class Colleagues:
    """What agents do with what they have, and of their own accord."""

    def __init__(self, office: Office, agents: list[AgentId], queues: list[QueueName]) -> None:
        self._office, self._agents, self._queues = office, agents, queues
        self._numbers = count(1)

    def pass_on(self, contact: ContactId, delay_ms: int) -> None:
        """Do something with a contact after a while; whether its agent still has it nobody looks."""
        random = self._office.random
        ways = (self._transfer, self._transfer_to_agent, self._take_over, self._park, self._consult)
        self._office.after(delay_ms, partial(random.choice(ways), contact))

    def consulted(self, action: ConnectContact) -> None:
        """Who was asked has the call, or has answered the question and hangs up; some do both."""
        office, random = self._office, self._office.random
        assert action.about is not None, "only who is consulted comes here"
        has = ContactHandedOver(contact=action.about, agent=action.agent, by=action.contact)
        ended = ContactEnded(contact=action.contact, reason="hang_up")
        if random.random() < 0.6:
            office.after(random.randrange(1, 30_000), lambda: office.submit(has))
        if random.random() < 0.6:
            office.after(random.randrange(1, 30_000), lambda: office.submit(ended))

    def dial(self) -> None:
        """An agent calls a customer."""
        random = self._office.random
        customer = CustomerId(f"k{random.randrange(8)}") if random.random() < 0.6 else None
        self._come(
            Contact(
                id=ContactId(f"d{next(self._numbers)}"),
                channel=Channel.VOICE,
                queue=random.choice(self._queues),
                customer=customer,
                is_callback=True,
                reserved=random.choice(self._agents),
            )
        )

    def pick_up(self, contact: ContactId) -> None:
        agent = self._office.random.choice(self._agents)
        self._office.submit(ContactPickedUp(contact=contact, agent=agent))

    def _transfer(self, contact: ContactId) -> None:
        queue = self._office.random.choice((None, *self._queues))
        self._office.submit(ContactReturned(contact=contact, reason="transferred", queue=queue))

    def _transfer_to_agent(self, contact: ContactId) -> None:
        to, queue = self._somebody(contact), self._office.random.choice((None, *self._queues))
        self._office.submit(ContactReturned(contact=contact, reason="transferred", queue=queue, to=to))

    def _take_over(self, contact: ContactId) -> None:
        self._office.submit(ContactHandedOver(contact=contact, agent=self._somebody(contact)))

    def _park(self, contact: ContactId) -> None:
        office, random = self._office, self._office.random
        office.submit(ContactParked(contact=contact, seconds=random.choice((0, 0, 40))))
        for _ in range(random.randrange(3)):
            office.after(random.randrange(1, 60_000), lambda: self.pick_up(contact))

    def _consult(self, contact: ContactId) -> None:
        random, known = self._office.random, self._office.truth.contacts.get(contact)
        if known is None:
            return
        for _ in range(random.choice((1, 1, 2))):
            self._come(
                Contact(
                    id=ContactId(f"{contact}x{next(self._numbers)}"),
                    channel=Channel.VOICE,
                    queue=known.queue,
                    customer=known.customer,
                    reserved=self._somebody(contact),
                    about=contact,
                )
            )

    def _somebody(self, contact: ContactId) -> AgentId:
        """Choose an agent, mostly another one than who has a contact."""
        has = self._office.truth.having.get(contact)
        others = [agent for agent in self._agents if agent != has or self._office.random.random() < 0.1]
        return self._office.random.choice(others or self._agents)

    def _come(self, contact: Contact) -> None:
        self._office.truth.came(contact)
        self._office.submit(ContactQueued(contact=contact))
