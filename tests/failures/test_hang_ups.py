"""Either side hangs up, at each step, in both orders and at the same moment: by seeds, many calls at once.

`--seeds N` plays so many, `--seed N` that one again.
"""

import asyncio
import random
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import pytest

from tests.failures.crowd import AGENTS, Crowd
from tests.story.desktop import CommandRefused, Desktop, Event
from tests.support.sip import SipCall

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

AT_ONCE = 10
_GAP_S = 0.03
_END_S = 20.0
_OUTSIDE = 0.5
"""How often it is a number outside that is consulted."""


class Step(StrEnum):
    """How far a call is when somebody hangs up."""

    ARRIVING = "arriving"
    RINGING = "ringing"
    ANSWERED = "answered"
    TALKING = "talking"
    HELD = "held"
    RESUMED = "resumed"
    WRAP_UP = "wrap_up"
    BLIND = "blind"
    """Transferred to another agent, unannounced."""
    TO_QUEUE = "to_queue"
    """Transferred to a queue, and taken there by another agent."""
    SENT_OUT = "sent_out"
    """Transferred to a number outside, unannounced, which rings."""
    NOT_REACHED = "not_reached"
    """Transferred to a number outside that refuses: the caller is in the queue again."""
    OUTSIDE = "outside"
    """Transferred to a number outside, which answered."""
    CONSULTED = "consulted"
    """The phone of another rings, who is to be asked."""
    APART = "apart"
    SWAPPED = "swapped"
    ABORTED = "aborted"
    JOINED = "joined"
    HANDED_OVER = "handed_over"
    PARKED = "parked"


_TO_OUTSIDE = (Step.SENT_OUT, Step.NOT_REACHED, Step.OUTSIDE)
_UNANNOUNCED = (Step.BLIND, Step.TO_QUEUE, *_TO_OUTSIDE)
_AFTER = {
    Step.SWAPPED: "swap",
    Step.ABORTED: "remove_party",
    Step.JOINED: "conference",
    Step.HANDED_OVER: "complete_transfer",
}
_CONSULTING = (Step.CONSULTED, Step.APART, *_AFTER)
"""With another agent, or with a number outside."""
_WITH_ANOTHER = (*_UNANNOUNCED, *_CONSULTING)


class Who(StrEnum):
    """Who hangs up first; the others follow within a moment. `DESKTOP`: the agent, by his page.

    `ANOTHER` is whom he consulted or transferred to, be he outside; where there is none, it is the caller.
    """

    CALLER = "caller"
    AGENT = "agent"
    BOTH = "both"
    DESKTOP = "desktop"
    ANOTHER = "another"


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
            for contact in self.crowd.contacts_of(number):
                self.crowd.print_all_of(contact)
            raise
        finally:
            await caller.hang_up()
            self.crowd.leave(number)

    async def _from_ringing(
        self, chance: random.Random, step: Step, who: Who, gap_s: float, caller: SipCall, phone: SipCall
    ) -> None:
        desktop = self.crowd.desktops[phone.user]
        contact = await self._reach(chance, step, caller, phone, desktop)
        another = None
        if step is Step.PARKED:
            await _try(desktop, "park", contact)
        elif step in _WITH_ANOTHER:
            another = await self._bring_in(chance, step, desktop, contact, caller.number)
            await asyncio.sleep(chance.uniform(0, _GAP_S))
        if another is not None and who is Who.ANOTHER:
            await another.hang_up()
            await asyncio.sleep(gap_s)
        await self._hang_up(who, gap_s, caller, phone, desktop, contact)
        if another is not None or step is Step.PARKED:
            await self._end_all(chance, caller, phone, another)
        self.crowd.leave(caller.number)
        if step is Step.RINGING:  # who refused a call rests otherwise
            await self.crowd.rested(phone.user)
        async with asyncio.timeout(_END_S):
            await phone.ended.wait()

    async def _reach(
        self, chance: random.Random, step: Step, caller: SipCall, phone: SipCall, desktop: Desktop
    ) -> str:
        """Bring the two so far as nobody else is needed; returns the contact, "" before they talk."""
        seen = len(desktop.events)
        if step is not Step.RINGING:
            await phone.answer()
        if step in (Step.RINGING, Step.ANSWERED):
            return ""
        contact: str = (await desktop.wait("contact", _is("connected", number=caller.number), after=seen))[
            "id"
        ]
        await asyncio.sleep(chance.uniform(0, _GAP_S))
        if step in (Step.HELD, Step.RESUMED):
            await desktop.command("hold", contact=contact)
        if step is Step.RESUMED:
            await desktop.command("resume", contact=contact)
        if step is Step.WRAP_UP:
            await caller.hang_up()
            await desktop.wait("contact", _is("wrap_up", contact), after=seen)
            await _try(desktop, "wrap_up", contact, disposition="other")
        return contact

    async def _bring_in(
        self, chance: random.Random, step: Step, desktop: Desktop, contact: str, number: str
    ) -> SipCall | None:
        """Bring another in who is free, up to a step; returns his phone, None if nobody was."""
        seen = len(desktop.events)
        if step in _TO_OUTSIDE or (step in _CONSULTING and chance.random() < _OUTSIDE):
            another = await self._outside(step, desktop, contact)
        else:
            another = await self._agent(chance, step, desktop, contact, number)
        if another is None or step in (Step.CONSULTED, Step.SENT_OUT):
            return another
        if step is Step.NOT_REACHED:
            await another.reject()
            return another
        await another.answer()
        apart: Event | None = None
        if step not in _UNANNOUNCED:
            with suppress(TimeoutError):
                apart = await desktop.wait("contact", _talks_apart, after=seen, timeout_s=3)
        if step in _AFTER:
            await asyncio.sleep(chance.uniform(0, _GAP_S))
            party = {"party": apart["parties"][-1]["id"] if apart else ""} if step is Step.ABORTED else {}
            await _try(desktop, _AFTER[step], contact, **party)
        return another

    async def _agent(
        self, chance: random.Random, step: Step, desktop: Desktop, contact: str, number: str
    ) -> SipCall | None:
        """Have another agent's phone rung who is free; None if nobody was."""
        others = chance.sample([each for each in AGENTS if each != desktop.agent], 4)
        targets = [{"queue": "support"}] if step is Step.TO_QUEUE else [{"agent": each} for each in others]
        for target in targets:
            if await _try(desktop, _kind(step), contact, to=target):
                break
        else:
            return None
        try:
            return await self.crowd.rung(number, 3)
        except TimeoutError:
            return None  # he took another call first

    async def _outside(self, step: Step, desktop: Desktop, contact: str) -> SipCall | None:
        """Have a number outside rung; None if the call was over before."""
        number = f"0803{self.seed:07}"
        rung = self.crowd.expect_outside(number)
        if not await _try(desktop, _kind(step), contact, to={"number": number}):
            return None
        async with asyncio.timeout(_END_S):
            return await rung.get()

    @staticmethod
    async def _end_all(chance: random.Random, *calls: SipCall | None) -> None:
        """Hang up who is left, in whatever order."""
        left = [call for call in calls if call is not None]
        for call in chance.sample(left, len(left)):
            await call.hang_up()
            await asyncio.sleep(chance.uniform(0, _GAP_S))
        for call in left:
            async with asyncio.timeout(_END_S):
                await call.ended.wait()

    async def _hang_up(
        self, who: Who, gap_s: float, caller: SipCall, phone: SipCall, desktop: Desktop, contact: str
    ) -> None:
        match who:
            case Who.CALLER | Who.ANOTHER:
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


def _kind(step: Step) -> str:
    return "transfer" if step in _UNANNOUNCED else "consult"


async def _try(desktop: Desktop, kind: str, contact: str, **fields: object) -> bool:
    """Give a command that may come too late, or to somebody who is busy; whether it was carried out."""
    try:
        await desktop.command(kind, contact=contact, **fields)
    except CommandRefused:
        return False
    return True


def _talks_apart(event: Event) -> bool:
    return any(party["state"] == "talking" for party in event["parties"])


def _is(state: str, contact: str = "", number: str = "") -> Callable[[Event], bool]:
    address = f"+81{number[1:]}"
    return lambda event: (
        event["state"] == state
        and contact in ("", event["id"])
        and (not number or (event["address"] == address and event["about"] is None))
    )


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
        traceback.print_exception(failure)
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
