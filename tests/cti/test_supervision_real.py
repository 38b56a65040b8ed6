"""Who hears whom while a supervisor is in a call, against a real Asterisk."""

import asyncio
from collections.abc import Set
from contextlib import AsyncExitStack

import pytest

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.errors import CallGone, LegGone
from cti.listener import GoneCause
from cti.supervision import SuperviseMode
from tests.cti.far_end import PHONE, FarEnd, Party, controlled
from tests.cti.heard import Heard
from tests.support.asterisk import AsteriskNode
from tests.support.tones import tone_share

pytestmark = pytest.mark.real

HZ = {"customer": 500, "agent": 900, "supervisor": 1500}
REF = "supervisor-1"
LISTEN, WHISPER, BARGE = SuperviseMode
HUNG_UP = GoneCause.HUNG_UP

Parties = dict[str, Party]


async def _supervised(
    control: CallControl, far: FarEnd, heard: Heard, mode: SuperviseMode
) -> tuple[Parties, ChannelKey]:
    """Connect customer and agent, and let a supervisor be in their call."""
    customer = await far.call()
    call = await heard.next_call()
    await control.answer(call.key)
    agent = await _answered(control, far, heard, call.key, "o1")
    await control.connect(call.key, "o1")
    supervisor = await _answered(control, far, heard, call.key, REF)
    await control.supervise(call.key, REF, mode)
    return {"customer": customer, "agent": agent, "supervisor": supervisor}, call.key


async def _answered(control: CallControl, far: FarEnd, heard: Heard, key: ChannelKey, ref: str) -> Party:
    await control.ring(ref, key, PHONE, caller_id="1", timeout_s=10)
    phone = await far.rung()
    await phone.answer()
    await heard.until("leg_answered", ref)
    return phone


async def _hearing(asterisk: AsteriskNode, parties: Parties, *speakers: str) -> dict[str, Set[str]]:
    """Let some speak and return whom each of the others hears: only who is silent can be listened with."""
    await asyncio.gather(*(parties[name].speak(HZ[name]) for name in speakers))
    listeners = [name for name in parties if name not in speakers]
    async with AsyncExitStack() as stack:
        for name in listeners:
            await stack.enter_async_context(parties[name].listening(f"heard-by-{name}"))
        await asyncio.sleep(0.6)
    await asyncio.gather(*(parties[name].be_silent() for name in speakers))
    return {name: _heard_in(asterisk, f"heard-by-{name}") for name in listeners}


def _heard_in(asterisk: AsteriskNode, name: str) -> Set[str]:
    path = asterisk.state / "spool/recording" / f"{name}.wav"
    return {party for party, hz in HZ.items() if tone_share(path, hz, skip_s=0.2) > 0.1}


@pytest.mark.parametrize(
    ("mode", "heard_by"),
    [(LISTEN, set[str]()), (WHISPER, {"agent"}), (BARGE, {"agent", "customer"})],
)
async def test_who_hears_a_supervisor_who_speaks(
    control: CallControl,
    far: FarEnd,
    heard: Heard,
    asterisk: AsteriskNode,
    mode: SuperviseMode,
    heard_by: Set[str],
) -> None:
    parties, key = await _supervised(control, far, heard, mode)
    found = await _hearing(asterisk, parties, "supervisor")
    assert {name for name, voices in found.items() if "supervisor" in voices} == heard_by
    await control.hang_up(key)


@pytest.mark.parametrize("mode", list(SuperviseMode))
async def test_a_supervisor_hears_both_and_they_hear_each_other(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode, mode: SuperviseMode
) -> None:
    parties, key = await _supervised(control, far, heard, mode)
    both = await _hearing(asterisk, parties, "customer", "agent")
    assert both == {"supervisor": {"customer", "agent"}}
    for speaker, other in (("customer", "agent"), ("agent", "customer")):
        one = await _hearing(asterisk, parties, speaker)
        assert one == {other: {speaker}, "supervisor": {speaker}}
    await control.hang_up(key)


async def test_modes_change_during_the_call(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    parties, key = await _supervised(control, far, heard, LISTEN)
    for mode in (WHISPER, BARGE, LISTEN, BARGE, WHISPER, LISTEN):
        await control.supervise(key, REF, mode)
        await control.supervise(key, REF, mode)
        found = await _hearing(asterisk, parties, "supervisor")
        assert ("supervisor" in found["agent"]) is (mode is not LISTEN), mode
        assert ("supervisor" in found["customer"]) is (mode is BARGE), mode
        found = await _hearing(asterisk, parties, "customer")
        assert "customer" in found["supervisor"], mode
    await control.hang_up(key)


async def test_on_hold_only_the_agent_hears_the_supervisor(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    parties, key = await _supervised(control, far, heard, WHISPER)
    for mode in (WHISPER, BARGE):
        await control.supervise(key, REF, mode)
        await control.hold(key)
        found = await _hearing(asterisk, parties, "supervisor")
        assert "supervisor" in found["agent"]
        assert "supervisor" not in found["customer"]
        await control.resume(key)
    await control.hang_up(key)


@pytest.mark.parametrize("mode", list(SuperviseMode))
@pytest.mark.parametrize("who", ["customer", "agent", "supervisor"])
async def test_whoever_hangs_up_leaves_nothing_behind(
    control: CallControl, far: FarEnd, heard: Heard, mode: SuperviseMode, who: str
) -> None:
    parties, key = await _supervised(control, far, heard, mode)
    await parties[who].hang_up()
    await heard.until("leg_gone", REF, HUNG_UP)
    if who == "agent":
        await heard.until("leg_gone", "o1", HUNG_UP)
    if who != "customer":
        assert heard.about("call_gone", key, HUNG_UP) == 0, "the hub decides about the call"
        assert ("leg_gone", "o1") not in [each[:2] for each in heard.all if who == "supervisor"]
        await control.hang_up(key)
    await heard.until_gone(key)


async def test_stopped_by_order(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    for _ in range(2):
        parties, key = await _supervised(control, far, heard, LISTEN)
        await parties["agent"].speak(HZ["agent"])
        await control.hang_up_leg(REF)
        await heard.until("leg_gone", REF, HUNG_UP)
        await far.until_left_with(_talk(asterisk, parties, key))
        with pytest.raises(LegGone):
            await control.supervise(key, REF, LISTEN)
        await control.hang_up(key)
        await heard.until_gone(key)
        heard.all.clear()
    with pytest.raises(CallGone):
        await control.supervise(key, REF, LISTEN)


async def test_two_supervisors_in_one_call(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    parties, key = await _supervised(control, far, heard, WHISPER)
    parties["second"] = await _answered(control, far, heard, key, "supervisor-2")
    await control.supervise(key, "supervisor-2", WHISPER)
    await control.hang_up_leg("supervisor-2")
    await heard.until("leg_gone", "supervisor-2", HUNG_UP)
    del parties["second"]
    found = await _hearing(asterisk, parties, "supervisor")
    assert found == {"agent": {"supervisor"}, "customer": set()}
    await control.hang_up(key)


@pytest.mark.parametrize("mode", list(SuperviseMode))
async def test_another_hub_finds_the_agent_and_lets_the_supervisor_go(
    far: FarEnd, heard: Heard, asterisk: AsteriskNode, mode: SuperviseMode
) -> None:
    async with controlled(asterisk, heard) as control:
        parties, key = await _supervised(control, far, heard, mode)
    later = Heard()
    async with controlled(asterisk, later) as control:
        (found,) = later.snapshots[-1].found
        assert found.leg is not None
        assert found.leg.ref == "o1"
        del parties["supervisor"]
        assert await _hearing(asterisk, parties, "agent") == {"customer": {"agent"}}
        await far.until_left_with(_talk(asterisk, parties, key))
        await control.hang_up(key)
        await later.until_gone(key)


def _talk(asterisk: AsteriskNode, parties: Parties, key: ChannelKey) -> set[str]:
    """Return the channels and the bridge that a customer and an agent need, and no more."""
    leg, customer = f"{asterisk.ari_app}.leg.o1", parties["customer"].id
    return {customer, key.id, leg, f"{leg};2", f"{asterisk.ari_app}.bridge.{key.id}"}
