"""Questions of faq.conf that callers ask in a menu: answered, asked back, not understood if unknown."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ivr import walk
from ivr.conditions import ANSWER, INTENT, QUESTION
from ivr.flow import Flow, Menu, SectionName
from ivr.hearing import ChoiceId, question_of
from ivr.load import load
from ivr.picture import graph_of
from ivr.position import Ask, Digits, Input, Listen, NotUnderstood, Spoken, Step, Unsure
from ivr.world import AskHook, HookAnswered
from tests.ivr.complete import outcome, said, walked
from tests.ivr.flows import QUEUES, write
from tests.ivr.test_load import problems_of

FLOW = """
[main]
prompt[ja] => ご質問をどうぞ
prompt[en] => Ask me
key => 0,queue,support
intent => hours,hook,answer
label[ja] => hours,営業時間のお問い合わせ
label[en] => hours,our hours
faq => hook,answer
on_timeout => queue,support

[answer]
type = faq
then => say,told
on_failure => queue,sales

[told]
type = message
prompt[ja] => {answer}
prompt[en] => {answer}
then => menu,main
"""


@dataclass(frozen=True)
class Answered:
    """An answer of `faq.conf` (`ivr.surroundings.KnownAnswer`)."""

    asks: dict[str, tuple[str, ...]]
    says: dict[str, str]
    intents: frozenset[str] = field(default_factory=frozenset)

    def spoken(self, language: str) -> str:
        return self.says.get(language, "")


ANSWERS = {
    "hours": Answered({"ja": ("何時まで",)}, {"ja": "九時から"}, frozenset({"hours"})),
    "holidays": Answered({"ja": ("祝日は",)}, {"ja": "休みです"}, frozenset({"hours"})),
    "parking": Answered(
        {"ja": ("駐車場はありますか", "車で行けますか"), "en": ("Can I park?",)},
        {"ja": "あります", "en": "Yes"},
    ),
    "unspoken": Answered({"ja": ("通販は",), "en": ("Do you ship?",)}, {"ja": "承ります"}),
}
PARKING, HOLIDAYS, HOURS = question_of("parking"), question_of("holidays"), ChoiceId("hours")
YES = Spoken(ChoiceId("1"), 0.9)


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    write(tmp_path, FLOW)
    return load(tmp_path, QUEUES, answers=ANSWERS)


def told(step: Step) -> dict[str, str]:
    """Return what `faq.conf` is looked up by."""
    assert isinstance(step.then, Ask)
    assert isinstance(step.then.request, AskHook)
    return dict(step.then.request.variables)


def test_all_that_can_be_answered_aloud_may_be_asked(flow: Flow) -> None:
    """The first answer to an intent of the menu is asked for by that intent; the others are their own."""
    main = flow.sections[SectionName("main")]
    assert isinstance(main, Menu)
    assert main.spoken.phrases == {
        "ja": {
            HOURS: ("何時まで",),
            HOLIDAYS: ("祝日は",),
            PARKING: ("駐車場はありますか", "車で行けますか"),
            question_of("unspoken"): ("通販は",),
        },
        "en": {HOURS: (), PARKING: ("Can I park?",)},
    }
    ready = [prompt.text for prompt in flow.prompts()]
    assert sum("「駐車場はありますか」というご質問でよろしいですか" in text for text in ready) == 1


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ([Spoken(PARKING, 0.9)], {QUESTION: "parking", INTENT: ""}),
        ([Unsure(PARKING), YES], {QUESTION: "parking", INTENT: ""}),
        ([Unsure(PARKING), Digits("1")], {QUESTION: "parking", INTENT: ""}),
        ([Spoken(HOURS, 0.9)], {QUESTION: "", INTENT: "hours"}),
    ],
)
def test_the_answer_to_what_was_asked_is_looked_up(
    flow: Flow, inputs: list[Input], expected: dict[str, str]
) -> None:
    assert told(walked(flow, *inputs)[-1]) == expected


def test_the_answer_is_read_aloud_and_the_next_question_is_another_one(flow: Flow) -> None:
    answered = HookAnswered("", {ANSWER: "あります"})
    *_, read = walked(flow, Spoken(HOURS, 0.9), answered, Spoken(PARKING, 0.9), answered)
    assert said(read) == "{answer} ご質問をどうぞ"
    assert read.position.variables[ANSWER] == "あります"
    assert [item.digits for item in read.position.path] == ["hours", "faq:parking"]
    assert told(walk.step(flow, read.position, Spoken(HOLIDAYS, 0.9)))[QUESTION] == "holidays"
    assert told(walk.step(flow, read.position, Spoken(HOURS, 0.9))) == {QUESTION: "", INTENT: "hours"}
    assert walk.intent_said(flow, read.position.path) == "hours"


def test_an_answer_that_has_gone_leads_where_failures_do(flow: Flow) -> None:
    last = outcome(walked(flow, Spoken(PARKING, 0.9), HookAnswered(None))[-1])
    assert getattr(last.action, "queue", "") == "sales"


def test_an_unclear_question_is_asked_back(flow: Flow) -> None:
    *_, asked = walked(flow, Unsure(PARKING))
    assert said(asked).startswith("「駐車場はありますか」というご質問でよろしいですか。")
    *_, asked = walked(flow, Unsure(PARKING), language="en")
    assert said(asked).startswith("Did you mean the question: Can I park? Say yes or press 1.")


def test_what_is_not_known_ends_as_what_is_not_understood(flow: Flow) -> None:
    *_, once = walked(flow, NotUnderstood())
    assert said(once) == "恐れ入ります、聞き取れませんでした。 ご質問をどうぞ"
    *_, twice = walked(flow, NotUnderstood(), NotUnderstood())
    assert isinstance(twice.then, Listen)
    assert twice.then.choices is None


def test_the_picture_has_one_way_for_all_questions(flow: Flow) -> None:
    assert [edge.label for edge in graph_of(flow).edges].count("faq") == 1


def test_a_menu_that_takes_questions_needs_some(tmp_path: Path) -> None:
    write(tmp_path, FLOW)
    with pytest.raises(Exception, match=r"ivr.conf:8: expected ask.ja. => and say.ja. => in faq.conf"):
        load(tmp_path, QUEUES, answers={"a": Answered({"ja": ("何",)}, {"en": "x"})})
    assert problems_of(tmp_path, FLOW.replace("faq => hook,answer", "faq => hook,nothing").lstrip()) == [
        (8, "expected a hook [nothing], there is none")
    ]
