"""Customers whom we call: each attempt comes out once, and never two go to one customer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.incoming import incoming_call
from cti.listener import LegFailure
from cti.outside import Way
from tests.cti.channels import APP, bridge, channel, destroyed, ended, started
from tests.cti.test_calls import Stage
from tests.cti.virtual_time import virtual_time

CUSTOMER = f"{APP}.callback.k1"
KEY = ChannelKey("pbx1", CUSTOMER)
LEG = f"{APP}.leg.o1"
NUMBER = "+819012345678"


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def _call(control: CallControl) -> None:
    await control.call_customer(
        KEY, "o1", [Way("PJSIP/090@carrier", "0312345678")], number=NUMBER, timeout_s=30
    )


@asynccontextmanager
async def _agent_waits(stage: Stage) -> AsyncIterator[CallControl]:
    """Have an agent's phone answered for a callback."""
    async with stage.control() as control:
        assert control.callback_key("k1") == KEY
        await control.ring("o1", KEY, "PJSIP/sato", caller_id="1", timeout_s=20)
        stage.fake.emit(started(LEG, "leg", "o1"))
        await stage.settle()
        assert ("leg_answered", "o1") in stage.heard.all
        stage.fake.requests.clear()
        yield control


@virtual_time
async def test_a_customer_who_answers_is_a_call(stage: Stage) -> None:
    async with _agent_waits(stage) as control:
        await _call(control)
        assert stage.asked == [f"POST channels/{LEG}/ring", f"POST channels/{CUSTOMER}"]
        stage.fake.emit(started(CUSTOMER, "callback", "k1", NUMBER))
        await stage.settle()
        call = await stage.heard.next_call()
        assert (call.key, call.callback, call.caller_number) == (KEY, "k1", NUMBER)
        assert stage.asked[-1] == f"DELETE channels/{LEG}/ring"
        await control.connect(KEY, "o1")
        stage.fake.emit(ended(CUSTOMER), destroyed(CUSTOMER))
        await stage.settle()
        assert stage.asked[-1] == f"DELETE channels/{LEG}", "the agent's leg goes with the call"
    assert stage.heard.names[:4] == ["node_up", "leg_answered", "customer_answered", "call_gone"]


@pytest.mark.parametrize(
    ("cause", "reason"),
    [(17, LegFailure.BUSY), (19, LegFailure.NO_ANSWER), (1, LegFailure.UNREACHABLE)],
)
@virtual_time
async def test_a_customer_who_is_not_reached_says_why_once(
    stage: Stage, cause: int, reason: LegFailure
) -> None:
    async with _agent_waits(stage) as control:
        await _call(control)
        stage.fake.emit(destroyed(CUSTOMER, cause), destroyed(CUSTOMER, cause))
        await stage.settle()
        assert [each for each in stage.heard.all if each[0] == "customer_failed"] == [
            ("customer_failed", KEY, reason)
        ]


@virtual_time
async def test_a_customer_is_not_called_twice_at_a_time(stage: Stage) -> None:
    async with _agent_waits(stage) as control:
        await _call(control)
        await _call(control)
        assert stage.asked.count(f"POST channels/{CUSTOMER}") == 1


@virtual_time
async def test_what_asterisk_refuses_has_failed(stage: Stage) -> None:
    async with _agent_waits(stage) as control:
        stage.refuses[f"channels/{CUSTOMER}"] = 409, {"message": "there is one of that name"}
        await _call(control)
        await stage.settle()
        assert ("customer_failed", KEY, LegFailure.UNREACHABLE) in stage.heard.all


@virtual_time
async def test_without_an_agent_nobody_is_called(stage: Stage) -> None:
    async with stage.control() as control:
        await _call(control)
        await stage.settle()
        assert ("customer_failed", KEY, LegFailure.CANCELLED) in stage.heard.all
        assert f"POST channels/{CUSTOMER}" not in stage.asked


@virtual_time
async def test_who_answers_too_late_is_hung_up(stage: Stage) -> None:
    async with _agent_waits(stage) as control:
        await _call(control)
        await control.give_up(KEY)
        stage.fake.emit(started(CUSTOMER, "callback", "k1", NUMBER))
        await stage.settle()
        assert stage.asked[-2:] == [f"DELETE channels/{CUSTOMER}"] * 2
        assert ("customer_failed", KEY, LegFailure.CANCELLED) in stage.heard.all
        assert "customer_answered" not in stage.heard.names


@virtual_time
async def test_a_customer_who_answered_while_the_link_was_down_is_told_as_one(stage: Stage) -> None:
    async with _agent_waits(stage) as control:
        await _call(control)
        stage.fake.channels = [channel(LEG, "leg,o1"), channel(CUSTOMER, f"callback,k1,{NUMBER}")]
        stage.fake.drop()
        await stage.heard.until("customer_answered", KEY)
        assert stage.heard.snapshots[-1].found == ()


@virtual_time
async def test_a_customer_who_is_no_longer_called_was_not_reached(stage: Stage) -> None:
    async with _agent_waits(stage) as control:
        await _call(control)
        stage.fake.channels = [channel(LEG, "leg,o1")]
        stage.fake.drop()
        await stage.heard.until("customer_failed", KEY, LegFailure.UNREACHABLE)


@virtual_time
async def test_another_hub_ends_what_it_did_not_begin(stage: Stage) -> None:
    stage.fake.channels = [channel(CUSTOMER, state="Ringing")]
    async with stage.control():
        await stage.settle()
        assert f"DELETE channels/{CUSTOMER}" in stage.asked


@virtual_time
async def test_another_hub_finds_customer_and_agent_talking(stage: Stage) -> None:
    stage.fake.channels = [channel(LEG, "leg,o1"), channel(CUSTOMER, f"callback,k1,{NUMBER}")]
    stage.fake.bridges = [bridge(f"{APP}.bridge.{CUSTOMER}", LEG, CUSTOMER)]
    async with stage.control():
        await stage.settle()
        (found,) = stage.heard.snapshots[-1].found
        assert (found.call.callback, found.leg and found.leg.ref) == ("k1", "o1")
        assert not [each for each in stage.asked if each.startswith(("DELETE channels", "DELETE bridges"))]


def test_the_number_is_read_from_the_arguments() -> None:
    call = incoming_call("pbx1", channel(CUSTOMER, ""), ["callback", "k1", NUMBER])
    assert call is not None
    assert (call.callback, call.caller_number) == ("k1", NUMBER)
    assert incoming_call("pbx1", channel(CUSTOMER, ""), ["callback", "k1"]) is None
