"""What the check finds in menus that decide, ask and collect: where, and what was expected."""

from pathlib import Path

import pytest

from acd.ids import QueueName
from ivr.errors import FlowError
from ivr.flow import Back, DigitsEntry, Menu, SectionName, ToQueue
from ivr.load import load
from tests.ivr.flows import QUEUES, flow_of, write
from tests.ivr.test_load import SMALL, problems_of


@pytest.mark.parametrize(
    "text",
    [
        "[main]\ntype = message\nthen => say,b\n[b]\ntype = message\nprompt => file:x\n",
        "[main]\ntype = decide\nif => open,decide,main\nelse => queue,support\n",
        "[main]\ntype = decide\nif => known,say,b\nelse => hangup\n[b]\ntype=message\nthen=decide,main\n",
        "[main]\ntype = web\nurl = http://x/\nthen => hangup\non_failure => hook,main\n",
        "[main]\ntype = web\nurl = http://x/\nthen => hangup\non_failure => hangup\nanswer => a,repeat\n",
        SMALL.replace("on_timeout => queue,support", "on_timeout => callback,support"),
        SMALL.replace("on_timeout => queue,support", "on_timeout => transfer,117,failed=main"),
    ],
)
def test_finds_loops_through_sections_that_ask_nothing(tmp_path: Path, text: str) -> None:
    assert any("for ever" in message for _, message in problems_of(tmp_path, text.lstrip()))


DECIDE = "[main]\ntype = decide\nelse => queue,support\n"
HOOK = "[main]\ntype = web\nurl = http://x/\nthen => hangup\non_failure => hangup\n"
NUMBER = "[main]\ntype = digits\nlength = 4\nprompt => file:x\nthen => hangup\non_timeout => hangup\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (DECIDE + "if => rich,hangup\n", 4, "expected a condition (open, closed, known, thread, tag"),
        (DECIDE + "if => known\n", 4, "expected an action ("),
        (
            DECIDE + "if => open gone,hangup\n",
            4,
            "expected a queue or opening hours (office, sales, support)",
        ),
        (DECIDE + "if => wait gone > 5,hangup\n", 4, "expected a queue of queues.conf (sales, support)"),
        (DECIDE + "if => language fr,hangup\n", 4, "expected a language of [general] (en, ja), found fr"),
        (
            DECIDE + "if => order = 5,hangup\n",
            4,
            "expected a variable that something sets (caller, dialled, ",
        ),
        (DECIDE + "set => x\n", 4, "expected set => NAME,VALUE, found x"),
        (
            DECIDE + "set => x,{y}\n",
            4,
            "expected a variable that something sets (caller, dialled, proven, x)",
        ),
        (DECIDE.replace("else => queue,support\n", ""), 1, "expected else => ACTION in [main]"),
        (
            DECIDE + "prompt => file:x\n",
            4,
            "expected an option of type decide (else, if, set, type), found pro",
        ),
        (HOOK.replace("http", "ftp"), 3, "expected url = https://... in [main]"),
        (HOOK + "timeout = 9\n", 1, "expected waiting[ja] => WORDS, or file:NAME"),
        (
            HOOK + "send = gone\n",
            6,
            "expected a variable that something sets (caller, dialled, proven), found",
        ),
        (HOOK + "header => X\n", 6, "expected header => NAME,VALUE"),
        (HOOK + "header => X,{env:PATH}\n", 6, "expected {env:TORITSUGI_HOOK_...} between braces"),
        (
            "[main]\ntype = python\nthen => hangup\non_failure => hangup\n",
            1,
            "expected function = FILE.",
        ),
        (NUMBER + "check = mod11\n", 7, "expected check = luhn or python:FILE.FUNCTION, found mod11"),
        (NUMBER + "check = python:gone\n", 7, "expected FILE.FUNCTION, as in orders.price, found gone"),
        (
            NUMBER + "check = python:gone.f\n",
            7,
            "expected the file {hooks}/gone.py: No such",
        ),
        (NUMBER + "check = python:shop.f\n", 7, "expected a function f in {hooks}/shop.py, there is none"),
        (NUMBER + "check = python:bad.f\n", 7, "expected Python: {hooks}/bad.py:1: "),
        (NUMBER + "confirm[ja] => {main}\n", 1, "expected confirm[en] => WORDS, or file:NAME"),
        (NUMBER.replace("file:x", "{main"), 4, "expected {NAME} or {NAME|KIND} between braces"),
        (NUMBER.replace("file:x", "{main|colour}"), 4, "expected a kind of value (number, "),
        (NUMBER.replace("digits", "pin"), 1, "expected on_refused => ACTION in [main]"),
        (NUMBER.replace("digits", "birth"), 3, "expected an option of type birth ("),
        ("[general]\neverywhere => 77,back\n" + NUMBER, 2, "expected everywhere => KEY,ACTION with one key"),
        ("[general]\nsure = 2\n" + NUMBER, 2, "expected sure = a share, 0 to 1, found 2"),
        ("[general]\nsure = 0.2\nunsure = 0.3\n" + NUMBER, 3, "expected unsure = 0 to 0.2, as sure"),
    ],
)
def test_says_what_is_wrong_with_what_menus_ask(tmp_path: Path, text: str, line: int, message: str) -> None:
    hooks = tmp_path / "ivr-hooks"
    hooks.mkdir()
    write(hooks, "def g(): ...\n", "shop.py")
    write(hooks, "def\n", "bad.py")
    path = write(tmp_path, text)
    with pytest.raises(FlowError) as raised:
        load(tmp_path, QUEUES, hours=("office",))
    found = [(each.line, each.message) for each in raised.value.problems if each.file == str(path)]
    assert any(
        each[0] == line and each[1].startswith(message.replace("{hooks}", str(hooks))) for each in found
    ), found


@pytest.mark.parametrize(
    ("conditions", "why"),
    [
        (("known and not known",), "never holds: it asks for something and its opposite"),
        (("open office and closed office",), "never holds: it asks for something and its opposite"),
        (("wait < 0",), "never holds: nobody waits for less than no time"),
        (("number = 12",), "never holds: [number] collects 4 to 4 digits"),
        (("known", "known and thread"), "never counts: an earlier condition holds whenever it does"),
    ],
)
def test_warns_of_conditions_that_never_hold(tmp_path: Path, conditions: tuple[str, ...], why: str) -> None:
    lines = "".join(f"if => {each},menu,number\n" for each in conditions)
    write(tmp_path, DECIDE + lines + NUMBER.replace("main", "number"))
    [warning] = load(tmp_path, QUEUES, hours=("office",)).warnings
    assert (warning.line, warning.message) == (3 + len(conditions), f"{conditions[-1]} {why}")


def test_warns_of_recordings_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "ja").mkdir()
    (tmp_path / "ja" / "x.wav").touch()
    write(tmp_path, NUMBER)
    [warning] = load(tmp_path, QUEUES, recordings=tmp_path).warnings
    expected = f"expected the recording {tmp_path}/en/x.wav, or {tmp_path}/x.wav, there is none"
    assert (warning.line, warning.message) == (4, expected)


def test_keys_that_mean_the_same_everywhere_can_be_overridden_or_left_out(tmp_path: Path) -> None:
    text = """
        [general]
        everywhere => 0,queue,support
        everywhere => *,back
        [main]
        prompt => file:x
        key => 0,queue,sales
        key => 1,menu,number
        on_timeout => hangup
        [number]
        type = digits
        length = 3
        terminator = *
        prompt => file:x
        then => menu,bare
        on_timeout => hangup
        [bare](main)
        everywhere = no
    """
    flow = flow_of(tmp_path, text)
    main, number, bare = (flow.sections[SectionName(name)] for name in ("main", "number", "bare"))
    assert isinstance(main, Menu)
    assert isinstance(bare, Menu)
    assert isinstance(number, DigitsEntry)
    assert main.keys["0"] == ToQueue(QueueName("sales"), 0, {})
    assert main.keys["*"] == Back()
    assert number.keys == {"0": ToQueue(QueueName("support"), 0, {})}
    assert set(bare.keys) == {"0", "1"}
