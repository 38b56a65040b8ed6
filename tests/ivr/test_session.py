"""One caller in the menus, over a scripted leg: what is played, what is asked for, what comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ivr.caller import Question
from ivr.flow import Flow, HangUp, Prompt, ToQueue
from ivr.hearing import Choices, Utterance
from ivr.session import run
from tests.ivr.flows import MENUS, flow_of


class CallGone(Exception):
    """What the leg raises when the caller has gone."""


@dataclass(frozen=True, slots=True)
class Asked:
    sounds: tuple[str, ...]
    question: Question


@dataclass(slots=True)
class ScriptedCaller:
    """Presses the given keys or says something, one answer a question ("" is silence), then hangs up.

    While something is only said (no digits are waited for) it answers nothing.
    """

    answers: list[str | Utterance]
    asked: list[Asked] = field(default_factory=list)
    offered: list[Choices] = field(default_factory=list)

    async def play_and_collect(self, sounds: Sequence[str], question: Question) -> str:
        self.asked.append(Asked(tuple(sounds), question))
        if not question.digits_max:
            return ""
        if not self.answers:
            raise CallGone
        answer = self.answers.pop(0)
        assert isinstance(answer, str), "nobody listens"
        return answer

    async def play_and_hear(
        self, sounds: Sequence[str], question: Question, choices: Choices
    ) -> str | Utterance:
        self.offered.append(choices)
        if self.answers and isinstance(self.answers[0], Utterance):
            self.asked.append(Asked(tuple(sounds), question))
            return self.answers.pop(0)
        return await self.play_and_collect(sounds, question)


class NamedSounds:
    async def sound(self, prompt: Prompt) -> Path:
        return Path("/sounds", prompt.language, f"{prompt.name}.wav")


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    return flow_of(tmp_path)


async def test_asks_as_the_section_says(flow: Flow) -> None:
    caller = ScriptedCaller(["2", "2", "4711"])
    outcome = await run(flow, caller, NamedSounds(), dialled="0312345678")
    assert isinstance(outcome.action, ToQueue)
    assert caller.asked == [
        Asked(("/sounds/ja/main.wav",), Question(1, "", 5, 2, reminder="/sounds/ja/use-the-keys.wav")),
        Asked(("/sounds/ja/more.wav",), Question(1, "", 4, 3, barge_in=False)),
        Asked(("/sounds/ja/account.wav",), Question(6, "#", 4, 3, barge_in=True)),
    ]
    assert [item.digits for item in outcome.path] == ["2", "2", "4711"]


async def test_asks_again_after_silence_and_wrong_keys_until_patience_ends(flow: Flow) -> None:
    caller = ScriptedCaller(["", "9", ""])
    outcome = await run(flow, caller, NamedSounds(), dialled="", language="en")
    assert outcome.action == HangUp()
    assert [asked.sounds for asked in caller.asked] == [
        ("/sounds/en/main.wav",),
        ("/sounds/en/main.wav",),
        ("/sounds/en/goodbye.wav",),
    ]


async def test_last_words_are_played_to_the_end_and_wait_for_no_key(flow: Flow) -> None:
    caller = ScriptedCaller(["9", "9", "1"])
    assert (await run(flow, caller, NamedSounds(), dialled="")).action == HangUp()
    last = caller.asked[-1]
    assert last.question == Question(1, "", 0, 0, barge_in=False)


async def test_messages_are_heard_with_the_menu_that_follows_so_that_a_key_cuts_them_short(
    flow: Flow,
) -> None:
    caller = ScriptedCaller(["4", "0"])
    await run(flow, caller, NamedSounds(), dialled="")
    assert caller.asked[1].sounds == (
        "/sounds/ja/hours.wav",
        "/sounds/ja/jingle.wav",
        "/sounds/ja/main.wav",
    )
    assert caller.asked[1].question.barge_in


async def test_nothing_is_played_where_nothing_is_said(flow: Flow) -> None:
    caller = ScriptedCaller(["0"])
    await run(flow, caller, NamedSounds(), dialled="")
    assert len(caller.asked) == 1


@pytest.mark.parametrize("answers", [[], ["2"], ["5"], ["5", "12"], ["4"], ["", "9"], ["9", "9"]])
async def test_a_caller_who_hangs_up_anywhere_ends_the_session(flow: Flow, answers: list[str]) -> None:
    caller = ScriptedCaller(list(answers))
    with pytest.raises(CallGone):
        await run(flow, caller, NamedSounds(), dialled="")
    assert len(caller.asked) == len(answers) + 1


async def test_goes_on_in_a_section_after_a_deflection(flow: Flow) -> None:
    caller = ScriptedCaller(["", "1"])
    failed = next(name for name in flow.sections if name == "failed")
    outcome = await run(flow, caller, NamedSounds(), dialled="", start=failed)
    assert isinstance(outcome.action, ToQueue)
    assert caller.asked[0].sounds == ("/sounds/ja/failed.wav",)


async def test_keeps_the_flow_that_it_began_with(flow: Flow, tmp_path: Path) -> None:
    class ReloadingCaller(ScriptedCaller):
        async def play_and_collect(self, sounds: Sequence[str], question: Question) -> str:
            reloaded = MENUS.replace(
                "key => 1,queue,support,priority=5,skill=billing:7", "key => 1,queue,sales"
            )
            assert flow_of(tmp_path, reloaded) != flow
            return "1"

    outcome = await run(flow, ReloadingCaller([]), NamedSounds(), dialled="")
    assert isinstance(outcome.action, ToQueue)
    assert outcome.action.queue == "support"
