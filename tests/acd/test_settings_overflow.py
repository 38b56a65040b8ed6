"""`overflow =>` lines: the steps that they make, and what cannot be."""

from pathlib import Path

import pytest

from acd.actions import Diversion
from acd.ids import QueueName
from acd.policy import AddQueue, Divert, Propose, RaisePriority, RelaxSkills
from acd.settings import load
from tests.acd.files import folder, problems

QUEUES = "[support]\n[sales]\n[billing]\n"


def test_all_steps_by_time(tmp_path: Path) -> None:
    acd = """[support]
overflow => 900,close,本日は終了しました。,Closed, for today
overflow => 120,propose,callback
overflow => 30,relax,billing
overflow => 30,relax
overflow => 60,queue,sales
overflow => 90,priority,2
overflow => 120,propose,line
"""
    steps = load(folder(tmp_path, QUEUES, acd)).queues[QueueName("support")].overflow
    assert steps == (
        RelaxSkills(after_s=30, skill="billing"),
        RelaxSkills(after_s=30),
        AddQueue(after_s=60, queue=QueueName("sales")),
        RaisePriority(after_s=90, by=2),
        Propose(after_s=120, way="callback"),
        Propose(after_s=120, way="line"),
        Divert(after_s=900, to=Diversion.CLOSE, ja="本日は終了しました。", en="Closed, for today"),
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("300,goto,sorry", Divert(after_s=300, to=Diversion.SECTION, section="sorry")),
        ("0,voicemail", Divert(after_s=0, to=Diversion.VOICEMAIL)),
    ],
)
def test_steps_that_end_the_wait(tmp_path: Path, line: str, expected: Divert) -> None:
    settings = load(folder(tmp_path, QUEUES, f"[support]\noverflow => {line}\n"))
    assert settings.queues[QueueName("support")].overflow == (expected,)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", "expected overflow => seconds,kind[,...], found ''; kinds: relax, queue, priority, propose"),
        ("30", "expected overflow => seconds,kind[,...], found '30'"),
        (
            "30,fly",
            "expected one of relax, queue, priority, propose, goto, voicemail, close, found 'fly'",
        ),
        ("soon,relax", "expected overflow => seconds from 0 to 604800, found 'soon'"),
        ("30,queue", "expected one of support, sales, billing, found ''"),
        ("30,queue,shop", "expected one of support, sales, billing, found 'shop'"),
        ("30,queue,support", "expected another queue, found 'support' itself"),
        ("30,priority", "expected a priority to add from 1 to 100, found ''"),
        ("30,priority,0", "expected a priority to add from 1 to 100, found '0'"),
        ("30,propose,voice", "expected one of callback, chat, line, sms, email, fax, social, ticket, found"),
        ("30,propose", "expected one of callback, chat"),
        ("30,goto", "expected overflow => seconds,goto,<section of ivr.conf>, found '30,goto'"),
        ("30,voicemail,x", "expected overflow => seconds,voicemail, found '30,voicemail,x'"),
        ("30,close,終了", "expected overflow => seconds,close,Japanese,English, found '30,close,終了'"),
    ],
)
def test_mistakes(tmp_path: Path, line: str, expected: str) -> None:
    (found,) = problems(tmp_path, QUEUES, f"[support]\noverflow => {line}\n")
    assert found.startswith(f"acd.conf:2: {expected}")


@pytest.mark.parametrize("end", ["goto,sorry", "voicemail", "close,終了,Closed"])
def test_nothing_comes_after_the_end(tmp_path: Path, end: str) -> None:
    acd = f"[support]\noverflow => 60,relax\noverflow => 30,{end}\noverflow => 20,relax\n"
    (found,) = problems(tmp_path, QUEUES, acd)
    assert found.startswith(
        "acd.conf:2: expected nothing after goto, voicemail or close, which stands in line 3"
    )


def test_queues_in_a_circle_are_named(tmp_path: Path) -> None:
    acd = (
        "[support]\noverflow => 30,queue,sales\n[sales]\noverflow => 30,queue,billing\n"
        "[billing]\noverflow => 10,relax\noverflow => 60,queue,support\n"
    )
    assert problems(tmp_path, QUEUES, acd) == [
        (
            "acd.conf:7: expected overflow that ends, found queues in a circle: "
            "support -> sales -> billing -> support"
        )
    ]


def test_a_circle_that_a_queue_only_leads_to_is_named_without_it(tmp_path: Path) -> None:
    acd = (
        "[support]\noverflow => 30,queue,sales\n[sales]\noverflow => 30,queue,billing\n"
        "[billing]\noverflow => 60,queue,sales\n"
    )
    assert problems(tmp_path, QUEUES, acd) == [
        "acd.conf:6: expected overflow that ends, found queues in a circle: sales -> billing -> sales"
    ]


def test_two_ways_to_the_same_queue_are_no_circle(tmp_path: Path) -> None:
    acd = (
        "[support]\noverflow => 30,queue,sales\noverflow => 60,queue,billing\n"
        "[sales]\noverflow => 30,queue,billing\n"
    )
    assert len(load(folder(tmp_path, QUEUES, acd)).queues[QueueName("support")].overflow) == 2


def test_an_inherited_step_to_the_queue_itself_is_a_mistake(tmp_path: Path) -> None:
    acd = "[all](!)\noverflow => 30,queue,sales\n[support](all)\n[sales](all)\n"
    (found,) = problems(tmp_path, QUEUES, acd)
    assert found == "acd.conf:2: expected another queue, found 'sales' itself"
