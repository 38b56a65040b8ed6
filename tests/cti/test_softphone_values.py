"""What a softphone knows without pjsua2: addresses, headers, the life of a call."""

import asyncio
from pathlib import Path

import pytest

from cti.softphone import AccountSettings, CallEnded, CallState, EngineClosed, MediaState, PhoneCall
from cti.softphone.events import (
    AccountHandle,
    CallHandle,
    CallProgressed,
    DigitReceived,
    MediaChanged,
    SoftphoneEvent,
)
from cti.softphone.sip import parse_headers, parse_name_addr
from cti.softphone.thread import PjThread
from tests.support.tones import tone_share, write_tone

ACCOUNT, CALL = AccountHandle(1), CallHandle(2)
SOON_S = 0.05


def _ignore(event: SoftphoneEvent) -> None:
    raise AssertionError(event)


def _call(state: CallState = CallState.CALLING) -> PhoneCall:
    """A call whose thread was never started, so that nothing reaches pjsua2."""
    return PhoneCall(PjThread(_ignore, lambda: None), CALL, "sip:0312345678@192.0.2.1", state=state)


@pytest.mark.parametrize(
    ("text", "name", "uri", "user"),
    [
        ("sip:100@192.0.2.1", "", "sip:100@192.0.2.1", "100"),
        ("sip:100@192.0.2.1;transport=udp", "", "sip:100@192.0.2.1", "100"),
        ("<sip:+81312345678@host;user=phone>;tag=1", "", "sip:+81312345678@host;user=phone", "+81312345678"),
        ("Sato <sip:sato@host>", "Sato", "sip:sato@host", "sato"),
        ('"佐藤 \\"A\\" <x>" <sip:sato@host>', '佐藤 "A" <x>', "sip:sato@host", "sato"),
        ("<sip:192.0.2.1>", "", "sip:192.0.2.1", ""),
        (
            '"Anonymous" <sip:anonymous@anonymous.invalid>',
            "Anonymous",
            "sip:anonymous@anonymous.invalid",
            "anonymous",
        ),
    ],
)
def test_a_party_is_read_from_a_header(text: str, name: str, uri: str, user: str) -> None:
    party = parse_name_addr(text)
    assert (party.name, party.uri, party.user) == (name, uri, user)


def test_headers_are_read_folded_compact_and_first_of_many() -> None:
    message = (
        "INVITE sip:a@b SIP/2.0\r\nVia: first\r\nv: second\r\nf: <sip:x@y>\r\n"
        "Subject: long\r\n  line\r\nX-Empty:\r\n\r\nv=0\r\no=body: not a header\r\n"
    )
    assert parse_headers(message) == {
        "via": "first",
        "from": "<sip:x@y>",
        "subject": "long line",
        "x-empty": "",
    }
    assert parse_headers("") == {}


def test_a_display_name_goes_out_as_it_is_read() -> None:
    account = AccountSettings(user="sato", domain="host", display_name='佐藤 "\\"', password="hidden")
    assert parse_name_addr(account.identity).name == '佐藤 "\\"'
    assert parse_name_addr(account.identity).uri == "sip:sato@host"
    assert "hidden" not in repr(account)


async def test_a_call_is_waited_for_until_its_state_or_past_it() -> None:
    call = _call()
    waiting = asyncio.create_task(call.wait(CallState.RINGING, 1))
    await asyncio.sleep(0)
    call.apply(CallProgressed(ACCOUNT, CALL, CallState.ANSWERED, 200, "OK"))
    await waiting
    await call.wait(CallState.ANSWERED, 0)


async def test_a_call_that_ends_ends_every_wait() -> None:
    call = _call()
    waits = [
        asyncio.create_task(wait)
        for wait in (
            call.wait(CallState.ANSWERED, 1),
            call.wait_media(MediaState.ACTIVE, 1),
            call.wait_digits(1, 1),
        )
    ]
    await asyncio.sleep(0)
    call.apply(CallProgressed(ACCOUNT, CALL, CallState.ENDED, 486, "Busy Here"))
    for ended in await asyncio.gather(*waits, return_exceptions=True):
        assert isinstance(ended, CallEnded)
        assert (ended.code, ended.reason) == (486, "Busy Here")
    await call.wait(CallState.ENDED, 0)
    await call.hang_up()


async def test_a_wait_is_bounded() -> None:
    with pytest.raises(TimeoutError):
        await _call().wait(CallState.ANSWERED, SOON_S)


async def test_digits_and_media_are_taken_note_of() -> None:
    call = _call(CallState.RINGING)
    assert call.incoming
    for event in (
        DigitReceived(ACCOUNT, CALL, "4"),
        DigitReceived(ACCOUNT, CALL, "#"),
        MediaChanged(ACCOUNT, CALL, MediaState.HELD_BY_PEER),
    ):
        call.apply(event)
    assert await call.wait_digits(2, 0) == "4#"
    await call.wait_media(MediaState.HELD_BY_PEER, 0)


async def test_nothing_is_asked_of_an_engine_that_does_not_run() -> None:
    with pytest.raises(EngineClosed):
        await _call().hold()


def test_a_tone_is_told_from_another_from_silence_and_from_a_mixture(tmp_path: Path) -> None:
    tone = write_tone(tmp_path / "tone.wav", 440)
    assert tone_share(tone, 440) > 0.99
    assert tone_share(tone, 700) < 0.01
    assert tone_share(write_tone(tmp_path / "silence.wav", 0), 440) == 0
