"""A supervisor takes a call over, from within it or at once; and what follows for all concerned."""

import pytest

from cti.softphone import CallState
from tests.failures.floor import Agent, Floor
from tests.supervision.conftest import MORI, Ears
from tests.supervision.test_listening import listens, only_two_are_left, over, refused, shown, talk

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

OTHER = "0622223333"


async def _has_it(floor: Floor, mori: Agent, contact: str) -> None:
    """See that the router, and the desktop, have the call as the supervisor's."""
    await mori.shown(contact, "connected")
    await _is_routed_to_him(floor, contact)


async def _is_routed_to_him(floor: Floor, contact: str) -> None:
    record = await floor.contact(contact)
    assert record is not None
    assert (record.state, record.agent) == ("connected", MORI)


@pytest.mark.parametrize("mode", ["listen", "whisper", "barge", "not in it"])
async def test_the_call_goes_on_with_the_supervisor(floor: Floor, mori: Agent, ears: Ears, mode: str) -> None:
    caller, call, contact = await talk(floor)
    seen, shown_to_sato = len(mori.desktop.events), len(floor.sato.desktop.events)
    if mode == "not in it":
        await mori.desktop.command("take_over", contact=contact)
        his = await mori.rings()
        assert await ears.hearing(caller=caller, sato=call) == {"caller": {"sato"}, "sato": {"caller"}}
        await his.answer()
    else:
        his = await listens(mori, contact, mode)
        await mori.desktop.command("take_over", contact=contact)
    assert (await shown(mori, "ended", after=seen))["reason"] == "taken_over"
    await over(call)
    await floor.sato.shown(contact, "ended", after=shown_to_sato)
    await _has_it(floor, mori, contact)
    assert await ears.hearing(caller=caller, mori=his) == {"caller": {"mori"}, "mori": {"caller"}}
    assert await refused(mori, "supervise", contact=contact, mode="listen") == "to_oneself"
    await caller.hang_up()
    await over(his)
    await mori.wraps_up(contact, after=seen)


async def test_the_agent_is_free_at_once(floor: Floor, mori: Agent) -> None:
    caller, call, contact = await talk(floor)
    seen = len(mori.desktop.events)
    his = await listens(mori, contact)
    await floor.sato.available()
    await mori.desktop.command("take_over", contact=contact)
    await over(call)
    other = await floor.call(OTHER)
    second, his_next = await floor.sato.talks()
    await floor.sato.away()
    await other.hang_up()
    await over(second)
    await floor.sato.wraps_up(his_next)
    await his.hang_up()  # the end of his leg is now that of the call
    await over(caller)
    await mori.wraps_up(contact, after=seen)


async def test_a_call_on_hold_is_taken_over(floor: Floor, mori: Agent, ears: Ears) -> None:
    caller, _, contact = await talk(floor)
    seen = len(mori.desktop.events)
    his = await listens(mori, contact, "whisper")
    await floor.sato.desktop.command("hold", contact=contact)
    await mori.desktop.command("take_over", contact=contact)
    await _has_it(floor, mori, contact)
    await only_two_are_left_with_aside(floor)
    assert await ears.hearing(caller=caller, mori=his) == {"caller": {"mori"}, "mori": {"caller"}}
    await mori.desktop.command("hold", contact=contact)
    await mori.desktop.command("resume", contact=contact)
    assert await ears.hearing(caller=caller, mori=his) == {"caller": {"mori"}, "mori": {"caller"}}
    await caller.hang_up()
    await mori.wraps_up(contact, after=seen)


async def only_two_are_left_with_aside(floor: Floor) -> None:
    await only_two_are_left(floor, bridges=2)


@pytest.mark.parametrize("mode", ["listen", "barge"])
async def test_a_new_hub_knows_whose_the_call_is(floor: Floor, mori: Agent, ears: Ears, mode: str) -> None:
    caller, call, contact = await talk(floor)
    his = await listens(mori, contact, mode)
    await mori.desktop.command("take_over", contact=contact)
    await over(call)
    await floor.kill_hub()
    await floor.hub.start()
    await floor.sign_in()
    assert CallState.ANSWERED is caller.state is his.state
    (mine,) = (await mori.desktop.wait("welcome"))["contacts"]
    assert (mine["id"], mine["state"]) == (contact, "connected")
    await _is_routed_to_him(floor, contact)
    assert await ears.hearing(caller=caller, mori=his) == {"caller": {"mori"}, "mori": {"caller"}}
    await mori.desktop.command("hang_up", contact=contact)
    await over(caller, his)
    await mori.wraps_up(contact)
