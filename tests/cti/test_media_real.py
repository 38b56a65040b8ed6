"""What customers and agents hear, type and leave on recordings, against a real Asterisk."""

import asyncio
import time
from pathlib import Path

import pytest

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.dialogue import Wanted
from cti.errors import CallGone
from tests.cti.far_end import PHONE, FarEnd, Party
from tests.cti.heard import Heard
from tests.support.asterisk import AsteriskNode
from tests.support.tones import read_wav, tone_share, write_tone

pytestmark = pytest.mark.real

CUSTOMER_HZ, AGENT_HZ, PROMPT_HZ = 500, 1500, 700


@pytest.fixture
def prompt(tmp_path: Path) -> str:
    """A prompt of 10 s, as a media URI."""
    return f"sound:{write_tone(tmp_path / 'prompt.wav', PROMPT_HZ, 10).with_suffix('')}"


async def _answered(control: CallControl, far: FarEnd, heard: Heard) -> tuple[Party, ChannelKey]:
    customer = await far.call()
    call = await heard.next_call()
    await control.answer(call.key)
    return customer, call.key


async def _ask(control: CallControl, key: ChannelKey, *sounds: str, **changed: float) -> str:
    timeouts = {"first_digit_timeout_s": 2.0, "digit_timeout_s": 0.6} | changed
    return await control.play_and_collect(
        key, sounds, Wanted(4, timeouts["first_digit_timeout_s"], timeouts["digit_timeout_s"])
    )


async def _talk(control: CallControl, far: FarEnd, heard: Heard) -> tuple[Party, Party, ChannelKey]:
    """Connect a silent customer with an agent who speaks."""
    customer, key = await _answered(control, far, heard)
    await control.ring("o1", key, PHONE, caller_id="1", timeout_s=10)
    phone = await far.rung()
    await phone.answer()
    await heard.until("leg_answered", "o1")
    await control.connect(key, "o1")
    await phone.speak(AGENT_HZ)
    return customer, phone, key


def _recorded(asterisk: AsteriskNode, name: str) -> Path:
    return asterisk.state / "spool/recording" / f"{name}.wav"


async def test_a_digit_breaks_into_the_prompt(
    control: CallControl, far: FarEnd, heard: Heard, prompt: str
) -> None:
    customer, key = await _answered(control, far, heard)
    began = time.monotonic()
    asking = asyncio.create_task(_ask(control, key, prompt))
    await asyncio.sleep(0.1)
    await customer.type("12#34#")
    assert await asking == "12"
    assert time.monotonic() - began < 3
    assert await _ask(control, key, prompt) == "34"
    await control.hang_up(key)


@pytest.mark.parametrize(("codec", "hz"), [("ulaw", PROMPT_HZ), ("g722", AGENT_HZ), ("slin16", AGENT_HZ)])
async def test_a_wideband_caller_hears_the_wideband_file(
    control: CallControl,
    far: FarEnd,
    heard: Heard,
    asterisk: AsteriskNode,
    tmp_path: Path,
    codec: str,
    hz: int,
) -> None:
    sound = write_tone(tmp_path / "prompt.wav", PROMPT_HZ, 3)
    write_tone(tmp_path / "prompt.wav16", AGENT_HZ, 3, rate_hz=16000)
    customer = await far.call(codecs=codec)
    call = await heard.next_call()
    await control.answer(call.key)
    asking = asyncio.create_task(_ask(control, call.key, f"sound:{sound.with_suffix('')}"))
    async with customer.listening("wideband"):
        await asyncio.sleep(1)
    await control.hang_up(call.key)
    with pytest.raises(CallGone):
        await asking
    assert tone_share(_recorded(asterisk, "wideband"), hz, skip_s=0.2) > 0.8


async def test_silence_is_no_digits(control: CallControl, far: FarEnd, heard: Heard, tmp_path: Path) -> None:
    _, key = await _answered(control, far, heard)
    short = f"sound:{write_tone(tmp_path / 'short.wav', PROMPT_HZ, 0.2).with_suffix('')}"
    began = time.monotonic()
    assert await _ask(control, key, short, short, first_digit_timeout_s=0.2) == ""
    assert 0.5 < time.monotonic() - began < 2
    await control.hang_up(key)


async def test_a_prompt_that_cannot_be_played_is_passed_over(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    _, key = await _answered(control, far, heard)
    assert await _ask(control, key, "sound:/nowhere/nothing", first_digit_timeout_s=0.2) == ""
    await control.hang_up(key)


async def test_hanging_up_ends_the_question(
    control: CallControl, far: FarEnd, heard: Heard, prompt: str
) -> None:
    customer, key = await _answered(control, far, heard)
    asking = asyncio.create_task(_ask(control, key, prompt))
    await asyncio.sleep(0.1)
    await customer.hang_up()
    with pytest.raises(CallGone):
        await asking


async def test_a_cancelled_question_is_silent(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode, prompt: str
) -> None:
    customer, key = await _answered(control, far, heard)
    asking = asyncio.create_task(_ask(control, key, prompt))
    await asyncio.sleep(0.1)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    async with customer.listening("after-cancel"):
        await asyncio.sleep(0.5)
    await control.hang_up(key)
    assert tone_share(_recorded(asterisk, "after-cancel"), PROMPT_HZ, skip_s=0.1) < 0.01


async def test_each_side_is_recorded_by_itself(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    customer, _, key = await _talk(control, far, heard)
    await customer.speak(CUSTOMER_HZ)
    recording = await control.record(key, "both-sides")
    await asyncio.sleep(1)
    await recording.stop()
    await recording.stop()
    assert tone_share(_recorded(asterisk, recording.customer), CUSTOMER_HZ, skip_s=0.1) > 0.9
    assert tone_share(_recorded(asterisk, recording.agent), AGENT_HZ, skip_s=0.1) > 0.9
    rate, samples = read_wav(_recorded(asterisk, recording.agent))
    assert len(samples) / rate == pytest.approx(1, abs=0.3)
    await control.hang_up(key)


async def test_speech_flows_both_ways(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    customer, phone, key = await _talk(control, far, heard)
    async with customer.listening("customer-hears"):
        await asyncio.sleep(0.5)
    await phone.be_silent()
    await customer.speak(CUSTOMER_HZ)
    async with phone.listening("agent-hears"):
        await asyncio.sleep(0.5)
    await control.hang_up(key)
    assert tone_share(_recorded(asterisk, "customer-hears"), AGENT_HZ, skip_s=0.1) > 0.9
    assert tone_share(_recorded(asterisk, "agent-hears"), CUSTOMER_HZ, skip_s=0.1) > 0.9


async def test_a_recording_ends_with_the_call(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    customer, _, key = await _talk(control, far, heard)
    recording = await control.record(key, "until-hang-up")
    await asyncio.sleep(0.5)
    await customer.hang_up()
    await heard.until_gone(key)
    await recording.stop()
    assert tone_share(_recorded(asterisk, recording.agent), AGENT_HZ, skip_s=0.1) > 0.9


async def test_recording_a_call_that_is_gone(control: CallControl, far: FarEnd, heard: Heard) -> None:
    customer, _, key = await _talk(control, far, heard)
    _, outcome = await asyncio.gather(
        customer.hang_up(), control.record(key, "too-late"), return_exceptions=True
    )
    assert isinstance(outcome, CallGone) or not isinstance(outcome, BaseException)
    await heard.until_gone(key)


async def test_on_hold_the_customer_hears_music_and_then_the_agent_again(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    customer, _, key = await _talk(control, far, heard)
    await control.hold(key)
    await control.hold(key)
    async with customer.listening("on-hold"):
        await asyncio.sleep(0.6)
    await control.resume(key)
    await control.resume(key)
    async with customer.listening("resumed"):
        await asyncio.sleep(0.6)
    assert heard.about("leg_gone", "o1", "hung_up") == 0
    await control.hang_up(key)
    _, held = read_wav(_recorded(asterisk, "on-hold"))
    assert tone_share(_recorded(asterisk, "on-hold"), AGENT_HZ) < 0.8
    assert (held[800:4000] ** 2).mean() > 1e-6
    assert tone_share(_recorded(asterisk, "resumed"), AGENT_HZ, skip_s=0.1) > 0.9
