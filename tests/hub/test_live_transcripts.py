"""Calls are listened to from their talk to what was said last, and what was missed is known."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from acd.contact import Channel
from acd.ids import ContactId, QueueName
from cti.errors import CallGone
from cti.incoming import IncomingCall
from hub import live_transcripts
from hub.board import LiveContact
from hub.call import Call
from hub.live_transcripts import LiveTranscripts
from hub.transcripts import Side
from ivr.asr.stream import Stream
from ivr.hearing import Alternative, Deaf, SpeechBegan, Utterance
from tests.hub.fakes import until

SECOND = bytes(16_000)
NOW_MS = 1_764_115_200_000


def said(text: str, began_s: float = 1.0, ended_s: float = 2.0) -> Utterance:
    return Utterance((Alternative(text, 0.8),), "ja", began_s, ended_s)


class Audio:
    """A side's sound, which the test feeds."""

    def __init__(self, feed: Callable[[bytes], None]) -> None:
        self.feed, self.over = feed, asyncio.Event()

    async def stop(self) -> None:
        self.over.set()


@dataclass(slots=True)
class Scene:
    """One call with the customer's side only; `last` is what its stream does at its end."""

    streams: list[Stream] = field(default_factory=list)
    audio: list[Audio] = field(default_factory=list)
    heard: list[tuple[str, int]] = field(default_factory=list)
    last: Callable[[Stream], Awaitable[None]] | None = None
    is_full: bool = False
    is_gone: bool = False
    now_ms: int = NOW_MS
    call: Call = field(init=False)
    live: LiveTranscripts = field(init=False)

    async def open(self, language: str, phrases: Sequence[str] = (), *, rate: int = 8_000) -> Stream | None:
        if self.is_full:
            return None

        async def idle() -> None:
            if self.last is not None:
                await self.last(stream)

        stream = Stream(language, lambda audio: None, lambda: None, idle=idle)
        self.streams.append(stream)
        return stream

    async def listen(self, key: Any, name: str, side: str, feed: Callable[[bytes], None], by: Any) -> Audio:
        if self.is_gone:
            raise CallGone
        audio = Audio(feed)
        self.audio.append(audio)
        return audio

    def take(self, live: LiveContact, side: Side, utterance: Utterance, ended_ms: int) -> None:
        self.heard.append((utterance.text, ended_ms))

    async def talks(self, count: int = 1) -> None:
        self.live.talk_began(self.call)
        await until(lambda: len(self.audio) == count)

    async def speaks(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now_ms += 1000
            self.audio[-1].feed(SECOND)

    @property
    def id(self) -> ContactId:
        return self.call.contact.id

    def ends(self) -> None:
        self.is_gone = True
        self.call.gone.set()
        self.audio[-1].over.set()
        self.live.ended(self.id)


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(live_transcripts, "_SIDES", ((Side.CUSTOMER, "in"),))
    monkeypatch.setattr(live_transcripts, "_AGAIN_S", (0.02,))
    here = Scene()
    contact = LiveContact(id=ContactId("c1"), channel=Channel.VOICE, queue=QueueName("q"), arrived_ms=0)
    here.call = Call(cast(IncomingCall, cast(Any, None)), contact, cast(Any, None))
    monkeypatch.setattr(Call, "key", property(lambda _: None))
    here.live = LiveTranscripts(
        here, cast(Any, None), lambda queue: queue == "q", heard=here.take, clock_ms=lambda: here.now_ms
    )
    here.live.control = cast(Any, here)
    yield here
    await here.live.close()


async def test_what_was_said_last_is_heard_after_the_end_and_when_it_was(scene: Scene) -> None:
    async def last(stream: Stream) -> None:
        scene.now_ms += 900  # it takes a moment
        stream.put(said("4111 1111 1111 1111"))

    scene.last = last
    await scene.talks()
    await scene.speaks(3)
    scene.ends()
    assert await scene.live.listened(scene.id)
    assert scene.heard == [("4111 1111 1111 1111", NOW_MS + 2000)]
    assert await scene.live.listened(scene.id), "as often as is asked"


async def test_what_takes_too_long_was_missed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_transcripts, "_TO_END_S", 0.05)

    async def last(stream: Stream) -> None:
        await asyncio.Event().wait()

    scene.last = last
    await scene.talks()
    scene.ends()
    assert not await scene.live.listened(scene.id)


async def test_a_recogniser_that_is_lost_at_the_end_has_missed_it(scene: Scene) -> None:
    async def last(stream: Stream) -> None:
        stream.put(Deaf("it died"))

    scene.last = last
    await scene.talks()
    scene.ends()
    assert not await scene.live.listened(scene.id)


async def test_what_was_missed_in_between_stays_missed(scene: Scene) -> None:
    await scene.talks()
    scene.streams[0].put(Deaf("it died"))
    await scene.talks(2)
    scene.streams[1].put(said("もしもし"))
    await until(lambda: bool(scene.heard))
    scene.ends()
    assert not await scene.live.listened(scene.id)


async def test_audio_that_is_lost_while_the_call_goes_on_was_missed(scene: Scene) -> None:
    await scene.talks()
    scene.audio[0].over.set()
    await scene.talks(2)
    scene.ends()
    assert not await scene.live.listened(scene.id)


async def test_nobody_listens_while_all_are_taken_or_nobody_asks(scene: Scene) -> None:
    assert not await scene.live.listened(scene.id)
    scene.is_full = True
    scene.live.talk_began(scene.call)
    await asyncio.sleep(0)
    scene.live.ended(scene.id)
    assert not await scene.live.listened(scene.id)


async def test_in_a_call_that_goes_on_what_is_being_said_is_waited_for(scene: Scene) -> None:
    await scene.talks()
    assert await scene.live.listened(scene.id)
    scene.streams[0].put(SpeechBegan())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting = asyncio.create_task(scene.live.listened(scene.id))
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    scene.streams[0].put(said("四一一一"))
    assert await waiting
    assert [text for text, _ in scene.heard] == ["四一一一"]


async def test_another_queue_may_not_want_it(scene: Scene) -> None:
    await scene.talks()
    scene.call.contact.queue = QueueName("other")
    scene.live.talk_began(scene.call)
    assert await scene.live.listened(scene.id)
    assert scene.audio[0].over.is_set()
    scene.call.contact.queue = QueueName("q")
    await scene.talks(2)
    scene.ends()
    assert await scene.live.listened(scene.id)
