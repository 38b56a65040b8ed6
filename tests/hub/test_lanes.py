"""Work goes in order within a key, keys side by side."""

import asyncio
from functools import partial

import pytest

from hub.lanes import LaneFull, Lanes
from tests.hub.fakes import settle


class Bench:
    """Work that waits until it is let go, and what was done in which order."""

    def __init__(self) -> None:
        self.lanes = Lanes(bound=3)
        self.done: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    def put(self, key: str, name: str, *, waits: bool = False) -> None:
        if waits:
            self.gates[name] = asyncio.Event()
        self.lanes.put(key, partial(self._work, name))

    async def _work(self, name: str) -> None:
        if name in self.gates:
            await self.gates[name].wait()
        self.done.append(name)
        if name == "fails":
            raise ValueError(name)


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_key_s_work_goes_in_order_beside_others(bench: Bench) -> None:
    bench.put("a", "a1", waits=True)
    bench.put("a", "a2")
    bench.put("b", "b1")
    await settle()
    assert bench.done == ["b1"]
    bench.gates["a1"].set()
    await settle()
    assert bench.done == ["b1", "a1", "a2"]


async def test_work_that_fails_holds_nothing_up(bench: Bench) -> None:
    bench.put("a", "fails")
    bench.put("a", "a2")
    bench.put("b", "b1")
    await settle()
    assert sorted(bench.done) == ["a2", "b1", "fails"]


async def test_a_lane_that_emptied_begins_anew(bench: Bench) -> None:
    for name in ("a1", "a2"):
        bench.put("a", name)
        await settle()
    assert bench.done == ["a1", "a2"]


async def test_a_full_lane_refuses_and_goes_on(bench: Bench) -> None:
    bench.put("a", "a1", waits=True)
    bench.put("a", "a2")
    bench.put("a", "a3")
    with pytest.raises(LaneFull):
        bench.put("a", "a4")
    bench.put("b", "b1")
    await settle()
    bench.gates["a1"].set()
    await settle()
    assert bench.done == ["b1", "a1", "a2", "a3"]


async def test_draining_waits_and_then_cuts(bench: Bench) -> None:
    await bench.lanes.drain(0)
    bench.put("a", "a1")
    bench.put("b", "b1", waits=True)
    bench.put("b", "b2")
    await bench.lanes.drain(0)
    await settle()
    assert bench.done == ["a1"]
    bench.put("b", "b3")
    await settle()
    assert bench.done == ["a1", "b3"], "a lane that was cut can be used again"
