"""Reading `ivr.conf`: what it means, and where it says that something is wrong."""

import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.contact import Channel
from acd.ids import QueueName
from ivr import walk
from ivr.errors import FlowError
from ivr.flow import (
    Back,
    Deflect,
    DigitsEntry,
    EnterMenu,
    HangUp,
    Language,
    Menu,
    Message,
    Prompt,
    Repeat,
    Say,
    SectionName,
    SwitchLanguage,
    ToQueue,
)
from ivr.load import load
from tests.ivr.flows import MENUS, QUEUES, flow_of, write

JA, EN = Language("ja"), Language("en")

SMALL = """
[main]
prompt[ja] => こんにちは
prompt[en] => Hello
key => 1,queue,support
on_timeout => queue,support
"""


def problems_of(folder: Path, text: str) -> list[tuple[int, str]]:
    path = write(folder, text)
    with pytest.raises(FlowError) as raised:
        load(folder, QUEUES)
    assert {problem.file for problem in raised.value.problems} == {str(path)}
    return [(problem.line, problem.message) for problem in raised.value.problems]


def test_reads_every_kind_of_section_and_action(tmp_path: Path) -> None:
    flow = flow_of(tmp_path)
    main = flow.sections[SectionName("main")]
    assert isinstance(main, Menu)
    assert main.keys == {
        "1": ToQueue(QueueName("support"), 5, {"billing": 7, "english": 3}),
        "2": EnterMenu(SectionName("more")),
        "3": Deflect(Channel.LINE, QueueName("support"), SectionName("sent"), SectionName("failed")),
        "4": Say(SectionName("hours")),
        "5": EnterMenu(SectionName("account")),
        "6": Deflect(Channel.SMS, None, None, SectionName("main")),
        "7": HangUp(),
        "8": SwitchLanguage(EN),
        "0": ToQueue(QueueName("sales"), 0, {}),
        "*": Back(),
        "#": Repeat(),
    }
    patience = main.patience
    assert (patience.timeout_s, patience.digit_timeout_s, patience.retries) == (5, 2, 1)
    assert patience.barge_in
    assert patience.invalid[JA] == Prompt("main-invalid", JA, "無効")
    account = flow.sections[SectionName("account")]
    assert isinstance(account, DigitsEntry)
    assert (account.length_min, account.length_max, account.terminator) == (4, 6, "#")
    to_support = ToQueue(QueueName("support"), 0, {})
    assert (account.patience.on_timeout, account.patience.on_invalid) == (to_support, to_support)
    closing = flow.sections[SectionName("closing")]
    assert isinstance(closing, Message)
    assert closing.prompt == {language: Prompt("jingle", language, "") for language in (JA, EN)}
    assert flow.warnings == ()


@pytest.mark.parametrize(
    ("dialled", "section", "language"),
    [
        ("05012345671", "english-line", "en"),
        ("+05012345671", "english-line", "en"),
        ("0501234567", "main", None),
        ("0311112222", "hours", None),
        ("", "main", None),
        ("s", "main", None),
    ],
)
def test_finds_where_a_number_begins(
    tmp_path: Path, dialled: str, section: str, language: str | None
) -> None:
    number = flow_of(tmp_path).number(dialled)
    assert (number.section, number.language) == (section, language)


@pytest.mark.parametrize(
    ("dialled", "trunk", "section"),
    [
        ("03", "Overseas", "abroad"),
        ("03", "carrier", "main"),
        ("031", "overseas", "main"),
        ("04", "x", "main"),
    ],
)
def test_a_trunk_may_have_its_own_beginning(tmp_path: Path, dialled: str, trunk: str, section: str) -> None:
    numbers = "[numbers]\n03@overseas => abroad,en\n_.@overseas => main\n_. => main\n"
    flow = flow_of(tmp_path, numbers + SMALL + "[abroad](main)\n")
    assert flow.number(dialled, trunk).section == section


def test_a_language_may_lead_to_a_section(tmp_path: Path) -> None:
    text = "[numbers]\n_. => start\n" + SMALL
    text += "[start]\ntype = decide\nif => withheld,language,en,main\nelse => menu,main\n"
    flow = flow_of(tmp_path, text)
    assert flow.sections[SectionName("main")].prompt[EN] in walk.begin(flow, dialled="").prompts
    wrong = text.replace("en,main", "en,gone")
    assert problems_of(tmp_path, wrong) == [(11, "expected a section [gone], there is none")]


def test_what_inherits_may_override_keys_and_shares_recordings(tmp_path: Path) -> None:
    flow = flow_of(
        tmp_path,
        """
        [menu](!)
        invalid[ja] => 無効
        invalid[en] => Invalid
        key => 0,queue,support
        key => 1,queue,support
        on_timeout => queue,support
        [main](menu)
        prompt[ja] => 一
        prompt[ja] += 二
        prompt[en] => One
        key => 1,menu,other
        [other](main)
        key => 1,queue,sales
        """,
    )
    main, other = flow.sections[SectionName("main")], flow.sections[SectionName("other")]
    assert isinstance(main, Menu)
    assert isinstance(other, Menu)
    assert main.keys["0"] == other.keys["0"] == ToQueue(QueueName("support"), 0, {})
    assert (main.keys["1"], other.keys["1"]) == (
        EnterMenu(SectionName("other")),
        ToQueue(QueueName("sales"), 0, {}),
    )
    assert main.prompt == other.prompt == {JA: Prompt("main", JA, "一二"), EN: Prompt("main", EN, "One")}
    assert main.patience.invalid[EN] == Prompt("menu-invalid", EN, "Invalid")


def test_words_without_a_language_are_in_the_first(tmp_path: Path) -> None:
    text = "[general]\nlanguages = en\n" + SMALL.replace("prompt[ja] => こんにちは\n", "").replace("[en]", "")
    flow = flow_of(tmp_path, text)
    assert flow.sections[SectionName("main")].prompt == {EN: Prompt("main", EN, "Hello")}


ACTIONS = (
    "queue, menu, say, decide, hook, form, deflect, callback, thread, voicemail, transfer, "
    "language, repeat, back, hangup"
)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("dial", f"expected an action ({ACTIONS}), found dial"),
        ("", f"expected an action ({ACTIONS}), found nothing"),
        ("queue", "expected a queue after queue, as in queue,NAME"),
        ("queue,suport", "expected a queue of queues.conf (sales, support), found suport"),
        ("queue,support,9", "expected nothing more after queue, found 9"),
        ("queue,support,color=red", "expected nothing more after queue, found color=red"),
        ("queue,support,priority=x", "expected a priority of 0 to 1000, found x"),
        ("queue,support,priority=", "expected a value after priority="),
        ("queue,support,priority=1,priority=2", "expected priority= once after queue"),
        ("queue,support,skill=en:11", "expected a level of the skill en of 1 to 10, found 11"),
        ("queue,support,skill=en", "expected skill=NAME:LEVEL, each skill once, found skill=en"),
        ("menu,nowhere", "expected a menu [nowhere], there is none"),
        ("say,main", "expected a message [main], [main] is none: menu,main"),
        ("language,fr", "expected a language of [general] (ja, en), found fr"),
        ("deflect,fax", "expected a text channel (line, sms, chat, email, social), found fax"),
        ("deflect,line,sent=gone", "expected a section [gone], there is none"),
        ("decide,main", "expected conditions [main], [main] is none: menu,main"),
        ("hook,gone", "expected a hook [gone], there is none"),
        ("callback,gone", "expected a queue of queues.conf (sales, support), found gone"),
        ("voicemail,gone", "expected a queue of queues.conf (sales, support), found gone"),
        ("transfer", "expected a number after transfer, as in transfer,NAME"),
        ("transfer,12", "expected a number of 3 to 15 digits after transfer, found 12"),
        ("transfer,0312345678,failed=gone", "expected a section [gone], there is none"),
        ("deflect,line,queue=gone", "expected a queue of queues.conf (sales, support), found gone"),
    ],
)
def test_says_what_is_wrong_with_an_action(tmp_path: Path, action: str, message: str) -> None:
    text = SMALL.lstrip().replace("1,queue,support", f"1,{action}")
    assert problems_of(tmp_path, text) == [(4, message)]


FOR_EVER = "a caller who presses nothing comes back to [main] for ever: expected a way out"
DIGITS = "[main]\ntype = digits\nthen => hangup\n"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("key => 1,", "key 1,", 4, "expected key = value, found 'key 1,queue,support'"),
        ("key => 1", "key => 1,repeat\nkey => 1", 5, "key 1 stands already at {file}:4"),
        ("key => 1", "key => 12", 4, "expected key => KEY,ACTION with one key of 0123456789*#, found 12"),
        ("key => 1,queue,support\n", "", 1, "expected key => KEY,ACTION in the menu [main]"),
        ("[en] => Hello", "[e] => Hello", 1, "expected prompt[en] => WORDS, or file:NAME"),
        ("[en] => Hello", "[e] => Hello", 3, "expected an option of type menu ("),
        ("Hello", "", 3, "expected 1 to 1000 characters to say, found 0"),
        ("Hello", "x" * 1001, 3, "expected 1 to 1000 characters to say, found 1001"),
        ("Hello", "file:../x", 3, "expected file:NAME of letters, digits, - and _, without .wav"),
        ("Hello", "fr:Bonjour", 3, "expected a language of [general] (ja, en), found fr:"),
        ("key => 1", "invalid[ja] => 無効\nkey => 1", 1, "expected invalid[en] => WORDS, or file:NAME"),
        ("on_timeout => queue,support", "", 1, "expected on_timeout => ACTION in [main]"),
        ("on_timeout => queue,support", "on_timeout => repeat", 5, FOR_EVER),
        ("on_t", "timeout = soon\non_t", 5, "expected timeout = seconds, 0.5 to 60, found soon"),
        ("on_t", "timeout = 61\non_t", 5, "expected timeout = seconds, 0.5 to 60, found 61"),
        ("on_t", "retries = 1.5\non_t", 5, "expected retries = a whole number, 0 to 9, found 1.5"),
        ("on_t", "barge_in = maybe\non_t", 5, "expected barge_in = yes or no, found maybe"),
        ("[main]", "[main]\ntype = queue", 2, "expected type menu, digits, message, decide, pin,"),
        ("[main]", "[main]\ntype = message", 1, FOR_EVER),
        ("[main]\n", DIGITS, 1, "expected length = N or N-M digits, 1 to 32, in [main]"),
        ("[main]\n", DIGITS + "length = 9-4\n", 4, "expected length = N or N-M digits, 1 to 32, in [main]"),
        ("[main]\n", DIGITS + "terminator = 5\n", 4, "expected terminator = #, * or none, found 5"),
        (
            "[main]",
            "[general]\nlanguages = Japanese\n[main]",
            2,
            "expected languages = CODE[,CODE]..., as in",
        ),
        ("[main]", "[numbers]\n_0[ => main\n[main]", 2, "expected something like [15-7] in the pattern _0["),
        ("[main]", "[numbers]\n_. => gone\n[main]", 2, "expected NUMBER => SECTION, there is no section [go"),
        ("[main]", "[numbers]\n_. => main,fr\n[main]", 2, "expected a language of [general] (ja, en), found"),
        ("[main]", "[numbers]\n1 => main\n1 => main\n[main]", 3, "the number 1 stands already in [numbers]"),
        ("[main]", "[numbers]\n1@ => main\n[main]", 2, "expected NUMBER@TRUNK, found 1@"),
        ("[main]", "[first]", 1, "expected _. => MENU, or a menu [main]"),
        ("[main]", "[numbers]\n[first]", 1, "expected _. => MENU, or a menu [main]"),
        ("[main]", "[a b]", 1, "expected a name of letters, digits, - and _, found [a b]"),
    ],
)
def test_names_line_and_expectation(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    text = SMALL.lstrip().replace(old, new, 1)
    expected = message.format(file=tmp_path / "ivr.conf")
    assert any(each[0] == line and each[1].startswith(expected) for each in problems_of(tmp_path, text))


def test_finds_all_problems_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = SMALL.lstrip().replace("1,queue,support", "1,queue,x").replace("Hello", "").replace("on_t", "on_l")
    assert [line for line, _ in problems_of(tmp_path, text)] == [1, 3, 4, 5]


def test_an_unknown_option_is_named_once_for_all_that_inherit_it(tmp_path: Path) -> None:
    text = "[base](!)\ntimout = 5\ntimeout = 5\n" + SMALL.lstrip().replace("[main]", "[main](base)")
    text += "[other](base)\ntype = message\nprompt => file:x\n"
    [(line, message)] = problems_of(tmp_path, text)
    assert line == 2
    assert message.startswith("expected an option of type menu (")
    assert message.endswith(", found timout")


@pytest.mark.parametrize(
    ("on_timeout", "other", "is_endless"),
    [
        ("back", "on_timeout => queue,sales", True),
        ("language,en", "on_timeout => queue,sales", True),
        ("menu,other", "on_timeout => queue,sales", False),
        ("menu,other", "on_timeout => back", True),
        ("menu,other", "on_timeout => menu,main", True),
        ("deflect,line", "on_timeout => queue,sales", True),
        ("deflect,line,failed=other", "on_timeout => queue,sales", False),
        ("deflect,line,failed=other", "on_timeout => back", True),
        ("queue,support", "on_timeout => back", False),
    ],
)
def test_finds_loops_that_a_silent_caller_never_leaves(
    tmp_path: Path, on_timeout: str, other: str, is_endless: bool
) -> None:
    text = SMALL.lstrip().replace(
        "on_timeout => queue,support", f"on_timeout => {on_timeout}\nkey => 2,menu,other"
    )
    text += f"[other]\nprompt => file:x\nkey => 1,queue,sales\n{other}\n"
    if is_endless:
        assert any("for ever" in message for _, message in problems_of(tmp_path, text))
    else:
        assert flow_of(tmp_path, text).warnings == ()


def test_warns_of_what_no_call_reaches(tmp_path: Path) -> None:
    write(tmp_path, SMALL + "[a]\ntype = message\nprompt => file:x\nthen => say,b\n[b](a)\nthen => hangup\n")
    warnings = load(tmp_path, None).warnings
    assert [(each.line, each.message) for each in warnings] == [
        (6, "no number, key or action leads to [a]"),
        (10, "no number, key or action leads to [b]"),
    ]


@pytest.mark.parametrize("action", ["callback", "transfer,0312345678", "deflect,line", "deflect,line,sent=a"])
def test_a_menu_that_only_comes_back_to_itself_is_reached_by_no_call(tmp_path: Path, action: str) -> None:
    write(tmp_path, f"{SMALL}[a]\nprompt => file:x\nkey => 1,{action}\non_timeout => hangup\n")
    [warning] = load(tmp_path, None).warnings
    assert warning.message == "no number, key or action leads to [a]"


def test_queues_are_left_unchecked_when_unknown(tmp_path: Path) -> None:
    write(tmp_path, SMALL.replace("support", "anything"))
    assert load(tmp_path, None).sections


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="cannot be read"):
        load(tmp_path, QUEUES)


_LINES = st.sampled_from([line.strip() for line in MENUS.splitlines() if line.strip()])
_WORDS = st.text(st.sampled_from("[]()=>,;+_.!-#*019 aあ:\t\0"), max_size=12)


@st.composite
def _documents(draw: st.DrawFn) -> str:
    lines = draw(st.lists(st.one_of(_LINES, _WORDS, st.tuples(_LINES, _WORDS).map("".join)), max_size=40))
    return "\n".join(lines)


@settings(max_examples=300, deadline=None)
@given(_documents())
def test_any_document_is_a_flow_or_a_list_of_problems(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(FlowError):
        write(Path(folder), text)
        load(Path(folder), QUEUES)
