"""What agents do with calls, with real phones: who hears whom, what desktops show, and that nothing stays."""

import pytest

from cti.softphone import CallState, PhoneCall, Softphone
from tests.failures.floor import Floor, until
from tests.story.desktop import CommandRefused
from tests.talk.conftest import OUTSIDE, Ears

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

CALLER = "0611112222"


async def talks(floor: Floor) -> tuple[PhoneCall, PhoneCall, str]:
    """Let a caller talk to sato; returns both calls and the contact."""
    await floor.sato.available()
    caller = await floor.call(CALLER)
    call, contact = await floor.sato.talks()
    return caller, call, contact


async def over(*calls: PhoneCall) -> None:
    for call in calls:
        await call.wait(CallState.ENDED, 20)


async def test_a_call_is_muted_and_keys_are_sent(floor: Floor, ears: Ears) -> None:
    caller, call, contact = await talks(floor)
    desktop = floor.sato.desktop
    await desktop.command("mute", contact=contact)
    assert not await ears.hears(call, caller)
    assert await ears.hears(caller, call)
    await desktop.command("unmute", contact=contact)
    assert await ears.hears(call, caller)
    await desktop.command("send_digits", contact=contact, digits="159#")
    assert await caller.wait_digits(4, 20) == "159#"
    await caller.hang_up()
    await floor.sato.wraps_up(contact)


async def test_an_announced_transfer(floor: Floor, ears: Ears) -> None:
    caller, call, contact = await talks(floor)
    seen = len(floor.suzuki.desktop.events)
    second, own = await floor.sato.consults(contact, floor.suzuki)
    told = [event for _, event in floor.suzuki.desktop.events[seen:]]
    pop = next(event for event in told if event["type"] == "screen_pop")
    assert (pop["contact"], pop["by"], pop["address"]) == (own, "佐藤", "+81611112222")
    assert pop["customer"] is not None
    assert [event["type"] for event in told if event.get("contact") == own][:2] == ["screen_pop", "offer"]
    assert "佐藤" in second.remote.name
    assert await ears.pairs(caller=caller, sato=call, suzuki=second) == {"sato-suzuki"}
    await floor.sato.desktop.command("swap", contact=contact)
    assert await ears.pairs(caller=caller, sato=call, suzuki=second) == {"caller-sato"}
    await floor.sato.desktop.command("swap", contact=contact)
    await floor.sato.desktop.command("complete_transfer", contact=contact)
    await over(call)
    await floor.sato.shown(contact, "ended")
    await floor.suzuki.shown(contact, "connected", after=seen)
    assert await ears.pairs(caller=caller, suzuki=second) == {"caller-suzuki"}
    await caller.hang_up()
    await over(second)
    await floor.suzuki.wraps_up(contact, after=seen)


async def test_a_menu_calls_somebody_outside_for_the_caller(
    floor: Floor, ears: Ears, outside: Softphone
) -> None:
    def to_outside(text: str) -> str:
        return text.replace("key => 2,queue,sales", f"key => 2,transfer,{OUTSIDE}")

    async with floor.edited("ivr.conf", to_outside):
        caller = await floor.call(CALLER, "2")
        third = await outside.next_call(20)
        await third.answer()
        assert await ears.pairs(caller=caller, outside=third) == {"caller-outside"}
        await caller.hang_up()
        await over(third)


async def test_a_conference_of_four_is_passed_from_one_to_the_next(floor: Floor, ears: Ears) -> None:
    caller, call, contact = await talks(floor)
    second, _ = await floor.sato.consults(contact, floor.suzuki)
    third, _ = await floor.sato.consults(contact, floor.tanaka)
    await floor.sato.desktop.command("conference", contact=contact)
    people = {"caller": caller, "sato": call, "suzuki": second, "tanaka": third}
    assert len(await ears.pairs(**people)) == 6
    await call.hang_up()
    await floor.suzuki.shown(contact, "connected")
    people.pop("sato")
    assert len(await ears.pairs(**people)) == 3
    await floor.suzuki.desktop.command("hang_up", contact=contact)
    await over(second)
    await floor.tanaka.shown(contact, "connected")
    assert await ears.pairs(caller=caller, tanaka=third) == {"caller-tanaka"}
    await third.hang_up()
    await over(caller)
    await floor.tanaka.wraps_up(contact)


async def test_somebody_outside_is_brought_in_and_gets_the_call(
    floor: Floor, outside: Softphone, ears: Ears
) -> None:
    caller, call, contact = await talks(floor)
    await floor.sato.desktop.command("consult", contact=contact, to={"number": OUTSIDE})
    third = await outside.next_call(20)
    await third.answer()

    async def is_there() -> bool:
        shown = [event for _, event in floor.sato.desktop.events if event["type"] == "contact"]
        return [each["state"] for each in shown[-1]["parties"]] == ["talking"]

    await until(is_there)
    assert await ears.pairs(caller=caller, sato=call, outside=third) == {"sato-outside"}
    await floor.sato.desktop.command("conference", contact=contact)
    assert len(await ears.pairs(caller=caller, sato=call, outside=third)) == 3
    await floor.sato.desktop.command("complete_transfer", contact=contact)
    await over(call)
    await floor.sato.wraps_up(contact)
    assert await ears.pairs(caller=caller, outside=third) == {"caller-outside"}
    await third.hang_up()
    await over(caller)


async def test_an_unannounced_transfer_to_an_agent(floor: Floor, ears: Ears) -> None:
    caller, call, contact = await talks(floor)
    seen = len(floor.suzuki.desktop.events)
    await floor.sato.desktop.command("transfer", contact=contact, to={"agent": "suzuki"})
    await over(call)
    await floor.sato.shown(contact, "ended")
    second, _ = await floor.suzuki.answers()
    pop = await floor.suzuki.desktop.wait("screen_pop", after=seen)
    assert (pop["contact"], pop["by"]) == (contact, "佐藤")
    assert await ears.pairs(caller=caller, suzuki=second) == {"caller-suzuki"}
    await second.hang_up()
    await over(caller)
    await floor.suzuki.wraps_up(contact, after=seen)


async def test_an_unannounced_transfer_that_nobody_answers(floor: Floor) -> None:
    caller, call, contact = await talks(floor)
    await floor.sato.desktop.command("transfer", contact=contact, to={"agent": "suzuki"})
    await over(call)
    await (await floor.suzuki.rings()).hang_up(486)
    again, _ = await floor.sato.answers()  # who passed it on is tried first
    await caller.hang_up()
    await over(again)
    await floor.sato.wraps_up(contact)


async def test_an_unannounced_transfer_to_a_queue(floor: Floor) -> None:
    caller, call, contact = await talks(floor)
    await floor.tanaka.available()
    await floor.sato.desktop.command("transfer", contact=contact, to={"queue": "sales"})
    await over(call)
    _, shown = await floor.tanaka.answers()
    assert (shown["id"], shown["queue"]) == (contact, "sales")
    await caller.hang_up()
    await floor.tanaka.wraps_up(contact)


async def test_an_unannounced_transfer_to_a_number(floor: Floor, outside: Softphone, ears: Ears) -> None:
    caller, call, contact = await talks(floor)
    await floor.sato.desktop.command("transfer", contact=contact, to={"number": OUTSIDE})
    await over(call)
    await floor.sato.wraps_up(contact)
    third = await outside.next_call(20)
    await third.answer()
    assert await ears.pairs(caller=caller, outside=third) == {"caller-outside"}
    await caller.hang_up()
    await over(third)


async def test_a_number_that_is_not_reached_gives_the_caller_back(floor: Floor, outside: Softphone) -> None:
    caller, call, contact = await talks(floor)
    record = await floor.contact(contact)
    assert record is not None
    await floor.sato.desktop.command("transfer", contact=contact, to={"number": OUTSIDE})
    await over(call)
    await floor.sato.wraps_up(contact)
    await floor.sato.away()
    await (await outside.next_call(20)).hang_up(486)
    back = (await floor.waiting()).contact
    assert abs(back.arrived_ms - record.contact.arrived_ms) < 1000
    assert (back.queue, back.customer) == (record.contact.queue, record.contact.customer)
    await floor.tanaka.available()
    again, _ = await floor.tanaka.answers()
    await again.hang_up()
    await over(caller)
    await floor.tanaka.wraps_up(back.id)


async def test_a_call_is_parked_and_picked_up(floor: Floor, ears: Ears) -> None:
    caller, call, contact = await talks(floor)
    await floor.sato.desktop.command("park", contact=contact)
    await over(call)
    await floor.sato.shown(contact, "ended")
    assert caller.state is CallState.ANSWERED
    await floor.suzuki.desktop.command("pick_up", contact=contact)
    second, shown = await floor.suzuki.answers()
    assert shown["id"] == contact
    assert await ears.pairs(caller=caller, suzuki=second) == {"caller-suzuki"}
    await caller.hang_up()
    await over(second)
    await floor.suzuki.wraps_up(contact)


async def test_a_number_is_dialled(floor: Floor, outside: Softphone, ears: Ears) -> None:
    seen = len(floor.suzuki.desktop.events)
    await floor.suzuki.desktop.command("dial", number=OUTSIDE, queue="support")
    pop = await floor.suzuki.desktop.wait("screen_pop", after=seen)
    assert pop["address"] == f"+81{OUTSIDE[1:]}"
    call, shown = await floor.suzuki.answers()
    assert shown["outbound"]
    third = await outside.next_call(20)
    assert "0312345678" in third.remote_uri
    await third.answer()
    assert await ears.pairs(suzuki=call, outside=third) == {"suzuki-outside"}
    second, _ = await floor.suzuki.consults(shown["id"], floor.tanaka)
    await floor.suzuki.desktop.command("complete_transfer", contact=shown["id"])
    await over(call)
    assert await ears.pairs(tanaka=second, outside=third) == {"tanaka-outside"}
    await third.hang_up()
    await over(second)
    await floor.tanaka.wraps_up(shown["id"])


async def test_a_number_that_was_dialled_is_busy(floor: Floor, outside: Softphone) -> None:
    await floor.suzuki.desktop.command("dial", number=OUTSIDE)
    call, shown = await floor.suzuki.answers()
    await (await outside.next_call(20)).hang_up(486)
    await over(call)
    await floor.suzuki.wraps_up(shown["id"])


async def test_a_consultation_waits_for_who_talks(floor: Floor) -> None:
    await floor.tanaka.available()
    other = await floor.call("0622223333")
    _, busy_contact = await floor.tanaka.talks()
    caller, call, contact = await talks(floor)
    await floor.sato.desktop.command("consult", contact=contact, to={"agent": "tanaka"})
    await other.hang_up()
    await floor.tanaka.wraps_up(busy_contact)
    consulted = await floor.tanaka.rings()
    await consulted.answer()
    own = await floor.tanaka.desktop.wait(
        "contact", lambda event: event["about"] == contact and event["state"] == "connected"
    )
    await floor.sato.party(contact, own["id"], "talking")
    await call.hang_up()
    await floor.tanaka.shown(contact, "connected")
    await caller.hang_up()
    await floor.tanaka.wraps_up(contact)


async def test_nobody_is_passed_to_himself_or_held_by_others(floor: Floor) -> None:
    await floor.tanaka.available()
    other = await floor.call("0622223333")
    busy, busy_contact = await floor.tanaka.talks()
    caller, call, contact = await talks(floor)
    for kind in ("consult", "transfer"):
        with pytest.raises(CommandRefused) as refusal:
            await floor.sato.desktop.command(kind, contact=contact, to={"agent": "sato"})
        assert refusal.value.code == "to_oneself"
    with pytest.raises(CommandRefused) as refusal:
        await floor.suzuki.desktop.command("hold", contact=contact)
    assert refusal.value.code == "not_yours"
    assert CallState.ANSWERED is caller.state is call.state is busy.state is other.state
    await caller.hang_up()
    await other.hang_up()
    await floor.sato.wraps_up(contact)
    await floor.tanaka.wraps_up(busy_contact)
