"""The engines themselves: what Whisper and Vosk hear, alone and of phrases."""

import asyncio

import numpy as np
import pytest

from bench.speech_corpus.heard import Spoken
from bench.speech_corpus.sentences import Sentence
from bench.speech_corpus.speakers import SPEAKERS
from ivr.asr.kana import kana_prompt
from ivr.asr.process import Model
from ivr.asr.vosk import Vosk, segment
from ivr.asr.whisper import Read, Whisper, has_clear_winner
from ivr.hearing import Alternative, Heard, Partial, Utterance
from tests.speech.conftest import listening
from tests.support import voices

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def engine(whisper: Model) -> Whisper:
    return Whisper(whisper.path, 2)


@pytest.mark.parametrize(
    ("said", "phrases", "expected"),
    [
        ("解約したいんですけど", ("料金", "解約", "オペレーター"), "かいやく"),
        ("料金の支払いについて教えてください", (), "支払い"),
    ],
)
def test_whisper_hears_japanese_and_offers_other_readings(
    engine: Whisper, said: str, phrases: tuple[str, ...], expected: str
) -> None:
    decoder = engine.decoder("ja", phrases, voices.RATE_HZ)
    assert decoder.feed(voices.spoken(said)) == ""
    decoder.anticipate()
    found = decoder.finish()
    assert any(expected in each.text for each in found), found
    assert len(found) > 2
    assert list(found) == sorted(found, key=lambda each: -each.confidence)
    assert set(phrases) <= {each.text for each in found}
    written = Utterance(found, "ja").written.text
    assert any("一" <= sign <= "鿿" for sign in written), f"{written} is by sound"
    assert any(each.by_sound for each in found)
    if phrases:
        scores = {each.text: each.confidence for each in found}
        assert max(phrases, key=lambda phrase: scores[phrase]) == "解約"


MENU = ("予約", "修理", "配送状況", "支払い", "担当者")


@pytest.mark.parametrize("phrases", [(), MENU], ids=["free", "menu"])
@pytest.mark.parametrize(
    "sound",
    [
        voices.silence(3),
        voices.noise(1, 0.02),
        voices.noise(3, 0.1),
        voices.tone(440, 2),
        voices.music(2),
        voices.giggles(2),
    ],
    ids=["silence", "hiss", "noise", "tone", "music", "giggles"],
)
def test_whisper_invents_nothing(engine: Whisper, sound: bytes, phrases: tuple[str, ...]) -> None:
    decoder = engine.decoder("ja", phrases, voices.RATE_HZ)
    decoder.feed(sound)
    assert decoder.finish() == ()


def test_a_short_word_on_a_poor_line_is_heard_although_every_reading_in_kanji_is_guessed(
    engine: Whisper,
) -> None:
    word = Spoken(Sentence("5", "たんとうしゃ"), SPEAKERS[1], "たんとうしゃ", 20, 27)
    decoder = engine.decoder("ja", MENU, voices.RATE_HZ)
    decoder.feed((np.clip(word.sound(), -1, 1) * 32767).astype("<i2").tobytes())
    found = {each.text: each.confidence for each in decoder.finish()}
    assert any("たんと" in text for text in found), found
    assert max(MENU, key=lambda phrase: found[phrase]) == "担当者"


@pytest.mark.parametrize(
    ("readings", "score", "no_speech", "is_silent"),
    [
        ((), -1.5, 0.3, False),
        ((), -1.5, 0.6, True),
        (("予約",), -0.7, 0.6, False),
        (("予約",), -0.7, 0.9, True),
        (("予約",), -0.4, 0.9, False),
    ],
)
def test_nobody_spoke_if_it_is_likely_and_what_was_read_is_guessed(
    readings: tuple[str, ...], score: float, no_speech: float, is_silent: bool
) -> None:
    found = [Alternative(text, 0.5) for text in readings]
    assert Read(found, score, no_speech).is_silent is is_silent


def test_where_nothing_was_read_a_phrase_counts_that_fits_far_better_than_any_other() -> None:
    def fitting(*confidences: float) -> list[Alternative]:
        return [Alternative(str(at), each) for at, each in enumerate(confidences)]

    assert has_clear_winner(fitting(0.02, 0.11, 0.01))
    assert not has_clear_winner(fitting(0.02, 0.04, 0.02))
    assert not has_clear_winner(fitting(0.004, 0.03, 0.001))
    assert not has_clear_winner(fitting(0.5))
    assert not has_clear_winner([])


def test_a_language_that_whisper_does_not_know(engine: Whisper) -> None:
    with pytest.raises(ValueError, match="does not know the language xx"):
        engine.decoder("xx", (), voices.RATE_HZ)


KOREAN = ("요금 문의", "예약 변경", "상담원 연결", "배송 조회", "그런말은없어요qq")
"""Fees, a reservation, an agent, a delivery, and words that the model does not know."""


@pytest.fixture(scope="module")
def korean(vosk: Model) -> Vosk:
    return Vosk(vosk.path, 1)


@pytest.mark.parametrize("said", ["요금 문의", "상담원 연결", "배송 조회"])
def test_vosk_hears_listed_phrases_while_they_are_said(korean: Vosk, said: str) -> None:
    decoder = korean.decoder("ko", KOREAN, voices.RATE_HZ)
    pieces = voices.frames(voices.spoken_in("ko", said) + voices.silence(0.4))
    partial = [decoder.feed(piece) for piece in pieces]
    assert partial[0] == ""
    assert len(set(partial)) > 2, partial  # it grew
    assert partial[-1] in KOREAN  # the model adds noise of its own: before the end another phrase may lead
    (found,) = decoder.finish()
    assert found.text == said
    assert found.confidence > 0.3
    assert decoder.feed(voices.silence(0.1)) == ""
    assert decoder.finish() == ()


def test_vosk_hears_nearly_nothing_but_what_is_listed(korean: Vosk) -> None:
    other = korean.decoder("ko", KOREAN[:1], voices.RATE_HZ)
    other.feed(voices.spoken_in("ko", "상담원 연결") + voices.silence(0.4))
    assert {word for each in other.finish() for word in each.text.split()} <= set(KOREAN[0].split())
    free = korean.decoder("ko", KOREAN[-1:], voices.RATE_HZ)
    free.feed(voices.spoken_in("ko", "상담원 연결") + voices.silence(0.4))
    (found,) = free.finish()
    assert found.text
    assert not set(found.text.split()) & {word for phrase in KOREAN for word in phrase.split()}
    free.feed(voices.silence(1))
    assert free.finish() == ()


async def test_partial_results_come_before_the_utterance_is_over(vosk: Model) -> None:
    said = "배송 조회"
    async with listening(vosk, "ko") as recognisers:
        stream = await recognisers.open("ko", KOREAN)
        assert stream is not None
        for frame in voices.frames(voices.spoken_in("ko", said) + voices.silence(1)):
            stream.feed(frame)
        heard: list[Heard] = []
        async with asyncio.timeout(20):
            async for each in stream.heard():
                heard.append(each)
                if isinstance(each, Utterance):
                    break
        await stream.close()
    assert isinstance(heard[-1], Utterance)
    assert heard[-1].text == said
    partial = [each for each in heard if isinstance(each, Partial)]
    assert partial
    assert all(
        set(each.text.split()) <= {word for phrase in KOREAN for word in phrase.split()} for each in partial
    )


def test_phrases_are_cut_into_words_that_are_known() -> None:
    knows = {"料金", "の", "支払い", "料"}.__contains__
    assert segment("料金の支払い", knows) == "料金 の 支払い"
    assert segment("料金 支払い", knows) == "料金 支払い"
    assert segment("料金の解約", knows) is None
    assert segment("", knows) is None


def test_what_is_likely_said_comes_before_in_hiragana() -> None:
    assert kana_prompt(("解約", "料金", "解約")) == "かいやく、りょーきん。"
    assert kana_prompt(()).startswith("もしもし")
