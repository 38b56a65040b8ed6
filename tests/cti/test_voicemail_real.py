"""Messages that callers leave, on a real Asterisk."""

import asyncio

import pytest

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.listener import GoneCause
from tests.cti.far_end import FarEnd, Party
from tests.cti.heard import Heard
from tests.support.asterisk import AsteriskNode
from tests.support.tones import tone_share

pytestmark = pytest.mark.real

SPEAKER_HZ = 700


async def _answered(control: CallControl, far: FarEnd, heard: Heard) -> tuple[Party, ChannelKey]:
    customer = await far.call()
    call = await heard.next_call()
    await control.answer(call.key)
    return customer, call.key


async def test_a_message_ends_with_silence(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    customer, key = await _answered(control, far, heard)
    taking = asyncio.create_task(control.take_message(key, "m1", 60))
    await asyncio.sleep(1)
    await customer.speak(SPEAKER_HZ)
    await asyncio.sleep(2)
    await customer.be_silent()
    first_s = await asyncio.wait_for(taking, 12)
    assert 1 <= first_s <= 4
    recorded = asterisk.state / "spool/recording" / "m1.wav"
    assert tone_share(recorded, SPEAKER_HZ) > 0.5
    size = recorded.stat().st_size
    silent_s = await asyncio.wait_for(control.take_message(key, "m1", 60, goes_on=True), 12)
    assert first_s <= silent_s <= first_s + 1, "all that was spoken counts, and the pauses in it"
    taking = asyncio.create_task(control.take_message(key, "m1", 60, goes_on=True))
    await customer.speak(SPEAKER_HZ)
    await asyncio.sleep(2)
    await customer.be_silent()
    assert await asyncio.wait_for(taking, 12) > silent_s, "he went on"
    assert recorded.stat().st_size >= size + 2 * 8_000, "what was said before is kept"
    assert tone_share(recorded, SPEAKER_HZ) > 0.4
    await control.hang_up(key)


async def test_a_message_ends_with_the_call(control: CallControl, far: FarEnd, heard: Heard) -> None:
    customer, key = await _answered(control, far, heard)
    taking = asyncio.create_task(control.take_message(key, "m2", 60))
    await asyncio.sleep(1)
    await customer.speak(SPEAKER_HZ)
    await asyncio.sleep(2)
    await customer.hang_up()
    assert 1 <= await asyncio.wait_for(taking, 5) <= 4
    await heard.until("call_gone", key, GoneCause.HUNG_UP)
