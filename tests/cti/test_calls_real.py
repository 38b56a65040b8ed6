"""Call control against a real Asterisk."""

import asyncio

import pytest

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.dialogue import Wanted
from cti.errors import CallGone, LegGone
from cti.incoming import IncomingCall
from cti.listener import GoneCause, LegFailure
from tests.cti.far_end import BUSY, CONTEXT, MISSING, PHONE, QUICK, REJECTING, TRUNK, FarEnd, Party
from tests.cti.heard import Heard
from tests.support.asterisk import AsteriskNode

pytestmark = pytest.mark.real

HUNG_UP = GoneCause.HUNG_UP


async def _ring(control: CallControl, call: IncomingCall, ref: str, endpoint: str = PHONE) -> None:
    await control.ring(ref, call.key, endpoint, caller_id="0312345678", timeout_s=10)


async def _talk(control: CallControl, far: FarEnd, heard: Heard) -> tuple[Party, Party, ChannelKey]:
    """Connect a customer with the leg `o1`; returns customer, agent's phone and the call."""
    customer = await far.call()
    call = await heard.next_call()
    await control.answer(call.key)
    await _ring(control, call, "o1")
    phone = await far.rung()
    await phone.answer()
    await heard.until("leg_answered", "o1")
    await control.connect(call.key, "o1")
    return customer, phone, call.key


async def test_an_incoming_call_says_who_called_what(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    customer = await far.call("0312345678", "09011112222", "山田")
    call = await heard.next_call()
    assert call.key == ChannelKey(asterisk.node, f"{customer.id};2")
    assert (call.caller_number, call.caller_name) == ("09011112222", "山田")
    assert (call.dialled, call.trunk) == ("0312345678", TRUNK)
    await control.hang_up(call.key)
    await heard.until("call_gone", call.key, HUNG_UP)


async def test_a_deadline_is_set_in_the_midst_of_a_prompt(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    """It goes past the channel's thread: neither it nor other requests wait for the prompt's end."""
    customer = await far.call()
    call = await heard.next_call()
    await control.answer(call.key)
    asking = asyncio.create_task(control.play_and_collect(call.key, ["tone:425/60000"], Wanted(1, 60, 4)))
    await far.until_in_stasis(call.key.id)
    await control.set_deadline(call.key.id, 60)
    await control.set_deadline(call.key.id, 0.2)
    await control.ping()
    await heard.until("call_gone", call.key, GoneCause.LEFT)
    with pytest.raises(CallGone):
        await asking
    await control.set_deadline(call.key.id, 8)  # nobody's any more
    await far.until_gone(customer.id)


async def test_a_withheld_number_is_none(control: CallControl, far: FarEnd, heard: Heard) -> None:
    await far.call(number="anonymous")
    call = await heard.next_call()
    assert call.caller_number is None
    await control.hang_up(call.key)


async def test_a_call_is_rung_connected_and_hung_up_by_the_customer(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    customer, _, key = await _talk(control, far, heard)
    await customer.hang_up()
    await heard.until("call_gone", key, HUNG_UP)
    await heard.until("leg_gone", "o1", HUNG_UP)
    assert heard.names == ["node_up", "call_arrived", "leg_answered", "call_gone", "leg_gone"]


async def test_hang_up_ends_both_sides_and_may_be_repeated(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    _, _, key = await _talk(control, far, heard)
    await asyncio.gather(control.hang_up(key), control.hang_up(key))
    await heard.until("leg_gone", "o1", HUNG_UP)
    await heard.until("call_gone", key, HUNG_UP)
    await control.hang_up(key)
    assert sorted(map(str, heard.names[3:])) == ["call_gone", "leg_gone"]


async def test_the_customer_stays_when_the_agent_hangs_up(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    _, phone, key = await _talk(control, far, heard)
    await phone.hang_up()
    await heard.until("leg_gone", "o1", HUNG_UP)
    await control.start_music(key)
    await control.ring("o2", key, QUICK, caller_id="1", timeout_s=5)
    await heard.until("leg_answered", "o2")
    await control.connect(key, "o2")
    await control.hang_up(key)
    await heard.until("leg_gone", "o2", HUNG_UP)


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [(BUSY, LegFailure.BUSY), (REJECTING, LegFailure.BUSY), (MISSING, LegFailure.UNREACHABLE)],
)
async def test_a_leg_that_fails_says_why(
    control: CallControl, far: FarEnd, heard: Heard, endpoint: str, reason: LegFailure
) -> None:
    await far.call()
    call = await heard.next_call()
    await _ring(control, call, "o1", endpoint)
    await heard.until("leg_failed", "o1", reason)
    await control.hang_up(call.key)


async def test_a_phone_that_rings_in_vain_did_not_answer(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    await far.call()
    call = await heard.next_call()
    await control.ring("o1", call.key, PHONE, caller_id="1", timeout_s=1)
    await far.rung()
    await heard.until("leg_failed", "o1", LegFailure.NO_ANSWER)
    await control.hang_up(call.key)


async def test_a_phone_without_any_sign_is_unreachable(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    await far.call()
    call = await heard.next_call()
    await control.ring("o1", call.key, f"Local/aside@{CONTEXT}/n", caller_id="1", timeout_s=1)
    await heard.until("leg_failed", "o1", LegFailure.UNREACHABLE)
    await control.hang_up(call.key)


async def test_the_caller_hangs_up_while_the_phone_rings(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    customer = await far.call()
    call = await heard.next_call()
    await _ring(control, call, "o1")
    await far.rung()
    await customer.hang_up()
    await heard.until("leg_failed", "o1", LegFailure.CANCELLED)
    await heard.until("call_gone", call.key, HUNG_UP)


async def test_the_caller_hangs_up_while_the_leg_is_being_originated(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    for attempt in range(20):
        customer = await far.call()
        call = await heard.next_call()
        await asyncio.gather(_ring(control, call, f"o{attempt}", QUICK), customer.hang_up())
        await heard.until("call_gone", call.key, HUNG_UP)
    await heard.until_over(*(f"o{attempt}" for attempt in range(20)))
    assert heard.names.count("leg_answered") == heard.names.count("leg_gone")


async def test_the_leg_answers_while_it_is_cancelled(control: CallControl, far: FarEnd, heard: Heard) -> None:
    await far.call()
    call = await heard.next_call()
    for attempt in range(20):
        await _ring(control, call, f"o{attempt}")
        phone = await far.rung()
        _, cancelled = await asyncio.gather(
            phone.answer(), control.cancel(f"o{attempt}"), return_exceptions=True
        )
        assert cancelled is None
    await control.hang_up(call.key)
    await heard.until("call_gone", call.key, HUNG_UP)
    await heard.until_over(*(f"o{attempt}" for attempt in range(20)))
    for attempt in range(20):
        was_answered = heard.about("leg_answered", f"o{attempt}")
        failed = heard.about("leg_failed", f"o{attempt}", LegFailure.CANCELLED)
        assert was_answered + failed == 1
        assert heard.about("leg_gone", f"o{attempt}", HUNG_UP) == was_answered


async def test_ringing_for_a_call_that_is_gone_fails_without_ringing(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    customer = await far.call()
    call = await heard.next_call()
    await customer.hang_up()
    await heard.until("call_gone", call.key, HUNG_UP)
    await _ring(control, call, "o1")
    await heard.until("leg_failed", "o1", LegFailure.CANCELLED)
    assert far.phones_ringing == 0


async def test_orders_about_a_call_that_is_gone(control: CallControl, far: FarEnd, heard: Heard) -> None:
    customer = await far.call()
    call = await heard.next_call()
    await customer.hang_up()
    outcomes = await asyncio.gather(
        *(control.start_music(call.key) for _ in range(20)), return_exceptions=True
    )
    assert {type(outcome) for outcome in outcomes} <= {CallGone, type(None)}
    await heard.until("call_gone", call.key, HUNG_UP)
    for order in (control.answer, control.start_music, control.hold):
        with pytest.raises(CallGone):
            await order(call.key)
    with pytest.raises(CallGone):
        await control.leave_to_dialplan(call.key, CONTEXT, "aside")


async def test_connecting_a_leg_that_hangs_up(control: CallControl, far: FarEnd, heard: Heard) -> None:
    await far.call()
    call = await heard.next_call()
    await control.answer(call.key)
    for attempt in range(10):
        ref = f"o{attempt}"
        await _ring(control, call, ref)
        phone = await far.rung()
        await phone.answer()
        await heard.until("leg_answered", ref)
        _, outcome = await asyncio.gather(
            phone.hang_up(), control.connect(call.key, ref), return_exceptions=True
        )
        assert outcome is None or isinstance(outcome, LegGone)
        await heard.until("leg_gone", ref, HUNG_UP)
    await control.start_music(call.key)
    await control.hang_up(call.key)


async def test_connecting_while_the_customer_hangs_up(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    for attempt in range(10):
        customer, ref = await far.call(), f"o{attempt}"
        call = await heard.next_call()
        await control.answer(call.key)
        await _ring(control, call, ref, QUICK)
        await heard.until("leg_answered", ref)
        _, outcome = await asyncio.gather(
            customer.hang_up(), control.connect(call.key, ref), return_exceptions=True
        )
        assert outcome is None or isinstance(outcome, CallGone)
        await heard.until("leg_gone", ref, HUNG_UP)


async def test_connecting_answers_a_call_that_was_not(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    await far.call()
    call = await heard.next_call()
    await _ring(control, call, "o1", QUICK)
    await heard.until("leg_answered", "o1")
    assert (await far.link.ari.channels.get(call.key.id)).state == "Ring"
    await control.connect(call.key, "o1")
    assert (await far.link.ari.channels.get(call.key.id)).state == "Up"
    await control.answer(call.key)
    await control.hang_up(call.key)


async def test_leaving_to_the_dialplan_takes_variables_along(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    await far.call()
    call = await heard.next_call()
    await control.start_music(call.key)
    await _ring(control, call, "o1")
    await far.rung()
    await control.leave_to_dialplan(call.key, CONTEXT, "aside", {"TORITSUGI_QUEUE": "support"})
    await heard.until("call_gone", call.key, GoneCause.LEFT)
    await heard.until("leg_failed", "o1", LegFailure.CANCELLED)
    channel = await far.link.ari.channels.get(call.key.id)
    assert (channel.dialplan.context, channel.dialplan.exten) == (CONTEXT, "aside")
    queue = await far.link.ari.channels.get_channel_var(call.key.id, variable="TORITSUGI_QUEUE")
    assert queue.value == "support"
    await far.link.ari.channels.hangup(call.key.id)


async def _hear_prompt(control: CallControl, far: FarEnd, key: ChannelKey) -> "asyncio.Task[str]":
    """Begin a long question and return once the prompt sounds."""
    question = control.play_and_collect(key, ["tone:440/60000"], Wanted(1, 5, 5))
    asking = asyncio.create_task(question)
    await asyncio.sleep(0.2)
    return asking


async def test_leaving_does_not_wait_for_a_prompt(control: CallControl, far: FarEnd, heard: Heard) -> None:
    await far.call()
    call = await heard.next_call()
    asking = await _hear_prompt(control, far, call.key)
    await control.leave_to_dialplan(call.key, CONTEXT, "aside")
    await heard.until("call_gone", call.key, GoneCause.LEFT, timeout_s=1)
    with pytest.raises(CallGone):
        await asking
    await far.link.ari.channels.hangup(call.key.id)


async def test_connecting_does_not_wait_for_a_prompt(control: CallControl, far: FarEnd, heard: Heard) -> None:
    await far.call()
    call = await heard.next_call()
    await control.answer(call.key)
    asking = await _hear_prompt(control, far, call.key)
    await _ring(control, call, "o1", QUICK)
    await heard.until("leg_answered", "o1")
    async with asyncio.timeout(1):
        await control.connect(call.key, "o1")
    asking.cancel()
    await control.hang_up(call.key)
