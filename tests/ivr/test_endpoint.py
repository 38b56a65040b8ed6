"""Ends of utterances, the fax tone and words of phrases: all that needs no model."""

import numpy as np
import pytest

from ivr.asr.endpoint import FRAME_S, Endpointer, EndpointTimes, Mark
from ivr.asr.fax_tone import FaxDetector
from ivr.asr.kana import not_kana
from tests.support import voices


def _marks(endpointer: Endpointer, *parts: tuple[float, int]) -> list[tuple[Mark, int]]:
    """Feed (probability, frames) and return the marks with the number of their frame."""
    levels = [level for level, count in parts for _ in range(count)]
    found = [(endpointer.step(level), place) for place, level in enumerate(levels)]
    return [(mark, place) for mark, place in found if mark is not None]


def test_an_utterance_begins_pauses_and_ends() -> None:
    endpointer = Endpointer(EndpointTimes(pause_s=5 * FRAME_S, wait_s=10 * FRAME_S))
    assert _marks(endpointer, (0.0, 10), (0.9, 20), (0.0, 30)) == [
        (Mark.BEGAN, 11),
        (Mark.PAUSED, 34),
        (Mark.ENDED, 39),
    ]
    assert not endpointer.is_speaking


def test_speech_that_goes_on_resumes() -> None:
    endpointer = Endpointer(EndpointTimes(pause_s=5 * FRAME_S, wait_s=10 * FRAME_S))
    found = [mark for mark, _ in _marks(endpointer, (0.9, 10), (0.1, 7), (0.6, 5), (0.1, 12))]
    assert found == [Mark.BEGAN, Mark.PAUSED, Mark.RESUMED, Mark.PAUSED, Mark.ENDED]


def test_clicks_are_no_speech() -> None:
    assert _marks(Endpointer(EndpointTimes()), *[(0.9, 1), (0.0, 4)] * 50) == []


def test_babble_ends_by_its_length() -> None:
    endpointer = Endpointer(EndpointTimes(speech_s_max=50 * FRAME_S))
    assert [mark for mark, _ in _marks(endpointer, (0.9, 105))] == [Mark.BEGAN, Mark.ENDED] * 2


@pytest.mark.parametrize("rate", [8000, 16000])
def test_the_fax_tone_is_told_once(rate: int) -> None:
    times = np.arange(rate // 2) / rate
    tone = (9000 * np.sin(2 * np.pi * 1100 * times)).astype("<i2").tobytes()
    detector = FaxDetector(rate)
    told = [detector.feed(tone[at : at + 320]) for at in range(0, len(tone), 320)] + [detector.feed(tone)]
    assert told.count(True) == 1


@pytest.mark.parametrize(
    "sound",
    [
        voices.spoken("解約したいんですけど、どうすればいいですか。"),
        voices.tone(1100, 0.3),
        voices.tone(1000, 2),
        voices.music(5),
        voices.noise(5, 0.2),
        voices.silence(3),
    ],
    ids=["speech", "too short", "1000 Hz", "music", "noise", "silence"],
)
def test_nothing_else_is_a_fax(sound: bytes) -> None:
    detector = FaxDetector(8000)
    assert not any(detector.feed(frame) for frame in voices.frames(sound))


def test_kanji_and_digits_are_not_kana() -> None:
    kanji = "æĸĻ"  # 0xE6 0x96 0x99 (料), as byte-level vocabularies write it
    kana = "ãģĤ"  # 0xE3 0x81 0x82 (あ)
    assert not_kana({kanji: 1, kana: 2, "3": 4, "a": 5, "<|ja|>": 99, kanji + kanji: 100}, 50) == [1, 4]
