"""Kana as sounds, words found in them although misheard, and noise that is made up."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.intents.noise import mishear
from ivr.intents.sounds import coarse, sounds, vowels
from ivr.intents.spotting import Spotter
from ivr.intents.words import Word, reader


@pytest.mark.parametrize(
    ("kana", "expected"),
    [
        ("リョーキン", "ryokiN"),
        ("りょうきん", "ryokiN"),
        ("ケイヤク", "keyaku"),
        ("けーやく", "keyaku"),
        ("チャット", "cato"),
        ("ガッコウ", "gako"),
        ("ジュウショ", "jusyo"),
        ("オオサカ", "osaka"),
        ("ティッシュ", "tisyu"),
        ("ー", ""),
        ("料金", ""),
    ],
)
def test_kana_sound_alike_however_they_are_lengthened(kana: str, expected: str) -> None:
    assert sounds(kana) == expected


def test_what_telephones_blur_is_the_same() -> None:
    assert coarse("kaiyaku") == coarse("tairaku")
    assert coarse("kaiyaku") != coarse("keiyaku")
    assert vowels("kaiyaku") == "aiau"


@pytest.mark.parametrize(
    "heard", ["kaiyaku", "ekaiyakusitai", "tairaku", "kairakunohohode", "kaiyak", "kaiyasu"]
)
def test_a_word_is_spotted_although_some_of_its_sounds_are_wrong(heard: str) -> None:
    liked, other = Spotter(("kaiyaku", "jusyoheNko")).spot(heard)
    assert liked > 0.1
    assert liked > other


def test_a_word_that_was_said_is_spotted_for_sure_and_another_not_at_all() -> None:
    assert list(Spotter(("ryokiN", "opureta")).spot("anoryokiNno")) == [1.0, 0.0]
    assert list(Spotter(("ryokiN",)).spot("")) == [0.0]
    assert Spotter(()).spot("ryokiN").size == 0


@given(st.text(alphabet="aiueoNkgsztdnhbpmrywjcf0-", max_size=40))
def test_whatever_is_heard_likeness_is_a_share(heard: str) -> None:
    found = Spotter(("ryokiN", "kaiyaku", "q1")).spot(heard)
    assert all(0 <= share <= 1 for share in found)


def test_japanese_is_read_with_kanji_kana_and_what_it_is_about() -> None:
    read = reader("ja").read
    assert "".join(word.sounds for word in read("えーと、料金について")) == "ryokiNnicuite"
    assert "".join(word.sounds for word in read("りょうきん")) == "ryokiN"
    about = {thing for word in read("引っ越しました") for thing in word.about}
    assert about & {thing for word in read("転居です") for thing in word.about}
    assert read("") == read("、。!?") == ()


def test_english_is_read_in_words_without_fillers() -> None:
    assert [word.text for word in reader("en").read("Um, I'd like to CANCEL please")] == [
        "i'd",
        "like",
        "to",
        "cancel",
    ]


@given(st.text(max_size=40), st.sampled_from(["ja", "en"]))
def test_any_text_can_be_read(text: str, language: str) -> None:
    reader(language).read(text)


def test_noise_spares_most_sounds_and_hides_what_suffered() -> None:
    chance = random.Random(1)
    words = (Word("料金", "ryokiN", ("料金",)), Word("の", "no"))
    heard = [mishear(words, 1.3, chance) for _ in range(200)]
    whole = sum(each == words for each in heard)
    assert 20 < whole < 180
    assert all(not word.about for each in heard for word in each if word.sounds not in ("ryokiN", "no"))
