"""Forms in the menus: read, asked by voice and keys, and what becomes of the answers."""

from datetime import date
from pathlib import Path

import pytest

from ivr import session, slots, walk
from ivr.errors import FlowError
from ivr.flow import Flow, FormSection, SectionName
from ivr.hearing import Alternative, ChoiceId, Choices, Utterance
from ivr.load import load
from ivr.position import Digits, Fill, Input, Outcome, Spoken, Unsure
from ivr.rehearsal import ListedPhrases
from ivr.slots import Done, Filled, GivenUp, SlotKind
from ivr.spoken_dates import Tense
from tests.ivr.complete import FLOW, SHOP, outcome, said, walked
from tests.ivr.flows import QUEUES, flow_of, write
from tests.ivr.test_session import NamedSounds, ScriptedCaller

START = SectionName("details")


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    (tmp_path / "ivr-hooks").mkdir()
    (tmp_path / "ivr-hooks" / "shop.py").write_text(SHOP, encoding="utf-8")
    return flow_of(tmp_path, FLOW)


def says(text: str) -> Utterance:
    return Utterance((Alternative(text, 0.7),), "ja")


async def run(flow: Flow, *answers: str | Utterance, listens: bool = True) -> tuple[ScriptedCaller, Outcome]:
    caller = ScriptedCaller(list(answers))
    found = await session.run(
        flow,
        caller,
        NamedSounds(),
        dialled="",
        start=START,
        understanding=ListedPhrases() if listens else None,
        today=lambda: date(2026, 11, 26),
    )
    return caller, found


def test_a_form_is_read(flow: Flow) -> None:
    section = flow.sections[START]
    assert isinstance(section, FormSection)
    number, day, name = section.form.slots
    assert (number.length_min, number.length_max, number.check is not None) == (4, 4, True)
    assert (day.kind, day.tense, day.optional) == (SlotKind.DATE, Tense.FUTURE, True)
    assert (name.kind, dict(name.prompt)) == (SlotKind.NAME, {"ja": "お名前は", "en": "Name"})
    assert section.form.tries == 3
    assert {"お名前は", *slots.phrases("ja")} <= {each.text for each in flow.prompts()}


def test_a_walk_waits_for_the_form_and_goes_on_by_what_came_of_it(flow: Flow) -> None:
    filling = walked(flow, Digits("6"))[-1]
    assert isinstance(filling.then, Fill)
    assert said(filling) == "いくつかお伺いします"
    done = Done((Filled("number", "0018"), Filled("day", "2026-12-01", "来週の火曜")))
    ended = outcome(walked(flow, Digits("6"), done)[-1])
    assert (ended.variables["number"], ended.variables["day"]) == ("0018", "2026-12-01")
    assert [(item.menu, item.digits) for item in ended.path] == [("main", "6"), ("details", "done")]
    given_up = GivenUp((Filled("number?", "0018"),), "number", "operator")
    ended = outcome(walked(flow, Digits("6"), given_up)[-1])
    assert ended.variables["number?"] == "0018"
    assert ended.path[-1].digits == "operator"


KEYS = """
[general]
everywhere => 0,queue,sales
everywhere => *,back
everywhere => 9,repeat

[numbers]
_. => main

[main]
prompt => file:main
key => 1,form,details
on_timeout => hangup

[details]
type = form
slot => order,number,length=4
ask => order,注文番号は
then => hangup
on_failure => queue,support
{more}
"""


@pytest.mark.parametrize(
    ("keys", "more", "ended"),
    [
        (("0",), "", "sales"),
        (("9", "0"), "", "sales"),
        (("*", "", ""), "", ""),
        (("*", "1", "0"), "", "sales"),
        (("0",), "everywhere = no", "support"),
        (("0",), "key => 0,queue,support", "support"),
        (("9", "9", "9"), "", "support"),
    ],
)
async def test_keys_mean_the_same_in_a_form(
    tmp_path: Path, keys: tuple[str, ...], more: str, ended: str
) -> None:
    flow = flow_of(tmp_path, KEYS.replace("{more}", more).replace("[general]", "[general]\nlanguages = ja"))
    caller = ScriptedCaller(["1", *keys])
    found = await session.run(flow, caller, NamedSounds(), dialled="", today=lambda: date(2026, 11, 26))
    assert getattr(found.action, "queue", "") == ended
    assert found.path[0].digits == "1"


async def test_a_caller_answers_by_voice_and_by_keys(flow: Flow) -> None:
    caller, ended = await run(flow, "0018", says("来週の火曜"), says("はい"), says("山田です"), "1")
    values = {name: value for name, value in ended.variables.items() if value}
    assert values == {"number": "0018", "day": "2026-12-01", "name": "山田"}
    assert ended.said == {"number": "", "day": "来週の火曜", "name": "山田です"}
    assert ended.action == flow.sections[SectionName("dated")].branches[0][1]  # type: ignore[union-attr]
    assert caller.asked[0].sounds == ("/sounds/ja/details.wav", "/sounds/ja/details-number.wav")
    first = caller.asked[0].question
    assert (first.digits_max, first.terminator, first.barge_in) == (4, "#", True)
    assert caller.offered[0] == Choices("ja", {})


async def test_what_is_heard_in_a_form_is_counted(flow: Flow) -> None:
    noted: list[str] = []
    caller = ScriptedCaller(
        ["", says("あー"), "0018", says("来週の火曜"), says("はい"), says("オペレーター")]
    )
    await session.run(
        flow,
        caller,
        NamedSounds(),
        dialled="",
        start=START,
        understanding=ListedPhrases(),
        today=lambda: date(2026, 11, 26),
        noted=lambda language, heard: noted.append(f"{language} {heard}"),
    )
    assert noted == ["ja silence", "ja not_understood", *["ja understood"] * 3]


def test_the_words_of_a_card_number_are_masked(flow: Flow) -> None:
    words = "4111 1111 1111 1111です"
    ended = outcome(walked(flow, Digits("6"), Done((Filled("number", "1", words),)))[-1])
    assert ended.said["number"] == "＊" * 19 + "です"


async def test_where_nobody_listens_no_name_is_asked_for(flow: Flow) -> None:
    caller, ended = await run(flow, "0018", "1201", "1", listens=False)
    assert (ended.variables["day"], ended.path[-1].digits) == ("2026-12-01", "done")
    assert not any("details-name" in sound for asked in caller.asked for sound in asked.sounds)


async def test_who_wants_an_agent_or_says_nothing_goes_on_with_all_that_was_collected(flow: Flow) -> None:
    _, ended = await run(flow, "0018", "0")
    assert (ended.variables["number"], ended.path[-1].digits) == ("0018", "0")
    caller, ended = await run(flow, "", "", "")
    assert ended.path[-1].digits == "silence"
    assert len(caller.asked) == 4


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("slot => a,colour", "expected slot => NAME,number"),
        ("slot => a,number,length=9-3", "expected slot => NAME,number"),
        ("slot => a,name,length=3", "expected slot => NAME,number"),
        ("slot => a,date,someday", "expected slot => NAME,number"),
        ("slot => a,name", "expected ask[ja] => a,WORDS"),
        ("ask[ja] => b,何ですか", "expected ask[ja] => SLOT,WORDS"),
        ("", "expected slot => NAME,KIND in the form [main]"),
    ],
)
def test_what_is_wrong_with_a_form_is_named(tmp_path: Path, line: str, expected: str) -> None:
    write(tmp_path, f"[main]\ntype = form\nthen => hangup\non_failure => queue,support\n{line}\n")
    with pytest.raises(FlowError) as found:
        load(tmp_path, QUEUES)
    assert any(expected in problem.message for problem in found.value.problems)


def test_a_form_is_entered_by_its_own_action_and_a_loop_of_silence_is_found(tmp_path: Path) -> None:
    form = (
        "type = form\nslot => a,number\nask[ja] => a,何番\nask[en] => a,what\n"
        "then => queue,support\non_failure => "
    )
    write(tmp_path, f"[main]\n{form}form,main\n")
    with pytest.raises(FlowError, match=r"comes back to .main. for ever"):
        load(tmp_path, QUEUES)
    write(tmp_path, f"[main]\n{form}menu,main\n")
    with pytest.raises(FlowError, match=r"expected a menu .main., .main. is none: form,main"):
        load(tmp_path, QUEUES)


@pytest.mark.parametrize(
    ("inputs", "intent"),
    [
        ([Spoken(ChoiceId("billing"), 0.9)], "billing"),
        ([Unsure(ChoiceId("billing")), Spoken(ChoiceId("1"), 0.9)], "billing"),
        ([Unsure(ChoiceId("billing")), Unsure(ChoiceId("1"))], "billing"),
        ([Unsure(ChoiceId("billing")), Digits("1")], "billing"),
        ([Unsure(ChoiceId("billing")), Digits("2"), Digits("2")], ""),
        ([Digits("2")], ""),
    ],
)
def test_an_intent_is_known_once_it_is_said_or_agreed_to(
    flow: Flow, inputs: list[Input], intent: str
) -> None:
    assert walk.intent_said(flow, outcome(walked(flow, *inputs)[-1]).path) == intent
