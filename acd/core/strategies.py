"""Strategies: how the agents of a queue are ranked. The lowest rank is offered the contact.

Most compare a figure that an agent has whatever the contact, so that the ready agents of a queue stand
in order all the time. What depends on contact or chance is sorted when it is needed.
"""

from collections.abc import Callable, Mapping
from typing import Final

from acd.contact import Contact
from acd.core.records import AgentRecord, Tally
from acd.ids import AgentId
from acd.policy import Strategy

Rank = tuple[int, int, int, int, AgentId]
"""Penalty, the strategy's own figure, place in `queues.conf`, number of arrival, and the agent."""

FIGURE: Final[Mapping[Strategy, Callable[[Tally], int]]] = {
    Strategy.RRMEMORY: lambda tally: tally.turn,
    Strategy.LEASTRECENT: lambda tally: tally.last_ms,
    Strategy.FEWESTCALLS: lambda tally: tally.served,
}
"""What a strategy compares of an agent's tally in the queue; leastoccupied compares his load."""

_MASK = (1 << 64) - 1


def figure(strategy: Strategy, tally: Tally) -> int:
    """Return the strategy's own part of a rank."""
    compare = FIGURE.get(strategy)
    return compare(tally) if compare else 0


SortKey = Callable[[Rank, AgentRecord], tuple[float, ...]]


def sort_key(strategy: Strategy, contact: Contact, turn: int) -> SortKey | None:
    """Return by what the ranks are sorted for one contact, None where they stand in order already.

    `turn` is a number that is another one for each offer: chance is drawn from it.
    """
    match strategy:
        case Strategy.RANDOM:
            return lambda rank, record: (rank[0], _draw(turn, record.serial))
        case Strategy.WRANDOM:
            return lambda rank, record: ((1 + rank[0]) * _draw(turn, record.serial),)
        case Strategy.MOSTSKILLED if contact.skills:
            wanted = tuple(contact.skills)
            return lambda rank, record: (
                rank[0],
                -sum(record.agent.skills.get(skill, 0) for skill in wanted),
                *rank[2:4],
            )
        case _:
            return None


def _draw(turn: int, serial: int) -> float:
    """Return a number from 0 to 1 that looks like chance and is the same for the same arguments."""
    mixed = (turn * 0x9E3779B97F4A7C15 ^ serial * 0xBF58476D1CE4E5B9) & _MASK
    mixed = (mixed ^ mixed >> 31) * 0x94D049BB133111EB & _MASK
    mixed = (mixed ^ mixed >> 29) * 0xD6E8FEB86659FD93 & _MASK
    return (mixed ^ mixed >> 32) / _MASK
