"""Each side hangs up in each state of a consultation and a conference: what becomes of the others."""

from collections.abc import Callable

import pytest

from cti.softphone import CallState, PhoneCall, Softphone
from tests.failures.floor import Floor, until
from tests.talk.conftest import OUTSIDE
from tests.talk.test_talk import over, talks

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

RINGS, APART, SWAPPED, JOINED = "rings", "apart", "swapped", "joined"
STATES = (RINGS, APART, SWAPPED, JOINED)


async def brought_in(floor: Floor, contact: str, state: str) -> PhoneCall:
    """Bring suzuki into a call of sato's, up to a state; returns his call."""
    if state == RINGS:
        await floor.sato.desktop.command("consult", contact=contact, to={"agent": "suzuki"})
        return await floor.suzuki.rings()
    call, _ = await floor.sato.consults(contact, floor.suzuki)
    if state != APART:
        kind = "swap" if state == SWAPPED else "conference"
        await floor.sato.desktop.command(kind, contact=contact)
    return call


@pytest.mark.parametrize("state", STATES)
async def test_the_customer_hangs_up(floor: Floor, state: str) -> None:
    caller, call, contact = await talks(floor)
    second = await brought_in(floor, contact, state)
    await caller.hang_up()
    await over(call, second)
    await floor.sato.wraps_up(contact)
    await nothing_of(floor)


@pytest.mark.parametrize("state", STATES)
async def test_the_agent_hangs_up(floor: Floor, state: str) -> None:
    caller, call, contact = await talks(floor)
    second = await brought_in(floor, contact, state)
    seen = len(floor.suzuki.desktop.events)
    await call.hang_up()
    if state == RINGS:
        await over(second)
        again, _ = await floor.sato.answers()
        await again.hang_up()
        await floor.sato.wraps_up(contact)
    else:
        await floor.suzuki.shown(contact, "connected", after=seen)
        assert CallState.ANSWERED is caller.state is second.state
        await second.hang_up()
        await floor.suzuki.wraps_up(contact, after=seen)
    await over(caller)
    await nothing_of(floor)


@pytest.mark.parametrize("state", STATES)
async def test_who_is_consulted_hangs_up(floor: Floor, state: str) -> None:
    caller, call, contact = await talks(floor)
    second = await brought_in(floor, contact, state)
    seen = len(floor.sato.desktop.events)
    await second.hang_up(486 if state == RINGS else 0)

    async def is_alone() -> bool:
        told = [event for _, event in floor.sato.desktop.events[seen:] if event["type"] == "contact"]
        return bool(told) and not told[-1]["parties"] and not told[-1]["held"]

    await until(is_alone)
    assert CallState.ANSWERED is caller.state is call.state
    await call.hang_up()
    await over(caller)
    await floor.sato.wraps_up(contact)
    await nothing_of(floor)


@pytest.mark.parametrize("state", [RINGS, APART, JOINED])
@pytest.mark.parametrize("who", ["caller", "sato", "outside"])
async def test_one_of_them_is_outside(floor: Floor, outside: Softphone, state: str, who: str) -> None:
    caller, call, contact = await talks(floor)
    await floor.sato.desktop.command("consult", contact=contact, to={"number": OUTSIDE})
    third = await outside.next_call(20)
    if state != RINGS:
        seen = len(floor.sato.desktop.events)
        await third.answer()
        await floor.sato.desktop.wait("contact", _party_is("talking"), after=seen)
    if state == JOINED:
        await floor.sato.desktop.command("conference", contact=contact)
    await {"caller": caller, "sato": call, "outside": third}[who].hang_up()
    if who == "outside":
        await over(third)
        await caller.hang_up()
    elif who == "sato" and state == RINGS:
        again, _ = await floor.sato.answers()
        await over(third)
        await again.hang_up()
    elif who == "sato":
        await floor.sato.shown(contact, "wrap_up")
        assert CallState.ANSWERED is caller.state is third.state
        await third.hang_up()
    await over(caller, third, call)
    await floor.sato.wraps_up(contact)
    await nothing_of(floor)


def _party_is(state: str) -> Callable[[dict[str, object]], bool]:
    def is_so(event: dict[str, object]) -> bool:
        parties = event["parties"]
        assert isinstance(parties, list)
        return [each["state"] for each in parties] == [state]

    return is_so


async def nothing_of(floor: Floor) -> None:
    """Wait until no channel, no contact and no bridge is left."""

    async def is_so() -> bool:
        bridges = (await floor.node.cli("bridge show all")).splitlines()[1:]
        return not await floor.channels() and not await floor.contacts() and not any(bridges)

    await until(is_so)
