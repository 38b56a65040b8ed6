"""Card numbers and My Number in transcripts: found however they are said, and nothing else."""

import random

import pytest

from ivr.masking import Masker, is_card, is_my_number, masked

VISA, AMEX, MY_NUMBER = "4111111111111111", "378282246310005", "123456789018"


def test_check_digits() -> None:
    assert is_card(VISA)
    assert is_card(AMEX)
    assert not is_card("4111111111111112")
    assert not is_card("0" * 16)
    assert is_my_number(MY_NUMBER)
    assert not is_my_number("123456789019")
    assert not is_my_number("1" * 12)


@pytest.mark.parametrize(
    ("text", "language", "shown"),
    [
        ("カードは4111 1111 1111 1111です", "ja", "カードは" + "＊" * 19 + "です"),
        ("４１１１１１１１１１１１１１１１です", "ja", "＊" * 16 + "です"),
        ("四一一一、一一一一、一一一一、一一一一です", "ja", "＊" * 19 + "です"),
        ("マイナンバーは一二三四五六七八九〇一八", "ja", "マイナンバーは" + "＊" * 12),
        ("it is four one one one, one one one one one one one one, one one one one", "en", None),
        ("double four one one four one one four one one one four one four four four", "en", None),
        ("電話は090-1234-5678です", "ja", "電話は090-1234-5678です"),
        ("注文番号は123456789012です", "ja", "注文番号は123456789012です"),
        ("マイナンバーは一二三四五六七八九〇一九", "ja", "マイナンバーは" + "＊" * 12),
        ("個人番号は1234 5678 901です", "ja", "個人番号は" + "＊" * 13 + "です"),
        ("カードの番号は4111 1111 1111 1です", "ja", "カードの番号は" + "＊" * 16 + "です"),
        ("クレジットカード、4111111111111111 11です", "ja", "クレジットカード、" + "＊" * 19 + "です"),
        ("My number is 123456789019", "en", "My number is " + "＊" * 12),
        ("the card number: 4111 1111 1111 1", "en", "the card number: " + "＊" * 16),
        ("マイナンバーの件で、090-1234-5678まで", "ja", "マイナンバーの件で、090-1234-5678まで"),
        ("my number is 81 90 1234 5678", "en", "my number is 81 90 1234 5678"),
        ("カード番号の件で、03-1234-5678まで", "ja", "カード番号の件で、03-1234-5678まで"),
        ("会員番号は1234567890123です", "ja", "会員番号は1234567890123です"),
        ("call 03 1234 5678", "en", "call 03 1234 5678"),
        ("千二百三十四円です", "ja", "千二百三十四円です"),
        ("", "ja", ""),
    ],
)
def test_one_utterance(text: str, language: str, shown: str | None) -> None:
    found = masked(text, language)
    if shown is None:
        assert "＊" in found
        assert "one" not in found
    else:
        assert found == shown
    assert len(found) == len(text)


def test_kana_as_a_recogniser_may_write_them() -> None:
    assert masked("よんいちいちいちいちいちいちいちいちいちいちいちいちいちいちいちです", "ja").endswith(
        "＊です"
    )


def _speak(masker: Masker, *texts: str, gap_s: float = 2.0) -> dict[str, str]:
    shown: dict[str, str] = {}
    for at, text in enumerate(texts):
        for line in masker.heard(f"u{at}", text, at * gap_s, at * gap_s + 1):
            shown[line.id] = line.text
    return shown


def test_a_number_in_several_breaths_is_masked_from_its_beginning() -> None:
    said = ("カード番号は", "四一一一", "一一一一", "はい、一一一一", "一一一一です", "以上です")
    assert _speak(Masker("ja"), *said) == {
        "u0": "カード番号は",
        "u1": "＊" * 4,
        "u2": "＊" * 4,
        "u3": "はい、" + "＊" * 4,
        "u4": "＊" * 4 + "です",
        "u5": "以上です",
    }


def test_lines_before_are_told_again_once() -> None:
    masker = Masker("ja")
    said = ["5555", "5555", "5555", "4444"]
    told = [masker.heard(str(at), each, at * 2.0, at * 2.0 + 1) for at, each in enumerate(said)]
    assert [[line.id for line in lines] for lines in told] == [["0"], ["1"], ["2"], ["0", "1", "2", "3"]]
    (line,) = masker.heard("4", "山田です、3回払いで", 9.0, 10.0)
    assert not line.is_masked, "what follows a number is none of it"
    (line,) = masker.heard("5", "コードは123です", 11.0, 12.0)
    assert line.text == "コードは＊＊＊です", "but its security code is"
    (line,) = masker.heard("6", "123号室です", 60.0, 61.0)
    assert not line.is_masked


def test_a_misheard_number_that_was_named_is_masked_in_its_breaths() -> None:
    said = ("マイナンバーですね", "1234", "5678", "9019です")
    assert list(_speak(Masker("ja"), *said).values()) == [said[0], "＊" * 4, "＊" * 4, "＊" * 4 + "です"]
    assert "＊" not in "".join(_speak(Masker("ja"), "注文番号ですね", *said[1:]).values())


def test_a_misheard_number_that_the_other_side_asked_for_is_masked() -> None:
    masker = Masker("ja")
    masker.named("カード番号をお願いします", 0.0)
    (line,) = masker.heard("a", "4111 1111 1111 1です", 30.0, 40.0)
    assert line.is_masked
    (line,) = masker.heard("b", "番号は4111 1111 1111 1です", 100.0, 110.0)
    assert not line.is_masked, "that was long ago"
    (line,) = Masker("ja").heard("c", "4111 1111 1111 1です", 30.0, 40.0)
    assert not line.is_masked


def test_digits_of_another_moment_are_another_number() -> None:
    shown = _speak(Masker("ja"), "41111111", "11111111", gap_s=30.0)
    assert "＊" not in "".join(shown.values())
    shown = _speak(Masker("ja"), "41111111", "ところで住所ですが", "11111111")
    assert "＊" not in "".join(shown.values())


def test_any_card_in_any_groups_is_found() -> None:
    randomly = random.Random(5)
    for _ in range(200):
        body = "4" + "".join(randomly.choice("0123456789") for _ in range(14))
        card = next(body + digit for digit in "0123456789" if is_card(body + digit))
        cuts = sorted(randomly.sample(range(1, 16), 3))
        groups = [card[a:b] for a, b in zip([0, *cuts], [*cuts, 16], strict=True)]
        shown = _speak(Masker("ja"), *groups)
        assert not any(sign.isdigit() for sign in "".join(shown.values())), groups
