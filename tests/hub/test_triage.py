"""Triage: the first rule that fits, the ways that there are, and why."""

from pathlib import Path

import pytest

from hub.triage import OFFERS_MAX, Situation, TriageRules, Way, examine_triage, offers
from tests.ivr.flows import write

ALL = dict.fromkeys(Way, "")
QUEUES = ("support", "sales")

RULES = """
    [general]
    held = 48
    resume = 30

    [common](!)
    offer => line,callback

    [vip]
    customer = vip
    offer => callback

    [billing]
    intent => billing,invoice
    hours = open
    wait = 60
    offer => faq,line
    offer => sms

    [closed](common)
    hours = closed

    [long](common)
    queue => support
    wait = 300
"""


def _rules(folder: Path, text: str = RULES) -> TriageRules:
    write(folder, text, "triage.conf")
    rules, problems = examine_triage(folder, QUEUES, ("billing", "invoice"))
    assert problems == ()
    return rules


def _situation(
    intent: str = "",
    queue: str = "support",
    wait_s: float | None = 600,
    *,
    is_open: bool = True,
    tags: tuple[str, ...] | None = (),
) -> Situation:
    return Situation(intent=intent, queue=queue, wait_s=wait_s, is_open=is_open, customer_tags=tags)


@pytest.mark.parametrize(
    ("situation", "rule", "ways"),
    [
        (_situation("billing", wait_s=60), "billing", ["faq", "line", "sms"]),
        (_situation("billing", wait_s=59), "", []),
        (_situation("billing", wait_s=None), "", []),
        (_situation("billing", is_open=False), "closed", ["line", "callback"]),
        (_situation("delivery"), "long", ["line", "callback"]),
        (_situation("delivery", queue="sales"), "", []),
        (_situation(wait_s=299), "", []),
        (_situation(tags=("vip",)), "vip", ["callback"]),
        (_situation(tags=None, wait_s=900), "long", ["line", "callback"]),
    ],
)
def test_the_first_rule_that_fits_says_what_is_offered(
    tmp_path: Path, situation: Situation, rule: str, ways: list[str]
) -> None:
    found = offers(_rules(tmp_path), situation, ALL)
    assert (found.rule, list(found.offers)) == (rule, ways)


def test_what_cannot_be_had_is_left_out_with_the_reason(tmp_path: Path) -> None:
    available = {Way.LINE: "", Way.SMS: "one_way", Way.FAQ: "no_answer"}
    found = offers(_rules(tmp_path), _situation("billing"), available)
    assert found.offers == (Way.LINE,)
    assert found.left_out == {Way.SMS: "one_way", Way.FAQ: "no_answer"}
    assert found.passed_over == {"vip": "customer"}
    assert found.explanation == "billing: line; vip: customer; faq: no_answer; sms: one_way"
    nothing = offers(_rules(tmp_path), _situation(wait_s=1), ALL)
    assert nothing.explanation == "no rule; vip: customer; billing: intent; closed: hours; long: wait"


def test_nobody_has_to_remember_many_keys(tmp_path: Path) -> None:
    rules = _rules(tmp_path, "[all]\n    offer => line,sms,chat,email,callback,faq")
    found = offers(rules, _situation(), ALL)
    assert len(found.offers) == OFFERS_MAX
    assert set(found.left_out.values()) == {"too_many"}


def test_hours_and_minutes_of_general(tmp_path: Path) -> None:
    rules = _rules(tmp_path)
    assert (rules.held_s, rules.resume_s) == (48 * 3600, 30 * 60)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert examine_triage(empty) == (TriageRules(), ())


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("[a]\noffer => fax", 2, "expected one of line, sms, chat, email, callback, faq, found 'fax'"),
        ("[a]\nwait = 5", 1, "expected offer => one or more of line, sms, chat, email, callback, faq"),
        ("[a]\noffer => line\nwait = long", 3, "expected wait = seconds from 0 to 86400, found 'long'"),
        (
            "[a]\noffer => line\nhours = night",
            3,
            "expected one of open, closed, any, found 'night'",
        ),
        ("[a]\noffer => line\nqueue => help", 3, "expected queue => one of sales, support, found 'help'"),
        ("[a]\noffer => line,line", 2, "expected each way once, found line again"),
        ("[a]\noffer => line\nintent => x", 3, "expected intent => one of billing, found 'x'"),
        ("[a]\noffer => line\nif = x", 3, "expected a word of triage.conf, found 'if'"),
        ("[general]\nheld = 0", 2, "expected held = hours from 1 to 744, found '0'"),
        ("offer => line", 1, "expected a [section] before the first value"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, line: int, expected: str) -> None:
    write(tmp_path, text, "triage.conf")
    _, problems = examine_triage(tmp_path, QUEUES, ("billing",))
    assert [(each.line, each.message) for each in problems] == [(line, expected)]
