"""Recognition processes: that speech is found in all kinds of sound, and that losses are noticed in time."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest

from ivr.asr.process import LoadFailed, Model, RecognitionProcess
from ivr.asr.recognisers import Recognisers
from ivr.asr.stream import Stream
from ivr.hearing import Deaf, FaxTone, Heard, Partial, SpeechBegan, SpeechEnded, Utterance
from tests.ivr.asr_engines import HERE
from tests.support import voices

pytestmark = pytest.mark.real

SPOKEN = voices.spoken("解約したいんですけど")


def fake(name: str, **changed: float) -> Model:
    return Model(engine=f"{HERE}:{name}", path=Path("/"), **changed)  # type: ignore[arg-type]


@asynccontextmanager
async def running(
    name: str = "Counting", streams_max: int = 4, *, hang_s: float = 20.0
) -> AsyncIterator[Recognisers]:
    """Recognise with a process that may be slow, on a busy machine."""
    recognisers = Recognisers({"ja": fake(name, hang_s=hang_s)}, streams_max)
    service = asyncio.create_task(recognisers.run())
    try:
        assert await recognisers.ready()
        yield recognisers
    finally:
        service.cancel()
        await asyncio.gather(service, return_exceptions=True)


async def opened(recognisers: Recognisers) -> Stream:
    stream = await recognisers.open("ja")
    assert stream is not None
    return stream


async def heard(recognisers: Recognisers, audio: bytes, timeout_s: float = 20.0) -> list[Heard]:
    """Feed audio as fast as it goes; return what was heard up to a second utterance that was fed after it."""
    marker = voices.silence(1) + voices.spoken("もしもし") + voices.silence(1)
    stream, (process,) = await opened(recognisers), recognisers.processes.values()
    for frame in voices.frames(audio + marker):
        stream.feed(frame)
        await process.drained()
    found: list[Heard] = []
    async with asyncio.timeout(timeout_s):
        async for each in stream.heard():
            if isinstance(each, Partial | SpeechEnded):
                continue
            found.append(each)
            at_s = len(audio) / 16000 + 0.9
            if isinstance(each, Deaf) or (isinstance(each, Utterance) and each.ended_s > at_s):
                break
    await stream.close()
    assert recognisers.streams == 0
    return found[:-2] if found and isinstance(found[-1], Utterance) else found


def kinds(found: list[Heard]) -> list[type[Heard]]:
    return [type(each) for each in found]


async def test_what_is_said_is_heard() -> None:
    async with running() as recognisers:
        found = await heard(recognisers, voices.silence(1) + SPOKEN + voices.silence(1.5))
        assert kinds(found)[:2] == [SpeechBegan, Utterance]
        utterance = next(each for each in found if isinstance(each, Utterance))
        assert utterance.began_s == pytest.approx(1.0, abs=0.35)
        assert utterance.ended_s == pytest.approx(1 + len(SPOKEN) / 16000, abs=0.35)
        length = len(SPOKEN) / 1600
        assert length - 2 < int(utterance.text) < length + 10


async def test_a_recording_is_transcribed_as_often_as_is_asked() -> None:
    audio = SPOKEN + voices.silence(1) + SPOKEN
    async with running() as recognisers:
        both = await asyncio.gather(*(recognisers.transcribe("ja", audio) for _ in range(2)))
        assert [len(each or ()) for each in both] == [2, 2]
        assert await recognisers.transcribe("ja", b"") == ()
        assert await recognisers.transcribe("ko", audio) is None
    assert recognisers.streams == 0


@pytest.mark.parametrize("name", ["DyingLater", "RaisingLater"])
async def test_a_recording_of_which_the_end_is_not_heard_was_not_heard(name: str) -> None:
    audio = SPOKEN + voices.silence(1) + SPOKEN
    async with running(name) as recognisers:
        assert await recognisers.transcribe("ja", SPOKEN) is not None
        assert await recognisers.transcribe("ja", audio) is None


@pytest.mark.parametrize(
    ("sound", "speech_max"),
    [
        (voices.silence(20), 0),
        (voices.noise(20, 0.05), 0),
        (voices.noise(20, 0.3), 0),
        (voices.music(20), 3),
        (voices.giggles(10), 3),
        (voices.tone(440, 10), 1),
        (voices.silence(300), 0),
    ],
    ids=["silence", "noise", "loud noise", "music", "giggles", "a tone", "five minutes without a word"],
)
async def test_what_is_no_speech_ends(sound: bytes, speech_max: int) -> None:
    async with running() as recognisers:
        found = await heard(recognisers, sound)
        assert kinds(found).count(SpeechBegan) <= speech_max
        assert kinds(found).count(Utterance) == kinds(found).count(SpeechBegan)


async def test_a_fax_is_told() -> None:
    async with running() as recognisers:
        found = await heard(recognisers, voices.fax_calling())
        assert kinds(found).count(FaxTone) == 1


async def test_speech_in_noise_is_found() -> None:
    async with running() as recognisers:
        sound = voices.mixed(voices.silence(1) + SPOKEN + voices.silence(1), voices.noise(1, 0.02))
        assert kinds(await heard(recognisers, sound))[:2] == [SpeechBegan, Utterance]


async def test_callers_beyond_the_bound_are_not_listened_to() -> None:
    async with running(streams_max=2) as recognisers:
        one, _ = await opened(recognisers), await opened(recognisers)
        assert await recognisers.open("ja") is None
        assert recognisers.refused == 1
        assert await recognisers.open("ko") is None
        await one.close()
        await one.close()
        assert await recognisers.open("ja") is not None


async def _deaf_after(stream: Stream, act: Callable[[], Awaitable[None]]) -> float:
    """Return how long after an act the stream was told that it is deaf, in seconds."""
    began = monotonic()
    await act()
    async with asyncio.timeout(10):
        async for each in stream.heard():
            if isinstance(each, Deaf):
                return monotonic() - began
    raise AssertionError("the stream ended without a word")


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSTOP], ids=["dies", "hangs"])
async def test_a_process_that_is_lost_is_told_and_replaced(sign: signal.Signals) -> None:
    async with running(hang_s=1.5) as recognisers:
        (process,) = recognisers.processes.values()
        stream, pid = await opened(recognisers), process.pid
        assert pid is not None

        async def lose() -> None:
            os.kill(pid, sign)

        assert await _deaf_after(stream, lose) < 10
        assert await recognisers.open("ja") is None
        assert await recognisers.ready()
        assert (process.pid != pid, process.restarts) == (True, 1)
        assert SpeechBegan in kinds(await heard(recognisers, SPOKEN))


@pytest.mark.parametrize("name", ["Dying", "Hanging", "Raising"])
async def test_an_engine_that_fails_at_speech_makes_deaf(name: str) -> None:
    async with running(name, hang_s=1.5) as recognisers:
        stream = await opened(recognisers)

        async def speak() -> None:
            for frame in voices.frames(SPOKEN):
                stream.feed(frame)

        assert await _deaf_after(stream, speak) < 10
        stream.feed(SPOKEN)
        await stream.close()
        assert await recognisers.ready()


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (fake("Broken"), "it is broken"),
        (fake("DyingEarly"), "died while it loaded"),
        (fake("Nothing"), "cannot be loaded"),
        (Model(engine="ears", path=Path("/")), "there is no engine ears; there are whisper, vosk"),
        (Model(engine="whisper", path=Path("/nowhere")), "model.bin is missing"),
        (Model(engine="vosk", path=Path("/nowhere")), "no folder of a Vosk model"),
    ],
)
async def test_a_model_that_cannot_be_loaded_says_why(model: Model, reason: str) -> None:
    with pytest.raises(LoadFailed, match=reason):
        await RecognitionProcess(model).live()


async def test_nobody_is_listened_to_until_a_model_is_loaded() -> None:
    recognisers = Recognisers({"ja": fake("Broken")}, 4)
    service = asyncio.create_task(recognisers.run())
    assert not await recognisers.ready(1.0)
    assert await recognisers.open("ja") is None
    service.cancel()
    await asyncio.gather(service, return_exceptions=True)
