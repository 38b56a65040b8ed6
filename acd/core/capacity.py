"""How much an agent can still take: one budget, a cost a channel, a limit a channel.

Contacts of one customer on several channels are one conversation: they cost the dearest channel, not
the sum. A contact keeps its cost while it is offered, connected and in wrap-up; a quiet one costs
little, a suspended one nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from acd.agent import Agent
from acd.contact import Channel, Contact, Pace
from acd.policy import RoutingSettings

Room = int
"""The channels that an agent has room for, a bit each; shifted by `INTERRUPTING`: those for which he has
room once others are suspended."""

BIT: Final[Mapping[Channel, Room]] = {channel: 1 << at for at, channel in enumerate(Channel)}
INTERRUPTING: Final = len(Channel)
ANY: Final[Room] = (1 << 2 * INTERRUPTING) - 1
EITHER: Final[Mapping[Channel, Room]] = {channel: bit | bit << INTERRUPTING for channel, bit in BIT.items()}


class Held(NamedTuple):
    """A contact that an agent has. `is_talk`: connected, may be suspended; `is_over`: in wrap-up."""

    contact: Contact
    pace: Pace = Pace.ACTIVE
    is_talk: bool = False
    is_over: bool = False

    @property
    def is_on_line(self) -> bool:
        """Whether it is a call that rings or talks."""
        return self.contact.channel.is_live and not self.is_over

    @property
    def owner(self) -> str:
        return self.contact.customer or self.contact.id


def cost(settings: RoutingSettings, held: Held) -> int:
    """Return what one contact takes of its agent."""
    whole = settings.costs[held.contact.channel]
    if held.pace is Pace.ACTIVE:
        return whole
    quiet = settings.quiet.get(held.contact.channel)
    if held.pace is Pace.SUSPENDED:
        return 0
    return min(whole, quiet.cost) if quiet else whole


def load(settings: RoutingSettings, held: Collection[Held]) -> int:
    """Return what these contacts cost together."""
    if len(held) < 2:
        return sum([cost(settings, each) for each in held])
    owners = {each.owner for each in held}
    if len(owners) == len(held):
        return sum([cost(settings, each) for each in held])
    shares: dict[str, Counter[Channel]] = {owner: Counter() for owner in owners}
    for each in held:
        shares[each.owner][each.contact.channel] += cost(settings, each)
    return sum(max(channels.values()) for channels in shares.values())


def at_hand(held: Iterable[Held]) -> list[Held]:
    """Return what an agent does not merely finish."""
    return [each for each in held if not each.is_over]


def _counted(held: Collection[Held]) -> Collection[Held]:
    """Return what counts against capacity: what an agent finishes does not beside what is reserved."""
    return at_hand(held) if any(each.contact.reserved is not None for each in held) else held


def limit(settings: RoutingSettings, agent: Agent, channel: Channel) -> int | None:
    """Return the most contacts of a channel the agent may have; the agent's own limit goes first."""
    own = agent.limits.get(channel)
    return settings.limits.get(channel) if own is None else own


def room(settings: RoutingSettings, agent: Agent, held: Collection[Held]) -> Room:
    """Return the channels of which one more contact of anybody fits."""
    free = agent.budget - load(settings, held)
    found = 0
    for channel, whole in settings.costs.items():
        if whole <= free:
            if not is_at_limit(settings, agent, held, channel):
                found |= BIT[channel]
        elif channel in settings.interrupts and held:
            kept = [each for each in held if not may_interrupt(settings, channel, each)]
            fits = whole <= agent.budget - load(settings, kept)
            if fits and not is_at_limit(settings, agent, held, channel):
                found |= BIT[channel] << INTERRUPTING
    return found


def may_interrupt(settings: RoutingSettings, incoming: Channel, held: Held) -> bool:
    """Whether a contact is taken from its agent's hands for an incoming one of that channel."""
    return (
        held.is_talk
        and held.pace is not Pace.SUSPENDED
        and held.contact.channel in settings.interrupts.get(incoming, ())
    )


def in_the_way(
    settings: RoutingSettings, agent: Agent, held: Sequence[Held], incoming: Contact
) -> list[Contact]:
    """Return what is to be suspended so that a contact fits: no more than must be, `held`'s last first."""
    left, found = list(held), []
    for each in reversed(held):
        if load(settings, [*left, Held(incoming)]) <= agent.budget:
            break
        if may_interrupt(settings, incoming.channel, each):
            left.remove(each)
            found.append(each.contact)
    return found


def is_at_limit(settings: RoutingSettings, agent: Agent, held: Collection[Held], channel: Channel) -> bool:
    if not (settings.limits or agent.limits):
        return False
    most = limit(settings, agent, channel)
    return most is not None and sum(each.contact.channel is channel for each in held) >= most


def exceeds(settings: RoutingSettings, agent: Agent, held: Collection[Held]) -> bool:
    """Whether an agent has more than budget or limits allow."""
    held = _counted(held)
    if load(settings, held) > agent.budget:
        return True
    counts = Counter(each.contact.channel for each in held)
    limits = ((limit(settings, agent, channel), count) for channel, count in counts.items())
    return any(most is not None and count > most for most, count in limits)
