"""A recording on real phones: all who talk to the customer, one after the other, are heard in it.

Each phone numbers its packets from a number of its own, as chance will have it above or below those of the
phone before.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.hush import write_hush
from cti.listener import GoneCause
from cti.recording import sides
from cti.softphone import AccountSettings, CallState, MediaState, PhoneCall, Softphone, SoftphoneEngine
from tests.cti.far_end import controlled
from tests.cti.heard import Heard
from tests.support.asterisk import AsteriskNode
from tests.support.recorded import tones
from tests.support.tones import RATE_HZ, read_wav, write_tone

pytestmark = pytest.mark.real

TRUNK = "127.0.0.2"
TONES = {"sato": 1700, "tanaka": 2300}
_ROUNDS = 3


@asynccontextmanager
async def _phones(asterisk: AsteriskNode) -> AsyncIterator[tuple[Softphone, dict[str, Softphone]]]:
    """Open a caller's phone and those of both agents."""
    registrar = f"sip:{asterisk.sip_host}:{asterisk.sip_port}"
    async with SoftphoneEngine() as engine:
        phones = {}
        for name in TONES:
            settings = AccountSettings(
                user=name,
                domain=asterisk.sip_host,
                password=asterisk.passwords[name],
                registrar=registrar,
            )
            phones[name] = await engine.account(settings)
            await phones[name].registered()
        caller = AccountSettings(user="0611112222", domain=TRUNK, bound_address=TRUNK)
        yield await engine.account(caller), phones


async def test_agents_who_follow_one_another_are_all_heard(
    heard: Heard, asterisk: AsteriskNode, tmp_path: Path
) -> None:
    agents = [*TONES] * _ROUNDS
    for name, hz in TONES.items():
        write_tone(tmp_path / f"{name}.wav", hz, 5)
    begins = []
    async with (
        _phones(asterisk) as (caller, phones),
        controlled(asterisk, heard, hush=write_hush(tmp_path)) as control,
    ):
        customer = await caller.call(f"sip:0312345678@{asterisk.sip_host}:{asterisk.sip_port}")
        key = (await heard.next_call()).key
        await control.answer(key)
        for at, name in enumerate(agents):
            phone = await _talks(control, heard, phones[name], name, key, f"o{at}")
            await phone.play(tmp_path / f"{name}.wav")
            if not at:
                await control.record(key, "followed")
                began_s = time.monotonic()
            begins.append(round((time.monotonic() - began_s + 0.3) * RATE_HZ))
            await asyncio.sleep(0.9)
            await phone.hang_up()
            await phone.wait(CallState.ENDED, 10)
            await heard.until("leg_gone", f"o{at}", GoneCause.HUNG_UP)
        await control.stop_recording("followed")
        await control.hang_up(key)
        await customer.wait(CallState.ENDED, 10)
        await heard.until_gone(key)
    ours = _samples(asterisk.state / "spool/recording" / f"{sides('followed')[1]}.wav")
    found = [tones(ours[begin : begin + RATE_HZ // 2], TONES.values()) for begin in begins]
    assert found == [{TONES[name]} for name in agents]


async def _talks(
    control: CallControl, heard: Heard, phone: Softphone, name: str, key: ChannelKey, ref: str
) -> PhoneCall:
    """Let an agent's phone be answered and talk to the customer."""
    await control.ring(ref, key, f"PJSIP/{name}", caller_id="1", timeout_s=10)
    call = await phone.next_call(10)
    await call.answer()
    await heard.until("leg_answered", ref)
    await control.connect(key, ref)
    await call.wait_media(MediaState.ACTIVE, 10)
    return call


def _samples(path: Path) -> NDArray[np.int16]:
    return (read_wav(path)[1] * 32767).astype(np.int16)
