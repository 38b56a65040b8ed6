"""An agent's phone account is made while others talk: nothing is restarted, nobody hears it."""

import asyncio
from pathlib import Path

import pytest

from cti.softphone import CallState
from tests.failures.floor import Floor
from tests.support.tones import tone_share, write_tone

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]


async def test_a_phone_is_added_during_a_talk(floor: Floor, tmp_path: Path) -> None:
    await floor.sato.available()
    call = await floor.call("0611115555")
    agent_call, contact = await floor.sato.answers()
    await call.play(write_tone(tmp_path / "tone.wav", 500))
    await asyncio.sleep(0.3)
    pid, heard = floor.node.service.daemon.pid, tmp_path / "heard.wav"
    await agent_call.record(heard)
    await floor.hub.add_agent("mori", "森")
    phone = await floor.phone("mori")
    echo = await phone.call(f"sip:*43@{floor.node.sip_host}:{floor.node.sip_port}")
    await echo.wait(CallState.ANSWERED, 20)
    await echo.hang_up()
    await asyncio.sleep(0.5)
    await agent_call.record(None)
    assert tone_share(heard, 500, skip_s=0.1) > 0.95, "the talk went on, without a gap"
    assert floor.node.service.daemon.pid == pid
    await phone.close()
    seen = len(floor.sato.desktop.events)
    await call.hang_up()
    await floor.sato.wraps_up(contact["id"], after=seen)
