"""Nobody who waits, or is asked while he waits, hears nothing for long: in virtual time."""

import asyncio
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from acd.ids import ContactId, QueueName
from cti.ari import ChannelKey
from cti.calls import CallControl
from hub.call import Call
from hub.waiting_calls import WaitingCalls
from ivr.caller import QUIET_S_MAX
from ivr.flow import Language, Prompt
from tests.cti.virtual_time import virtual_time
from tests.hub.test_never_silent import KEY, PATIENCE_S, Line, Quiet

QUESTION = Prompt("question", Language("ja"), "電話をおかけしましょうか。")


class Queue(Line):
    """A caller who hears music, unless it is stopped."""

    def __init__(self, quiet: Quiet) -> None:
        super().__init__(random.Random(0), quiet)
        self.music = quiet
        self.is_music = False

    async def start_music(self, key: ChannelKey, music_class: str) -> None:
        if not self.is_music:
            self.is_music = True
            self.music.begins()

    async def stop_music(self, key: ChannelKey) -> None:
        if self.is_music:
            self.is_music = False
            self.music.ends()

    async def forget_typed(self, key: ChannelKey) -> None:
        self.dialogue.forget_typed()

    async def up(self, timeout_s: float) -> None: ...

    async def hang_up(self, key: ChannelKey) -> None:
        self.music.looks()


class Sounds:
    """Each takes so long to be made."""

    def __init__(self, made_s: float) -> None:
        self._made_s = made_s

    async def sound(self, prompt: Prompt) -> Path:
        await asyncio.sleep(self._made_s)
        return Path(f"/{prompt.name}.wav")


def waits(made_s: float) -> tuple[WaitingCalls, Queue, Call]:
    line = Queue(Quiet())
    waiting = WaitingCalls(Sounds(made_s), lambda _: "default")
    waiting.control = cast(CallControl, line)
    contact = SimpleNamespace(id=ContactId("k1"), queue=QueueName("support"))
    return waiting, line, cast(Call, cast(Any, SimpleNamespace(key=KEY, contact=contact, is_parting=False)))


async def until_it_is_over(waiting: WaitingCalls, call: Call) -> None:
    await asyncio.wait({waiting._tasks[call.contact.id]})


@pytest.mark.parametrize("key", ["", "1"])
@pytest.mark.parametrize("takes_s", [0, 0.2, 30])
@pytest.mark.parametrize("made_s", [0, PATIENCE_S])
@virtual_time
async def test_a_question_and_what_follows_from_it(made_s: float, takes_s: float, key: str) -> None:
    waiting, line, call = waits(made_s)
    done: list[str] = []

    async def then(pressed: str) -> None:
        done.append(await waiting.meanwhile(call, asyncio.sleep(takes_s, pressed)))
        await waiting.say(call, QUESTION)

    await waiting.play_music(call)
    waiting.ask(call, QUESTION, then)
    for typed in key:
        asyncio.get_running_loop().call_later(4, line.dialogue.typed, typed)
    await until_it_is_over(waiting, call)
    line.music.looks()
    assert done == [key]
    assert line.is_music
    assert line.music.longest_s <= QUIET_S_MAX


@pytest.mark.parametrize("made_s", [0, PATIENCE_S])
@virtual_time
async def test_last_words(made_s: float) -> None:
    waiting, line, call = waits(made_s)
    await waiting.play_music(call)
    waiting.part(call, QUESTION, QUESTION, QUESTION)
    await until_it_is_over(waiting, call)
    assert line.music.longest_s <= QUIET_S_MAX
