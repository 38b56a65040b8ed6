"""The packets between the whole hub and Asterisk vanish, ARI's and AMI's, and no socket closes.

The hub reaches Asterisk by a link into a network namespace; phones and callers don't.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from acd.ids import ContactId
from hub.clock import now_ms
from tests.failures.crowd import AGENTS, Crowd, open_crowd
from tests.failures.floor import until
from tests.failures.test_cut_off import logged, talks, waiting_in_order, waits
from tests.support.call_log import TOLERANCE_MS
from tests.support.namespace import Namespace, NoNamespaces, namespace
from tests.support.sip import SipCall, SipState

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

FOUND_S = 15.0
"""Within which a dead link is noticed (`cti.ari.LinkTimes`), and a little."""
LEFT_S = 25.0
"""Within which who waits has left for `Queue()` (`cti.way_out`), and a little."""
SHORT_S = 3.0
"""Shorter than the hub takes to find a link dead, and than callers stay without word of it."""


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def _linked() -> AsyncIterator[tuple[Crowd, Namespace]]:
    with ExitStack() as stack:
        try:
            space = stack.enter_context(namespace())
        except NoNamespaces as reason:
            pytest.skip(str(reason))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tl-", dir="/tmp"))
        async with open_crowd(Path(folder), space) as crowd:
            yield crowd, space


@pytest.fixture
def space(_linked: tuple[Crowd, Namespace]) -> Namespace:
    return _linked[1]


@pytest_asyncio.fixture(loop_scope="package")
async def crowd(_linked: tuple[Crowd, Namespace]) -> AsyncIterator[Crowd]:
    """Many agents, whose hub has a link to Asterisk that can be cut; nothing may stay after a test."""
    crowd, space = _linked
    before, began_ms = len(crowd.hub.log()), now_ms()
    try:
        yield crowd
        await crowd.settle()
        await crowd.journeys_agree(began_ms)
    finally:
        crowd.tolerance_ms = TOLERANCE_MS
        await asyncio.to_thread(space.mend)
        for line in crowd.hub.log()[before:]:
            if line["level"] != "info" or "link" in line["event"]:
                print(line)


async def in_queue(crowd: Crowd) -> set[str]:
    """Return the numbers of those who wait in, or talk through, Asterisk's own `Queue()`."""
    channels = [line.split("!") for line in await crowd.channels()]
    return {channel[7] for channel in channels if channel[5] == "Queue"}


async def _taken(crowd: Crowd, number: str) -> SipCall:
    """Answer whatever rings for a caller until it lasts: `Queue()` may have rung as the hub took him back."""
    while True:
        call = await crowd.rung(number)
        await call.answer()
        try:
            async with asyncio.timeout(2):
                await call.ended.wait()
        except TimeoutError:
            return call


async def test_who_talks_and_who_waits_when_nothing_passes_for_long(crowd: Crowd, space: Namespace) -> None:
    talking = await talks(crowd, len(AGENTS))
    waiting = await waits(crowd, 3)
    before = [record.contact.id for record in await waiting_in_order(crowd)]
    seen = len(crowd.hub.log())

    await asyncio.to_thread(space.cut)
    await talking[0][0].hang_up()  # nobody hears of these
    await talking[1][1].hang_up()
    unheard = await crowd.call("09066666666")
    await until(lambda: logged(crowd, "ari.link_down", seen), timeout_s=FOUND_S)
    await until(lambda: logged(crowd, "ami.link_down", seen), timeout_s=2 * FOUND_S)
    served = await crowd.rung(waiting[0].number, LEFT_S)  # by Asterisk's own queue
    assert served.user == talking[1][1].user
    await served.answer()

    left = {each.number for each in (*waiting, unheard)}

    async def have_left() -> bool:
        return await in_queue(crowd) == left

    await until(have_left, timeout_s=LEFT_S)
    assert {each.state for pair in talking[2:] for each in pair} == {SipState.ANSWERED}
    await asyncio.to_thread(space.mend)

    for part in ("ari.link_up", "ami.link_up"):
        await until(lambda event=part: logged(crowd, event, seen), timeout_s=40)  # type: ignore[misc]

    async def are_back() -> bool:
        *kept, _ = [record.contact.id for record in await waiting_in_order(crowd)] or [ContactId("")]
        return kept == before[1:]

    await until(are_back, timeout_s=30)
    taken = await _taken(crowd, waiting[1].number)  # by whose caller has hung up
    async with asyncio.timeout(20):
        await asyncio.gather(talking[0][1].ended.wait(), talking[1][0].ended.wait())
    assert taken.user == talking[0][1].user
    assert {each.state for pair in talking[2:] for each in pair} == {SipState.ANSWERED}
    assert {each.state for each in (*waiting[:2], served, taken)} == {SipState.ANSWERED}
    (talk,) = (each for each in await crowd.contacts() if each.contact.id == before[0])
    assert (talk.agent, talk.state) == (served.user, "connected")

    async def are_there_who_talk() -> bool:
        """Who was rung by `Queue()` as the hub took him back talks there too."""
        return {waiting[0].number} <= await in_queue(crowd) <= {each.number for each in waiting[:2]}

    await until(are_there_who_talk)
    await crowd.is_healthy()

    for each in (waiting[2], unheard):
        crowd.leave(each.number)
    await taken.hang_up()
    async with asyncio.timeout(40):
        await asyncio.gather(*(each.ended.wait() for each in (*waiting[1:], unheard)))


async def test_nothing_is_harmed_when_nothing_passes_for_a_moment(crowd: Crowd, space: Namespace) -> None:
    talking = await talks(crowd, len(AGENTS))
    waiting = await waits(crowd, 3)
    before = [record.contact.id for record in await waiting_in_order(crowd)]
    seen = len(crowd.hub.log())

    await asyncio.to_thread(space.cut)
    await talking[0][0].hang_up()
    await asyncio.sleep(SHORT_S)  # the failure itself
    crowd.tolerance_ms += round(2 * SHORT_S * 1000)  # TCP sends again after twice the time of its last try
    await asyncio.to_thread(space.mend)

    async with asyncio.timeout(20):
        await talking[0][1].ended.wait()
    crowd.leave(waiting[0].number)
    async with asyncio.timeout(20):
        await waiting[0].ended.wait()
    assert {each.state for pair in talking[1:] for each in pair} == {SipState.ANSWERED}
    assert [record.contact.id for record in await waiting_in_order(crowd)] == before[1:]
    assert not await in_queue(crowd)
    assert not [line for line in crowd.hub.log()[seen:] if line["event"].endswith(".link_down")]
    await crowd.is_healthy()
