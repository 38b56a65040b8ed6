"""A supervisor in an agent's call, from the desktop's command to what the phones hear."""

import pytest

from cti.softphone import CallState, PhoneCall
from tests.failures.floor import Agent, Floor, until
from tests.story.desktop import CommandRefused, Event
from tests.supervision.conftest import Ears

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

NUMBER = "0611112222"
HEARD_BY = {"listen": set[str](), "whisper": {"sato"}, "barge": {"sato", "caller"}}


async def talk(floor: Floor) -> tuple[PhoneCall, PhoneCall, str]:
    """Let a customer talk to sato; returns both calls and the contact."""
    await floor.sato.available()
    caller = await floor.call(NUMBER)
    call, contact = await floor.sato.talks()
    await floor.sato.away()
    return caller, call, contact


async def listens(mori: Agent, contact: str, mode: str = "listen") -> PhoneCall:
    """Let the supervisor be in a call; returns his."""
    seen = len(mori.desktop.events)
    await mori.desktop.command("supervise", contact=contact, mode=mode)
    call = await mori.rings()
    await call.answer()
    await shown(mori, "listening", after=seen)
    return call


async def shown(mori: Agent, state: str, *, after: int = 0) -> Event:
    return await mori.desktop.wait("supervision", lambda event: event["state"] == state, after=after)


async def refused(agent: Agent, kind: str, **fields: object) -> str:
    with pytest.raises(CommandRefused) as error:
        await agent.desktop.command(kind, **fields)
    return error.value.code


async def only_two_are_left(floor: Floor, *, bridges: int = 1) -> None:
    """Wait until Asterisk has a customer's and an agent's channel, and no more than is recorded by."""

    async def is_so() -> bool:
        found = (await floor.node.cli("bridge show all")).splitlines()[1:]
        channels = [each for each in await floor.channels() if ".snoop." not in each]
        return (len(channels), len(found)) == (2, bridges)

    await until(is_so)


async def over(*calls: PhoneCall) -> None:
    for call in calls:
        await call.wait(CallState.ENDED, 20)


async def test_in_each_mode_those_hear_him_who_are_to(floor: Floor, mori: Agent, ears: Ears) -> None:
    caller, call, contact = await talk(floor)
    his = await listens(mori, contact)
    for mode in ("listen", "whisper", "barge", "listen"):
        await mori.desktop.command("supervise", contact=contact, mode=mode)
        found = await ears.hearing(caller=caller, sato=call, mori=his)
        assert found["mori"] == {"caller", "sato"}, mode
        assert {name for name, heard in found.items() if "mori" in heard} == HEARD_BY[mode], mode
        assert "sato" in found["caller"], mode
        assert "caller" in found["sato"], mode
    await mori.desktop.command("stop_supervising", contact=contact)
    assert (await shown(mori, "ended"))["reason"] == "stopped"
    await over(his)
    await only_two_are_left(floor)
    assert await ears.hearing(caller=caller, sato=call) == {"caller": {"sato"}, "sato": {"caller"}}
    await caller.hang_up()
    await floor.sato.wraps_up(contact)


async def test_on_hold_the_agent_alone_hears_him(floor: Floor, mori: Agent, ears: Ears) -> None:
    caller, call, contact = await talk(floor)
    his = await listens(mori, contact, "whisper")
    await floor.sato.desktop.command("hold", contact=contact)
    found = await ears.hearing(caller=caller, sato=call, mori=his)
    assert (found["mori"], found["sato"]) == ({"sato"}, {"mori"})
    assert "mori" not in found["caller"]
    await caller.hang_up()
    await over(his)
    await floor.sato.wraps_up(contact)


@pytest.mark.parametrize("mode", list(HEARD_BY))
@pytest.mark.parametrize("who", ["caller", "sato", "mori"])
async def test_it_ends_with_whoever_hangs_up(floor: Floor, mori: Agent, who: str, mode: str) -> None:
    caller, call, contact = await talk(floor)
    seen = len(mori.desktop.events)
    his = await listens(mori, contact, mode)
    await {"caller": caller, "sato": call, "mori": his}[who].hang_up()
    ended = await shown(mori, "ended", after=seen)
    assert ended["reason"] == ("hung_up" if who == "mori" else "call_ended")
    await over(his)
    if who == "mori":
        await only_two_are_left(floor)
        assert CallState.ANSWERED is caller.state is call.state
        await caller.hang_up()
    await over(caller, call)
    await floor.sato.wraps_up(contact)


async def test_a_phone_that_is_not_answered(floor: Floor, mori: Agent) -> None:
    caller, call, contact = await talk(floor)
    for reason in ("busy", "no_answer"):
        seen = len(mori.desktop.events)
        await mori.desktop.command("supervise", contact=contact, mode="listen")
        his = await mori.rings()
        if reason == "busy":
            await his.hang_up(486)
        assert (await shown(mori, "ended", after=seen))["reason"] == reason
        await over(his)
    await only_two_are_left(floor)
    assert CallState.ANSWERED is caller.state is call.state
    await caller.hang_up()
    await floor.sato.wraps_up(contact)


async def test_what_is_refused(floor: Floor, mori: Agent) -> None:
    caller, _, contact = await talk(floor)
    for kind in ("supervise", "take_over"):
        assert await refused(floor.tanaka, kind, contact=contact, mode="listen") == "not_allowed"
        assert await refused(mori, kind, contact="nobody", mode="listen") == "unknown_contact"
    assert await refused(mori, "stop_supervising", contact=contact) == "wrong_state"
    await floor.simulator.say("supervised", "もしもし")
    await floor.tanaka.available()
    text = await floor.tanaka.accepts()
    assert await refused(mori, "supervise", contact=text["id"], mode="listen") == "not_a_call"
    await floor.tanaka.desktop.command("hang_up", contact=text["id"])
    await floor.tanaka.wraps_up(text["id"])
    await caller.hang_up()
    await floor.sato.wraps_up(contact)


@pytest.mark.parametrize("mode", list(HEARD_BY))
async def test_a_killed_hub_leaves_the_talk_and_nothing_else(
    floor: Floor, mori: Agent, ears: Ears, mode: str
) -> None:
    caller, call, contact = await talk(floor)
    his = await listens(mori, contact, mode)
    await floor.kill_hub()
    await floor.hub.start()
    await floor.sign_in()
    await over(his)
    await only_two_are_left(floor)
    record = await floor.contact(contact)
    assert record is not None
    assert (record.state, record.agent) == ("connected", "sato")
    assert await ears.hearing(caller=caller, sato=call) == {"caller": {"sato"}, "sato": {"caller"}}
    his = await listens(mori, contact, mode)
    await call.hang_up()
    await over(his, caller)
    await floor.sato.wraps_up(contact)
