from itertools import combinations

import pytest

from gateways.case_numbers import ALPHABET, check_digit, find, make, tagged


@pytest.mark.parametrize("longer", [0, 1, 2])
def test_a_number_is_found_again(longer: int) -> None:
    number = make(longer)
    assert len(number) == 9 + longer
    assert find(f"Re: [{number}] お問い合わせ") == number
    assert find(f"番号は{number.lower()}です") == number


def test_a_number_in_full_width_and_with_any_dash_is_found() -> None:
    number = make()
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in number)
    assert find(wide) == number
    for dash in ("ー", "ｰ", "−", "–", "‐", "‑"):
        assert find(number.replace("-", dash)) == number


def test_signs_that_are_taken_for_another_do_not_matter() -> None:
    number = "T-1V11-1" + check_digit("1V111")
    assert find(number.replace("1", "l", 1)) == number
    assert find(number.replace("V", "U")) == number


def test_every_wrong_sign_and_every_swap_is_noticed() -> None:
    signs = make()[2:].replace("-", "")
    for place in range(len(signs)):
        for other in ALPHABET.replace(signs[place], ""):
            assert _find(signs[:place] + other + signs[place + 1 :]) is None
    for one, two in combinations(range(len(signs)), 2):
        swapped = list(signs)
        swapped[one], swapped[two] = swapped[two], swapped[one]
        if swapped != list(signs):
            assert _find("".join(swapped)) is None


@pytest.mark.parametrize("text", ["", "T-shirt", "PAT-4F7K-29", "T-4F7K-2", "T-0000-00", "T-4F7K-29X9Z"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert find(text) is None


def test_the_number_of_a_later_line_counts_if_the_first_is_wrong() -> None:
    number = make()
    wrong = number[:-1] + ALPHABET[(ALPHABET.index(number[-1]) + 1) % 31]
    assert find(f"{wrong} {number}") == number


def test_a_subject_has_the_number_once() -> None:
    number = make()
    assert tagged("注文", number) == f"[{number}] 注文"
    assert tagged(f"Re: [{number}] 注文", number) == f"Re: [{number}] 注文"
    assert find(tagged("", number)) == number


def _find(signs: str) -> str | None:
    return find(f"T-{signs[:4]}-{signs[4:]}")
