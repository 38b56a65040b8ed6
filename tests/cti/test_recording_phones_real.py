"""A recording on real phones: all who talk to the customer, one after the other, are heard in it."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cti.hush import write_hush
from cti.recording import sides
from cti.softphone import CallState
from tests.cti.agents_phones import agents_phones, hangs_up, talks
from tests.cti.far_end import controlled
from tests.cti.heard import Heard
from tests.support.asterisk import AsteriskNode
from tests.support.recorded import tones
from tests.support.tones import RATE_HZ, read_wav, write_tone

pytestmark = pytest.mark.real

TONES = {"sato": 1700, "tanaka": 2300}
_ROUNDS = 3


async def test_agents_who_follow_one_another_are_all_heard(
    heard: Heard, asterisk: AsteriskNode, tmp_path: Path
) -> None:
    agents = [*TONES] * _ROUNDS
    for name, hz in TONES.items():
        write_tone(tmp_path / f"{name}.wav", hz, 5)
    begins = []
    async with (
        agents_phones(asterisk, TONES) as (caller, phones),
        controlled(asterisk, heard, hush=write_hush(tmp_path)) as control,
    ):
        customer = await caller.call(f"sip:0312345678@{asterisk.sip_host}:{asterisk.sip_port}")
        key = (await heard.next_call()).key
        await control.answer(key)
        for at, name in enumerate(agents):
            phone = await talks(control, heard, phones[name], name, key, f"o{at}")
            await phone.play(tmp_path / f"{name}.wav")
            if not at:
                await control.record(key, "followed")
                began_s = time.monotonic()
            begins.append(round((time.monotonic() - began_s + 0.3) * RATE_HZ))
            await asyncio.sleep(0.9)
            await hangs_up(heard, phone, f"o{at}")
        await control.stop_recording("followed")
        await control.hang_up(key)
        await customer.wait(CallState.ENDED, 10)
        await heard.until_gone(key)
    ours = _samples(asterisk.state / "spool/recording" / f"{sides('followed')[1]}.wav")
    found = [tones(ours[begin : begin + RATE_HZ // 2], TONES.values()) for begin in begins]
    assert found == [{TONES[name]} for name in agents]


def _samples(path: Path) -> NDArray[np.int16]:
    return (read_wav(path)[1] * 32767).astype(np.int16)
