"""The engines themselves: what Whisper and Vosk hear, alone and of phrases."""

from pathlib import Path

import pytest

from ivr.asr.kana import kana_prompt
from ivr.asr.models import find_model
from ivr.asr.process import Model
from ivr.asr.vosk import Vosk, segment
from ivr.asr.whisper import Whisper
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
    if phrases:
        scores = {each.text: each.confidence for each in found}
        assert max(phrases, key=lambda phrase: scores[phrase]) == "解約"


@pytest.mark.parametrize("sound", [voices.silence(3), voices.noise(3, 0.1)], ids=["silence", "noise"])
def test_whisper_invents_nothing(engine: Whisper, sound: bytes) -> None:
    decoder = engine.decoder("ja", (), voices.RATE_HZ)
    decoder.feed(sound)
    assert decoder.finish() == ()


def test_a_language_that_whisper_does_not_know(engine: Whisper) -> None:
    with pytest.raises(ValueError, match="does not know the language xx"):
        engine.decoder("xx", (), voices.RATE_HZ)


def test_vosk_listens_for_phrases_and_ends() -> None:
    vosk = Vosk(find_model("vosk", "", "ko", Path("/nowhere")), 1)
    decoder = vosk.decoder("ko", ("안녕하세요", "네", "그런말은없어요qq"), voices.RATE_HZ)
    for frame in voices.frames(voices.spoken("あんにょんはせよ")):
        decoder.feed(frame)
    first = decoder.finish()
    assert {word for each in first for word in each.text.split()} <= {"안녕하세요", "네"}
    assert decoder.finish() == ()
    free = vosk.decoder("ko", ("qq",), voices.RATE_HZ)
    free.feed(voices.silence(1))
    assert free.finish() == ()


def test_phrases_are_cut_into_words_that_are_known() -> None:
    knows = {"料金", "の", "支払い", "料"}.__contains__
    assert segment("料金の支払い", knows) == "料金 の 支払い"
    assert segment("料金 支払い", knows) == "料金 支払い"
    assert segment("料金の解約", knows) is None
    assert segment("", knows) is None


def test_what_is_likely_said_comes_before_in_hiragana() -> None:
    assert kana_prompt(("解約", "料金", "解約")) == "かいやく、りょーきん。"
    assert kana_prompt(()).startswith("もしもし")
