"""Walking a flow: tables of what is heard and what follows; `-` is silence."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.contact import Channel
from acd.ids import QueueName
from ivr import walk
from ivr.caller import Question
from ivr.flow import Deflect, Exit, Flow, HangUp, SectionName, ToQueue
from tests.ivr.flows import flow_of

SUPPORT = ToQueue(QueueName("support"), 0, {})
SALES = ToQueue(QueueName("sales"), 0, {})


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    return flow_of(tmp_path_factory.mktemp("flow"))


@pytest.fixture(scope="module")
def barred(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    """Return a flow without keys that leave the menus: only giving up does."""
    text = """
        [menu](!)
        prompt => file:x
        retries = 9
        key => 1,menu,main
        key => 2,menu,left
        key => 3,menu,right
        key => *,back
        key => #,repeat
        [main](menu)
        on_timeout => menu,left
        [left](menu)
        on_timeout => menu,right
        on_invalid => back
        [right](menu)
        on_timeout => queue,support
        on_invalid => menu,main
    """
    return flow_of(tmp_path_factory.mktemp("flow"), text)


def heard(keys: str) -> walk.Heard:
    return walk.Silence() if keys == "-" else walk.Digits(keys)


def steps(
    flow: Flow, *inputs: str, dialled: str = "0312345678", language: str | None = None
) -> list[walk.Step]:
    walked = [walk.begin(flow, dialled=dialled, language=language)]
    for keys in inputs:
        walked.append(walk.step(flow, walked[-1].position, heard(keys)))
    return walked


def said(step: walk.Step) -> str:
    return " ".join(prompt.text or prompt.name for prompt in step.prompts)


def outcome(step: walk.Step) -> walk.Outcome:
    assert isinstance(step.then, walk.Outcome)
    return step.then


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ("", ["メニュー"]),
        ("2", ["メニュー", "つぎ"]),
        ("2*", ["メニュー", "つぎ", "メニュー"]),
        ("22*", ["メニュー", "つぎ", "番号", "番号"]),
        ("21*", ["メニュー", "つぎ", "メニュー", "メニュー"]),
        ("23*", ["メニュー", "つぎ", "では 三", "つぎ"]),
        ("2-", ["メニュー", "つぎ", "メニュー"]),
        ("*", ["メニュー", "メニュー"]),
        ("#", ["メニュー", "メニュー"]),
        ("-", ["メニュー", "メニュー"]),
        ("9", ["メニュー", "無効 メニュー"]),
        ("8", ["メニュー", "Menu"]),
        ("89", ["メニュー", "Menu", "Invalid Menu"]),
        ("84", ["メニュー", "Menu", "From nine jingle Menu"]),
        ("4*", ["メニュー", "九時から jingle メニュー", "メニュー"]),
        ("5-", ["メニュー", "番号", "番号"]),
    ],
)
def test_what_is_said(flow: Flow, inputs: str, expected: list[str]) -> None:
    walked = steps(flow, *inputs)
    assert [said(step) for step in walked] == expected
    assert all(isinstance(step.then, walk.Listen) for step in walked)


@pytest.mark.parametrize(
    ("inputs", "last_words", "action"),
    [
        (["1"], "", ToQueue(QueueName("support"), 5, {"billing": 7, "english": 3})),
        (["0"], "", SALES),
        (["7"], "", HangUp()),
        (["-", "-"], "", SUPPORT),
        (["9", "9"], "さようなら", HangUp()),
        (["9", "-"], "", SUPPORT),
        (["-", "9"], "さようなら", HangUp()),
        (["-", "#", "-", "-"], "", SUPPORT),
        (["5", "1234"], "", SALES),
        (["5", "123", "123456"], "", SALES),
        (["5", "123", "1234567"], "", SUPPORT),
        (["5", "12*4", "-"], "", SUPPORT),
        (["8", "9", "9"], "Goodbye", HangUp()),
        (["6"], "", Deflect(Channel.SMS, None, None, SectionName("main"))),
    ],
)
def test_where_it_ends(flow: Flow, inputs: list[str], last_words: str, action: Exit) -> None:
    last = steps(flow, *inputs)[-1]
    assert (said(last), outcome(last).action) == (last_words, action)


def test_the_path_names_each_place_and_what_was_pressed(flow: Flow) -> None:
    last = outcome(steps(flow, "-", "2", "2", "4711")[-1])
    assert [(item.menu, item.digits) for item in last.path] == [
        ("main", ""),
        ("main", "2"),
        ("more", "2"),
        ("account", "4711"),
    ]


def test_what_keys_to_wait_for(flow: Flow) -> None:
    assert steps(flow)[0].then == walk.Listen(Question(1, "", 5, 2, barge_in=True))
    assert steps(flow, "2")[-1].then == walk.Listen(Question(1, "", 4, 3, barge_in=False))
    assert steps(flow, "5")[-1].then == walk.Listen(Question(6, "#", 4, 3, barge_in=True))


@pytest.mark.parametrize(
    ("dialled", "language", "expected"),
    [
        ("0312345678", None, "メニュー"),
        ("0312345678", "en", "Menu"),
        ("0312345678", "fr", "メニュー"),
        ("05012345671", None, "Menu"),
        ("05012345671", "ja", "メニュー"),
        ("0311112222", None, "九時から jingle メニュー"),
    ],
)
def test_the_language_known_of_the_caller_wins(
    flow: Flow, dialled: str, language: str | None, expected: str
) -> None:
    assert said(steps(flow, dialled=dialled, language=language)[0]) == expected


def test_a_call_goes_on_after_a_deflection(flow: Flow) -> None:
    action = outcome(steps(flow, "8", "3")[-1]).action
    assert isinstance(action, Deflect)
    failed = walk.begin(flow, dialled="", language="en", start=action.failed)
    assert (said(failed), outcome(failed).action) == ("Failed", SUPPORT)
    sent = walk.begin(flow, dialled="", start=action.sent)
    assert (said(sent), outcome(sent).action) == ("送信済み", HangUp())


def test_asking_starts_anew_in_each_section(flow: Flow) -> None:
    last = steps(flow, "-", "4", "-")[-1]
    assert isinstance(last.then, walk.Listen)
    assert last.position.tries == 1


@settings(deadline=None)
@given(st.lists(st.sampled_from([*"0123456789*#-", "12345", "あ"]), min_size=200, max_size=200))
def test_every_walk_ends(barred: Flow, inputs: list[str]) -> None:
    step = walk.begin(barred, dialled="")
    for count, keys in enumerate(inputs):
        if isinstance(step.then, walk.Outcome):
            assert count <= walk.INPUTS_MAX + len(barred.sections)
            return
        assert len(step.position.trail) < len(barred.sections)
        step = walk.step(barred, step.position, heard(keys))
    pytest.fail("still walking")


def test_a_message_without_words_leads_straight_on(tmp_path: Path) -> None:
    text = """
        [numbers]
        _. => straight
        [straight]
        type = message
        then => queue,support
    """
    (step,) = steps(flow_of(tmp_path, text))
    assert step.prompts == ()
    assert outcome(step).action == SUPPORT
