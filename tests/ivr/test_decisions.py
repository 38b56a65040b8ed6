"""Conditions: how they are written, when they hold, and where a flow goes by them."""

from pathlib import Path

import pytest

from acd.ids import QueueName
from ivr import walk
from ivr.conditions import (
    HasTag,
    HasThread,
    IsKnown,
    IsOpen,
    PredictedWait,
    parse_condition,
)
from ivr.flow import Exit, Flow, HangUp, SectionName, ToCallback, ToQueue, ToVoicemail, Transfer
from ivr.variables import spoken
from tests.ivr.complete import FLOW, SHOP, Facts, outcome, said, walked
from tests.ivr.flows import flow_of

OPEN: Facts = {IsOpen("support"): True}


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    (tmp_path / "ivr-hooks").mkdir()
    (tmp_path / "ivr-hooks" / "shop.py").write_text(SHOP, encoding="utf-8")
    return flow_of(tmp_path, FLOW)


@pytest.mark.parametrize(
    ("text", "facts", "variables", "holds"),
    [
        ("open", {IsOpen(None): True}, {}, True),
        ("open office", {IsOpen("office"): False}, {}, False),
        ("closed office", {IsOpen("office"): False}, {}, True),
        ("not closed office", {IsOpen("office"): True}, {}, True),
        ("open", {}, {}, False),
        ("closed", {}, {}, False),
        ("not open", {}, {}, False),
        ("known", {IsKnown(): True}, {}, True),
        ("not known", {IsKnown(): False}, {}, True),
        ("thread", {HasThread(): True}, {}, True),
        ("tag VIP", {HasTag("vip"): True}, {}, True),
        ("wait > 60", {PredictedWait(None): 61.0}, {}, True),
        ("wait sales <= 60", {PredictedWait("sales"): 61.0}, {}, False),
        ("wait > 60", {PredictedWait(None): None}, {}, False),
        ("language ja", {}, {}, True),
        ("not language ja", {}, {}, False),
        ("withheld", {}, {"caller": ""}, True),
        ("caller _0[79]0XXXXXXXX", {}, {"caller": "09012345678"}, True),
        ("caller _0[79]0XXXXXXXX", {}, {"caller": "0312345678"}, False),
        ("given order", {}, {"order": "1"}, True),
        ("given order", {}, {}, False),
        ("order = ABC", {}, {"order": "abc"}, True),
        ("order != 5", {}, {}, True),
        ("order =", {}, {}, True),
        ("order-number >= 10", {}, {"order-number": "9"}, False),
        ("order-number < 10", {}, {"order-number": "9"}, True),
        ("order < 10", {}, {"order": "x"}, False),
        ("not order < 10", {}, {"order": "x"}, False),
        ("known and order = 5", {IsKnown(): True}, {"order": "5"}, True),
        ("known and order = 5", {IsKnown(): True}, {"order": "6"}, False),
    ],
)
def test_when_a_condition_holds(text: str, facts: Facts, variables: dict[str, str], holds: bool) -> None:
    assert parse_condition(text).holds(facts, variables, "ja") is holds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rich",
        "known x",
        "tag",
        "wait > soon",
        "wait = 5",
        "order < b",
        "a b = 5",
        "caller _0[",
        "open a b",
    ],
)
def test_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_condition(text)


@pytest.mark.parametrize(
    ("facts", "caller", "expected"),
    [
        ({IsOpen("support"): False}, "0312345678", "時間外"),
        ({}, "0312345678", "メニュー"),
        (OPEN | {PredictedWait("support"): 301}, "0312345678", "折り返しは1"),
        (OPEN, "09012345678", "注文番号"),
    ],
)
def test_the_first_condition_that_holds_leads_on(
    flow: Flow, facts: Facts, caller: str, expected: str
) -> None:
    assert said(walked(flow, facts=facts, caller=caller)[-1]) == expected


@pytest.mark.parametrize(
    ("facts", "language", "keys", "action"),
    [
        (OPEN | {HasTag("vip"): True}, "ja", "", ToQueue(QueueName("support"), 100, {})),
        (OPEN, "en", "", ToQueue(QueueName("sales"), 0, {})),
        ({IsOpen("support"): False}, "ja", "1", ToVoicemail(QueueName("support"))),
        (
            OPEN | {PredictedWait("support"): 301},
            "ja",
            "1",
            ToCallback(QueueName("support"), 2, {}, SectionName("main")),
        ),
        (OPEN, "ja", "4", Transfer("0312345678", SectionName("main"))),
        (OPEN, "ja", "0", ToQueue(QueueName("support"), 0, {})),
    ],
)
def test_where_it_ends(flow: Flow, facts: Facts, language: str, keys: str, action: Exit) -> None:
    last = walked(flow, *map(walk.Digits, keys), facts=facts, language=language)[-1]
    assert outcome(last).action == action


def test_variables_that_were_set_are_said(flow: Flow) -> None:
    last = walked(flow, facts={IsOpen("support"): True, IsKnown(): False}, caller="")[-1]
    assert outcome(last).action == HangUp()
    assert outcome(last).variables["shop"] == "東京"
    (prompt,) = (spoken(each, last.position.variables) for each in last.prompts)
    assert prompt.text == "東京です。番号を通知しておかけ直しください。"
    assert prompt.name == ""


def test_what_depends_on_the_caller_is_not_made_ready(flow: Flow) -> None:
    assert not any("{" in prompt.text for prompt in flow.prompts())
