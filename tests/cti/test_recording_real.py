"""Recordings by a real Asterisk: sides apart and in step, silent when asked, and longer lived than a leg."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.errors import CallGone
from cti.listener import GoneCause
from cti.recording import sides
from hub.recordings.dtmf import key_tones
from tests.cti.far_end import PHONE, FarEnd, Party, link_to
from tests.cti.heard import Heard
from tests.support.asterisk import AsteriskNode
from tests.support.tones import RATE_HZ, read_wav

pytestmark = pytest.mark.real

CUSTOMER_HZ, AGENT_HZ, SECOND_HZ = TONES = 500, 1700, 2300


async def _talk(control: CallControl, far: FarEnd, heard: Heard) -> tuple[Party, Party, ChannelKey]:
    """Connect a customer and an agent, both of whom speak."""
    customer = await far.call()
    call = await heard.next_call()
    await control.answer(call.key)
    phone = await _agent(control, far, heard, call.key, "o1", AGENT_HZ)
    await customer.speak(CUSTOMER_HZ)
    return customer, phone, call.key


async def _agent(
    control: CallControl, far: FarEnd, heard: Heard, key: ChannelKey, ref: str, tone_hz: int
) -> Party:
    await control.ring(ref, key, PHONE, caller_id="1", timeout_s=10)
    phone = await far.rung()
    await phone.answer()
    await heard.until("leg_answered", ref)
    await control.connect(key, ref)
    await phone.speak(tone_hz)
    return phone


class _Stretches:
    """A recording that begins now; what was heard in a stretch of it is measured afterwards."""

    def __init__(self, asterisk: AsteriskNode, name: str) -> None:
        self._paths = [asterisk.state / "spool/recording" / f"{each}.wav" for each in sides(name)]
        self._began_s = time.monotonic()
        self._begins: dict[str, float] = {}

    async def go_on(self, name: str, seconds: float = 0.7) -> None:
        self._begins[name] = time.monotonic() - self._began_s
        await asyncio.sleep(seconds)

    def heard(self, name: str) -> tuple[list[int], list[int]]:
        """Return which tones the customer's side and ours have in a stretch, its first 0.2 s left out."""
        customer, agent = (self._tones(path, self._begins[name] + 0.2) for path in self._paths)
        return customer, agent

    def is_silent(self, name: str) -> bool:
        return all(not self._part(path, self._begins[name] + 0.2).any() for path in self._paths)

    def seconds(self) -> list[float]:
        return [len(samples) / rate for rate, samples in map(read_wav, self._paths)]

    def _tones(self, path: Path, begin_s: float) -> list[int]:
        part = self._part(path, begin_s)
        powers = abs(np.fft.rfft(part)) ** 2
        total = powers.sum()
        place = len(part) / RATE_HZ
        return [
            hz
            for hz in TONES
            if total and powers[round(hz * place) - 2 : round(hz * place) + 3].sum() > 0.2 * total
        ]

    @staticmethod
    def _part(path: Path, begin_s: float) -> NDArray[np.float64]:
        rate, samples = read_wav(path)
        return samples[round(begin_s * rate) : round((begin_s + 0.4) * rate)]


async def test_sides_are_apart_in_step_and_silent_when_asked(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    customer, phone, key = await _talk(control, far, heard)
    recording = await control.record(key, "steps")
    steps = _Stretches(asterisk, "steps")
    await steps.go_on("talk")
    await phone.be_silent()
    await steps.go_on("agent says nothing")
    await control.silence_recording("steps", is_silent=True)
    await phone.speak(AGENT_HZ)
    await steps.go_on("pause")
    await control.silence_recording("steps", is_silent=False)
    await steps.go_on("talk again")
    lasted_s = time.monotonic() - steps._began_s
    await recording.stop()
    assert steps.heard("talk") == ([CUSTOMER_HZ], [AGENT_HZ])
    assert steps.heard("agent says nothing") == ([CUSTOMER_HZ], [])
    assert steps.is_silent("pause")
    assert steps.heard("talk again") == ([CUSTOMER_HZ], [AGENT_HZ])
    assert steps.seconds() == pytest.approx([lasted_s] * 2, abs=0.15)
    await customer.hang_up()
    await heard.until_gone(key)


async def test_it_goes_on_through_hold_and_another_agent(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    """The recording is the customer's: nothing is begun anew."""
    customer, phone, key = await _talk(control, far, heard)
    recording = await control.record(key, "through")
    steps = _Stretches(asterisk, "through")
    await steps.go_on("first agent")
    await control.hold(key)
    await steps.go_on("music")
    await control.resume(key)
    await phone.hang_up()
    await heard.until("leg_gone", "o1", GoneCause.HUNG_UP)
    second = await _agent(control, far, heard, key, "o2", SECOND_HZ)
    await steps.go_on("second agent")
    await second.be_silent()
    await customer.hang_up()
    await heard.until_gone(key)
    await recording.stop()
    assert steps.heard("first agent") == ([CUSTOMER_HZ], [AGENT_HZ])
    assert AGENT_HZ not in steps.heard("music")[1]
    assert steps.heard("second agent") == ([CUSTOMER_HZ], [SECOND_HZ])


async def test_keys_are_told_of_at_once_and_are_in_no_recording(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    pressed: list[ChannelKey] = []
    control.hear_keys(pressed.append)
    customer, _, key = await _talk(control, far, heard)
    await customer.be_silent()
    recording = await control.record(key, "keys")
    await customer.type("4711")
    async with asyncio.timeout(20):
        while len(pressed) < 4:  # noqa: ASYNC110 - told by a plain function
            await asyncio.sleep(0.02)
    await recording.stop()
    assert pressed == [key] * 4
    for side in sides("keys"):
        _, samples = read_wav(asterisk.state / "spool/recording" / f"{side}.wav")
        assert not list(key_tones([(samples * 32767).astype(np.int16)], RATE_HZ))
    await control.hang_up(key)
    await heard.until_gone(key)


async def test_it_goes_on_without_the_hub_and_is_known_by_its_name(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    customer, _, key = await _talk(control, far, heard)
    await control.record(key, "alone")
    steps = _Stretches(asterisk, "alone")
    await control.close()
    await steps.go_on("no hub")
    again = Heard()
    other = CallControl(link_to(asterisk, asterisk.ari_app), again)
    running = asyncio.create_task(other.run())
    await other.up(5)
    try:
        await again.until("node_up")
        assert [await other.writes(each) for each in sides("alone")] == [True, True]
        await other.silence_recording("alone", is_silent=True)
        await steps.go_on("pause by another hub")
        await customer.hang_up()
        await again.until_gone(key)
        await other.stop_recording("alone")
        assert [await other.writes(each) for each in sides("alone")] == [False, False]
        with pytest.raises(CallGone):
            await other.silence_recording("alone", is_silent=False)
    finally:
        await other.close()
        await running
    assert steps.heard("no hub") == ([CUSTOMER_HZ], [AGENT_HZ])
    assert steps.is_silent("pause by another hub")
