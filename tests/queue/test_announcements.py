"""What waiting callers hear besides music, on real phones."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from acd.contact import Channel
from acd.policy import CALLBACK, Propose
from cti.softphone import CallState
from hub.texts import spoken
from tests.failures.floor import Floor
from tests.fakes.line import line_user_id
from tests.queue.heard import HEARD, likeness, prompts_of
from tests.story.play import line_text
from tests.support.hearing import comes_to_hear, record
from tests.support.tones import tone_share, write_tone

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

GoBy = Callable[..., Awaitable[None]]
AGENT_HZ = 1500
FREQUENT = (
    "announce-frequency = 0 ",
    "announce-frequency = 8\nmin-announce-frequency = 5\nannounce-position = yes ",
)


async def test_a_caller_is_told_his_place(floor: Floor, tmp_path: Path) -> None:
    async with floor.edited("queues.conf", lambda text: text.replace(*FREQUENT)):
        await floor.call("0611112222")
        await floor.waiting()
        second = await floor.call("0611113333")
        place, shares = spoken("position", "ja", position=2).text, [0.0]
        while shares[-1] <= HEARD and len(shares) <= 3:  # it is said every 8 s
            heard = await record(second, tmp_path / "heard.wav", 11)
            shares.append(likeness(heard, prompts_of(floor), place))
        assert shares[-1] > HEARD, shares
        assert likeness(heard, prompts_of(floor), spoken("queue_full", "ja").text) < HEARD


async def test_an_agent_who_becomes_free_ends_what_is_said(floor: Floor, go_by: GoBy, tmp_path: Path) -> None:
    await go_by(overflow=(Propose(after_s=1, way=CALLBACK),))
    call = await floor.call("0611112222")
    await floor.waiting()
    question = spoken("propose_callback", "ja").text
    assert likeness(await record(call, tmp_path / "heard.wav", 4), prompts_of(floor), question) > HEARD
    await floor.sato.available()  # in the middle of it: it lasts eight seconds
    agent_call, contact = await floor.sato.answers()
    await agent_call.play(write_tone(tmp_path / "agent.wav", AGENT_HZ))
    await comes_to_hear(call, AGENT_HZ, tmp_path / "heard.wav")
    heard = await record(call, tmp_path / "heard.wav", 7)
    assert tone_share(heard, AGENT_HZ) > 0.8, "nothing comes between any more"
    seen = len(floor.sato.desktop.events)
    await call.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)


async def test_a_caller_goes_on_in_line_with_the_place_that_he_had(floor: Floor, go_by: GoBy) -> None:
    await go_by(overflow=(Propose(after_s=1, way=Channel.LINE),))
    call = await floor.call("09087654321")
    arrived_ms = (await floor.waiting()).contact.arrived_ms
    async with asyncio.timeout(30):
        while call.state is not CallState.ENDED:
            await call.dtmf("1")
            await asyncio.sleep(0.7)
    assert await floor.contacts() == []
    sms = await floor.simulator.wait_for_message("+819087654321", lambda message: "LINE" in message.text)
    await floor.simulator.say(line_user_id("goes on"), line_text(sms.text))
    record = await floor.waiting()
    assert (record.contact.channel, record.contact.arrived_ms) == (Channel.LINE, arrived_ms)
