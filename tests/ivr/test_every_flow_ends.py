"""Any flow that the check accepts ends for any caller, and whatever the world answers."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ivr import walk
from ivr.conditions import IsKnown, IsOpen
from ivr.errors import FlowError
from ivr.flow import Flow
from ivr.hearing import ChoiceId
from ivr.load import load
from ivr.position import Ask, Digits, Fill, Input, NotUnderstood, Outcome, Silence, Spoken, Unsure
from ivr.slots import Done, Filled, GivenUp
from ivr.world import AskHook, CheckDigits, Checked, FindOut, Found, HookAnswered, Prove, Verdict
from tests.ivr.flows import QUEUES, write

_KINDS = {"m": "menu", "s": "say", "d": "decide", "h": "hook", "n": "menu", "p": "menu", "f": "form"}
"""First letters of sections' names, and the action that leads to them."""
_NAMES = [f"{kind}{number}" for kind in _KINDS for number in (1, 2)]
_EXITS = st.sampled_from(["hangup", "queue,support", "voicemail", "deflect,line,failed=s2"])
_ACTIONS = st.one_of(
    _EXITS,
    st.sampled_from(["back", "repeat", "language,en", "transfer,117", "callback"]),
    st.sampled_from(_NAMES).flatmap(
        lambda name: st.sampled_from(
            [f"{_KINDS[name[0]]},{name}", f"callback,sales,failed={name}", f"language,en,{name}"]
        )
    ),
)


def _silent(draw: st.DrawFn, name: str) -> str:
    """Draw where a caller who does nothing is led: mostly on to later sections, else there is no way out."""
    later = _NAMES[_NAMES.index(name) + 1 :]
    onward = [f"{_KINDS[each[0]]},{each}" for each in later]
    if draw(st.integers(0, 15)) == 0:
        return draw(_ACTIONS)
    return draw(st.one_of(_EXITS, st.sampled_from(onward)) if onward else _EXITS)


@st.composite
def sections(draw: st.DrawFn) -> str:
    lines = ["[general]", "everywhere => 0,queue,support", "everywhere => *,back"]
    lines += ["[numbers]", f"_. => {draw(st.sampled_from(_NAMES))}"]
    for name in _NAMES:
        lines += [f"[{name}]", *_BODIES[name[0]](draw, name)]
    return "\n".join(lines)


def _menu(draw: st.DrawFn, name: str) -> list[str]:
    intents = [f"intent => i,{draw(_ACTIONS)}", "label[ja] => i,あ", "label[en] => i,a"]
    keys = [f"key => {key},{draw(_ACTIONS)}" for key in "12"]
    return [
        "prompt => file:x",
        f"on_timeout => {_silent(draw, name)}",
        *keys,
        "say => 1,あ",
        *intents,
        f"faq => {draw(_ACTIONS)}",
    ]


def _number(draw: st.DrawFn, name: str) -> list[str]:
    ends = [
        f"then => {draw(_ACTIONS)}",
        f"on_timeout => {_silent(draw, name)}",
        f"on_invalid => {draw(_ACTIONS)}",
    ]
    more = draw(st.sampled_from([["confirm => file:y"], ["check = luhn"], []]))
    return ["type = digits", "prompt => file:x", "length = 1-3", *ends, *more]


def _proof(draw: st.DrawFn, name: str) -> list[str]:
    ends = [f"{each} => {draw(_ACTIONS)}" for each in ("then", "on_refused")]
    ends.append(f"on_timeout => {_silent(draw, name)}")
    return ["type = pin", "length = 1-3", "prompt => file:x", *ends]


def _message(draw: st.DrawFn, name: str) -> list[str]:
    return ["type = message", "set => v,{v}x", f"then => {_silent(draw, name)}"]


def _decide(draw: st.DrawFn, name: str) -> list[str]:
    tests = [draw(st.sampled_from(["open", "known", "v = x", "n1 > 5", "withheld"])) for _ in range(2)]
    branches = [f"if => {test},{_silent(draw, name)}" for test in tests]
    return ["type = decide", "set => v,x", *branches, f"else => {_silent(draw, name)}"]


def _hook(draw: st.DrawFn, name: str) -> list[str]:
    lines = [f"{each} => {_silent(draw, name)}" for each in ("then", "on_failure")]
    lines.append(f"answer => a,{_silent(draw, name)}")
    return ["type = web", "url = http://x.example/", *lines]


def _form(draw: st.DrawFn, name: str) -> list[str]:
    lines = ["type = form", "slot => v,number", "ask[ja] => v,あ", "ask[en] => v,a"]
    return [*lines, f"then => {draw(_ACTIONS)}", f"on_failure => {_silent(draw, name)}"]


_BODIES = {"m": _menu, "s": _message, "d": _decide, "h": _hook, "n": _number, "p": _proof, "f": _form}

_CHOICES = ["1", "2", "i", "faq:a", "x"]
_HEARD = st.one_of(
    st.sampled_from(["0", "1", "2", "9", "*", "#", "18", "123"]).map(Digits),
    st.just(Silence()),
    st.sampled_from(_CHOICES).map(lambda choice: Spoken(ChoiceId(choice), 0.9)),
    st.sampled_from(_CHOICES).map(lambda choice: Unsure(ChoiceId(choice))),
    st.just(NotUnderstood()),
)


def _reply(data: st.DataObject, ask: Ask) -> Input:
    match ask.request:
        case FindOut(facts):
            assert facts <= {IsOpen(None), IsKnown()}
            return Found({fact: data.draw(st.sampled_from([True, False, None])) for fact in facts})
        case CheckDigits():
            return Checked(is_right=data.draw(st.booleans()))
        case Prove():
            return data.draw(st.sampled_from(list(Verdict)))
        case AskHook():
            return HookAnswered(data.draw(st.sampled_from(["a", "b", "", None])))


def accepted(text: str) -> Flow | None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), text)
        try:
            return load(Path(folder), QUEUES)
        except FlowError:
            return None


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(sections(), st.lists(_HEARD, min_size=1, max_size=12), st.data())
def test_every_walk_through_an_accepted_flow_ends(
    text: str, heard: list[walk.Heard], data: st.DataObject
) -> None:
    flow = accepted(text)
    assume(flow is not None)
    assert flow is not None
    ended: list[Input] = [Done((Filled("v", "1"),)), GivenUp((), "v", "silence")]
    step, count, asked = walk.begin(flow, dialled=""), 0, 0
    while not isinstance(step.then, Outcome):
        if isinstance(step.then, Ask):
            asked += 1
            given_: Input = _reply(data, step.then)
        elif isinstance(step.then, Fill):
            count += 1
            given_ = data.draw(st.sampled_from(ended))
        else:
            given_ = heard[count % len(heard)]
            count += 1
        assert count <= walk.INPUTS_MAX + len(flow.sections)
        assert asked <= (count + 2) * (len(flow.sections) + 2)
        step = walk.step(flow, step.position, given_)
