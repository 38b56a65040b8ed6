"""The words of `acd.conf` about recording, and how they go with `monitor-format`."""

from pathlib import Path

import pytest

from acd.ids import QueueName
from acd.policy import RecordPolicy, RecordRules
from acd.settings import load
from tests.acd.files import folder, problems

ALWAYS, ON_DEMAND, NEVER = RecordPolicy.ALWAYS, RecordPolicy.ON_DEMAND, RecordPolicy.NEVER


def read(path: Path, acd: str, queues: str = "[support]") -> RecordRules:
    return load(folder(path, queues, f"[support]\n{acd}")).queues[QueueName("support")].recording


@pytest.mark.parametrize(
    ("acd", "policy", "percent"),
    [
        ("", NEVER, 100),
        ("record = always", ALWAYS, 100),
        ("record = On_Demand", ON_DEMAND, 100),
        ("record = never", NEVER, 100),
        ("record = 25%", ALWAYS, 25),
        ("record = 0 %", ALWAYS, 0),
        ("record = 100%", ALWAYS, 100),
    ],
)
def test_which_calls_are_recorded(tmp_path: Path, acd: str, policy: RecordPolicy, percent: int) -> None:
    rules = read(tmp_path, acd)
    assert (rules.policy, rules.percent) == (policy, percent)


@pytest.mark.parametrize(
    ("acd", "policy"),
    [("", ALWAYS), ("record = on_demand", ON_DEMAND), ("record = 10%", ALWAYS), ("record = always", ALWAYS)],
)
def test_it_goes_before_monitor_format(tmp_path: Path, acd: str, policy: RecordPolicy) -> None:
    assert read(tmp_path, acd, "[support]\nmonitor-format = wav").policy is policy


def test_never_beside_monitor_format_is_a_fault(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "[support]\nmonitor-format = wav", "[support]\nrecord = never")
    assert "acd.conf:2: expected no monitor-format in queues.conf" in problem


def test_the_other_words(tmp_path: Path) -> None:
    acd = (
        "record_announce => 録音します。,This call is recorded, as all are.\n"
        "record_key_pause = 8\nrecord_keep_days = 365"
    )
    assert read(tmp_path, acd) == RecordRules(
        announce_ja="録音します。",
        announce_en="This call is recorded, as all are.",
        key_pause_s=8,
        keep_days=365,
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("record = sometimes", "expected record = always, on_demand, never or a percentage (25%)"),
        ("record = 101%", "expected record = always"),
        ("record = -1%", "expected record = always"),
        ("record = %", "expected record = always"),
        ("record = 25", "expected record = always"),
        ("record_announce => 録音します。", "expected record_announce => Japanese,English"),
        ("record_key_pause = 0", "expected record_key_pause = seconds from 1 to 600"),
        ("record_keep_days = ever", "expected record_keep_days = days from 0 to 36500"),
    ],
)
def test_nonsense_is_named(tmp_path: Path, line: str, expected: str) -> None:
    (problem,) = problems(tmp_path, "[support]", f"[support]\n{line}")
    assert f"acd.conf:2: {expected}" in problem


def test_numbers_are_silenced_only_where_calls_are_listened_to(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "[support]", "[support]\nrecord = always\nrecord_mask = yes")
    assert "acd.conf:3: expected transcribe = yes beside record_mask" in problem
    assert read(tmp_path, "record = always\nrecord_mask = yes\ntranscribe = yes").mask
    assert read(tmp_path, "record_mask = yes").mask, "for voice messages"
