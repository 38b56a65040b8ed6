"""Either side hangs up, at each step, in both orders and at the same moment: by seeds, many calls at once.

`--seeds N` plays so many, `--seed N` that one again.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import pytest

from tests.failures.crowd import Crowd
from tests.story.desktop import CommandRefused, Desktop, Event
from tests.support.sip import SipCall

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

AT_ONCE = 10
_GAP_S = 0.03
_END_S = 20.0


class Step(StrEnum):
    """How far a call is when somebody hangs up."""

    ARRIVING = "arriving"
    RINGING = "ringing"
    ANSWERED = "answered"
    TALKING = "talking"
    HELD = "held"
    RESUMED = "resumed"
    WRAP_UP = "wrap_up"


class Who(StrEnum):
    """Who hangs up first; the other one follows within a moment. `DESKTOP`: the agent, by his page."""

    CALLER = "caller"
    AGENT = "agent"
    BOTH = "both"
    DESKTOP = "desktop"


@dataclass(slots=True)
class Run:
    """One call, as its seed has it."""

    crowd: Crowd
    seed: int

    async def play(self) -> None:
        """Play the call to its end; raises what shows that something stayed."""
        chance = random.Random(self.seed)
        step, who = chance.choice(list(Step)), chance.choice(list(Who))
        gap_s = chance.choice((0.0, chance.uniform(0, _GAP_S)))
        number = f"0903{self.seed:07}"
        caller = await self.crowd.call(number)
        try:
            if step is Step.ARRIVING:
                await asyncio.sleep(gap_s * 4)
                await caller.hang_up()
                self.crowd.leave(number)
            else:
                phone = await self.crowd.rung(number)
                await self._from_ringing(chance, step, who, gap_s, caller, phone)
            async with asyncio.timeout(_END_S):
                await caller.ended.wait()
        except Exception as error:
            error.add_note(f"seed {self.seed}: {who} at {step}, {gap_s * 1000:.1f} ms apart")
            raise
        finally:
            await caller.hang_up()
            self.crowd.leave(number)

    async def _from_ringing(
        self, chance: random.Random, step: Step, who: Who, gap_s: float, caller: SipCall, phone: SipCall
    ) -> None:
        desktop, contact = self.crowd.desktops[phone.user], ""
        seen = len(desktop.events)
        if step is not Step.RINGING:
            await phone.answer()
        if step not in (Step.RINGING, Step.ANSWERED):
            shown = await desktop.wait("contact", _is("connected"), after=seen)
            contact = shown["id"]
            await asyncio.sleep(chance.uniform(0, _GAP_S))
        if step in (Step.HELD, Step.RESUMED):
            await desktop.command("hold", contact=contact)
        if step is Step.RESUMED:
            await desktop.command("resume", contact=contact)
        if step is Step.WRAP_UP:
            await caller.hang_up()
            await desktop.wait("contact", _is("wrap_up", contact), after=seen)
            await self._wrap_up(desktop, contact)
        await self._hang_up(who, gap_s, caller, phone, desktop, contact)
        self.crowd.leave(caller.number)
        if step is Step.RINGING:  # who refused a call rests otherwise
            await self.crowd.available(phone.user)
        async with asyncio.timeout(_END_S):
            await phone.ended.wait()

    async def _hang_up(
        self, who: Who, gap_s: float, caller: SipCall, phone: SipCall, desktop: Desktop, contact: str
    ) -> None:
        match who:
            case Who.CALLER:
                await caller.hang_up()
                await asyncio.sleep(gap_s)
                await phone.hang_up()
            case Who.AGENT:
                await phone.hang_up()
                await asyncio.sleep(gap_s)
                if contact or gap_s:
                    await caller.hang_up()
            case Who.BOTH:
                await asyncio.gather(caller.hang_up(), phone.hang_up())
            case Who.DESKTOP:
                if contact:
                    with suppress(CommandRefused):
                        await desktop.command("hang_up", contact=contact)
                else:
                    await phone.hang_up()

    @staticmethod
    async def _wrap_up(desktop: Desktop, contact: str) -> None:
        with suppress(CommandRefused):
            await desktop.command("wrap_up", contact=contact, disposition="other")


def _is(state: str, contact: str = "") -> Callable[[Event], bool]:
    return lambda event: event["state"] == state and contact in ("", event["id"])


async def _play(crowd: Crowd, seeds: list[int]) -> None:
    """Play runs, so many at a time, and see that nothing stays of them."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(seed: int) -> BaseException | None:
        async with room:
            try:
                await Run(crowd, seed).play()
            except Exception as error:
                return error
        return None

    failures = [each for each in await asyncio.gather(*map(one, seeds)) if each is not None]
    for failure in failures:
        print(type(failure).__name__, failure, *getattr(failure, "__notes__", ()))
    assert not failures, [note for each in failures for note in getattr(each, "__notes__", ())]
    await crowd.settle()


async def test_nothing_stays_of_calls_whoever_hangs_up(crowd: Crowd, seeds: list[int]) -> None:
    await _play(crowd, seeds)


async def test_nothing_stays_where_events_come_twice(crowd: Crowd, seeds: list[int]) -> None:
    crowd.ari.chance, crowd.ari.twice = random.Random(seeds[0]), 0.3
    try:
        await _play(crowd, [100_000 + seed for seed in seeds[: max(1, len(seeds) // 4)]])
    finally:
        crowd.ari.twice = 0.0
    assert crowd.ari.told_twice
