"""Dialplan patterns: what they match, which of two is the more specific, what is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.dialplan import parse_pattern


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("0312345678", ["0312345678"], ["_0312345678", "031234567", "03123456789", ""]),
        ("_03XXXXXXXX", ["0312345678"], ["0412345678", "031234567a"]),
        ("_0[3-5]z.", ["0312", "05199"], ["031", "0302", "0612"]),
        ("_n", ["2", "9"], ["1", "0", "n"]),
        ("_[15-7]!", ["1", "5", "6123"], ["2", "8", ""]),
        ("_03-1234 5678", ["0312345678"], ["03-1234 5678"]),
        ("_*1", ["*1"], ["1"]),
        ("_.", ["0", "support"], [""]),
        ("_!", ["0", ""], []),
    ],
)
def test_matches(text: str, yes: list[str], no: list[str]) -> None:
    pattern = parse_pattern(text)
    assert [number for number in yes if not pattern.matches(number)] == []
    assert [number for number in no if pattern.matches(number)] == []


@pytest.mark.parametrize(
    ("specific", "vague"),
    [("_031", "_03X"), ("_03N", "_03X"), ("_03X", "_03."), ("_03.", "_0."), ("_0X.", "_0."), ("_.", "_!")],
)
def test_the_more_specific_comes_first(specific: str, vague: str) -> None:
    assert parse_pattern(specific).vagueness < parse_pattern(vague).vagueness


@pytest.mark.parametrize("text", ["_", "_1.2", "_!!", "_[", "_[]", "_[1-]", "_[9-1]", "_[あ]"])
def test_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_pattern(text)


@settings(deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_a_pattern_or_an_error(text: str) -> None:
    try:
        pattern = parse_pattern("_" + text)
    except ValueError:
        return
    pattern.matches("0312345678")
