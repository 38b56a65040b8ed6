"""The spoken corpus: what it is made of, that it can be made again, and that nothing is heard twice."""

import wave
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from bench.speech_corpus import whisper
from bench.speech_corpus.heard import Transcripts, spoken
from bench.speech_corpus.line import over_the_line
from bench.speech_corpus.recordings import read_recordings
from bench.speech_corpus.sentences import DEVELOPMENT, FROZEN, MENU, NONE, read_phrases, read_sentences
from bench.speech_corpus.speakers import SPEAKERS, hesitate, speak
from ivr.audio import TELEPHONE_HZ
from ivr.intents.load import load_intents
from tests.bench import ears

_SHIPPED = load_intents(Path(__file__).parents[2] / "asterisk-config")


def test_the_frozen_sentences_cover_all_intents_and_none() -> None:
    counts = Counter(sentence.label for sentence in read_sentences(FROZEN))
    assert counts.pop(NONE) == 50
    assert counts.keys() == _SHIPPED.intents.keys()
    assert sum(counts.values()) >= 300


def test_what_is_tuned_on_is_not_measured_on() -> None:
    frozen = {sentence.text for sentence in read_sentences(FROZEN)}
    assert not frozen & {sentence.text for sentence in read_sentences(DEVELOPMENT)}


def test_the_menu_has_five_keys_each_with_sentences() -> None:
    phrases = read_phrases(MENU)
    assert len(phrases) == 5
    assert phrases.keys() == {sentence.label for sentence in read_sentences(MENU)}


def test_a_sentence_sounds_the_same_each_time_and_otherwise_by_each_speaker() -> None:
    sounds = [speak(speaker, "料金です") for speaker in SPEAKERS[:4]]
    assert np.array_equal(sounds[0], speak(SPEAKERS[0], "料金です"))
    assert len({len(sound) for sound in sounds}) > 1
    first, again = (over_the_line(sounds[0], 20, seed=7) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, over_the_line(sounds[0], 20, seed=8))


def test_noise_lies_as_far_below_speech_as_asked() -> None:
    time_s = np.arange(TELEPHONE_HZ) / TELEPHONE_HZ
    tone = np.sin(2 * np.pi * 1000 * time_s)
    quiet, loud = (np.abs(np.fft.rfft(over_the_line(tone, snr_db, seed=1))) for snr_db in (40, 10))
    away = np.r_[400:900, 1100:3000]
    assert 10 < 10 * np.log10(np.sum(loud[away] ** 2) / np.sum(quiet[away] ** 2)) < 40


def test_a_third_of_the_sentences_begin_with_a_filler() -> None:
    said = [hesitate("料金について知りたい", number) for number in range(90)]
    assert sum(each != "料金について知りたい" for each in said) == 40


def test_what_was_heard_is_kept_and_time_ends_hearing(tmp_path: Path) -> None:
    some = spoken(read_sentences(MENU)[:1], 20)
    assert [each.text for each in Transcripts(tmp_path, ears.make, "it").of(some, "")] == ["料金"]
    written = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(written) == 1
    Transcripts(tmp_path, ears.make, "it").of(some, "", deadline_s=0)
    assert written == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    with pytest.raises(TimeoutError):
        Transcripts(tmp_path / "other", ears.make, "it").of(some, "", deadline_s=0)


def test_what_another_heard_is_heard_anew(tmp_path: Path) -> None:
    some = spoken(read_sentences(MENU)[:1], 20)
    Transcripts(tmp_path, ears.make, "it").of(some, "")
    with pytest.raises(TimeoutError):
        Transcripts(tmp_path, ears.make, "another").of(some, "", deadline_s=0)


def test_who_hears_is_another_by_phrases_model_and_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "whisper-base"
    model.mkdir()
    (model / "model.bin").write_bytes(b"1")
    menu = ("料金", "解約")
    found = [whisper.heard_by(tmp_path, each) for each in (menu, menu, ())]
    (model / "model.bin").write_bytes(b"2")
    found.append(whisper.heard_by(tmp_path, menu))
    monkeypatch.setattr(whisper, "_CODE", ("ivr.asr.kana",))
    found.append(whisper.heard_by(tmp_path, menu))
    assert found[0] == found[1]
    assert len(set(found)) == 4


def test_recordings_are_read_with_their_labels(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(b"\0\1" * 16_000)
    (tmp_path / "labels.tsv").write_text("# a comment\na.wav\tfees\t料金は\n", encoding="utf-8")
    ((label, samples),) = read_recordings(tmp_path)
    assert (label, len(samples)) == ("fees", TELEPHONE_HZ)
    (tmp_path / "labels.tsv").write_text("a.wav fees\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"labels\.tsv:1: expected FILE"):
        list(read_recordings(tmp_path))
