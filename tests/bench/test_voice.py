"""What the voice bench makes of what SIPp saw."""

import asyncio
import math

import pytest

from bench.sip_load import (
    AGENTS,
    CALLERS,
    Mark,
    Moment,
    SipAddress,
    SippAgents,
    agents,
    place_calls,
    read_moments,
)
from bench.voice import highest_rate
from bench.voice_figures import failed, idle_ms, percentile, ring_delays_ms
from tests.support.ports import free_port

LOG = (
    "invite 2026-11-22\t06:02:26.743143\t1795327346.500000 +819000000001\n"
    "ring 2026-11-22\t06:02:26.743143\t1795327346.502000 agent07 09000000001\n"
)


def _caller(mark: Mark, at_s: float, call: str) -> Moment:
    return Moment(mark, at_s, call)


def _agent(mark: Mark, at_s: float, call: str, agent: str = "a") -> Moment:
    return Moment(mark, at_s, call, agent)


def test_both_ends_of_a_call_are_known_by_its_number_however_written() -> None:
    invite, ring = read_moments(LOG)
    assert (invite.mark, invite.agent) == (Mark.INVITE, "")
    assert (ring.mark, ring.agent) == (Mark.RING, "agent07")
    assert invite.call == ring.call
    assert ring_delays_ms([invite], [ring]) == [pytest.approx(2.0, abs=1e-3)]


def test_only_the_first_ring_of_a_call_counts() -> None:
    callers = [_caller(Mark.INVITE, 1.0, "1"), _caller(Mark.INVITE, 2.0, "2")]
    phones = [_agent(Mark.RING, 1.25, "1"), _agent(Mark.RING, 1.5, "1"), _agent(Mark.RING, 9.0, "other")]
    assert ring_delays_ms(callers, phones) == [250.0]


def test_a_call_fails_unless_an_agent_ended_it() -> None:
    moments = [
        *(_caller(Mark.INVITE, 0, call) for call in ("served", "refused", "waited")),
        _caller(Mark.ANSWER, 0, "served"),
        _caller(Mark.END, 1, "served"),
        _caller(Mark.ANSWER, 0, "waited"),
        _caller(Mark.GIVE_UP, 3, "waited"),
    ]
    assert failed(moments) == 2


def test_an_agent_is_idle_from_one_call_to_the_next() -> None:
    phones = [
        _agent(Mark.RING, 1.0, "1", "a"),
        _agent(Mark.FREE, 2.0, "1", "a"),
        _agent(Mark.RING, 2.1, "2", "b"),
        _agent(Mark.RING, 2.5, "3", "a"),
        _agent(Mark.FREE, 3.0, "3", "a"),
    ]
    assert idle_ms(phones) == [500.0]
    assert idle_ms(phones, to_s=0.0) == idle_ms(phones, from_s=9e9) == []


def test_percentiles() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 50) == 2.0
    assert percentile([float(value) for value in range(1, 101)], 99) == 99.0
    assert percentile([5.0], 99) == 5.0
    assert math.isnan(percentile([], 50))


@pytest.mark.parametrize(("limit", "lowest", "highest"), [(165, 150, 165), (700, 640, 640), (10, 0, 0)])
async def test_the_highest_rate_is_found_from_below(limit: int, lowest: int, highest: int) -> None:
    tried: list[float] = []

    async def serves(rate: float) -> bool:
        tried.append(rate)
        return rate <= limit

    assert lowest <= await highest_rate(serves) <= highest
    assert len(tried) < 20


async def test_one_failure_of_the_machine_is_forgiven() -> None:
    tried: set[float] = set()

    async def serves(rate: float) -> bool:
        again = rate in tried
        tried.add(rate)
        return again

    assert await highest_rate(serves) == 640


async def _until_logged(sipp: SippAgents, count: int) -> None:
    """The caller's end may be known before the agent's: wait for it, but not for ever."""
    for _ in range(100):
        if len(sipp.moments()) >= count:
            break
        await asyncio.sleep(0.02)


@pytest.mark.real
@pytest.mark.parametrize(
    ("scenario", "settings", "callers", "phones"),
    [
        (
            "agent_talks",
            {"answer_ms": 20, "talk_ms": 50},
            [Mark.INVITE, Mark.ANSWER, Mark.END],
            [Mark.RING, Mark.FREE],
        ),
        (
            "agent_waits",
            {"answer_ms": 20},
            [Mark.INVITE, Mark.ANSWER, Mark.GIVE_UP],
            [Mark.RING, Mark.FREE],
        ),
        ("agent_busy", {}, [Mark.INVITE], [Mark.RING]),
        ("agent_rings", {}, [Mark.INVITE], [Mark.RING, Mark.FREE]),
    ],
)
async def test_each_scenario_says_what_it_saw(
    scenario: str, settings: dict[str, int], callers: list[Mark], phones: list[Mark]
) -> None:
    address = SipAddress(AGENTS, free_port())
    async with agents(scenario, address, settings) as sipp:
        seen = await place_calls(
            address,
            "agent07",
            source=SipAddress(CALLERS, free_port()),
            rate=20,
            calls=1,
            patience_ms=400,
        )
        assert [moment.mark for moment in seen] == callers
        await _until_logged(sipp, len(phones))
        assert [moment.mark for moment in sipp.moments()] == phones
        assert {moment.call for moment in (*seen, *sipp.moments())} == {seen[0].call}
        assert {moment.agent for moment in sipp.moments()} == {"agent07"}
