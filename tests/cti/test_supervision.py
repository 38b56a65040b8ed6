"""Supervisors in calls on a fake Asterisk: what happens in the order that hurts, and after an absence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cti.ari.models import StasisStart
from cti.calls import CallControl
from cti.errors import CallGone, LegGone, NodeUnavailable
from cti.supervision import SuperviseMode
from tests.cti.channels import APP, bridge, channel, destroyed, ended, started
from tests.cti.test_calls import KEY, Stage
from tests.cti.virtual_time import virtual_time

REF = "supervisor-1"
LEG, AGENT, BRIDGE = f"{APP}.leg.{REF}", f"{APP}.leg.o1", f"{APP}.supervision.{REF}"
LISTEN, WHISPER, BARGE = SuperviseMode


def _snoop(number: int) -> str:
    return f"{APP}.overhear.{REF}.{number}"


def _start(number: int) -> StasisStart:
    return started(_snoop(number), "snoop")


@asynccontextmanager
async def _talking(stage: Stage) -> AsyncIterator[CallControl]:
    """A call that talks to an agent, and a supervisor who has answered."""
    stage.refuses[f"channels/{AGENT}/snoop/{_snoop(1)}"] = (200, channel(_snoop(1)))
    stage.refuses[f"channels/{AGENT}/snoop/{_snoop(2)}"] = (200, channel(_snoop(2)))
    stage.refuses[f"bridges/{BRIDGE}"] = (200, bridge(BRIDGE))
    async with stage.control() as control:
        stage.fake.emit(started("c", "in", "t", "1"))
        await stage.settle()
        for ref, leg in (("o1", AGENT), (REF, LEG)):
            await control.ring(ref, KEY, "PJSIP/x", caller_id="1", timeout_s=20)
            stage.fake.emit(started(leg, "leg", ref))
            await stage.settle()
        await control.connect(KEY, "o1")
        stage.fake.requests.clear()
        yield control


async def _supervise(stage: Stage, control: CallControl, mode: SuperviseMode, number: int) -> None:
    asking = asyncio.create_task(control.supervise(KEY, REF, mode))
    await stage.settle()
    if mode is not BARGE:
        stage.fake.emit(_start(number))
    await asking
    await stage.settle()


@virtual_time
async def test_a_mode_changes_once_the_new_snoop_is_there() -> None:
    stage = Stage()
    async with _talking(stage) as control:
        await _supervise(stage, control, LISTEN, 1)
        await _supervise(stage, control, WHISPER, 2)
        made = f"POST channels/{AGENT}/snoop/{_snoop(2)}"
        assert stage.asked.index(made) < stage.asked.index(f"DELETE channels/{_snoop(1)}")
        assert stage.asked.count(f"POST bridges/{BRIDGE}") == 1
        stage.fake.emit(ended(_snoop(1)), destroyed(_snoop(1)))
        await stage.settle()
        assert f"DELETE channels/{LEG}" not in stage.asked, "the end of what was replaced is no end"
        stage.fake.emit(ended(_snoop(2)))
        await stage.settle()
        assert f"DELETE channels/{LEG}" in stage.asked


@virtual_time
async def test_the_supervisor_hangs_up_while_the_snoop_begins() -> None:
    stage = Stage()
    async with _talking(stage) as control:
        asking = asyncio.create_task(control.supervise(KEY, REF, LISTEN))
        await stage.settle()
        stage.fake.emit(ended(LEG), destroyed(LEG), _start(1))
        with pytest.raises(LegGone):
            await asking
        await stage.settle()
        assert f"DELETE channels/{_snoop(1)}" in stage.asked
        assert stage.asked[-1] == f"DELETE bridges/{BRIDGE}"


@virtual_time
async def test_a_snoop_that_does_not_begin_leaves_the_mode_as_it_was() -> None:
    stage = Stage()
    async with _talking(stage) as control:
        await _supervise(stage, control, LISTEN, 1)
        with pytest.raises(NodeUnavailable):
            await control.supervise(KEY, REF, WHISPER)
        await stage.settle()
        assert stage.asked[-1] == f"DELETE channels/{_snoop(2)}"
        assert f"DELETE channels/{_snoop(1)}" not in stage.asked


@virtual_time
@pytest.mark.parametrize("mode", [LISTEN, BARGE])
async def test_the_end_of_the_agent_s_leg_lets_the_supervisor_go(mode: SuperviseMode) -> None:
    stage = Stage()
    async with _talking(stage) as control:
        await _supervise(stage, control, mode, 1)
        stage.fake.emit(ended(AGENT), destroyed(AGENT))
        await stage.settle()
        assert f"DELETE channels/{LEG}" in stage.asked
        with pytest.raises(LegGone):
            await control.supervise(KEY, REF, WHISPER)


@virtual_time
async def test_silence_is_played_while_somebody_whispers() -> None:
    stage = Stage()
    async with _talking(stage) as control:
        playing = f"POST bridges/{APP}.bridge.c/play/{APP}.silence.c"
        await _supervise(stage, control, LISTEN, 1)
        assert playing not in stage.asked
        await _supervise(stage, control, WHISPER, 2)
        assert playing in stage.asked
        await _supervise(stage, control, BARGE, 3)
        assert f"DELETE playbacks/{APP}.silence.c" in stage.asked


@virtual_time
async def test_the_supervisor_is_no_party_of_the_call() -> None:
    stage = Stage()
    async with _talking(stage) as control:
        await _supervise(stage, control, BARGE, 1)
        stage.fake.requests.clear()
        stage.refuses[f"bridges/{APP}.aside.o1"] = (200, bridge("b"))
        await control.join(KEY)
        assert LEG not in str(stage.fake.requests)
        await control.hang_up(KEY)
        assert f"DELETE channels/{LEG}" in stage.asked
        stage.fake.emit(ended("c"))
        await stage.settle()
        with pytest.raises(CallGone):
            await control.supervise(KEY, REF, LISTEN)


@virtual_time
async def test_after_a_lost_link_what_stands_is_kept_and_the_rest_is_cleared_away() -> None:
    stage = Stage()
    async with _talking(stage) as control:
        await _supervise(stage, control, LISTEN, 1)
        call, agent = channel("c", "in,t,1"), channel(AGENT, "leg,o1,c,")
        leg, snoop = channel(LEG, f"leg,{REF},c,"), channel(_snoop(1), "snoop")
        stray = channel(f"{APP}.overhear.supervisor-9.7", "snoop")
        stage.fake.channels = [call, agent, leg, snoop, stray]
        old = bridge(f"{APP}.supervision.supervisor-9", stray.id)
        stage.fake.bridges = [bridge(f"{APP}.bridge.c", "c", AGENT), bridge(BRIDGE, LEG, _snoop(1)), old]
        stage.fake.requests.clear()
        stage.fake.drop()
        await asyncio.sleep(1)
        await control.up(timeout_s=5)
        await stage.settle()
        assert f"DELETE channels/{stray.id}" in stage.asked
        assert f"DELETE bridges/{old.id}" in stage.asked
        kept = (f"DELETE channels/{each}" for each in (LEG, AGENT, _snoop(1)))
        assert not {*kept, f"DELETE bridges/{BRIDGE}"} & {*stage.asked}
        stage.fake.channels = [call, agent, leg]
        stage.fake.drop()
        await asyncio.sleep(1)
        await control.up(timeout_s=5)
        await stage.settle()
        assert f"DELETE channels/{LEG}" in stage.asked, "there is nothing left to hear"


@virtual_time
async def test_a_supervisor_s_leg_is_the_call_s_own_only_after_a_take_over() -> None:
    for has_taken_over in (False, True):
        stage = Stage()
        legs = [channel(LEG, f"leg,{REF},c,")]
        bridges = [bridge(f"{APP}.bridge.c", "c", LEG, AGENT)]
        if has_taken_over:
            bridges.append(bridge(f"{APP}.aside.{REF}"))
        else:
            legs.append(channel(AGENT, "leg,o1,c,"))
        stage.fake.channels, stage.fake.bridges = [channel("c", "in,t,1"), *legs], bridges
        async with stage.control() as control:
            await stage.settle()
            (found,) = stage.heard.snapshots[-1].found
            assert found.leg is not None
            assert found.leg.ref == (REF if has_taken_over else "o1")
            assert found.parties == ()
            assert (f"DELETE channels/{LEG}" in stage.asked) is not has_taken_over
            assert control.place(found.leg.ref) is not None
