"""The menus that come with the hub, and the example of the guide."""

from pathlib import Path

import pytest

from acd.contact import Channel
from acd.ids import QueueName
from ivr import walk
from ivr.flow import Deflect, HangUp, SectionName, ToQueue
from ivr.load import load

CONFIG_DIR = Path(__file__).parents[2] / "asterisk-config"
FLOW = load(CONFIG_DIR, ("support", "sales"))


def follow(presses: str, *, start: SectionName | None = None) -> walk.Outcome:
    """Walk the menus; `-` is silence."""
    step = walk.begin(FLOW, dialled="0312345678", start=start)
    for key in presses:
        step = walk.step(FLOW, step.position, walk.Silence() if key == "-" else walk.Digits(key))
    assert isinstance(step.then, walk.Outcome)
    return step.then


def test_japanese_is_first_and_nothing_is_odd() -> None:
    assert FLOW.warnings == ()
    step = walk.begin(FLOW, dialled="0312345678")
    assert [prompt.language for prompt in step.prompts] == ["ja", "en", "ja"]
    assert step.prompts[0].text == "お電話ありがとうございます。"


@pytest.mark.parametrize(
    ("presses", "queue", "language"),
    [
        ("1", "support", "ja"),
        ("2", "sales", "ja"),
        ("0", "support", "ja"),
        ("91", "support", "en"),
        ("982", "sales", "ja"),
        ("#*1", "support", "ja"),
        ("--", "support", "ja"),
        ("77", "support", "ja"),
    ],
)
def test_keys_lead_to_queues(presses: str, queue: str, language: str) -> None:
    outcome = follow(presses)
    assert isinstance(outcome.action, ToQueue)
    assert (outcome.action.queue, outcome.language) == (queue, language)
    assert [item.digits for item in outcome.path] == [key.strip("-") for key in presses]


def test_three_goes_on_in_line_and_the_call_ends_or_comes_back() -> None:
    action = follow("3").action
    assert isinstance(action, Deflect)
    assert (action.channel, action.queue) == (Channel.LINE, "support")
    assert action.sent is not None
    assert follow("", start=action.sent).action == HangUp()
    assert follow("", start=action.failed).action == ToQueue(QueueName("support"), 0, {})


def test_the_example_of_the_guide_is_right(tmp_path: Path) -> None:
    guide = (CONFIG_DIR.parent / "docs" / "ivr.md").read_text(encoding="utf-8")
    example = guide.partition("```ini\n")[2].partition("```")[0]
    (tmp_path / "ivr.conf").write_text(example, encoding="utf-8")
    flow = load(tmp_path, ("support",))
    assert set(flow.sections) == {"arrival", "main", "hours", "order-number", "line-sent"}
    assert flow.warnings == ()
