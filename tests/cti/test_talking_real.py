"""Consultation, conference, transfer and parking against a real Asterisk: who hears whom, and who is left."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from cti.calls import CallControl
from cti.errors import CallGone, LegGone
from cti.listener import FoundLeg, GoneCause, Place
from tests.cti.far_end import CONTEXT, FarEnd, controlled
from tests.cti.heard import Heard
from tests.cti.proxy import proxy_before
from tests.cti.talks import OWN, SECOND, THIRD, Talk, talk
from tests.support.asterisk import AsteriskNode

pytestmark = pytest.mark.real

ALL = {("c", OWN), ("c", SECOND), (OWN, SECOND)}


@pytest.fixture
async def talking(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> AsyncIterator[Talk]:
    """A customer and an agent who talk; whatever a test does, nothing may be left of it."""
    talking = await talk(control, far, heard, asterisk)
    yield talking
    await control.hang_up(talking.key)
    await heard.until_over(OWN)


async def test_the_own_leg_hears_it_ring_while_the_customer_hears_music(talking: Talk) -> None:
    control = talking.control
    await control.set_aside(talking.key)
    assert (await talking.pairs(), control.place(OWN)) == (set(), Place.ALONE)
    assert control.talks(talking.key.id)
    await control.go_back(talking.key)
    assert (await talking.pairs(), control.place(OWN)) == ({("c", OWN)}, Place.CALL)


async def test_who_is_consulted_talks_apart_and_in_turn_with_the_customer(talking: Talk) -> None:
    control = talking.control
    await control.set_aside(talking.key)
    await talking.answers(SECOND)
    for _ in range(2):
        await control.consult(talking.key, SECOND)
        assert await talking.pairs() == {(OWN, SECOND)}
        await control.go_back(talking.key)
        assert await talking.pairs() == {("c", OWN)}
    assert control.place(SECOND) is Place.ALONE


async def test_a_customer_on_hold_already_can_be_spoken_of(talking: Talk) -> None:
    await talking.control.hold(talking.key)
    await talking.answers(SECOND)
    await talking.control.consult(talking.key, SECOND)
    assert await talking.pairs() == {(OWN, SECOND)}
    await talking.control.go_back(talking.key)
    assert await talking.pairs() == {("c", OWN)}


async def test_who_consults_hears_music_until_the_other_is_back(talking: Talk) -> None:
    control = talking.control
    await talking.answers(SECOND)
    await control.consult(talking.key, SECOND)
    await control.wait_apart(talking.key, OWN)
    assert (await talking.pairs(), control.place(OWN)) == (set(), Place.ALONE)
    await control.consult(talking.key, SECOND)
    assert await talking.pairs() == {(OWN, SECOND)}
    await control.wait_apart(talking.key, OWN)
    await control.go_back(talking.key)
    assert (await talking.pairs(), control.place(OWN)) == ({("c", OWN)}, Place.CALL)


async def test_one_waits_apart_and_enters_the_conference(talking: Talk) -> None:
    control = talking.control
    await talking.answers(SECOND)
    await control.wait_apart(talking.key, SECOND)
    assert await talking.pairs() == {("c", OWN)}
    await control.enter(talking.key, SECOND)
    assert (await talking.pairs(), control.place(SECOND)) == (ALL, Place.CALL)


async def test_all_who_are_consulted_join(talking: Talk) -> None:
    control = talking.control
    await talking.answers(SECOND)
    await control.consult(talking.key, SECOND)
    await talking.answers(THIRD)
    await control.consult(talking.key, THIRD)
    assert await talking.pairs() == {(OWN, THIRD)}
    await control.join(talking.key)
    assert await talking.pairs() == ALL | {("c", THIRD), (OWN, THIRD), (SECOND, THIRD)}
    await control.hang_up_leg(SECOND)
    await talking.heard.until_over(SECOND)
    del talking.phones[SECOND]
    assert await talking.pairs() == {("c", OWN), ("c", THIRD), (OWN, THIRD)}


async def test_the_others_go_on_while_one_is_consulted_out_of_a_conference(talking: Talk) -> None:
    control = talking.control
    await talking.answers(SECOND)
    await control.join(talking.key)
    await talking.answers(THIRD)
    await control.consult(talking.key, THIRD)
    assert await talking.pairs() == {("c", SECOND), (OWN, THIRD)}


async def test_the_last_one_with_the_customer_leaves_him_to_music_while_the_others_talk_on(
    talking: Talk,
) -> None:
    control = talking.control
    await talking.answers(SECOND)
    await control.join(talking.key)
    await talking.answers(THIRD)
    await control.consult(talking.key, THIRD)
    await talking.phones.pop(SECOND).hang_up()
    await talking.heard.until("leg_gone", SECOND, GoneCause.HUNG_UP)
    await control.keep_waiting(talking.key)
    assert await talking.is_entertained(talking.customer)
    assert await talking.pairs() == {(OWN, THIRD)}
    await control.go_back(talking.key)
    assert await talking.pairs() == {("c", OWN)}


@pytest.mark.parametrize("is_back", [False, True])
async def test_the_customer_is_handed_over(talking: Talk, is_back: bool) -> None:
    control = talking.control
    await talking.answers(SECOND)
    await control.consult(talking.key, SECOND)
    if is_back:
        await control.go_back(talking.key)
    await control.hand_over(talking.key, SECOND)
    await talking.heard.until("leg_gone", OWN, GoneCause.HUNG_UP)
    del talking.phones[OWN]
    assert await talking.pairs() == {("c", SECOND)}
    await talking.customer.hang_up()
    await talking.heard.until("leg_gone", SECOND, GoneCause.HUNG_UP)


async def test_the_one_who_had_the_call_may_stay(talking: Talk) -> None:
    await talking.answers(SECOND)
    await talking.control.hand_over(talking.key, SECOND, stays=True)
    assert await talking.pairs() == ALL
    await talking.phones[OWN].hang_up()
    await talking.heard.until_over(OWN)
    del talking.phones[OWN]
    assert await talking.pairs() == {("c", SECOND)}


async def test_one_takes_over_whose_colleague_hung_up(talking: Talk) -> None:
    await talking.answers(SECOND)
    await talking.control.consult(talking.key, SECOND)
    await talking.phones.pop(OWN).hang_up()
    await talking.heard.until("leg_gone", OWN, GoneCause.HUNG_UP)
    assert not talking.control.talks(talking.key.id)
    await talking.control.hand_over(talking.key, SECOND)
    assert await talking.pairs() == {("c", SECOND)}


async def test_a_conference_goes_on_when_its_own_leg_ends(talking: Talk) -> None:
    await talking.answers(SECOND)
    await talking.answers(THIRD)
    await talking.control.join(talking.key)
    await talking.phones.pop(OWN).hang_up()
    await talking.heard.until("leg_gone", OWN, GoneCause.HUNG_UP)
    assert await talking.pairs() == {("c", SECOND), ("c", THIRD), (SECOND, THIRD)}
    await talking.control.hand_over(talking.key, THIRD)
    assert await talking.pairs() == {("c", SECOND), ("c", THIRD), (SECOND, THIRD)}
    await talking.control.hang_up(talking.key)
    await talking.heard.until_over(SECOND, THIRD)


async def test_a_customer_whom_all_left_can_be_connected_again(talking: Talk) -> None:
    await talking.answers(SECOND)
    await talking.control.join(talking.key)
    for ref in (OWN, SECOND):  # before anybody decided who has the call now
        await talking.phones.pop(ref).hang_up()
        await talking.heard.until("leg_gone", ref, GoneCause.HUNG_UP)
    assert talking.control.alone() == [talking.key.id]
    async with asyncio.timeout(20):
        while "bridge.customer" in await talking.asterisk.cli("bridge show all"):
            pass  # Asterisk takes a moment to take it away
    await talking.answers(THIRD)
    await talking.control.connect(talking.key, THIRD)
    assert await talking.pairs() == {("c", THIRD)}


async def test_the_customer_hangs_up_amid_it_all(talking: Talk) -> None:
    await talking.answers(SECOND)
    await talking.control.consult(talking.key, SECOND)
    await talking.customer.hang_up()
    await talking.heard.until_over(OWN, SECOND)
    with pytest.raises(CallGone):
        await talking.control.join(talking.key)


async def test_a_parked_customer_stays_without_a_leg(talking: Talk) -> None:
    control = talking.control
    await control.park(talking.key)
    await talking.heard.until("leg_gone", OWN, GoneCause.HUNG_UP)
    assert control.alone() == [talking.key.id]
    talking.phones.clear()
    await talking.answers(SECOND)
    await control.connect(talking.key, SECOND)
    assert await talking.pairs() == {("c", SECOND)}


async def test_nobody_hears_who_is_muted(talking: Talk) -> None:
    control, phone = talking.control, talking.phones[OWN]
    await control.mute(OWN, on=True)
    assert not await talking.is_heard(phone, talking.customer)
    assert await talking.is_heard(talking.customer, phone)
    await talking.answers(SECOND)
    await control.join(talking.key)
    assert not await talking.is_heard(phone, talking.phones[SECOND])
    await control.mute(OWN, on=False)
    assert await talking.is_heard(phone, talking.customer)
    with pytest.raises(LegGone):
        await control.mute("nobody", on=True)


async def test_digits_reach_whom_the_agent_talks_to(talking: Talk) -> None:
    customer, far = talking.customer, talking.far
    await talking.control.send_digits(talking.key, "12")
    second = await talking.answers(SECOND)
    await far.until_typed(customer, "12")
    await talking.control.consult(talking.key, SECOND)
    await talking.control.send_digits(talking.key, "#3")
    await far.until_typed(second, "#3")


# --- another hub ---------------------------------------------------------------------------------------


@pytest.fixture
async def before(far: FarEnd, asterisk: AsteriskNode) -> Talk:
    """A consultation whose hub is gone: all talk on, and nobody controls them."""
    heard = Heard()
    async with controlled(asterisk, heard) as control:
        before = await talk(control, far, heard, asterisk)
        await before.answers(SECOND, label="+81312345678")
        await control.consult(before.key, SECOND)
    return before


async def _taken_over(before: Talk) -> AsyncIterator[Talk]:
    heard = Heard()
    async with controlled(before.asterisk, heard) as control:
        await heard.until("node_up")
        yield replace(before, control=control, heard=heard)
        await control.hang_up(before.key)
        await before.far.until_left_with(set())


@pytest.fixture
async def after(before: Talk) -> AsyncIterator[Talk]:
    """The same under another hub."""
    async for taken_over in _taken_over(before):
        yield taken_over


def _found(after: Talk) -> tuple[FoundLeg | None, tuple[FoundLeg, ...]]:
    (call,) = after.heard.snapshots[0].found
    return call.leg, call.parties


_PHONE = f"Local/phone@{CONTEXT}"
_SECOND = FoundLeg(SECOND, _PHONE, Place.ASIDE, "+81312345678")


async def test_a_consultation_is_found_as_it_was(after: Talk) -> None:
    assert _found(after) == (FoundLeg(OWN, _PHONE, Place.ASIDE), (_SECOND,))
    assert await after.pairs() == {(OWN, SECOND)}
    await after.control.go_back(after.key)
    assert await after.pairs() == {("c", OWN)}
    await after.control.join(after.key)
    assert await after.pairs() == ALL


async def test_one_whose_colleague_hung_up_meanwhile_takes_over(before: Talk) -> None:
    await before.phones.pop(OWN).hang_up()
    await before.far.until_gone(f"{before.asterisk.ari_app}.leg.{OWN}")
    async for after in _taken_over(before):
        leg, parties = _found(after)
        assert (leg, [each.ref for each in parties]) == (None, [SECOND])
        await after.control.hand_over(after.key, SECOND)
        assert await after.pairs() == {("c", SECOND)}


@pytest.mark.parametrize("is_handed_over", [False, True])
async def test_a_conference_is_found_with_the_one_whose_it_is(
    far: FarEnd, asterisk: AsteriskNode, is_handed_over: bool
) -> None:
    heard = Heard()
    async with controlled(asterisk, heard) as control:
        before = await talk(control, far, heard, asterisk)
        await before.answers(SECOND)
        await control.join(before.key)
        if is_handed_over:
            await control.hand_over(before.key, SECOND, stays=True)
    own, other = (SECOND, OWN) if is_handed_over else (OWN, SECOND)
    async for after in _taken_over(before):
        assert _found(after) == (FoundLeg(own, _PHONE), (FoundLeg(other, _PHONE),))
        assert await after.pairs() == ALL
        await after.phones.pop(other).hang_up()
        await after.heard.until_over(other)
        assert await after.pairs() == {("c", own)}


async def test_who_waited_in_a_consultation_is_found(far: FarEnd, asterisk: AsteriskNode) -> None:
    heard = Heard()
    async with controlled(asterisk, heard) as control:
        before = await talk(control, far, heard, asterisk)
        await before.answers(SECOND)
        await control.consult(before.key, SECOND)
        await control.go_back(before.key)
    async for after in _taken_over(before):
        leg, parties = _found(after)
        assert leg == FoundLeg(OWN, _PHONE)
        assert [(each.ref, each.place) for each in parties] == [(SECOND, Place.ALONE)]
        await after.control.consult(after.key, SECOND)
        assert await after.pairs() == {(OWN, SECOND)}


async def test_a_lost_link_changes_nothing_in_a_consultation(
    far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    async with (
        proxy_before(asterisk.ari_url) as (proxy, url),
        controlled(asterisk, heard, url=url) as control,
    ):
        talking = await talk(control, far, heard, asterisk)
        await talking.answers(SECOND)
        await control.consult(talking.key, SECOND)
        proxy.cut()
        await heard.until("node_down")
        await control.up(timeout_s=20)
        assert await talking.pairs() == {(OWN, SECOND)}
        await control.hand_over(talking.key, SECOND)
        await heard.until("leg_gone", OWN, GoneCause.HUNG_UP)
        await control.hang_up(talking.key)
        await heard.until_over(SECOND)
