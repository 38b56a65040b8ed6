"""What is said in menus: acted on, asked back, not understood; keys always, and keys alone in the end."""

from pathlib import Path

import pytest

from ivr import walk
from ivr.flow import Exit, Flow, ToQueue
from ivr.hearing import ChoiceId
from ivr.position import Digits, Listen, NotUnderstood, Silence, Spoken, Step, Unsure
from tests.ivr.complete import FLOW, SHOP, outcome, said, walked
from tests.ivr.flows import flow_of
from tests.ivr.test_load import SMALL, problems_of

BILLING, SALES = ChoiceId("billing"), ChoiceId("2")
YES, NO = (Spoken(ChoiceId(key), 0.9) for key in "12")


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    (tmp_path / "ivr-hooks").mkdir()
    (tmp_path / "ivr-hooks" / "shop.py").write_text(SHOP, encoding="utf-8")
    return flow_of(tmp_path, FLOW)


def choices(step: Step) -> list[str] | None:
    assert isinstance(step.then, Listen)
    return None if step.then.choices is None else sorted(step.then.choices)


def queue(step: Step) -> tuple[str, int]:
    action: Exit = outcome(step).action
    assert isinstance(action, ToQueue)
    return action.queue, action.priority


def test_phrases_and_intents_may_be_said(flow: Flow) -> None:
    (*_, menu) = walked(flow)
    assert isinstance(menu.then, Listen)
    assert menu.then.choices == {SALES: ("ご購入", "買いたい"), BILLING: ()}


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ([Spoken(SALES, 0.9)], ("sales", 0)),
        ([Spoken(BILLING, 0.9)], ("support", 3)),
        ([Unsure(BILLING), YES], ("support", 3)),
        ([Unsure(BILLING), Digits("1")], ("support", 3)),
        ([Unsure(SALES), Unsure(ChoiceId("1"))], ("sales", 0)),
        ([Unsure(BILLING), Digits("0")], ("support", 0)),
        ([Unsure(BILLING), NO, Unsure(SALES), YES], ("sales", 0)),
        ([NotUnderstood(), NotUnderstood(), Digits("2")], ("sales", 0)),
        ([NotUnderstood(), NotUnderstood(), NotUnderstood(), NotUnderstood()], ("support", 0)),
    ],
)
def test_where_it_ends(flow: Flow, inputs: list[walk.Heard], expected: tuple[str, int]) -> None:
    assert queue(walked(flow, *inputs)[-1]) == expected


def test_what_is_unclear_is_asked_back_and_may_be_answered_by_key_or_word(flow: Flow) -> None:
    (*_, asked) = walked(flow, Unsure(BILLING))
    assert said(asked).startswith("料金のお問い合わせでよろしいですか。")
    assert choices(asked) == ["1", "2"]
    (*_, asked) = walked(flow, Unsure(SALES))
    assert said(asked).startswith("ご購入でよろしいですか。")


@pytest.mark.parametrize("second", [NotUnderstood(), Silence(), Digits("9"), NO])
def test_after_two_failures_only_keys_are_waited_for(flow: Flow, second: walk.Heard) -> None:
    (*_, once, asked, twice) = walked(flow, NotUnderstood(), Unsure(BILLING), second)
    assert said(once) == "恐れ入ります、聞き取れませんでした。 メニュー"
    assert choices(once) == ["2", "billing"]
    assert choices(asked) == ["1", "2"]
    assert (
        said(twice) == "恐れ入ります、聞き取れませんでした。電話機のボタンを押してお選びください。 メニュー"
    )
    assert choices(twice) is None


def test_the_path_says_what_was_chosen_and_what_was_not_sure(flow: Flow) -> None:
    last = outcome(walked(flow, NotUnderstood(), Unsure(BILLING), YES)[-1])
    assert [item.digits for item in last.path] == ["?", "billing?", "1"]


def test_what_the_menus_say_by_themselves_is_made_ready(flow: Flow) -> None:
    texts = [prompt.text for prompt in flow.prompts() if prompt.name or "でよろしい" in prompt.text]
    assert sum("でよろしいですか" in text for text in texts) == 2
    assert sum("聞き取れませんでした" in text for text in texts) == 2


def test_speech_can_be_switched_off(tmp_path: Path) -> None:
    text = SMALL + "say[ja] => 1,サポート\n"
    assert choices(walk.begin(flow_of(tmp_path, text), dialled="")) == ["1"]
    assert choices(walk.begin(flow_of(tmp_path, text), dialled="", language="en")) is None
    assert choices(walk.begin(flow_of(tmp_path, text + "speech = no\n"), dialled="")) is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("say[ja] => 5,ご購入", "expected say[ja] => KEY,PHRASE|PHRASE... with a key of the menu"),
        ("say[ja] => 1,あ||い", "expected phrases of 1 to 100 characters between |"),
        ("label[ja] => x,あ", "expected label[ja] => CHOICE,WORDS with a key or intent"),
        ("intent => x y,hangup", "expected intent => NAME,ACTION with a name, found x y,hangup"),
    ],
)
def test_says_what_is_wrong(tmp_path: Path, line: str, message: str) -> None:
    assert problems_of(tmp_path, SMALL.lstrip() + line) == [(6, message)]


def test_an_intent_needs_words_to_ask_back(tmp_path: Path) -> None:
    found = problems_of(tmp_path, SMALL.lstrip() + "intent => billing,hangup\n")
    assert found == [
        (1, "expected label[en] => billing,WORDS to ask back"),
        (1, "expected label[ja] => billing,WORDS to ask back"),
    ]
