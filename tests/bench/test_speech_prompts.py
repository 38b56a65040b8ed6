"""How errors are counted, and what mu-law makes of a sound."""

import numpy as np
import pytest

from bench.prompt_texts import PROMPTS
from bench.readings import reading
from bench.speech_prompts import character_error, error, kana_error, over_mu_law, written


@pytest.mark.parametrize(
    ("said", "heard", "share"),
    [
        ("アイウエ", "アイウエ", 0.0),
        ("アイウエ", "アウエ", 0.25),
        ("アイウエ", "アイウエオ", 0.25),
        ("アイウエ", "カイウエ", 0.25),
        ("アイウエ", "", 1.0),
        ("ア", "カキクケコ", 1.0),
    ],
)
def test_errors_are_a_share_of_what_was_said(said: str, heard: str, share: float) -> None:
    assert error(said, heard) == share


def test_another_way_of_writing_is_no_error() -> None:
    assert reading("9時に、おつなぎします。") == reading("九時にお繋ぎします")
    assert written("9時に、おつなぎします。") == "9時におつなぎします"


def test_another_way_of_writing_is_an_error_of_characters_but_not_of_kana() -> None:
    pairs = [("9時に、おつなぎします。", "九時にお繋ぎします")]
    assert kana_error(pairs) == 0.0
    assert character_error(pairs) == pytest.approx(3 / 10)


def test_mu_law_keeps_what_is_quiet() -> None:
    samples = np.array([0.0, 0.001, -0.01, 0.1, -0.9])
    assert over_mu_law(samples) == pytest.approx(samples, rel=0.1, abs=1e-4)


def test_there_are_twenty_prompts() -> None:
    assert len(set(PROMPTS)) == 20
