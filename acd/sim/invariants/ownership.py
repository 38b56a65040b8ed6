"""A contact has at most one agent and, but for ringall, at most one live offer, as its state says."""

from collections import Counter

from acd.contact import ContactState
from acd.core.state import RoutingState
from acd.ids import QueueName
from acd.policy import Strategy
from acd.sim.invariants.violation import require


class Ringall:
    """The queues that ever rang everybody: their contacts may have several offers."""

    def __init__(self) -> None:
        self.queues: set[QueueName] = set()

    def note(self, state: RoutingState) -> None:
        for name, queue in state.settings.queues.items():
            if queue.strategy is Strategy.RINGALL:
                self.queues.add(name)


def check(state: RoutingState, ringall: Ringall) -> None:
    offers = Counter(offer.contact for offer in state.offers.values())
    for contact, record in state.contacts.items():
        has_agent = record.state in (ContactState.CONNECTED, ContactState.WRAP_UP)
        require((record.agent is not None) == has_agent, f"one owner: {contact} {record.state}")
        is_offered = record.state is ContactState.OFFERED
        require((offers[contact] > 0) == is_offered, f"one owner: offers of {contact}")
        listed = [state.offers[each] for each in record.offers if each in state.offers]
        require(len(listed) == len(record.offers) == offers[contact], f"one owner: {contact} lists others")
        agents = {offer.agent for offer in listed}
        require(len(agents) == len(listed), f"one owner: {contact} rings an agent twice")
        rings_all = not ringall.queues.isdisjoint(record.queues)
        require(len(listed) <= 1 or rings_all, f"one owner: {contact} is offered to several")
    require(offers.keys() <= state.contacts.keys(), "one owner: an offer without contact")
