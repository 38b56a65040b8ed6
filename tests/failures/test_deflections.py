"""Callers who go on by text, and call again, on the real thing."""

import pytest

from acd.core.records import ContactRecord
from cti.softphone import CallState
from tests.failures.floor import Floor, presses, until
from tests.fakes.line import line_user_id
from tests.story.play import line_text

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

_CAME_BACK = 'toritsugi_deflections_week{state="came_back",way="line"}'


def _e164(number: str) -> str:
    return f"+81{number[1:]}"


async def test_who_calls_again_goes_on_where_he_was(floor: Floor) -> None:
    number = "09033330001"
    call = await floor.call(number, "3")
    await floor.simulator.wait_for_message(_e164(number), lambda message: "LINE" in message.text)
    await call.wait(CallState.ENDED, 40)
    await floor.call(number, keys="")  # not a key is pressed
    waiting = await until_waiting(floor)
    await floor.sato.available()
    seen = len(floor.sato.desktop.events)
    phone, contact = await floor.sato.talks()
    pop = await floor.sato.desktop.wait("screen_pop", lambda event: event["contact"] == contact, after=0)
    assert pop["ivr"] == [{"menu": "main", "digits": "3"}]
    assert "deflected" in {item["kind"] for item in pop["journey"]}
    assert pop["waited_ms"] >= waiting, "he has the place of his first call"
    await phone.hang_up()
    await floor.sato.wraps_up(contact, after=seen)
    journey = (await floor.sato.desktop.get(f"/customers/{pop['customer']['id']}/journey"))["items"]
    assert "came_back" in {item["kind"] for item in journey}

    async def is_counted() -> bool:
        return await floor.metric(_CAME_BACK) >= 1

    await until(is_counted, timeout_s=40)


async def until_waiting(floor: Floor) -> int:
    """Wait for the caller in the queue; returns how long he has waited by his place, in ms."""

    async def is_queued() -> ContactRecord | None:
        return next((each for each in await floor.contacts() if each.is_queued), None)

    record = await until(is_queued, timeout_s=30)  # he is asked before whether it is about the same
    return max(0, record.since_ms - record.contact.arrived_ms)


async def test_who_is_offered_line_while_he_waits_takes_his_place_along(floor: Floor) -> None:
    number, user = "09033330002", line_user_id("deflected")
    async with floor.edited("triage.conf", lambda text: f"{text}\n[any]\noffer => line\n"):
        call = await floor.call(number, "1")
        record = await floor.waiting()
        await presses(call, "1")
        sms = await floor.simulator.wait_for_message(_e164(number), lambda message: "LINE" in message.text)
        await floor.simulator.say(user, line_text(sms.text))
        await floor.sato.available()
        contact = await floor.sato.accepts()
        pop = await floor.sato.desktop.wait(
            "screen_pop", lambda event: event["contact"] == contact["id"], after=0
        )
        assert pop["ivr"] == [{"menu": "main", "digits": "1"}]
        thread = await floor.contact(contact["id"])
        assert thread is not None
        assert thread.contact.arrived_ms == record.contact.arrived_ms
        kinds = {identifier["kind"] for identifier in pop["identifiers"]}
        assert {"line", "phone"} <= kinds


async def test_who_is_offered_to_be_called_back_while_he_waits_keeps_his_place(floor: Floor) -> None:
    async with floor.edited("triage.conf", lambda text: f"{text}\n[any]\noffer => callback\n"):
        call = await floor.call("09033330003", "1")
        record = await floor.waiting()
        await presses(call, "1")
        kept = await floor.contact(record.contact.id)
        assert kept is not None
        assert kept.contact.is_callback
        assert kept.contact.arrived_ms == record.contact.arrived_ms
