"""`queuerules.conf`: changes of penalties, worked out as app_queue does."""

from pathlib import Path

import pytest

from acd.ids import QueueName
from acd.policy import PenaltyRange
from acd.settings import load
from tests.acd.files import folder, problems

QUEUES = "[support]\ndefaultrule = Widen\n"


def ranges(path: Path, *changes: str) -> tuple[PenaltyRange, ...]:
    rules = "[general]\nrealtime_rules = no\n[widen]\n" + "".join(f"penaltychange => {c}\n" for c in changes)
    return load(folder(path, QUEUES, "", rules)).queues[QueueName("support")].penalty_ranges


def test_without_a_change_there_are_no_ranges(tmp_path: Path) -> None:
    assert ranges(tmp_path) == ()


def test_the_changes_of_the_sample_file(tmp_path: Path) -> None:
    assert ranges(tmp_path, "0,1", "30,+3", "60,10,5", "75,,7", "90,,,9", "120,5,3,r4") == (
        PenaltyRange(after_s=0, high=1),
        PenaltyRange(after_s=30, high=4),
        PenaltyRange(after_s=60, high=10, low=5),
        PenaltyRange(after_s=75, high=10, low=7),
        PenaltyRange(after_s=90, high=10, low=7, raised=9),
        PenaltyRange(after_s=120, high=5, low=3, raised=4, spares_low=True),
    )


def test_before_the_first_change_everybody_is_tried(tmp_path: Path) -> None:
    assert ranges(tmp_path, "30,,2") == (PenaltyRange(), PenaltyRange(after_s=30, low=2))


def test_changes_are_taken_by_time_and_those_of_one_time_as_written(tmp_path: Path) -> None:
    assert ranges(tmp_path, "60,+1", "0,2", "30,+3", "30,+4") == (
        PenaltyRange(high=2),
        PenaltyRange(after_s=30, high=9),
        PenaltyRange(after_s=60, high=10),
    )


def test_nothing_falls_below_0_and_the_highest_bounds_the_others(tmp_path: Path) -> None:
    assert ranges(tmp_path, "0,5,3,4", "10,-3", "20,-9,-1", "30,8") == (
        PenaltyRange(high=5, low=3, raised=4),
        PenaltyRange(after_s=10, high=2, low=2, raised=2),
        PenaltyRange(after_s=20, high=0, low=0, raised=0),
        PenaltyRange(after_s=30, high=8),
    )


FORM = "expected penaltychange => seconds,max[,min[,raise]]"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("penaltychange => 30", FORM),
        ("penaltychange => 30,1,2,3,4", FORM),
        ("penaltychange => 30,many", FORM),
        ("penaltychange => 30,1,++2", FORM),
        ("penaltychange => 30,1,,r", FORM),
        ("penaltychange => 30,1,r2", FORM),
        ("penaltychange => soon,1", "expected penaltychange => seconds from 0 to 86400, found 'soon'"),
        ("penaltychange => 30,+2", "expected a highest penalty before one relative to it, as in 0,1"),
        ("penaltychnge => 30,2", "expected a word of queuerules.conf, found 'penaltychnge'"),
        ("nonsense", "expected key = value, found 'nonsense'"),
    ],
)
def test_mistakes(tmp_path: Path, line: str, expected: str) -> None:
    found = problems(tmp_path, QUEUES, "", f"[widen]\n{line}\n")
    assert found[0].startswith(f"queuerules.conf:2: {expected}")


def test_a_rule_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, QUEUES, "", "[narrow]\npenaltychange => 0,1\n[far](!)\n")
    assert found == "queues.conf:2: expected a rule of queuerules.conf (narrow), found 'Widen'"
