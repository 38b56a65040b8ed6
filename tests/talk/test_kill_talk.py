"""The hub killed while several talk: all talk on, and a new hub has them in hand."""

from typing import Any

import pytest

from cti.softphone import CallState, Softphone
from tests.failures.floor import Agent, Floor, until
from tests.talk.conftest import OUTSIDE, Ears
from tests.talk.test_ends import nothing_of
from tests.talk.test_talk import over, talks

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]


async def killed(floor: Floor) -> None:
    """Kill the hub and have another take its place."""
    await floor.kill_hub()
    await floor.hub.start()
    await floor.sign_in()


async def has(agent: Agent, contact: str, state: str) -> dict[str, Any]:
    """Wait until an agent's new desktop shows a contact so, be it from the first; returns the contact."""

    async def is_shown() -> dict[str, Any] | None:
        shown = [each for _, event in agent.desktop.events for each in _contacts(event)]
        mine = [each for each in shown if each["id"] == contact]
        return mine[-1] if mine and mine[-1]["state"] == state else None

    return await until(is_shown)


def _contacts(event: dict[str, Any]) -> list[dict[str, Any]]:
    if event["type"] == "welcome":
        return list(event["contacts"])
    return [event] if event["type"] == "contact" else []


async def finishes(agent: Agent, contact: str) -> None:
    """Let an agent end the wrap-up of a contact, wherever it was shown."""
    await has(agent, contact, "wrap_up")
    await agent.desktop.command("wrap_up", contact=contact, disposition="other")


async def test_a_consultation_survives(floor: Floor, ears: Ears) -> None:
    caller, call, contact = await talks(floor)
    second, own = await floor.sato.consults(contact, floor.suzuki)
    await floor.kill_hub()
    assert await ears.pairs(caller=caller, sato=call, suzuki=second) == {"sato-suzuki"}
    await floor.hub.start()
    await floor.sign_in()
    (mine,) = (await floor.sato.desktop.wait("welcome"))["contacts"]
    assert (mine["id"], [(each["id"], each["state"]) for each in mine["parties"]]) == (
        contact,
        [(own, "talking")],
    )
    (theirs,) = (await floor.suzuki.desktop.wait("welcome"))["contacts"]
    assert (theirs["id"], theirs["about"]) == (own, contact)
    await floor.sato.desktop.command("swap", contact=contact)
    assert await ears.pairs(caller=caller, sato=call, suzuki=second) == {"caller-sato"}
    await floor.sato.desktop.command("complete_transfer", contact=contact)
    await over(call)
    await floor.suzuki.shown(contact, "connected")
    assert await ears.pairs(caller=caller, suzuki=second) == {"caller-suzuki"}
    await caller.hang_up()
    await over(second)
    await floor.suzuki.wraps_up(contact)
    await nothing_of(floor)


async def test_a_conference_survives(floor: Floor, ears: Ears) -> None:
    caller, call, contact = await talks(floor)
    second, own = await floor.sato.consults(contact, floor.suzuki)
    await floor.sato.desktop.command("conference", contact=contact)
    await killed(floor)
    assert len(await ears.pairs(caller=caller, sato=call, suzuki=second)) == 3
    (mine,) = (await floor.sato.desktop.wait("welcome"))["contacts"]
    assert [(each["id"], each["state"]) for each in mine["parties"]] == [(own, "joined")]
    await floor.sato.desktop.command("remove_party", contact=contact, party=own)
    await over(second)
    assert await ears.pairs(caller=caller, sato=call) == {"caller-sato"}
    await call.hang_up()
    await over(caller)
    await floor.sato.wraps_up(contact)
    await nothing_of(floor)


@pytest.mark.parametrize("who", ["caller", "sato", "suzuki"])
async def test_one_hangs_up_while_there_is_no_hub(floor: Floor, ears: Ears, who: str) -> None:
    caller, call, contact = await talks(floor)
    second, _ = await floor.sato.consults(contact, floor.suzuki)
    await floor.kill_hub()
    await {"caller": caller, "sato": call, "suzuki": second}[who].hang_up()
    await floor.hub.start()
    await floor.sign_in()
    if who == "caller":
        await over(call, second)
        await finishes(floor.sato, contact)
    elif who == "sato":
        await has(floor.suzuki, contact, "connected")
        assert await ears.pairs(caller=caller, suzuki=second) == {"caller-suzuki"}
        await second.hang_up()
        await finishes(floor.suzuki, contact)
    else:
        assert await ears.pairs(caller=caller, sato=call) == {"caller-sato"}
        assert not (await has(floor.sato, contact, "connected"))["parties"]
        await call.hang_up()
        await finishes(floor.sato, contact)
    await over(caller)
    await nothing_of(floor)


async def test_one_who_was_to_be_consulted_is_rung_again(floor: Floor, ears: Ears) -> None:
    """Or, when the time for it ran out while there was no hub, his colleague is back with the customer."""
    caller, call, contact = await talks(floor)
    await floor.sato.desktop.command("consult", contact=contact, to={"agent": "suzuki"})
    rang = await floor.suzuki.rings()
    await killed(floor)
    await over(rang)
    shown = await has(floor.sato, contact, "connected")
    if shown["parties"]:
        await (await floor.suzuki.rings()).hang_up(486)
    assert await ears.pairs(caller=caller, sato=call) == {"caller-sato"}
    await call.hang_up()
    await over(caller)
    await finishes(floor.sato, contact)
    await nothing_of(floor)


async def test_a_caller_who_talks_on_outside_does_so(floor: Floor, outside: Softphone, ears: Ears) -> None:
    caller, call, contact = await talks(floor)
    await floor.sato.desktop.command("consult", contact=contact, to={"number": OUTSIDE})
    third = await outside.next_call(20)
    seen = len(floor.sato.desktop.events)
    await third.answer()
    await floor.sato.desktop.wait("contact", lambda each: len(each["parties"]) == 1, after=seen)
    await floor.sato.desktop.command("complete_transfer", contact=contact)
    await over(call)
    await floor.sato.wraps_up(contact)
    await killed(floor)
    assert await ears.pairs(caller=caller, outside=third) == {"caller-outside"}
    await third.hang_up()
    await over(caller)
    await nothing_of(floor)


async def test_a_parked_caller_goes_to_asterisk_s_queue_and_comes_back(floor: Floor) -> None:
    caller, call, contact = await talks(floor)
    await floor.sato.away()
    await floor.sato.desktop.command("park", contact=contact)
    await over(call)
    await floor.kill_hub()
    await until(floor.in_queue, timeout_s=15)
    await floor.hub.start()
    await floor.sign_in()
    waiting = (await floor.waiting()).contact
    assert waiting.id == contact
    await caller.hang_up()
    await nothing_of(floor)


async def test_a_number_is_called_for_a_caller_though_the_hub_is_gone(
    floor: Floor, outside: Softphone
) -> None:
    caller, call, contact = await talks(floor)
    await floor.sato.desktop.command("transfer", contact=contact, to={"number": OUTSIDE})
    await over(call)
    await floor.sato.wraps_up(contact)
    third = await outside.next_call(20)
    await floor.kill_hub()
    await third.hang_up(486)
    await until(floor.in_queue, timeout_s=20)
    await floor.hub.start()
    await floor.sign_in()
    await floor.waiting()
    await caller.hang_up()
    await nothing_of(floor)


async def test_a_customer_who_was_dialled_and_parked_is_kept(
    floor: Floor, outside: Softphone, ears: Ears
) -> None:
    """Nobody of ours is with him, and no trunk brought him: all the same Asterisk has him wait."""
    await floor.suzuki.desktop.command("dial", number=OUTSIDE, queue="support")
    call, shown = await floor.suzuki.answers()
    third = await outside.next_call(20)
    await third.answer()
    assert await ears.pairs(suzuki=call, outside=third) == {"suzuki-outside"}
    await floor.suzuki.desktop.command("park", contact=shown["id"])
    await over(call)
    await floor.kill_hub()

    async def waits() -> bool:
        return len(await floor.in_queue()) == 1

    await until(waits, timeout_s=30)
    assert third.state is CallState.ANSWERED
    await floor.hub.start()
    await floor.sign_in()
    await floor.sato.available()

    async def is_back() -> bool:
        return not await floor.in_queue()

    await until(is_back, timeout_s=30)  # a phone that Queue() rings meanwhile rings for its time
    await floor.sato.desktop.command("pick_up", contact=shown["id"])
    again, contact = await floor.sato.talks()
    assert await ears.pairs(sato=again, outside=third) == {"sato-outside"}
    await third.hang_up()
    await over(again)
    await finishes(floor.sato, contact)
    await nothing_of(floor)
