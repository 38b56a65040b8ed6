"""Real synthesis: both engines, in the real process, which is killed and stopped under way."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ivr.audio import read_wav
from ivr.errors import SynthesisFailed, SynthesisUnavailable
from ivr.prompts import Prompts
from ivr.tts.engine import VOICES, Voice
from ivr.tts.espeak import readings
from ivr.tts.process import SpeechProcess

pytestmark = pytest.mark.real

JAPANESE = "お電話ありがとうございます。"
ENGLISH = Voice("pyttsx3", "gmw/en-us")


@pytest.fixture
async def speech() -> AsyncIterator[SpeechProcess]:
    process = SpeechProcess()
    yield process
    await process.close()


def pid_of(speech: SpeechProcess) -> int:
    assert speech._process is not None
    return speech._process.pid


@pytest.mark.parametrize(
    ("text", "language", "least_s", "most_s"),
    [
        (JAPANESE, "ja", 1.2, 3.5),
        ("Thank you for calling. For support, press one.", "en", 2.0, 5.0),
    ],
)
async def test_speaks_both_languages(
    speech: SpeechProcess, tmp_path: Path, text: str, language: str, least_s: float, most_s: float
) -> None:
    path = await Prompts(tmp_path, speech, tmp_path).render(text, language)
    samples, rate_hz = read_wav(path)
    assert rate_hz == 8000
    assert least_s < samples.size / rate_hz < most_s
    assert np.sqrt(np.mean(samples**2)) > 500
    assert np.abs(samples).max() <= 0.7 * 32767


async def test_espeak_reads_kanji_by_their_readings(speech: SpeechProcess) -> None:
    assert readings("営業は2番") == "エーギョーワニバン"
    assert len(await speech.synthesize(JAPANESE, "ja", Voice("pyttsx3"))) > 16000


async def test_twenty_texts_in_a_row_all_come_out_whole(speech: SpeechProcess) -> None:
    sounds = [await speech.synthesize(f"Number {number}, please.", "en", ENGLISH) for number in range(20)]
    assert min(len(sound) for sound in sounds) > 8000


async def test_each_text_is_read_at_its_own_speed(speech: SpeechProcess) -> None:
    voices = [replace(ENGLISH, speed=speed) for speed in (0.8, 1.0, 1.2)]
    rounds = [[len(await speech.synthesize("Yes", "en", voice)) for voice in voices] for _ in range(10)]
    assert rounds == [pytest.approx(rounds[0], rel=0.02)] * 10
    assert rounds[0] == sorted(rounds[0], reverse=True)


@pytest.mark.parametrize(
    ("text", "voice"),
    [("。", Voice("openjtalk")), ("👍", Voice("openjtalk")), ("Hello", Voice("pyttsx3", "klingon"))],
)
async def test_what_cannot_be_said_fails_and_the_next_text_works(
    speech: SpeechProcess, text: str, voice: Voice
) -> None:
    with pytest.raises(SynthesisFailed):
        await speech.synthesize(text, "ja", voice)
    assert await speech.synthesize("Hello", "en", ENGLISH)


async def test_an_engine_that_is_not_there_says_what_there_is(speech: SpeechProcess) -> None:
    with pytest.raises(SynthesisUnavailable, match="openjtalk, pyttsx3"):
        await speech.synthesize("Hello", "en", Voice("festival"))


async def test_a_process_killed_between_and_under_way_is_replaced(speech: SpeechProcess) -> None:
    await speech.warm_up([("en", ENGLISH)])
    first = pid_of(speech)
    os.kill(first, signal.SIGKILL)
    assert await speech.synthesize("Hello", "en", ENGLISH)
    second = pid_of(speech)
    assert second != first
    os.kill(second, signal.SIGSTOP)
    under_way = asyncio.create_task(speech.synthesize(JAPANESE, "en", ENGLISH))
    await asyncio.wait({under_way}, timeout=0.1)
    os.kill(second, signal.SIGKILL)
    assert await under_way
    assert pid_of(speech) not in (first, second)


async def test_a_process_that_hangs_is_killed_and_the_next_text_works() -> None:
    speech = SpeechProcess(deadline_s=5)
    await speech.warm_up([("en", ENGLISH)])
    hung = pid_of(speech)
    os.kill(hung, signal.SIGSTOP)
    speech._deadline_s = 0.2
    with pytest.raises(SynthesisFailed, match=r"within 0\.2 s"):
        await speech.synthesize("Hello", "en", ENGLISH)
    speech._deadline_s = 10
    with pytest.raises(ProcessLookupError):
        os.kill(hung, 0)
    assert await speech.synthesize("Hello", "en", ENGLISH)
    await speech.close()


async def test_a_cancelled_text_does_not_answer_the_next_one(speech: SpeechProcess) -> None:
    whole = await speech.synthesize("Yes", "en", ENGLISH)
    os.kill(pid_of(speech), signal.SIGSTOP)
    given_up = asyncio.create_task(speech.synthesize("A long sentence. " * 20, "en", ENGLISH))
    await asyncio.wait({given_up}, timeout=0.1)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert len(await speech.synthesize("Yes", "en", ENGLISH)) == pytest.approx(len(whole), rel=0.1)


async def test_closing_ends_the_process(speech: SpeechProcess) -> None:
    await speech.warm_up(VOICES.items())
    worker = pid_of(speech)
    await speech.close()
    await speech.close()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
