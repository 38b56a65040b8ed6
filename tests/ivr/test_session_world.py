"""The session between caller and world: what is asked, what is said meanwhile, what is understood."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ivr import leg, session, walk
from ivr.caller import Question
from ivr.conditions import Fact, HasTag, IsOpen
from ivr.flow import Flow, HangUp, Hook, Proof, ToQueue
from ivr.hearing import Alternative, ChoiceId, Choices, Guess, Utterance
from ivr.position import Outcome
from ivr.world import HookAnswered, NoWorld, Verdict
from tests.ivr.complete import FLOW, SHOP
from tests.ivr.flows import flow_of
from tests.ivr.test_session import NamedSounds, ScriptedCaller


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    (tmp_path / "ivr-hooks").mkdir()
    (tmp_path / "ivr-hooks" / "shop.py").write_text(SHOP, encoding="utf-8")
    return flow_of(tmp_path, FLOW)


class OpenWorld(NoWorld):
    """Open, with orders that take `slow_s` to be found."""

    def __init__(self, slow_s: float = 0.0, fails: bool = False) -> None:
        self.slow_s, self.fails = slow_s, fails
        self.sent: list[Mapping[str, str]] = []

    async def find_out(self, fact: Fact) -> bool | float | None:
        if self.fails:
            raise RuntimeError("private")
        return True if fact == IsOpen("support") else None

    async def prove(self, proof: Proof, digits: str) -> Verdict:
        return Verdict.ACCEPTED

    async def ask(self, hook: Hook, language: str, variables: Mapping[str, str]) -> HookAnswered:
        self.sent.append(variables)
        await asyncio.sleep(self.slow_s)
        return HookAnswered("paid", {"eta": "2026-11-30", "secret": "x"})


class Matcher:
    """Understands a phrase that is listed, or the name of an intent."""

    def __init__(self, confidence: float = 0.9) -> None:
        self.confidence = confidence

    async def rank(self, utterance: Utterance, choices: Choices) -> Sequence[Guess]:
        found = [
            choice
            for choice, phrases in choices.phrases.items()
            if utterance.text in phrases or utterance.text == choice
        ]
        return [Guess(each, self.confidence) for each in found]


def says(text: str) -> Utterance:
    return Utterance((Alternative(text, 0.8),), "ja")


async def run(
    flow: Flow,
    *answers: str | Utterance,
    world: NoWorld | None = None,
    understanding: Matcher | None = None,
) -> tuple[ScriptedCaller, Outcome]:
    caller = ScriptedCaller([*answers, ""])
    outcome = await session.run(
        flow,
        caller,
        NamedSounds(),
        dialled="",
        number="0312345678",
        world=world or OpenWorld(),
        understanding=understanding,
    )
    return caller, outcome


async def test_decides_without_making_the_caller_wait(flow: Flow) -> None:
    caller, outcome = await run(flow, "2")
    assert [asked.sounds for asked in caller.asked] == [("/sounds/ja/main.wav",)]
    assert isinstance(outcome.action, ToQueue)
    assert outcome.action.queue == "sales"


async def test_a_world_that_fails_knows_nothing(flow: Flow) -> None:
    _, outcome = await run(flow, "2", world=OpenWorld(fails=True))
    assert isinstance(outcome.action, ToQueue)


NIGHT = """
[numbers]
_. => night

[night]
type = decide
if => wait > 60,queue,sales
if => tag vip,queue,sales
if => closed support,hangup
else => queue,support
"""


async def test_what_cannot_be_found_out_makes_nothing_else_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Night(NoWorld):
        async def find_out(self, fact: Fact) -> bool | float | None:
            match fact:
                case IsOpen():
                    return False
                case HasTag():
                    raise RuntimeError("private")
                case _:
                    await asyncio.Event().wait()
                    return None

    monkeypatch.setattr(walk, "_FACTS_S", 0.05)
    _, outcome = await run(flow_of(tmp_path, NIGHT), world=Night())
    assert isinstance(outcome.action, HangUp)


async def test_a_hook_is_told_what_the_section_sends_and_sets_what_it_may(flow: Flow) -> None:
    world = OpenWorld()
    _, outcome = await run(flow, "3", world=world)
    assert world.sent == [{"order": "", "caller": "0312345678"}]
    assert outcome.variables["eta"] == "2026-11-30"
    assert "secret" not in outcome.variables


async def test_nobody_waits_in_silence_for_a_hook(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leg, "_PATIENCE_S", 0.02)
    monkeypatch.setattr(leg, "_GRACE_S", 0.01)
    caller, _ = await run(flow, "3", world=OpenWorld(slow_s=0.07))
    said = [asked.sounds for asked in caller.asked[1:]]
    assert said[0] == ("/sounds/ja/status.wav",)
    assert said[1:-1]
    assert set(said[1:-1]) == {("/sounds/ja/status-waiting.wav",)}
    assert [asked.question.digits_max for asked in caller.asked[1:-1]] == [0] * len(said[:-1])


async def test_a_caller_who_hangs_up_ends_what_he_waited_for(flow: Flow) -> None:
    class Leaving(ScriptedCaller):
        async def play_and_collect(self, sounds: Sequence[str], question: Question) -> str:
            if not question.digits_max:
                raise ConnectionResetError
            return "3"

    caller = Leaving([])
    with pytest.raises(ConnectionResetError):
        await session.run(flow, caller, NamedSounds(), dialled="", number="1", world=OpenWorld(slow_s=60))
    assert len(asyncio.all_tasks()) == 1 or all(
        task.cancelling() for task in asyncio.all_tasks() - {asyncio.current_task()}
    )


async def test_what_is_said_chooses(flow: Flow) -> None:
    caller, outcome = await run(flow, says("買いたい"), understanding=Matcher())
    assert isinstance(outcome.action, ToQueue)
    assert outcome.action.queue == "sales"
    assert caller.offered == [Choices("ja", {ChoiceId("2"): ("ご購入", "買いたい"), ChoiceId("billing"): ()})]


async def test_what_becomes_of_questions_that_may_be_answered_by_voice_is_counted(flow: Flow) -> None:
    noted: list[tuple[str, str]] = []

    async def count(*answers: str | Utterance, understanding: Matcher) -> list[str]:
        noted.clear()
        await session.run(
            flow,
            ScriptedCaller([*answers]),
            NamedSounds(),
            dialled="",
            number="0312345678",
            world=OpenWorld(),
            understanding=understanding,
            noted=lambda language, heard: noted.append((language, heard)),
        )
        assert {language for language, _ in noted} <= {"ja"}
        return [heard for _, heard in noted]

    assert await count(says("買いたい"), understanding=Matcher()) == ["understood"]
    assert await count(says("billing"), "1", understanding=Matcher(0.5)) == ["unsure"]
    assert await count(says("何か"), "", "2", understanding=Matcher()) == ["not_understood", "silence"]
    assert await count("2", understanding=Matcher()) == []


async def test_what_is_unclear_is_asked_back(flow: Flow) -> None:
    caller, outcome = await run(flow, says("billing"), says("はい"), understanding=Matcher(0.5))
    assert isinstance(outcome.action, ToQueue)
    assert outcome.action.priority == 3
    assert ChoiceId("1") in caller.offered[1].phrases


async def test_without_understanding_nobody_listens(flow: Flow) -> None:
    caller, _ = await run(flow, "2")
    assert caller.offered == []


async def test_digits_of_a_proof_are_in_no_log(flow: Flow, capfd: pytest.CaptureFixture[str]) -> None:
    _, outcome = await run(flow, "1", "4711")
    assert [item.digits for item in outcome.path] == ["1", "****", "accepted"]
    written = capfd.readouterr()
    assert "4711" not in written.out + written.err
