"""No caller is left in silence for more than 4 s: whatever he does, however slow everything round him is."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cti.ari import ChannelKey
from cti.calls import CallControl
from hub.listening import KeyPort, Listening, ListeningPort
from ivr import session
from ivr.asr.stream import Stream
from ivr.caller import QUIET_S_MAX
from ivr.conditions import Fact
from ivr.flow import Flow, Hook, Prompt, Proof
from ivr.hearing import (
    Alternative,
    Choices,
    Deaf,
    Guess,
    SpeechBegan,
    SpeechEnded,
    Utterance,
)
from ivr.world import HookAnswered, Verdict
from tests.cti.virtual_time import VirtualLoop
from tests.hub.test_listening import Control
from tests.ivr.complete import FLOW, SHOP
from tests.ivr.flows import flow_of
from tests.ivr.test_every_flow_ends import accepted, sections

KEY = ChannelKey("node", "call")
PATIENCE_S = 3.0
"""What `ivr.prompts.Prompts.sound` takes at most."""
ENDPOINT_S = 0.5


def now_s() -> float:
    return asyncio.get_running_loop().time()


class Quiet:
    """Watches a caller who hears or says something, or not."""

    def __init__(self) -> None:
        self._from_s, self._sounding, self.longest_s = 0.0, 0, 0.0

    def begins(self) -> None:
        self.looks()
        self._sounding += 1

    def ends(self) -> None:
        self._sounding -= 1
        self._from_s = now_s()

    def is_broken(self) -> None:
        """A key was pressed."""
        self.begins()
        self.ends()

    def looks(self) -> None:
        if not self._sounding:
            self.longest_s = max(self.longest_s, now_s() - self._from_s)


class Line(Control):
    """A call of which prompts take their time; a medium that may take long, too."""

    def __init__(self, chance: random.Random, quiet: Quiet) -> None:
        super().__init__()
        self._chance, self._quiet = chance, quiet
        self._playing: dict[str, asyncio.TimerHandle] = {}

    async def play(self, playback: str, sounds: Sequence[str]) -> None:
        self._quiet.begins()
        length_s = sum(self._chance.uniform(0.2, 5) for _ in sounds)
        loop = asyncio.get_running_loop()
        self._playing[playback] = loop.call_later(length_s, self._played, playback)

    async def stop(self, playback: str) -> None:
        if (timer := self._playing.pop(playback, None)) is not None:
            timer.cancel()
            self._quiet.ends()

    async def listen(self, *about: object) -> Any:
        await asyncio.sleep(self._chance.choice([0, 0.01, 3]))
        return await super().listen(*about)

    def _played(self, playback: str) -> None:
        del self._playing[playback]
        self._quiet.ends()
        self.dialogue.played(playback)


class Slow:
    """Sounds, the world, recognition and understanding: each takes its time."""

    def __init__(self, chance: random.Random, *, slow: bool) -> None:
        self.chance, self._is_slow = chance, slow
        self.stream: Stream | None = None

    async def _takes(self, most_s: float) -> None:
        await asyncio.sleep(self.chance.choice([0, self.chance.uniform(0, most_s), most_s * self._is_slow]))

    async def sound(self, prompt: Prompt) -> Path:
        await self._takes(PATIENCE_S)
        return Path(f"/{prompt.name or 'x'}.wav")

    async def find_out(self, fact: Fact) -> bool | float | None:
        await self._takes(9)
        return self.chance.choice([True, False, None])

    async def is_right(self, function: str, digits: str) -> bool:
        await self._takes(9)
        return self.chance.random() < 0.5

    async def prove(self, proof: Proof, digits: str) -> Verdict:
        await self._takes(9)
        return self.chance.choice(list(Verdict))

    async def ask(self, hook: Hook, language: str, variables: Mapping[str, str]) -> HookAnswered:
        await self._takes(9)
        return HookAnswered(self.chance.choice(["a", "b", None]))

    async def rank(self, utterance: Utterance, choices: Choices) -> Sequence[Guess]:
        await self._takes(9)
        found = [Guess(each, self.chance.random()) for each in choices.phrases]
        return sorted(found, key=lambda guess: -guess.confidence)[:1]

    async def open(self, language: str, phrases: Sequence[str] = (), *, rate: int = 8_000) -> Stream | None:
        if self.chance.random() < 0.1:
            return None
        self.stream = Stream(language, lambda audio: None, lambda: None)
        return self.stream


async def behave(chance: random.Random, slow: Slow, line: Line, quiet: Quiet) -> None:
    """Type, speak, or do nothing for a while, again and again."""
    while True:
        await asyncio.sleep(chance.choice([chance.uniform(0.1, 3), chance.uniform(3, 20)]))
        if chance.random() < 0.4:
            for key in chance.choice(["1", "2", "0", "9", "*", "18#", "123"]):
                quiet.is_broken()
                line.dialogue.typed(key)
                await asyncio.sleep(0.3)
        elif (stream := slow.stream) is not None:
            await _speak(chance, stream, quiet)


async def _speak(chance: random.Random, stream: Stream, quiet: Quiet) -> None:
    quiet.begins()
    stream.put(SpeechBegan())
    try:
        await asyncio.sleep(chance.uniform(0.3, 8))
    finally:
        quiet.ends()
    await asyncio.sleep(ENDPOINT_S)
    stream.put(SpeechEnded())
    await asyncio.sleep(chance.choice([0.2, chance.uniform(0.2, 10)]))
    text = chance.choice(["", "1234", "はい", "いいえ", "山田です", "オペレーター"])
    is_lost = chance.random() < 0.2
    stream.put(Deaf("it hangs") if is_lost else Utterance((Alternative(text, 0.8),), "ja", 0, 1))


async def walk(flow: Flow, seed: int, *, listens: bool, slow: bool) -> float:
    """Walk until the menus end; returns the longest silence, in seconds."""
    chance, quiet = random.Random(seed), Quiet()
    around, line = Slow(chance, slow=slow), Line(chance, quiet)
    control = cast(CallControl, line)
    port = KeyPort(control, KEY)
    if listens:
        port = ListeningPort(Listening(around, cast(Any, None), around), control, KEY)
    behaving = asyncio.create_task(behave(chance, around, line, quiet))
    try:
        await session.run(
            flow, port, around, dialled="", world=around, understanding=around if listens else None
        )
    finally:
        behaving.cancel()
        await asyncio.gather(behaving, port.close(), return_exceptions=True)
    quiet.looks()
    return quiet.longest_s


def silence(flow: Flow, seed: int, *, listens: bool, slow: bool) -> float:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(walk(flow, seed, listens=listens, slow=slow))


@pytest.mark.parametrize("listens", [True, False], ids=["speech", "keys"])
def test_in_a_flow_with_everything(tmp_path: Path, listens: bool) -> None:
    (tmp_path / "ivr-hooks").mkdir()
    (tmp_path / "ivr-hooks" / "shop.py").write_text(SHOP, encoding="utf-8")
    flow = flow_of(tmp_path, FLOW)
    found = {seed: silence(flow, seed, listens=listens, slow=bool(seed % 2)) for seed in range(150)}
    assert {seed: longest_s for seed, longest_s in found.items() if longest_s > QUIET_S_MAX} == {}


@pytest.mark.parametrize("listens", [True, False], ids=["speech", "keys"])
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(text=sections(), seed=st.integers(0, 2**32), slow=st.booleans())
def test_in_any_flow(listens: bool, text: str, seed: int, slow: bool) -> None:
    flow = accepted(text)
    assume(flow is not None)
    assert flow is not None
    assert silence(flow, seed, listens=listens, slow=slow) <= QUIET_S_MAX + 0.001
