"""Digits as they are said, read back."""

import pytest

from ivr.spoken_numbers import digits_in, runs


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("1234", "1234"),
        ("１２３４です", "1234"),
        ("一二三四", "1234"),
        ("注文番号は一二三四です", "1234"),
        ("いちにさんよん", "1234"),
        ("イチ、ニ、サン、ヨン", "1234"),
        ("ぜろはちぜろの", "080"),
        ("まるきゅうまる", "090"),
        ("千二百三十四", "1234"),
        ("せんにひゃくさんじゅうよん", "1234"),
        ("一万", "10000"),
        ("3万5千", "35000"),
        ("二十四", "24"),
        ("さんぜんろっぴゃくはちじゅう", "3680"),
        ("十", "10"),
        ("03の1234の5678", "0312345678"),
        ("090-1234-5678", "09012345678"),
        ("えっと、12の、えー、34です", "1234"),
        ("家に帰ります", ""),
        ("わかりません", ""),
        ("", ""),
    ],
)
def test_japanese(text: str, digits: str) -> None:
    assert digits_in(text, "ja") == digits


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("one two three four", "1234"),
        ("It's 1 2 3 4.", "1234"),
        ("twelve thirty-four", "1234"),
        ("one thousand two hundred thirty four", "1234"),
        ("one thousand two hundred and thirty-four", "1234"),
        ("oh nine oh", "090"),
        ("double two triple five", "22555"),
        ("five hundred", "500"),
        ("twenty", "20"),
        ("nineteen eighty", "1980"),
        ("12 um 34", "1234"),
        ("nobody knows", ""),
    ],
)
def test_english(text: str, digits: str) -> None:
    assert digits_in(text, "en") == digits


def test_runs_say_where_they_stand() -> None:
    text = "番号は１２３４で、電話は５６７８です"
    first, second = runs(text, "ja")
    assert (text[first.start : first.end], text[second.start : second.end]) == ("１２３４", "５６７８")
    text = "The code is double four one, thanks."
    (run,) = runs(text, "en")
    assert (text[run.start : run.end], run.digits) == ("double four one", "441")
