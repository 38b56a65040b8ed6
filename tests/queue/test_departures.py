"""Callers whom a queue does not take, or has kept long enough: what real phones hear."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from acd.actions import Diversion
from acd.contact import Channel
from acd.policy import Divert
from cti.softphone import CallState, MediaState, PhoneCall, Softphone
from hub.texts import spoken
from tests.failures.floor import Floor, until
from tests.queue.conftest import CUSTOMER
from tests.queue.heard import HEARD, likeness, prompts_of
from tests.support.tones import write_tone

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

GoBy = Callable[..., Awaitable[None]]
SPEAKER_HZ = 600


async def _is_told_and_hung_up(floor: Floor, call: PhoneCall, folder: Path, words: str) -> bool:
    """Record to the end of the call; returns whether these words were said."""
    path = folder / "heard.wav"
    await call.record(path)
    await call.wait(CallState.ENDED, 20)
    await call.record(None)
    return likeness(path, prompts_of(floor), words) > HEARD


async def test_whom_a_full_queue_does_not_take_hears_so_and_is_hung_up(
    floor: Floor, go_by: GoBy, tmp_path: Path
) -> None:
    await go_by(max_waiting=1)
    waiting = await floor.call("0611112222")
    contact = (await floor.waiting()).contact.id
    refused = await floor.call("0611113333")
    assert await _is_told_and_hung_up(floor, refused, tmp_path, spoken("queue_full", "ja").text)
    assert [each.contact.id for each in await floor.contacts()] == [contact]
    assert waiting.state is CallState.ANSWERED


async def test_who_has_waited_long_enough_is_told_so_and_hung_up(
    floor: Floor, go_by: GoBy, tmp_path: Path
) -> None:
    words = {"ja": "本日の受付は終了しました。おかけ直しください。", "en": "We are closed now."}
    await go_by(overflow=(Divert(after_s=1, to=Diversion.CLOSE, **words),))
    call = await floor.call("0611112222")
    assert await _is_told_and_hung_up(floor, call, tmp_path, words["ja"])
    assert await floor.contacts() == []


async def test_who_has_waited_long_enough_goes_on_in_the_menus(floor: Floor, go_by: GoBy) -> None:
    await go_by(overflow=(Divert(after_s=1, to=Diversion.SECTION, section="main"),))
    call = await floor.call("0611112222")
    contact = (await floor.waiting()).contact.id
    await until(partial(_has_left, floor, contact))
    await call.dtmf("2")
    record = await floor.waiting("sales")
    assert record.contact.id == contact


async def test_a_message_is_recorded(floor: Floor, customer: Softphone, go_by: GoBy, tmp_path: Path) -> None:
    await go_by(overflow=(Divert(after_s=1, to=Diversion.VOICEMAIL),))
    call = await floor.call(CUSTOMER)
    contact = (await floor.waiting()).contact.id
    await call.wait_media(MediaState.ACTIVE, 20)
    spool = floor.node.state / "spool/recording"

    async def is_recorded() -> bool:
        return any(spool.rglob("*.wav"))

    await until(is_recorded, timeout_s=30)
    await call.play(write_tone(tmp_path / "message.wav", SPEAKER_HZ))
    await asyncio.sleep(2.5)
    await call.hang_up()

    async def is_noted() -> bool:
        taken = [line for line in floor.hub.log() if line["event"] == "voicemail.taken"]
        return bool(taken) and taken[-1]["contact"] == contact and taken[-1]["seconds"] >= 1

    await until(is_noted)
    assert (await floor.waiting()).contact.channel is Channel.VOICEMAIL  # which no step takes elsewhere


async def _has_left(floor: Floor, contact: str) -> bool:
    return await floor.contact(contact) is None
