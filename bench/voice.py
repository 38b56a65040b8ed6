"""How fast calls reach agents: `python -m bench.voice`.

Twenty phones that answer by themselves, callers on a trunk, both by SIPp on this machine:

- `*_calls_per_s`: highest rate without a failed call; talks of 0.1 s, callers who give up after 3 s.
- `*_invite_ms_p50`, `_p99`: caller's INVITE to agent's INVITE while agents are free (30 calls/s).
- `*_agent_idle_ms_p50`, `_p99`: agent's BYE to the agent's next INVITE while 20, then 200 wait; talks of 1 s.
  `*_agent_idle_rush_ms_p99`: the same before, while 80 a second come until so many wait.
- `*_completed_per_s_20_wait`, `_200_wait`: calls completed a second while so many wait (20: no idleness).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bench.report import print_report
from bench.sip_load import CALLERS, Mark, Moment, SipAddress, SippAgents, agents, place_calls
from bench.voice_figures import failed, idle_ms, percentile, ring_delays_ms
from bench.voice_targets import AGENT_NAMES, Target, hub_target, queue_target
from tests.support.ports import free_port

Figures = dict[str, float]

SHORT_TALK_MS = 100
LONG_TALK_MS = 1000
STEP_S = 4.0
PATIENCE_MS = 3_000
WAITING_PATIENCE_MS = 60_000
FREE_RATE = 30.0
FREE_S = 15.0
WAITING = (20, 200)
BUSY_RATE = 60.0
BUSY_S = 10.0
FIRST_RATE = 40.0
LAST_RATE = 640.0
PRECISION = 1.1


async def measure(target: Target) -> Figures:
    """Put a target under load in three ways; its agents must not be busy with anything else."""
    figures = {**await _while_free(target), **await _while_waiting(target)}
    figures["calls_per_s"] = await highest_rate(lambda rate: _serves(target, rate))
    return {f"{target.name}_{name}": value for name, value in figures.items()}


async def highest_rate(serves: Callable[[float], Awaitable[bool]]) -> float:
    """Return the highest rate at which all goes well, found by doubling and then halving the gap.

    A rate counts as too high when it fails twice: the machine has other things to do too.
    """

    async def holds(rate: float) -> bool:
        return await serves(rate) or await serves(rate)

    good, bad = 0.0, FIRST_RATE
    while bad <= LAST_RATE and await holds(bad):
        good, bad = bad, bad * 2
    while good and bad / good > PRECISION and bad <= LAST_RATE:
        middle = round((good + bad) / 2)
        good, bad = (middle, bad) if await holds(middle) else (good, middle)
    return good


async def _while_free(target: Target) -> Figures:
    callers, phones = await _load(target, FREE_RATE, FREE_S, SHORT_TALK_MS, PATIENCE_MS)
    delays = ring_delays_ms(callers, phones)
    return {
        "invite_ms_p50": percentile(delays, 50),
        "invite_ms_p99": percentile(delays, 99),
        "invite_failed_calls": failed(callers),
    }


async def _while_waiting(target: Target) -> Figures:
    figures: Figures = {}
    idle: list[float] = []
    rush: list[float] = []
    failures = 0
    for waiting in WAITING:
        callers, phones = await _keep_waiting(target, waiting)
        ends = [moment.at_s for moment in callers if moment.mark is Mark.END]
        all_wait_s = min(moment.at_s for moment in callers) + (len(AGENT_NAMES) + waiting) / BUSY_RATE
        rush += idle_ms(phones, to_s=all_wait_s)
        idle += idle_ms(phones, from_s=all_wait_s)
        failures += failed(callers)
        per_s = len(ends) / (max(ends) - min(ends)) if len(ends) > 1 else 0.0
        figures[f"completed_per_s_{waiting}_wait"] = per_s
    return {
        **figures,
        "agent_idle_ms_p50": percentile(idle, 50),
        "agent_idle_ms_p99": percentile(idle, 99),
        "agent_idle_rush_ms_p99": percentile(rush, 99),
        "waiting_failed_calls": failures,
    }


async def _keep_waiting(target: Target, waiting: int) -> tuple[list[Moment], list[Moment]]:
    """Let so many wait behind those who talk: that many call at once, and others while agents finish."""
    at_once = len(AGENT_NAMES) + waiting
    async with _answering(target, LONG_TALK_MS) as phones:
        both = await asyncio.gather(
            _call(target, BUSY_RATE, at_once, WAITING_PATIENCE_MS),
            _call(target, len(AGENT_NAMES), round(len(AGENT_NAMES) * BUSY_S), WAITING_PATIENCE_MS),
        )
        await target.settled()
        return [moment for each in both for moment in each], phones.moments()


async def _serves(target: Target, rate: float) -> bool:
    callers, _phones = await _load(target, rate, STEP_S, SHORT_TALK_MS, PATIENCE_MS)
    failures = failed(callers)
    print(f"{target.name}: {rate:g} calls/s, {failures} failed", flush=True)
    return failures == 0


async def _load(
    target: Target, rate: float, seconds: float, talk_ms: int, patience_ms: int
) -> tuple[list[Moment], list[Moment]]:
    """Place calls for some seconds; return what callers and what agents' phones saw."""
    async with _answering(target, talk_ms) as phones:
        callers = await _call(target, rate, round(rate * seconds), patience_ms)
        await target.settled()
        return callers, phones.moments()


@asynccontextmanager
async def _answering(target: Target, talk_ms: int) -> AsyncIterator[SippAgents]:
    """Let agents answer at once, and hang up after so long."""
    async with agents("agent_talks", target.agents, {"answer_ms": 0, "talk_ms": talk_ms}) as phones:
        await target.settled()
        yield phones


async def _call(target: Target, rate: float, calls: int, patience_ms: int) -> list[Moment]:
    return await place_calls(
        target.sip,
        target.dialled,
        source=SipAddress(CALLERS, free_port()),
        rate=rate,
        calls=calls,
        patience_ms=patience_ms,
    )


async def main() -> None:
    """Measure and report."""
    async with queue_target() as queue:
        figures = await measure(queue)
    async with hub_target() as hub:
        figures |= await measure(hub)
    print_report("voice", figures | ratios(figures))


def ratios(figures: Figures) -> Figures:
    """Set the hub against Asterisk's own queue of the same run."""
    return {
        "rate_ratio": figures["hub_calls_per_s"] / figures["queue_calls_per_s"],
        "invite_ratio_p50": figures["hub_invite_ms_p50"] / figures["queue_invite_ms_p50"],
        "invite_ratio_p99": figures["hub_invite_ms_p99"] / figures["queue_invite_ms_p99"],
    }


if __name__ == "__main__":
    asyncio.run(main())
