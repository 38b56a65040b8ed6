"""Calls become text, both sides apart, on a real Asterisk."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any, cast

import pytest

from acd.contact import Channel
from acd.ids import ContactId, QueueName
from cti.calls import CallControl
from cti.hush import write_hush
from cti.incoming import IncomingCall
from cti.media_stream import media_sockets
from cti.softphone import CallState
from hub.board import LiveContact
from hub.call import Call
from hub.clock import now_ms
from hub.live_transcripts import LiveTranscripts
from hub.transcripts import Side
from ivr.asr.process import Model
from ivr.asr.recognisers import Recognisers
from ivr.hearing import Utterance
from tests.cti.agents_phones import agents_phones, hangs_up, talks
from tests.cti.far_end import PHONE, FarEnd, Party, controlled
from tests.cti.heard import Heard
from tests.ivr.asr_engines import HERE
from tests.speech.conftest import listening, sound_at
from tests.support import voices
from tests.support.asterisk import AsteriskNode

pytestmark = pytest.mark.real

COUNTING = Model(engine=f"{HERE}:Counting", path=Path("/"))
SUPPORT, SALES = QueueName("support"), QueueName("sales")


class Written:
    def __init__(self) -> None:
        self.all: list[tuple[ContactId, Side, Utterance]] = []
        self.ended_ms = 0
        self._stirred = asyncio.Event()

    def __call__(self, live: LiveContact, side: Side, utterance: Utterance, ended_ms: int) -> None:
        self.all.append((live.id, side, utterance))
        self.ended_ms = ended_ms
        self._stirred.set()

    async def sides(self, wanted: set[str]) -> None:
        async with asyncio.timeout(10):
            while {side for _, side, _ in self.all} != wanted:
                self._stirred.clear()
                await self._stirred.wait()


async def _talk(control: CallControl, far: FarEnd, heard: Heard) -> tuple[Party, Party, Call]:
    customer = await far.call()
    incoming = await heard.next_call()
    await control.answer(incoming.key)
    await control.ring("o1", incoming.key, PHONE, caller_id="1", timeout_s=10)
    phone = await far.rung()
    await phone.answer()
    await heard.until("leg_answered", "o1")
    await control.connect(incoming.key, "o1")
    return customer, phone, _call_of(incoming)


def _call_of(incoming: IncomingCall) -> Call:
    id_ = ContactId(incoming.key.id)
    contact = LiveContact(id=id_, channel=Channel.VOICE, queue=SUPPORT, arrived_ms=incoming.at_ms)
    return Call(incoming, contact, cast(Any, None))


async def _both_sides(recognisers: Recognisers) -> None:
    async with asyncio.timeout(15):
        while recognisers.streams < 2:  # noqa: ASYNC110 - nobody could set an event
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)  # both media flow


async def _says(party: Party, wav: Path) -> None:
    await party.link.ari.channels.play_with_id(party.id, f"{party.id}-says", media=[sound_at(wav)])


async def test_both_sides_are_written_down_apart_until_the_call_ends(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode, tmp_path: Path
) -> None:
    said = voices.spoken("注文の確認をお願いします") + voices.silence(1)
    wav, paused = voices.write_voice(tmp_path / "said.wav", said), set[ContactId]()
    async with listening(COUNTING) as recognisers:
        customer, phone, call = await _talk(control, far, heard)
        written = Written()
        transcripts = LiveTranscripts(
            recognisers,
            media_sockets(asterisk.ari_url),
            lambda queue: queue == SUPPORT,
            lambda contact: contact in paused,
            written,
        )
        transcripts.control = control
        transcripts.talk_began(call)
        transcripts.talk_began(call)
        await _both_sides(recognisers)
        await _says(customer, wav)
        await written.sides({"customer"})
        await _says(phone, wav)
        await written.sides({"customer", "agent"})
        call.contact.queue = SALES
        transcripts.talk_began(call)
        async with asyncio.timeout(5):
            while recognisers.streams:  # noqa: ASYNC110 - nobody could set an event
                await asyncio.sleep(0.02)
        await transcripts.close()
        await control.hang_up(call.key)


async def test_every_agent_of_a_call_is_written_down(
    heard: Heard, asterisk: AsteriskNode, tmp_path: Path
) -> None:
    """The customer goes from phone to phone, as by transfers; each numbers its packets anew."""
    wav = voices.write_voice(tmp_path / "said.wav", voices.spoken("お願いします") + voices.silence(1))
    async with (
        listening(COUNTING) as recognisers,
        agents_phones(asterisk, ("sato", "tanaka")) as (caller, phones),
        controlled(asterisk, heard, hush=write_hush(tmp_path)) as control,
    ):
        customer = await caller.call(f"sip:0312345678@{asterisk.sip_host}:{asterisk.sip_port}")
        call, written = _call_of(await heard.next_call()), Written()
        transcripts = LiveTranscripts(
            recognisers, media_sockets(asterisk.ari_url), lambda queue: True, heard=written
        )
        transcripts.control = control
        await control.answer(call.key)
        for at, name in enumerate(("sato", "tanaka") * 2):
            phone = await talks(control, heard, phones[name], name, call.key, f"o{at}")
            transcripts.talk_began(call)
            await _both_sides(recognisers)
            written.all.clear()
            await phone.play(wav, loop=False)
            await written.sides({"agent"})
            await hangs_up(heard, phone, f"o{at}")
        await transcripts.close()
        await control.hang_up(call.key)
        await customer.wait(CallState.ENDED, 10)
        await heard.until_gone(call.key)


async def test_what_is_said_last_is_heard_after_the_end(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode, tmp_path: Path
) -> None:
    said = voices.spoken("四一一一、一一一一、一一一一、一一一一です")
    wav = voices.write_voice(tmp_path / "said.wav", said)
    async with listening(COUNTING) as recognisers:
        customer, _, call = await _talk(control, far, heard)
        written = Written()
        transcripts = LiveTranscripts(
            recognisers, media_sockets(asterisk.ari_url), lambda queue: True, heard=written
        )
        transcripts.control = control
        transcripts.talk_began(call)
        await _both_sides(recognisers)
        began_ms = now_ms()
        await _says(customer, wav)
        await asyncio.sleep(len(said) / 16_000 - 0.5)  # he speaks, and hangs up
        assert written.all == []
        await customer.hang_up()
        await heard.until_gone(call.key)
        transcripts.ended(call.contact.id)
        assert await transcripts.listened(call.contact.id)
        ((contact, side, utterance),) = written.all
        assert (contact, side) == (call.contact.id, Side.CUSTOMER)
        length_s = utterance.ended_s - utterance.began_s
        assert length_s > len(said) / 16_000 - 1.5
        assert abs(written.ended_ms - began_ms - 1000 * length_s) < 800
        assert recognisers.streams == 0


async def test_a_call_that_nobody_can_listen_to_goes_on(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    async with listening(COUNTING, "ko") as recognisers:
        _, _, call = await _talk(control, far, heard)
        transcripts = LiveTranscripts(recognisers, media_sockets(asterisk.ari_url), lambda queue: True)
        transcripts.control = control
        transcripts.talk_began(call)
        await asyncio.sleep(0.05)
        transcripts.ended(call.contact.id)
        assert not await transcripts.listened(call.contact.id)
        await transcripts.close()
        await control.hang_up(call.key)


async def test_who_cannot_be_listened_to_yet_or_any_more_is_tried_again(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode, tmp_path: Path
) -> None:
    said = voices.spoken("注文の確認をお願いします") + voices.silence(1)
    wav = voices.write_voice(tmp_path / "said.wav", said)
    recognisers = Recognisers({"ja": COUNTING}, 4)
    customer, _, call = await _talk(control, far, heard)
    written = Written()
    transcripts = LiveTranscripts(
        recognisers, media_sockets(asterisk.ari_url), lambda queue: True, heard=written
    )
    transcripts.control = control
    transcripts.talk_began(call)
    await asyncio.sleep(0.2)  # nobody is ready
    keeping = asyncio.create_task(recognisers.run())
    try:
        for _ in range(2):
            await _both_sides(recognisers)
            await _says(customer, wav)
            await written.sides({"customer"})
            written.all.clear()
            (process,) = recognisers.processes.values()
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            async with asyncio.timeout(5):
                while recognisers.streams:  # noqa: ASYNC110 - nobody could set an event
                    await asyncio.sleep(0.02)
    finally:
        await transcripts.close()
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    await control.hang_up(call.key)
