"""What the moments of many calls come to. No I/O."""

import math
from collections.abc import Iterable, Sequence

from bench.sip_load import Mark, Moment


def failed(callers: Iterable[Moment]) -> int:
    """Count the calls that no agent ended: refused, given up, or lost."""
    began: set[str] = set()
    ended: set[str] = set()
    for moment in callers:
        if moment.mark is Mark.INVITE:
            began.add(moment.call)
        elif moment.mark is Mark.END:
            ended.add(moment.call)
    return len(began - ended)


def ring_delays_ms(callers: Iterable[Moment], agents: Iterable[Moment]) -> list[float]:
    """Return, for each call that rang, the time from the caller's INVITE to the first agent's INVITE."""
    invited = {moment.call: moment.at_s for moment in callers if moment.mark is Mark.INVITE}
    rang: dict[str, float] = {}
    for moment in agents:
        if moment.mark is Mark.RING and moment.call in invited:
            rang.setdefault(moment.call, moment.at_s)
    return [(at_s - invited[call]) * 1000 for call, at_s in rang.items()]


def idle_ms(agents: Iterable[Moment], *, from_s: float = -math.inf, to_s: float = math.inf) -> list[float]:
    """Return, for each call of an agent but the first, the time from the agent's BYE to its INVITE.

    Of those that began between two moments (Unix time).
    """
    free_since: dict[str, float] = {}
    idle: list[float] = []
    for moment in agents:
        if moment.mark is Mark.FREE:
            free_since[moment.agent] = moment.at_s
        elif from_s <= (since := free_since.pop(moment.agent, math.nan)) < to_s:
            idle.append((moment.at_s - since) * 1000)
    return idle


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent of all do not exceed; not a number if there is none."""
    if not values:
        return math.nan
    return sorted(values)[max(math.ceil(len(values) * percent / 100) - 1, 0)]
