"""Codes typed on a phone, on virtual time."""

import pytest

from cti.feature_codes import (
    DEFAULT_CODES,
    Feature,
    FeatureCodes,
    Keypad,
    Outcome,
    PassedOn,
    TargetWanted,
    Typed,
    clashes,
)

BLIND, CONSULT = TargetWanted(Feature.BLINDXFER), TargetWanted(Feature.ATXFER)


def _typed(keys: str, *, consults: bool = False, codes: FeatureCodes | None = None) -> list[Outcome]:
    """Type keys, a space is a pause until what was kept back lapses."""
    pad, outcomes, now_s = Keypad(codes or FeatureCodes()), list[Outcome](), 0.0
    for key in keys:
        if key == " ":
            assert pad.deadline_s is not None
            now_s = pad.deadline_s
            outcomes += pad.lapsed(now_s)
        else:
            outcomes += pad.typed(key, now_s, consults=consults)
    return outcomes


@pytest.mark.parametrize(
    ("keys", "outcomes"),
    [
        ("1", [PassedOn("1")]),
        ("12", [PassedOn("1"), PassedOn("2")]),
        ("*0", [Typed(Feature.DISCONNECT)]),
        ("#72", [Typed(Feature.PARKCALL)]),
        ("#73", [PassedOn("#73")]),
        ("# ", [PassedOn("#")]),
        ("#7 ", [PassedOn("#7")]),
        ("**0", [PassedOn("*"), Typed(Feature.DISCONNECT)]),
        ("#1202#", [BLIND, Typed(Feature.BLINDXFER, "202")]),
        ("#10312345678 ", [BLIND, Typed(Feature.BLINDXFER, "0312345678")]),
        ("*2 ", [CONSULT, Typed(Feature.ATXFER)]),
        ("*2#", [CONSULT, Typed(Feature.ATXFER)]),
        ("*220*601#", [CONSULT, Typed(Feature.ATXFER, "601")]),
        ("#12#*0", [BLIND, Typed(Feature.BLINDXFER, "2"), Typed(Feature.DISCONNECT)]),
    ],
)
def test_keys_in_a_talk(keys: str, outcomes: list[Outcome]) -> None:
    assert _typed(keys) == outcomes


@pytest.mark.parametrize(
    ("keys", "outcomes"),
    [
        ("*1", [Typed(Feature.ATXFER_ABORT)]),
        ("*2", [Typed(Feature.ATXFER_COMPLETE)]),
        ("*3", [Typed(Feature.ATXFER_THREEWAY)]),
        ("*4", [Typed(Feature.ATXFER_SWAP)]),
        ("*6", [Typed(Feature.MUTE)]),
        ("#1", [PassedOn("#"), PassedOn("1")]),
    ],
)
def test_keys_during_a_consultation(keys: str, outcomes: list[Outcome]) -> None:
    assert _typed(keys, consults=True) == outcomes


def test_a_short_code_gives_way_to_a_longer_one_that_begins_with_it() -> None:
    codes = FeatureCodes({Feature.BLINDXFER: "#", Feature.PARKCALL: "#7"})
    assert _typed("#7", codes=codes) == [Typed(Feature.PARKCALL)]
    assert _typed("#5#", codes=codes) == [BLIND, Typed(Feature.BLINDXFER, "5")]
    assert _typed("#  ", codes=codes) == [BLIND, Typed(Feature.BLINDXFER)]


def test_a_target_has_an_end() -> None:
    outcomes = _typed("#1" + "1" * 33)
    assert outcomes[1] == Typed(Feature.BLINDXFER, "1" * 32)


def test_a_feature_without_a_code_is_not_to_be_had() -> None:
    codes = FeatureCodes({**DEFAULT_CODES, Feature.PARKCALL: ""})
    assert _typed("#72", codes=codes) == [PassedOn("#7"), PassedOn("2")]


def test_the_next_key_has_its_time() -> None:
    pad = Keypad(FeatureCodes(digit_timeout_s=0.5, target_digit_timeout_s=2))
    pad.typed("#", 10.0, consults=False)
    assert pad.deadline_s == 10.5
    pad.typed("1", 10.4, consults=False)
    assert pad.deadline_s == 12.4
    pad.typed("5", 12.0, consults=False)
    assert pad.deadline_s == 14.0
    assert pad.lapsed(14.0) == [Typed(Feature.BLINDXFER, "5")]
    assert pad.deadline_s is None


def test_same_codes_clash_only_where_they_count_at_the_same_time() -> None:
    assert not list(clashes(DEFAULT_CODES))
    codes = {**DEFAULT_CODES, Feature.MUTE: "*0", Feature.ATXFER_SWAP: "*1"}
    assert list(clashes(codes)) == [
        (Feature.DISCONNECT, Feature.MUTE),
        (Feature.ATXFER_ABORT, Feature.ATXFER_SWAP),
    ]
