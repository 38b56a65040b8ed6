"""Call control on a fake Asterisk: races in the one order that hurts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from cti.ari import AriLink, ChannelKey
from cti.ari.fake import FakeAsterisk, Reply
from cti.ari.models import Channel, Playback, RESTQueryStringParameter, RESTRequest
from cti.calls import CallControl
from cti.errors import CallGone, CallRefused, LegGone, NodeUnavailable
from cti.incoming import incoming_call
from cti.listener import GoneCause, LegFailure
from tests.cti.channels import APP, bridge, channel, destroyed, ended, hanging_up, started
from tests.cti.heard import Heard
from tests.cti.virtual_time import virtual_time

KEY = ChannelKey("pbx1", "c")
LEG = f"{APP}.leg.o1"
_MADE = ("channels/hub.leg", "channels/hub.callback", "bridges/hub.bridge", "bridges/hub.aside")


@dataclass
class Stage:
    """A fake Asterisk, the control on it, and what was heard. `held` makes it answer late."""

    fake: FakeAsterisk = field(default_factory=FakeAsterisk)
    heard: Heard = field(default_factory=Heard)
    refuses: dict[str, Reply] = field(default_factory=dict)
    holds: set[str] = field(default_factory=set)
    hush: tuple[str, ...] = ()

    def answer(self, request: RESTRequest) -> Reply | None:
        if request.uri in self.holds:
            return None
        for refused in (request.uri, f"{request.method} {request.uri}"):
            if refused in self.refuses:
                return self.refuses[refused]
        if request.method == "POST" and request.uri.startswith(_MADE):
            made = bridge("b") if request.uri.startswith("bridges") else channel("x")
            return 200, made
        if request.uri.endswith("/play"):
            return 201, Playback(id="p", media_uri="sound:a", target_uri="channel:c", state="queued")
        return 204, None

    @property
    def asked(self) -> list[str]:
        return [f"{request.method} {request.uri}" for request in self.fake.requests]

    @asynccontextmanager
    async def control(self) -> AsyncIterator[CallControl]:
        self.fake.answer = self.answer
        control = CallControl(AriLink(self.fake, node="pbx1", app=APP), self.heard, hush=self.hush)
        service = asyncio.create_task(control.run())
        await control.up(timeout_s=1)
        yield control
        await control.close()
        await service

    async def settle(self) -> None:
        await asyncio.sleep(0.01)


async def _ring(control: CallControl) -> None:
    await control.ring("o1", KEY, "PJSIP/sato", caller_id="1", timeout_s=20)


async def _answered(stage: Stage, control: CallControl) -> None:
    """Let a call come and the leg that is rung for it be answered."""
    stage.fake.emit(started("c", "in", "t", "1"))
    await stage.settle()
    await _ring(control)
    stage.fake.emit(started(LEG, "leg", "o1"))
    await stage.settle()


@pytest.fixture
def stage() -> Stage:
    return Stage()


@virtual_time
async def test_an_originated_leg_answers_before_its_own_request_is_answered(stage: Stage) -> None:
    async with stage.control() as control:
        stage.fake.emit(started("c", "in", "t", "1"))
        await stage.settle()
        stage.holds.add(f"channels/{LEG}")
        ringing = asyncio.create_task(_ring(control))
        await stage.settle()
        stage.fake.emit(started(LEG, "leg", "o1"))
        await stage.settle()
        stage.fake.reply(stage.fake.requests[-1], 200, channel(LEG))
        await ringing
        await control.connect(KEY, "o1")
        joining = stage.fake.requests[-1].query_strings
        assert RESTQueryStringParameter(name="inhibitConnectedLineUpdates", value="true") in (joining or [])
    assert stage.heard.names == ["node_up", "call_arrived", "leg_answered", "node_down"]


@virtual_time
async def test_a_leg_that_fails_before_its_own_request_is_answered_fails_once(stage: Stage) -> None:
    async with stage.control() as control:
        stage.fake.emit(started("c", "in", "t", "1"))
        await stage.settle()
        stage.holds.add(f"channels/{LEG}")
        ringing = asyncio.create_task(_ring(control))
        await stage.settle()
        stage.fake.emit(destroyed(LEG, 17))
        stage.fake.reply(stage.fake.requests[-1], 500, {"message": "too late to matter"})
        await ringing
        await stage.settle()
        assert stage.heard.about("leg_failed", "o1", LegFailure.BUSY) == 1
        assert stage.heard.names.count("leg_failed") == 1


@virtual_time
async def test_the_caller_hangs_up_while_the_originate_is_in_flight(stage: Stage) -> None:
    async with stage.control() as control:
        stage.fake.emit(started("c", "in", "t", "1"))
        await stage.settle()
        stage.holds.add(f"channels/{LEG}")
        ringing = asyncio.create_task(_ring(control))
        await stage.settle()
        stage.fake.emit(hanging_up("c"), ended("c"))
        await stage.settle()
        assert stage.asked[-1] == f"DELETE channels/{LEG}"
        stage.fake.reply(stage.fake.requests[-2], 200, channel(LEG))
        await ringing
        stage.fake.emit(started(LEG, "leg", "o1"))
        await stage.settle()
        assert stage.asked[-1] == f"DELETE channels/{LEG}"
        stage.fake.emit(ended(LEG), destroyed(LEG))
        await stage.settle()
    assert ("leg_failed", "o1", LegFailure.CANCELLED) in stage.heard.all
    assert "leg_answered" not in stage.heard.names


@virtual_time
async def test_a_leg_that_answers_while_it_is_cancelled_is_never_answered(stage: Stage) -> None:
    async with stage.control() as control:
        stage.fake.emit(started("c", "in", "t", "1"))
        await stage.settle()
        await _ring(control)
        await control.cancel("o1")
        stage.fake.emit(started(LEG, "leg", "o1"))
        await stage.settle()
        with pytest.raises(LegGone):
            await control.connect(KEY, "o1")
        stage.fake.emit(ended(LEG), destroyed(LEG))
        await stage.settle()
        assert stage.heard.about("leg_failed", "o1", LegFailure.CANCELLED) == 1
        assert stage.heard.names == ["node_up", "call_arrived", "leg_failed"]


@virtual_time
async def test_a_leg_that_nobody_knows_is_hung_up(stage: Stage) -> None:
    async with stage.control():
        stage.fake.emit(started(LEG, "leg", "o1"))
        await stage.settle()
        assert stage.asked == [f"DELETE channels/{LEG}"]
    assert stage.heard.names == ["node_up", "node_down"]


@virtual_time
async def test_events_that_come_twice_are_told_once(stage: Stage) -> None:
    async with stage.control() as control:
        for _ in range(2):
            stage.fake.emit(started("c", "in", "t", "1"))
        await stage.settle()
        await asyncio.gather(_ring(control), _ring(control))
        for event in (started(LEG, "leg", "o1"), ended(LEG), destroyed(LEG), ended("c")):
            stage.fake.emit(event, event)
        await stage.settle()
        assert stage.asked.count(f"POST channels/{LEG}") == 1
    assert stage.heard.names == [
        "node_up",
        "call_arrived",
        "leg_answered",
        "leg_gone",
        "call_gone",
        "node_down",
    ]


@virtual_time
async def test_a_call_that_is_destroyed_before_it_is_answered(stage: Stage) -> None:
    stage.refuses["channels/c/answer"] = stage.refuses["channels/c"] = (404, {"message": "Channel not found"})
    async with stage.control() as control:
        stage.fake.emit(started("c", "in", "t", "1"))
        await stage.settle()
        with pytest.raises(CallGone):
            await control.answer(KEY)
        stage.fake.emit(hanging_up("c"), ended("c"))
        await stage.settle()
        await control.hang_up(KEY)
    assert ("call_gone", KEY, GoneCause.HUNG_UP) in stage.heard.all


@virtual_time
async def test_a_call_that_asterisk_still_lists_while_it_hangs_up(stage: Stage) -> None:
    stage.refuses["channels/c/variables"] = (404, {"message": "Provided channel was not found"})
    stage.refuses["channels/c"] = (200, channel("c", "in,t,1"))
    async with stage.control() as control:
        stage.fake.emit(started("c", "in", "t", "1"))
        await stage.settle()
        with pytest.raises(CallGone):
            await control.keep_place(KEY, "support", 1_000)


@virtual_time
async def test_hanging_up_a_call_that_hangs_up_itself_and_is_listed_still(stage: Stage) -> None:
    stage.refuses["DELETE channels/c"] = (404, {"message": "Channel not found"})
    stage.refuses["GET channels/c"] = (200, channel("c", "in,t,1"))
    async with stage.control() as control:
        stage.fake.emit(started("c", "in", "t", "1"))
        await stage.settle()
        await control.hang_up(KEY)
    assert stage.asked.count("DELETE channels/c") == 1


@virtual_time
async def test_a_refusal_about_a_call_that_lives_is_no_hang_up(stage: Stage) -> None:
    stage.refuses["channels/c/moh"] = (500, {"message": "no such class"})
    stage.refuses["channels/c"] = (200, channel("c", "in,t,1"))
    async with stage.control() as control:
        stage.fake.emit(started("c", "in", "t", "1"))
        await stage.settle()
        with pytest.raises(CallRefused):
            await control.start_music(KEY, "nonsense")


@virtual_time
async def test_the_customer_hangs_up_while_the_bridge_is_made(stage: Stage) -> None:
    async with stage.control() as control:
        await _answered(stage, control)
        stage.holds.add(f"bridges/{APP}.bridge.c/addChannel")
        connecting = asyncio.create_task(control.connect(KEY, "o1"))
        await stage.settle()
        joining = stage.fake.requests[-2:]
        stage.refuses["channels/c"] = (404, {"message": "Channel not found"})
        stage.fake.emit(hanging_up("c"), ended("c"))
        await stage.settle()
        for each in joining:
            stage.fake.reply(each, 400, {"message": "Channel not found"})
        with pytest.raises(CallGone):
            await connecting
        assert f"DELETE bridges/{APP}.bridge.c" in stage.asked
        assert stage.asked.index(f"POST bridges/{APP}.bridge.c") < stage.asked.index(
            f"DELETE bridges/{APP}.bridge.c"
        )
        assert f"DELETE channels/{LEG}" in stage.asked


@virtual_time
async def test_a_link_lost_during_an_originate_leaves_no_ghost(stage: Stage) -> None:
    async with stage.control() as control:
        stage.fake.emit(started("c", "in", "t", "1"))
        await stage.settle()
        stage.holds.add(f"channels/{LEG}")
        ringing = asyncio.create_task(_ring(control))
        await stage.settle()
        stage.fake.channels = [channel("c", "in,t,1"), channel(LEG, state="Ringing")]
        stage.fake.drop()
        await ringing
        await control.up(timeout_s=5)
        await asyncio.sleep(1)
        assert stage.asked[-1] == f"DELETE channels/{LEG}"
        assert stage.heard.about("leg_failed", "o1", LegFailure.UNREACHABLE) == 1
        assert stage.heard.snapshots[-1].known == (KEY,)


@pytest.mark.parametrize("was_carried_out", [True, False])
@virtual_time
async def test_a_link_lost_while_connecting(stage: Stage, was_carried_out: bool) -> None:
    joining = f"bridges/{APP}.bridge.c/addChannel"
    async with stage.control() as control:
        await _answered(stage, control)
        stage.holds.add(joining)
        connecting = asyncio.create_task(control.connect(KEY, "o1"))
        await stage.settle()
        members = ("c", LEG) if was_carried_out else ()
        stage.fake.channels = [channel("c", "in,t,1"), channel(LEG, "leg,o1")]
        stage.fake.bridges = [bridge(f"{APP}.bridge.c", *members)]
        stage.fake.drop()
        with pytest.raises(NodeUnavailable):
            await connecting
        await asyncio.sleep(1)
        stage.holds.clear()
        await control.connect(KEY, "o1")
        assert stage.asked.count(f"POST {joining}") == (2 if was_carried_out else 4)
        await control.hang_up(KEY)
        await stage.settle()
        last = {f"DELETE bridges/{APP}.bridge.c", f"DELETE channels/{LEG}", "DELETE channels/c"}
        assert {*stage.asked[-3:]} == last


@virtual_time
async def test_the_snapshot_is_told_before_what_comes_after_it(stage: Stage) -> None:
    stage.fake.channels = [channel("c", "in,t,1")]
    stage.fake.emit_on_connect = [started("c", "in", "t", "1"), started("d", "in", "t", "1"), ended("d")]
    async with stage.control():
        stage.fake.emit(hanging_up("c"), ended("c"))
        await stage.settle()
    gone = [notice for notice in stage.heard.all if notice[0] == "call_gone"]
    assert stage.heard.names[0] == "node_up"
    assert [call.call.key for call in stage.heard.snapshots[0].found] == [KEY]
    assert stage.heard.names.count("call_arrived") == 1
    assert ("call_gone", KEY, GoneCause.HUNG_UP) in gone


@virtual_time
async def test_an_order_without_a_link_fails_at_once(stage: Stage) -> None:
    async with stage.control() as control:
        stage.fake.emit(started("c", "in", "t", "1"))
        await stage.settle()
        stage.fake.refuses = True
        stage.fake.drop()
        await stage.settle()
        assert not control.is_up
        with pytest.raises(NodeUnavailable) as failure:
            await control.answer(KEY)
        assert failure.value.retryable


@pytest.mark.parametrize("number", ["", "anonymous", "Anonymous", "Restricted", "unknown", "unavailable"])
def test_numbers_that_are_none(number: str) -> None:
    call = incoming_call("pbx1", _ringing(number), ["in", "t", "1"])
    assert call is not None
    assert call.caller_number is None


@pytest.mark.parametrize("number", ["0312345678", "+81312345678", "110", "sip:x@y"])
def test_numbers_are_kept_as_they_came(number: str) -> None:
    call = incoming_call("pbx1", _ringing(number), ["in", "t", "1"])
    assert call is not None
    assert call.caller_number == number


@pytest.mark.parametrize("arguments", [[], ["leg", "o1"], ["snoop"]])
def test_other_arguments_are_no_call(arguments: list[str]) -> None:
    assert incoming_call("pbx1", _ringing("1"), arguments) is None


def _ringing(number: str) -> Channel:
    return channel("c", "in,t,1", number=number, state="Ring")


# --- deadlines and places ----------------------------------------------------------------------------


async def test_the_deadline_goes_with_the_bridging(stage: Stage) -> None:
    async with stage.control() as control:
        await _answered(stage, control)
        assert (control.alone(), control.talking()) == (["c"], set())
        await control.connect(KEY, "o1")
        assert (control.alone(), control.talking()) == ([], {"c"})
        deadline, bridge_made = "POST asterisk/variable", f"POST bridges/{APP}.bridge.c"
        assert stage.asked.index(deadline) < stage.asked.index(bridge_made)
        assert _deadlines(stage) == [["EXPORT(c,TIMEOUT(absolute))", "0"]]


def _deadlines(stage: Stage) -> list[list[str]]:
    set_ = [each for each in stage.fake.requests if each.uri == "asterisk/variable"]
    return [[each.value for each in request.query_strings or []] for request in set_]


async def test_who_was_told_to_leave_is_put_off_no_more(stage: Stage) -> None:
    async with stage.control() as control:
        stage.fake.emit(started("c", "in", "t", "1"))
        await stage.settle()
        await control.leave_to_dialplan(KEY, "fallback", "s")
        assert control.alone() == []


async def test_places_put_callers_in_order_and_are_told_to_asterisk(stage: Stage) -> None:
    async with stage.control() as control:
        stage.fake.emit(started("c", "in", "t", "1"), started("d", "in", "t", "1"))
        await stage.settle()
        assert control.alone() == ["c", "d"]
        await control.keep_place(ChannelKey("pbx1", "d"), "support", 60_000)
        assert control.alone() == ["d", "c"]
        await control.keep_place(KEY, "sales")
        bodies = [each.message_body for each in stage.fake.requests if each.uri.endswith("/variables")]
        assert bodies == [
            '{"variables":{"TORITSUGI_QUEUE":"support","QUEUE_PRIO":"2147483047"}}',
            '{"variables":{"TORITSUGI_QUEUE":"sales"}}',
        ]


@virtual_time
async def test_a_parked_call_has_its_deadline_at_once(stage: Stage) -> None:
    async with stage.control() as control:
        await _answered(stage, control)
        await control.connect(KEY, "o1")
        await control.park(KEY)
        await stage.settle()
        assert _deadlines(stage) == [["EXPORT(c,TIMEOUT(absolute))", each] for each in ("0", "8")]
        assert f"DELETE channels/{LEG}" in stage.asked
        assert control.alone() == ["c"]


@virtual_time
async def test_whose_leg_ends_is_taken_over_in_the_same_bridge(stage: Stage) -> None:
    second = f"{APP}.leg.o2"
    async with stage.control() as control:
        stage.fake.emit(started("c", "in", "t", "1"))
        await stage.settle()
        await _ring(control)
        await control.ring("o2", KEY, "PJSIP/tanaka", caller_id="1", timeout_s=20)
        stage.fake.emit(started(LEG, "leg", "o1"), started(second, "leg", "o2"))
        await stage.settle()
        await control.connect(KEY, "o1")
        await control.join(KEY)
        stage.fake.emit(ended(LEG), destroyed(LEG))
        await stage.settle()
        assert not control.talks("c")
        assert f"DELETE bridges/{APP}.bridge.c" not in stage.asked
        await control.hand_over(KEY, "o2")
        assert control.talks("c")
        with pytest.raises(LegGone):
            await control.hand_over(KEY, "o1")
        await control.hang_up(KEY)
        await stage.settle()
        assert {f"DELETE bridges/{APP}.bridge.c", f"DELETE channels/{second}"} <= {*stage.asked}


@virtual_time
async def test_listeners_are_made_to_hear_another_phone_but_need_not_for_the_first(stage: Stage) -> None:
    stage.hush = ("sound:wide", "sound:narrow")
    second, hush, bridge_made = f"{APP}.leg.o2", "POST channels/c/play", f"POST bridges/{APP}.bridge.c"
    async with stage.control() as control:
        await _answered(stage, control)
        await control.connect(KEY, "o1")
        assert hush not in stage.asked
        stage.fake.emit(ended(LEG), destroyed(LEG))
        await control.ring("o2", KEY, "PJSIP/tanaka", caller_id="1", timeout_s=20)
        stage.fake.emit(started(second, "leg", "o2"))
        await stage.settle()
        before = len(stage.asked)
        await control.connect(KEY, "o2")
        asked = stage.asked[before:]
        assert asked.index(hush) < asked.index(bridge_made)
        await control.hold(KEY)
        before = len(stage.asked)
        await control.resume(KEY)
        assert hush in stage.asked[before:]
