"""Deadlines of calls: who gets one, who loses it, and when none is put off. On virtual time."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import pytest

from cti.calls import CallControl
from cti.errors import NodeUnavailable
from cti.way_out import INTERVAL_S, INTERVALS_KEPT, WayOut
from tests.cti.virtual_time import virtual_time
from tests.support.asterisk import ROOT


@dataclass
class Asterisk:
    """Call control. `changes` has when, for whom and what was set."""

    waits: list[str] = field(default_factory=list)
    talk: set[str] = field(default_factory=set)
    changes: list[tuple[float, str, float]] = field(default_factory=list)
    is_up: bool = True
    is_ours: bool = True
    error: Exception | None = None
    pings: int = 0

    async def set_deadline(self, call: str, stay_s: float) -> None:
        if self.error is not None:
            raise self.error
        now_s = asyncio.get_running_loop().time()
        self.changes.append((round(now_s, 2), call, stay_s))

    async def ping(self) -> None:
        self.pings += 1
        if not self.is_ours:
            raise NodeUnavailable("another program took the application over")

    def talking(self) -> set[str]:
        return {*self.talk}

    def alone(self) -> list[str]:
        return [*self.waits]

    def talks(self, call: str) -> bool:
        return call in self.talk

    def is_alone(self, call: str) -> bool:
        return call in self.waits

    def are(self, *, waiting: Sequence[str] = (), talking: Sequence[str] = ()) -> None:
        self.waits, self.talk = [*waiting], {*talking}

    def calls_set(self) -> list[str]:
        return [call for _, call, _ in self.changes]


async def _run(asterisk: Asterisk, seconds: float, sleep_more_s: float = 0.0) -> None:
    """Run for a while; `sleep_more_s` is how much longer than asked for the first sleep takes."""
    more_s = [sleep_more_s]

    async def sleep(wanted_s: float) -> None:
        await asyncio.sleep(wanted_s + (more_s.pop() if more_s else 0.0))

    way_out = WayOut(cast(CallControl, asterisk), sleep=sleep)
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await way_out.run()


@virtual_time
async def test_who_waits_is_put_off_again_and_again_each_a_little_later_than_the_one_before() -> None:
    asterisk = Asterisk(["a", "b"])
    await _run(asterisk, 5)
    assert asterisk.changes == [
        (at_s, call, stay_s) for at_s in (0, 2, 4) for call, stay_s in (("a", 8), ("b", 8.02))
    ]


@virtual_time
async def test_who_talks_loses_his_deadline_once() -> None:
    asterisk = Asterisk(talk={"a"})
    await _run(asterisk, 5)
    assert asterisk.changes == [(0, "a", 0)]


@virtual_time
async def test_who_talks_again_after_waiting_again_loses_it_again() -> None:
    asterisk = Asterisk(talk={"a"})
    loop = asyncio.get_running_loop()
    loop.call_at(1, lambda: asterisk.are(waiting=["a"]))
    loop.call_at(3, lambda: asterisk.are(talking=["a"]))
    await _run(asterisk, 5)
    assert asterisk.changes == [(0, "a", 0), (2, "a", 8), (4, "a", 0)]


@virtual_time
async def test_many_calls_are_put_off_less_often_and_stay_longer() -> None:
    asterisk = Asterisk([f"{at}" for at in range(1000)])
    await _run(asterisk, 6)
    assert sorted({at_s for at_s, _, _ in asterisk.changes}) == [0, 5]
    stays = [stay_s for at_s, _, stay_s in asterisk.changes if not at_s]
    assert stays == sorted(stays)
    assert stays[0] == 20
    assert stays[-1] == pytest.approx(22, abs=0.01)


@virtual_time
async def test_nobody_is_put_off_while_the_link_is_down() -> None:
    asterisk = Asterisk(["a"], is_up=False)
    await _run(asterisk, 1)
    assert asterisk.changes == []
    asterisk.is_up = True
    await _run(asterisk, 1)
    assert asterisk.calls_set() == ["a"]


@virtual_time
async def test_who_stood_still_asks_first_whether_the_application_is_still_ours() -> None:
    asterisk = Asterisk(["a"])
    asyncio.get_running_loop().call_at(3, lambda: setattr(asterisk, "is_ours", False))
    await _run(asterisk, 20, sleep_more_s=10)
    assert asterisk.changes == [(0, "a", 8)]
    assert asterisk.pings > 1


@pytest.mark.parametrize("error", [NodeUnavailable("away"), ValueError("a mistake of ours")])
def test_errors_end_nothing(error: Exception) -> None:
    @virtual_time
    async def test() -> None:
        asterisk = Asterisk(["a"], error=error)
        asyncio.get_running_loop().call_at(3, lambda: setattr(asterisk, "error", None))
        await _run(asterisk, 5)
        assert asterisk.calls_set()[:1] == ["a"]

    test()


def test_the_dialplan_gives_as_long_as_the_hub() -> None:
    text = (ROOT / "asterisk-config" / "extensions.conf").read_text(encoding="utf-8")
    found = re.search(r"^WAY_OUT = (\d+)", text, re.MULTILINE)
    assert found is not None
    assert int(found[1]) == INTERVAL_S * INTERVALS_KEPT
