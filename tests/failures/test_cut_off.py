"""The links to Asterisk fail as networks do, and the hub is killed with the floor full."""

import asyncio
import signal

import pytest

from acd.core.records import ContactRecord
from cti.way_out import INTERVALS_KEPT
from tests.failures.crowd import AGENTS, MENU, Crowd
from tests.failures.deadlines import put_off
from tests.failures.floor import until
from tests.support.sip import SipCall, SipState

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

SILENCE_S = 20.0
"""Longer than the hub takes to find a socket dead (`cti.ari.LinkTimes`)."""

Talk = tuple[SipCall, SipCall]


async def talks(crowd: Crowd, count: int, first: int = 1) -> list[Talk]:
    """Bring so many callers to agents; returns caller and agent of each."""

    async def one(number: str) -> Talk:
        caller = await crowd.call(number)
        phone = await crowd.rung(number)
        await phone.answer()
        async with asyncio.timeout(20):
            await caller.answered.wait()
        return caller, phone

    return list(await asyncio.gather(*(one(f"0904{each:07}") for each in range(first, first + count))))


async def waits(crowd: Crowd, count: int) -> list[SipCall]:
    """Let so many callers wait, for whom nobody is there; returns them in the order of the queue."""
    callers = []
    for each in range(count):
        callers.append(await crowd.call(f"0905{each:07}"))
        await until(lambda wanted=each + 1: has_waiting(crowd, wanted))  # type: ignore[misc]
    return callers


async def test_the_hub_killed_with_twenty_talking_and_twenty_waiting(crowd: Crowd) -> None:
    talking = await talks(crowd, len(AGENTS))
    waiting = await waits(crowd, 20)
    before = [record.contact.id for record in await waiting_in_order(crowd)]

    crowd.hub.signal(signal.SIGKILL)
    await until(lambda: _is_gone(crowd))
    await crowd.hub.start()
    await crowd.sign_in()
    await until(lambda: has_waiting(crowd, 20), timeout_s=20)
    assert [record.contact.id for record in await waiting_in_order(crowd)] == before
    assert {each.state for pair in talking for each in pair} == {SipState.ANSWERED}
    assert not [each for each in waiting if each.state is SipState.ENDED]
    records = await crowd.contacts()
    assert sorted(each.agent for each in records if each.agent is not None) == list(AGENTS)
    await crowd.is_healthy()

    # Who waited longest is served first, by the first agent who is free.
    crowd.leave(waiting[0].number)
    await talking[0][0].hang_up()
    try:
        await until(lambda: _is_over(waiting[0]), timeout_s=40)
    except TimeoutError:
        for contact in (before[0], *crowd.contacts_of(talking[0][0].number)):
            crowd.print_all_of(contact)
        raise
    assert not [each for each in waiting[1:] if each.state is SipState.ENDED]


async def test_a_socket_that_falls_silent_is_found_and_nothing_is_lost(crowd: Crowd) -> None:
    talking = await talks(crowd, 4)
    away = [each for each in AGENTS if each not in {phone.user for _, phone in talking}]
    await crowd.away(*away)
    waiting = await waits(crowd, 2)
    crowd.ari.fall_silent()
    await talking[0][0].hang_up()  # nobody hears of these
    await talking[1][1].hang_up()
    unheard = await crowd.call("09066666666")
    seen = len(crowd.hub.log())
    await until(lambda: logged(crowd, "ari.link_up", seen), timeout_s=SILENCE_S)
    await until(lambda: has_waiting(crowd, 3), timeout_s=SILENCE_S)
    await asyncio.gather(talking[1][0].ended.wait(), talking[0][1].ended.wait())
    assert {each.state for pair in talking[2:] for each in pair} == {SipState.ANSWERED}
    assert SipState.ENDED not in {each.state for each in (*waiting, unheard)}
    await crowd.is_healthy()
    await crowd.available(*AGENTS)
    for each in (*waiting, unheard):
        crowd.leave(each.number)
        async with asyncio.timeout(20):
            await each.ended.wait()


async def test_calls_are_served_and_kept_while_ami_is_away(crowd: Crowd) -> None:
    crowd.ami.refuses = True
    crowd.ami.cut()
    seen = len(crowd.hub.log())
    await until(lambda: logged(crowd, "ami.link_down", 0))
    ((caller, phone),) = await talks(crowd, 1)
    assert [each["part"] for each in (await crowd.diagnosis())["away"]] == ["asterisk"]
    await phone.hang_up()
    await caller.ended.wait()

    await _are_kept(crowd)
    crowd.ami.refuses = False
    await until(lambda: logged(crowd, "ami.link_up", seen), timeout_s=40)


async def test_callers_are_kept_while_ami_is_frozen(crowd: Crowd) -> None:
    seen = len(crowd.hub.log())
    crowd.ami.freeze()
    await _are_kept(crowd)
    await until(lambda: logged(crowd, "ami.link_up", seen), timeout_s=40)


async def _are_kept(crowd: Crowd) -> None:
    """See that who waits, or is in a menu, for longer than his deadline at first leaves neither."""
    await crowd.away(*AGENTS)
    (waiting,) = await waits(crowd, 1)
    menu = await crowd.call("09077777777", MENU)
    await menu.answered.wait()
    for _ in range(INTERVALS_KEPT + 1):
        await put_off(crowd, 2)
    assert [line.split("!")[5] for line in await crowd.channels()] == ["Stasis", "Stasis"]
    assert await has_waiting(crowd, 1)
    await crowd.available(AGENTS[0])
    await (await crowd.rung(waiting.number)).answer()
    await waiting.answered.wait()
    assert menu.state is SipState.ANSWERED
    await menu.hang_up()


async def waiting_in_order(crowd: Crowd) -> list[ContactRecord]:
    state = (await crowd.acd.snapshot()).state
    queued = [each for each in state.contacts.values() if each.is_queued]
    return sorted(queued, key=lambda record: state.places[record.contact.id])


async def has_waiting(crowd: Crowd, count: int) -> bool:
    return len(await waiting_in_order(crowd)) == count


async def _is_gone(crowd: Crowd) -> bool:
    return crowd.hub.service.daemon.pid is None


async def _is_over(call: SipCall) -> bool:
    return call.state is SipState.ENDED


async def logged(crowd: Crowd, event: str, after: int) -> bool:
    return any(line["event"] == event for line in crowd.hub.log()[after:])
