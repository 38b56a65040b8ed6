"""Audio out of a real Asterisk: one side of a call at a time, while prompts go on."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.dialogue import Wanted
from cti.errors import CtiError
from cti.media_stream import media_sockets
from tests.cti.far_end import FarEnd, Party
from tests.cti.heard import Heard
from tests.support.asterisk import AsteriskNode
from tests.support.tones import write_tone

pytestmark = pytest.mark.real

CUSTOMER_HZ, PROMPT_HZ = 500, 1500


def share(audio: bytes, hz: float) -> float:
    """Return what share of the power is at a frequency."""
    samples = np.frombuffer(audio, dtype="<i2").astype(np.float64)
    if not samples.any():
        return 0.0
    power = np.abs(np.fft.rfft(samples)) ** 2
    frequencies = np.fft.rfftfreq(samples.size, 1 / 8000)
    return float(power[np.abs(frequencies - hz) < 40].sum() / power.sum())


class Taken:
    def __init__(self) -> None:
        self.audio = bytearray()
        self._stirred = asyncio.Event()

    def __call__(self, samples: bytes) -> None:
        self.audio += samples
        self._stirred.set()

    async def seconds(self, wanted: float) -> bytes:
        """Wait for so much audio and return it."""
        async with asyncio.timeout(wanted + 5):
            while len(self.audio) < 16000 * wanted:
                self._stirred.clear()
                await self._stirred.wait()
        return bytes(self.audio)


async def _speaking(control: CallControl, far: FarEnd, heard: Heard) -> tuple[Party, ChannelKey]:
    customer = await far.call()
    call = await heard.next_call()
    await control.answer(call.key)
    await customer.speak(CUSTOMER_HZ)
    return customer, call.key


async def test_each_side_is_heard_apart_while_a_prompt_plays(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode, tmp_path: Path
) -> None:
    _, key = await _speaking(control, far, heard)
    prompt = f"sound:{write_tone(tmp_path / 'prompt.wav', PROMPT_HZ, 10).with_suffix('')}"
    asking = asyncio.create_task(control.play_and_collect(key, [prompt], Wanted(1, 1, 1)))
    for side, hz, other_hz in (("in", CUSTOMER_HZ, PROMPT_HZ), ("out", PROMPT_HZ, CUSTOMER_HZ)):
        taken = Taken()
        stream = await control.listen(key, f"test-{side}", side, taken, media_sockets(asterisk.ari_url))
        audio = await taken.seconds(1.0)
        await stream.stop()
        await stream.stop()
        assert share(audio[3200:], hz) > 0.9
        assert share(audio[3200:], other_hz) < 0.01
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await control.hang_up(key)


async def test_a_stream_ends_with_its_call(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    customer, key = await _speaking(control, far, heard)
    taken = Taken()
    stream = await control.listen(key, "test-end", "in", taken, media_sockets(asterisk.ari_url))
    await taken.seconds(0.2)
    await customer.hang_up()
    await heard.until_gone(key)
    await stream.stop()


async def test_nobody_listens_to_a_call_that_is_gone(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    customer, key = await _speaking(control, far, heard)
    await customer.hang_up()
    await heard.until_gone(key)
    with pytest.raises(CtiError):
        await control.listen(key, "test-gone", "in", Taken(), media_sockets(asterisk.ari_url))


async def test_a_medium_that_is_refused_leaves_nothing(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    _, key = await _speaking(control, far, heard)
    with pytest.raises(CtiError):
        await control.listen(key, "test-refused", "in", Taken(), media_sockets("http://127.0.0.1:9/ari"))
    await control.hang_up(key)
