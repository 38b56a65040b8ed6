"""Numbers that callers type: checked, confirmed, kept as variables; and proofs of who they are."""

from pathlib import Path

import pytest

from acd.ids import QueueName
from ivr import walk
from ivr.flow import Exit, Flow, Proof, ToQueue
from ivr.luhn import is_luhn
from ivr.position import Ask, Digits, Silence
from ivr.world import CheckDigits, Checked, Prove, Verdict
from tests.ivr.complete import FLOW, SHOP, outcome, said, walked
from tests.ivr.flows import flow_of

SUPPORT, SALES = (ToQueue(QueueName(name), 0, {}) for name in ("support", "sales"))
RIGHT = "18374"
ORDER = "0311110000"


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    (tmp_path / "ivr-hooks").mkdir()
    (tmp_path / "ivr-hooks" / "shop.py").write_text(SHOP, encoding="utf-8")
    return flow_of(tmp_path, FLOW)


@pytest.mark.parametrize(
    ("digits", "is_right"),
    [("79927398713", True), ("79927398710", False), ("0", True), ("4111111111111111", True), (RIGHT, True)],
)
def test_luhn(digits: str, is_right: bool) -> None:
    assert is_luhn(digits) is is_right


def test_a_wrong_check_digit_is_asked_again_and_a_right_one_confirmed(flow: Flow) -> None:
    steps = walked(flow, Digits("18375"), Digits(RIGHT), Digits("1"), dialled=ORDER)
    assert [said(step) for step in steps[:3]] == ["注文番号", "違います 注文番号", "{order|digits}ですね"]
    last = outcome(steps[-1])
    assert last.action == SUPPORT
    assert last.variables["order"] == RIGHT
    assert [item.digits for item in last.path] == ["18375", RIGHT, "1"]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ([Digits(RIGHT), Digits("2")], "注文番号"),
        ([Digits(RIGHT), Digits("9")], "{order|digits}ですね"),
        ([Digits(RIGHT), Digits("9"), Digits("#")], "{order|digits}ですね"),
        ([Digits(RIGHT), Silence()], "{order|digits}ですね"),
        ([Digits(RIGHT), Digits("2"), Digits(RIGHT)], "{order|digits}ですね"),
        ([Digits("#")], "違います 注文番号"),
        ([Digits("*")], "注文番号"),
    ],
)
def test_what_is_said_next(flow: Flow, inputs: list[walk.Heard], expected: str) -> None:
    assert said(walked(flow, *inputs, dialled=ORDER)[-1]) == expected


CONFIRMED = """
[general]
everywhere => 0,queue,support
everywhere => 2,hangup
everywhere => *,back
everywhere => #,repeat

[numbers]
_. => main

[main]
prompt => file:main
key => 1,menu,people
on_timeout => hangup

[people]
type = digits
length = 1
prompt => file:people
confirm => file:right
then => queue,sales
on_timeout => hangup
"""


@pytest.mark.parametrize(
    ("key", "expected"),
    [("0", "ToQueue"), ("*", "main"), ("#", "right"), ("2", "people"), ("7", "right")],
)
def test_keys_mean_the_same_where_a_number_is_confirmed(tmp_path: Path, key: str, expected: str) -> None:
    """All of them, though a digit is asked for before, and `#` ends that: here they are free."""
    last = walked(flow_of(tmp_path, CONFIRMED), Digits("1"), Digits("2"), Digits(key))[-1]
    found = type(last.then.action).__name__ if isinstance(last.then, walk.Outcome) else said(last)
    assert found == expected
    assert last.position.variables["people"] == ("2" if expected == "right" else "")


@pytest.mark.parametrize(
    ("inputs", "action", "order"),
    [
        ([Digits("59"), Silence(), Silence()], SUPPORT, None),
        ([Digits(RIGHT), Silence(), Silence(), Silence()], SUPPORT, ""),
        ([Digits("0")], SUPPORT, None),
        ([Digits(RIGHT), Digits("0")], SUPPORT, ""),
        ([Digits("59998"), Digits("1")], SALES, "59998"),
    ],
)
def test_where_it_ends(flow: Flow, inputs: list[walk.Heard], action: Exit, order: str | None) -> None:
    last = outcome(walked(flow, *inputs, dialled=ORDER)[-1])
    assert (last.action, last.variables.get("order")) == (action, order)


def test_an_administrators_function_is_asked_and_hidden_digits_stay_out_of_the_path(flow: Flow) -> None:
    (*_, asked) = walked(flow, Digits("5"), Digits("3"))
    assert isinstance(asked.then, Ask)
    assert asked.then.request == CheckDigits("shop.is_even", "3")
    assert "3" not in repr(asked.then.request)
    wrong = walk.step(flow, asked.position, Checked(is_right=False))
    assert isinstance(wrong.then, walk.Listen)
    last = walk.step(flow, asked.position, Checked(is_right=True))
    assert outcome(last).action == SALES
    assert [item.digits for item in outcome(last).path] == ["5", "****"]
    assert outcome(last).variables["free"] == "3"


def prove(flow: Flow, *verdicts: Verdict, digits: str = "4711") -> walk.Step:
    step = walked(flow, Digits("1"))[-1]
    for verdict in verdicts:
        step = walk.step(flow, step.position, Digits(digits))
        assert isinstance(step.then, Ask)
        assert step.then.request == Prove(Proof.PIN, digits)
        step = walk.step(flow, step.position, verdict)
    return step


def test_a_proof_that_is_accepted_leads_on_and_leaves_no_digits(flow: Flow) -> None:
    last = outcome(prove(flow, Verdict.REFUSED, Verdict.ACCEPTED))
    assert isinstance(last.action, ToQueue)
    assert last.action.priority == 9
    assert [item.digits for item in last.path] == ["1", "****", "refused", "****", "accepted"]
    assert last.variables["proven"] == "pin"
    assert "4711" not in str(dict(last.variables))


@pytest.mark.parametrize(
    "verdicts",
    [[Verdict.REFUSED] * 2, [Verdict.LOCKED], [Verdict.UNAVAILABLE], [Verdict.REFUSED, Verdict.LOCKED]],
)
def test_a_proof_that_is_not_accepted_leads_elsewhere(flow: Flow, verdicts: list[Verdict]) -> None:
    assert outcome(prove(flow, *verdicts)).action == SUPPORT


def test_tries_count_over_the_whole_call(flow: Flow) -> None:
    step = prove(flow, Verdict.REFUSED)
    step = walk.step(flow, step.position, Digits("*"))
    assert said(step) == "メニュー"
    step = walk.step(flow, step.position, Digits("1"))
    step = walk.step(flow, step.position, Digits("4712"))
    assert outcome(walk.step(flow, step.position, Verdict.REFUSED)).action == SUPPORT


@pytest.mark.parametrize(
    ("digits", "is_date"), [("19800229", True), ("19810229", False), ("19801301", False)]
)
def test_a_date_of_birth_must_be_a_date(flow: Flow, digits: str, is_date: bool) -> None:
    step = walk.begin(flow, dialled="", start=next(name for name in flow.sections if name == "birth"))
    step = walk.step(flow, step.position, Digits(digits))
    assert isinstance(step.then, Ask) is is_date
