"""How much an agent can still take: one budget, a cost a channel, a limit a channel.

Contacts of one customer on several channels are one conversation: they cost the dearest channel, not
the sum. A contact keeps its cost while it is offered, connected and in wrap-up.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

from acd.agent import Agent
from acd.contact import Channel, Contact
from acd.policy import RoutingSettings

Room = int
"""The channels that an agent has room for, a bit each."""

BIT: Final[Mapping[Channel, Room]] = {channel: 1 << at for at, channel in enumerate(Channel)}


def load(costs: Mapping[Channel, int], held: Collection[Contact]) -> int:
    """Return what these contacts cost together."""
    owners = {contact.customer or contact.id for contact in held}
    if len(owners) == len(held):
        return sum([costs[contact.channel] for contact in held])
    shares: dict[str, Counter[Channel]] = {owner: Counter() for owner in owners}
    for contact in held:
        shares[contact.customer or contact.id][contact.channel] += costs[contact.channel]
    return sum(max(channels.values()) for channels in shares.values())


def limit(settings: RoutingSettings, agent: Agent, channel: Channel) -> int | None:
    """Return the most contacts of a channel the agent may have; the agent's own limit goes first."""
    own = agent.limits.get(channel)
    return settings.limits.get(channel) if own is None else own


def room(settings: RoutingSettings, agent: Agent, held: Collection[Contact]) -> Room:
    """Return the channels of which one more contact of anybody fits."""
    free = agent.budget - load(settings.costs, held)
    found = 0
    for channel, cost in settings.costs.items():
        if cost <= free and not is_at_limit(settings, agent, held, channel):
            found |= BIT[channel]
    return found


def is_at_limit(settings: RoutingSettings, agent: Agent, held: Collection[Contact], channel: Channel) -> bool:
    most = limit(settings, agent, channel)
    return most is not None and sum(contact.channel is channel for contact in held) >= most


def exceeds(settings: RoutingSettings, agent: Agent, held: Collection[Contact]) -> bool:
    """Whether an agent has more than budget or limits allow."""
    if load(settings.costs, held) > agent.budget:
        return True
    counts = Counter(contact.channel for contact in held)
    limits = ((limit(settings, agent, channel), count) for channel, count in counts.items())
    return any(most is not None and count > most for most, count in limits)
