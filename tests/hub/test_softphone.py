"""`toritsugi softphone` against a real Asterisk, by lines and by keys on a terminal."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti.softphone import AccountSettings, CallState, MediaState, PhoneCall, Softphone, SoftphoneEngine
from tests.support.asterisk import AsteriskNode
from tests.support.hearing import comes_to_hear
from tests.support.phone_process import phone_process
from tests.support.tones import write_tone

pytestmark = pytest.mark.real


@pytest.fixture
async def tanaka(asterisk: AsteriskNode) -> AsyncIterator[Softphone]:
    """A colleague's phone."""
    async with SoftphoneEngine() as engine:
        phone = await engine.account(
            AccountSettings(
                user="tanaka",
                domain=asterisk.sip_host,
                password=asterisk.passwords["tanaka"],
                registrar=f"sip:{_server(asterisk)}",
            )
        )
        await phone.registered()
        yield phone


def _server(asterisk: AsteriskNode) -> str:
    return f"{asterisk.sip_host}:{asterisk.sip_port}"


async def _calls_sato(tanaka: Softphone, asterisk: AsteriskNode) -> PhoneCall:
    return await tanaka.call(f"sip:sato@{_server(asterisk)}")


async def test_a_call_is_answered_held_resumed_and_hung_up_by_lines(
    asterisk: AsteriskNode, tanaka: Softphone, tmp_path: Path
) -> None:
    tone = write_tone(tmp_path / "tone.wav", 440)
    password = asterisk.passwords["sato"]
    async with phone_process("sato", _server(asterisk), password, "--wav", str(tone)) as sato:
        await sato.until("登録しました: sato")
        call = await _calls_sato(tanaka, asterisk)
        await sato.until("着信: 田中 <tanaka>")
        sato.type("answer")
        await call.wait(CallState.ANSWERED, 5)
        await sato.until("通話中: 田中")
        await call.wait_media(MediaState.ACTIVE, 5)
        await comes_to_hear(call, 440, tmp_path / "heard.wav", share=0.9)
        sato.type("hold")
        await sato.until("保留中")
        sato.type("dtmf 12")
        sato.type("resume")
        seen = len(sato.shown)
        await sato.until("通話中", after=seen - 1)
        sato.type("dtmf 7#")
        digits = ""  # of those typed on hold some may have come through
        while not digits.endswith("7#"):
            digits = await call.wait_digits(len(digits) + 1, 5)
        await call.dtmf("5")
        await sato.until("受信した数字: 5")
        sato.type("hangup")
        await call.wait(CallState.ENDED, 5)
        await sato.until("終了: 田中")
        sato.type("quit")
        assert await sato.ended() == 0
    assert "Objects found" not in await asterisk.cli("pjsip show contacts like ^sato/")


async def test_keys_of_a_terminal_do_the_same(asterisk: AsteriskNode, tanaka: Softphone) -> None:
    password = asterisk.passwords["sato"]
    async with phone_process("sato", _server(asterisk), password, terminal=True, language="en") as sato:
        await sato.until("Registered: sato")
        first = await _calls_sato(tanaka, asterisk)
        await sato.until("Ringing")
        sato.type("r")
        await first.wait(CallState.ENDED, 5)
        second = await _calls_sato(tanaka, asterisk)
        await sato.until("Ringing", after=len(sato.shown))
        sato.type("a")
        await second.wait(CallState.ANSWERED, 5)
        await sato.until("Talking")
        sato.type("h")
        await sato.until("On hold")
        seen = len(sato.shown)
        sato.type("h")
        await sato.until("Talking", after=seen)
        sato.type("9")
        assert await second.wait_digits(1, 5) == "9"
        sato.type("x")
        await second.wait(CallState.ENDED, 5)
        sato.type("q")
        assert await sato.ended() == 0


async def test_a_call_is_transferred(asterisk: AsteriskNode, tanaka: Softphone) -> None:
    """The dialplan serves this one: Asterisk itself carries the REFER out."""
    password = asterisk.passwords["sato"]
    async with phone_process("sato", _server(asterisk), password) as sato:
        await sato.until("登録しました")
        call = await _calls_sato(tanaka, asterisk)
        await sato.until("着信")
        sato.type("answer")
        await call.wait(CallState.ANSWERED, 5)
        sato.type("transfer *43")
        await sato.until("転送しました")
        await sato.until("終了")
        assert call.state is CallState.ANSWERED
        await call.hang_up()


async def test_a_wrong_password_is_told_and_never_shown(asterisk: AsteriskNode) -> None:
    async with phone_process("sato", _server(asterisk), "not-the-password", language="en") as sato:
        assert await sato.ended() == 1
        assert "not-the-password" not in "\n".join(sato.shown)


async def test_a_crash_says_no_word(asterisk: AsteriskNode, tanaka: Softphone) -> None:
    password = asterisk.passwords["sato"]
    async with phone_process("sato", _server(asterisk), password, "--auto-answer") as sato:
        await sato.until("登録しました")
        call = await _calls_sato(tanaka, asterisk)
        await call.wait(CallState.ANSWERED, 5)
        await sato.kill()
        await asyncio.sleep(0.5)
        assert call.state is CallState.ANSWERED
        await call.hang_up()
