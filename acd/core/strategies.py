"""Strategies: how the agents of a queue are ranked. The lowest rank is offered the contact."""

from collections.abc import Callable, Mapping
from typing import Final

from acd.core.records import Tally
from acd.ids import AgentId
from acd.policy import Strategy

Rank = tuple[int, int, int, int, AgentId]
"""Penalty, the strategy's own figure, place in `queues.conf`, number of arrival, and the agent."""

FIGURE: Final[Mapping[Strategy, Callable[[Tally], int]]] = {
    Strategy.LINEAR: lambda tally: 0,
    Strategy.RRMEMORY: lambda tally: tally.turn,
    Strategy.LEASTRECENT: lambda tally: tally.last_ms,
    Strategy.FEWESTCALLS: lambda tally: tally.served,
}
"""What a strategy compares, from an agent's tally in the queue."""
