"""Callers and engines at their worst: each ends in a defined path through the menus, and in time.

What a recogniser makes of each sound is tried in `tests/ivr/test_recognition.py`; here it is what follows.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from cti.ari import ChannelKey
from cti.calls import CallControl
from hub.listening import FaxCalls, Listening, ListeningPort
from ivr import session
from ivr.asr.stream import Stream
from ivr.flow import Exit, Flow, Menu, SectionName
from ivr.hearing import Alternative, Deaf, FaxTone, Heard, SpeechBegan, SpeechEnded, Utterance
from ivr.position import Outcome
from ivr.rehearsal import ListedPhrases
from tests.cti.virtual_time import VirtualLoop
from tests.hub.test_listening import Control, Sounds
from tests.ivr.flows import flow_of

MENU = """
[main]
prompt[ja] => ご用件をどうぞ
prompt[en] => How can we help
invalid[ja] => 違います
invalid[en] => Wrong
key => 1,queue,sales
key => 2,voicemail,sales
say[ja] => 1,買いたい
say[en] => 1,buy
on_timeout => queue,support
"""
KEY = ChannelKey("node", "call")
At = tuple[float, Heard]


def said(at_s: float, text: str) -> tuple[At, ...]:
    """Speech of a second, recognised half a second later."""
    heard = Utterance((Alternative(text, 0.9 if text else 0.0),), "ja")
    return (at_s, SpeechBegan()), (at_s + 1.5, SpeechEnded()), (at_s + 2, heard)


class Ears:
    """Hears, for each question that is asked, what is listed; None: nobody listens. The last holds on."""

    def __init__(self, *questions: Sequence[At] | None) -> None:
        self._questions = list(questions)

    async def open(self, language: str, phrases: Sequence[str] = (), *, rate: int = 8_000) -> Stream | None:
        heard = self._questions.pop(0) if len(self._questions) > 1 else self._questions[0]
        if heard is None:
            return None
        stream = Stream(language, lambda audio: None, lambda: None)
        for at_s, each in heard:
            asyncio.get_running_loop().call_later(at_s, stream.put, each)
        return stream


def outcome(
    flow: Flow, ears: Ears, *, keys: Sequence[tuple[float, str]] = (), audio_stops_s: float | None = None
) -> tuple[Outcome, float, list[str]]:
    """Lead a caller; returns what came of him, after how long, and what he heard."""
    control = Control()

    async def lead() -> tuple[Outcome, float, list[str]]:
        loop = asyncio.get_running_loop()
        for at_s, key in keys:
            loop.call_later(at_s, control.dialogue.typed, key)
        if audio_stops_s is not None:
            loop.call_later(audio_stops_s, lambda: control.audio.over.set() if control.audio else None)
        listening = Listening(ears, cast(Any, None), Sounds())
        port = ListeningPort(listening, cast(CallControl, control), KEY)
        try:
            async with asyncio.timeout(300):
                found = await session.run(
                    flow, port, Sounds(), dialled="", understanding=ListedPhrases(), language="ja"
                )
        finally:
            await port.close()
        return found, loop.time(), [what for what, _ in control.log]

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(lead())


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    return flow_of(tmp_path, MENU)


def action(flow: Flow, key: str) -> Exit:
    """Return what a key leads to, or no key at all."""
    menu = flow.sections[SectionName("main")]
    assert isinstance(menu, Menu)
    found = menu.keys[key] if key else menu.patience.on_timeout
    assert isinstance(found, Exit)
    return found


BABBLE = said(4, "")
BAD = {
    "silence, or noise": (Ears(()), ""),
    "music, a tone, a giggle": (Ears(BABBLE), ""),
    "a giggle, and then words": (Ears(BABBLE, said(4, "買いたい")), "1"),
    "music, then nothing": (Ears(BABBLE, BABBLE, ()), ""),
    "speech without an end": (Ears([(4, SpeechBegan())]), ""),
    "a model that is missing or broken": (Ears(None), ""),
    "a recogniser that dies": (Ears([(1, SpeechBegan()), (2, Deaf("it died"))], None), ""),
    "a recogniser that hangs": (
        Ears([(1, SpeechBegan()), (2.5, SpeechEnded()), (4, Deaf("it hangs"))], None),
        "",
    ),
    "a recogniser that is back": (Ears([(1, Deaf("it died"))], said(4, "買いたい")), "1"),
}


@pytest.mark.parametrize(("ears", "key"), BAD.values(), ids=BAD.keys())
def test_each_ends_where_the_menu_says(flow: Flow, ears: Ears, key: str) -> None:
    found, took_s, _ = outcome(flow, ears)
    assert found.action == action(flow, key)
    assert took_s < 90


def test_who_is_not_understood_twice_is_told_of_the_keys(flow: Flow) -> None:
    _, _, heard = outcome(flow, Ears(BABBLE))
    assert heard == ["answer", "main", "not-understood+main", "keys-only+main", "main"]


def test_five_minutes_without_a_word_are_not_waited_for(flow: Flow) -> None:
    found, took_s, heard = outcome(flow, Ears(()))
    assert found.action == action(flow, "")
    assert took_s == pytest.approx(2 * (3 + 3.6), abs=0.5)
    assert heard.count("main") == 2


def test_a_key_in_the_middle_of_a_word_is_what_counts(flow: Flow) -> None:
    found, took_s, _ = outcome(flow, Ears(said(4, "買いたい")), keys=[(4.7, "2")])
    assert found.action == action(flow, "2")
    assert took_s == pytest.approx(4.7)


def test_audio_that_stops_leaves_the_keys(flow: Flow) -> None:
    found, _, heard = outcome(flow, Ears([(1, SpeechBegan())], None), keys=[(9, "2")], audio_stops_s=2)
    assert found.action == action(flow, "2")
    assert heard[:4] == ["answer", "main", "stop", "not-listening+main"]


def test_a_fax_is_for_whoever_leads_the_caller(flow: Flow) -> None:
    with pytest.raises(FaxCalls):
        outcome(flow, Ears([(2, FaxTone())]))
