"""Callers who may answer by voice, in virtual time: keys, speech, silence, and all that goes wrong."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.dialogue import Dialogue, Wanted
from cti.errors import CallGone, CallRefused
from hub.listening import FaxCalls, Listening, ListeningPort
from ivr.asr.stream import Stream
from ivr.caller import Question
from ivr.flow import Prompt
from ivr.hearing import Alternative, ChoiceId, Choices, Deaf, FaxTone, Heard, SpeechBegan, Utterance
from tests.cti.virtual_time import virtual_time

PROMPT_S = 3.0
KEY = ChannelKey("node", "call")
CHOICES = Choices("ja", {ChoiceId("1"): ("料金",)})
SAID = Utterance((Alternative("料金", 0.9),), "ja", 1.0, 2.0)


def _later(delay_s: float, happen: Callable[..., None], *arguments: object) -> None:
    asyncio.get_running_loop().call_later(delay_s, happen, *arguments)


class Audio:
    def __init__(self) -> None:
        self.over = asyncio.Event()

    async def stop(self) -> None:
        self.over.set()


class Control:
    """A `CallControl` with one call; prompts take `PROMPT_S` each; `log` says what sounded, and when."""

    def __init__(self) -> None:
        self.dialogue, self.log = Dialogue(), list[tuple[str, float]]()
        self.audio: Audio | None = None
        self.failure: Exception | None = None

    async def answer(self, key: ChannelKey) -> None:
        self._note("answer")

    async def play_and_collect(self, key: ChannelKey, sounds: Sequence[str], wanted: Wanted) -> str:
        return await self.dialogue.ask(self, sounds, wanted)

    async def play(self, playback: str, sounds: Sequence[str]) -> None:
        self._note("+".join(Path(each.removeprefix("sound:")).name for each in sounds))
        _later(PROMPT_S, self.dialogue.played, playback)

    async def stop(self, playback: str) -> None:
        self._note("stop")

    async def listen(self, *_: object) -> Audio:
        if self.failure is not None:
            raise self.failure
        self.audio = Audio()
        return self.audio

    def stop_prompt(self, key: ChannelKey) -> None:
        self.dialogue.stop_prompt()

    def is_typing(self, key: ChannelKey) -> bool:
        return self.dialogue.is_typing

    def _note(self, what: str) -> None:
        self.log.append((what, asyncio.get_running_loop().time()))


class Ears:
    """A `Recogniser` that hears what it is told to, at these seconds after it was asked; None: it is full."""

    def __init__(self, *heard: tuple[float, Heard] | None) -> None:
        self._heard = heard
        self.open_streams, self.listed = 0, tuple[str, ...]()

    async def open(self, language: str, phrases: Sequence[str] = (), *, rate: int = 8_000) -> Stream | None:
        if None in self._heard:
            return None
        self.open_streams, self.listed = self.open_streams + 1, tuple(phrases)
        stream = Stream(language, lambda audio: None, self._closed)
        for each in self._heard:
            if each is not None:
                _later(each[0], stream.put, each[1])
        return stream

    def _closed(self) -> None:
        self.open_streams -= 1


class Sounds:
    async def sound(self, prompt: Prompt) -> Path:
        return Path(f"/{prompt.name}.wav")


class Scene:
    def __init__(self, *heard: tuple[float, Heard] | None) -> None:
        self.control, self.ears = Control(), Ears(*heard)
        self.noted: list[tuple[str, str]] = []
        listening = Listening(
            self.ears, cast(Any, None), Sounds(), lambda language, heard: self.noted.append((language, heard))
        )
        self.port = ListeningPort(listening, cast(CallControl, self.control), KEY)

    async def ask(
        self,
        choices: Choices = CHOICES,
        *,
        timeout_s: float = 6,
        digits_max: int = 1,
        barge_in: bool = True,
    ) -> str | Utterance:
        found = await self.port.play_and_hear(
            ["/menu.wav"], Question(digits_max, "", timeout_s, 3, barge_in=barge_in), choices
        )
        assert self.ears.open_streams == 0
        return found

    @property
    def sounded(self) -> list[str]:
        return [what for what, _ in self.control.log]


def now_s() -> float:
    return asyncio.get_running_loop().time()


@virtual_time
async def test_speech_stops_the_prompt_and_is_returned() -> None:
    scene = Scene((1, SpeechBegan()), (2.5, SAID))
    assert await scene.ask() == SAID
    assert scene.control.log == [("answer", 0), ("menu", 0), ("stop", 1)]
    assert now_s() == 2.5


@pytest.mark.parametrize(
    ("phrases", "listed"),
    [
        (
            {"1": ("料金", "支払い"), "2": ("解約",), "#": ("解約", "戻る")},
            ("料金", "解約", "支払い", "戻る"),
        ),
        ({"fees": ("料金を知りたい",), "cancel": ("解約したい",)}, ()),
        ({"1": ("料金",), "cancel": ("解約したい",)}, ()),
        ({"faq:hours": ("何時までですか",)}, ()),
        ({}, ()),
    ],
)
@virtual_time
async def test_an_engine_is_told_what_may_be_said_only_where_that_is_a_menu_of_keys(
    phrases: dict[str, tuple[str, ...]], listed: tuple[str, ...]
) -> None:
    scene = Scene((1, SAID))
    await scene.ask(Choices("ja", {ChoiceId(choice): said for choice, said in phrases.items()}))
    assert scene.ears.listed == listed


@virtual_time
async def test_a_key_in_the_middle_of_a_word_wins() -> None:
    scene = Scene((1, SpeechBegan()), (2.5, SAID))
    _later(2, scene.control.dialogue.typed, "3")
    assert await scene.ask() == "3"
    assert now_s() == 2


@virtual_time
async def test_a_number_that_is_being_typed_is_not_lost_to_speech() -> None:
    scene = Scene((2, SpeechBegan()), (3, SAID))
    _later(1, scene.control.dialogue.typed, "3")
    _later(3.5, scene.control.dialogue.typed, "4")
    assert await scene.ask(digits_max=4) == "34"


@virtual_time
async def test_nobody_is_left_in_silence() -> None:
    scene = Scene()
    assert await scene.ask(timeout_s=9) == ""
    assert scene.sounded == ["answer", "menu", "listening", "listening"]
    assert [at_s for _, at_s in scene.control.log] == pytest.approx([0, 0, 6.6, 13.2])
    assert now_s() == pytest.approx(18)


@virtual_time
async def test_a_short_wait_needs_no_words() -> None:
    scene = Scene()
    assert await scene.ask(timeout_s=4) == ""
    assert scene.sounded == ["answer", "menu"]


@virtual_time
async def test_who_speaks_for_long_is_not_interrupted() -> None:
    scene = Scene((5, SpeechBegan()), (15, SAID))
    assert await scene.ask(timeout_s=3) == SAID
    assert scene.sounded == ["answer", "menu"]


@virtual_time
async def test_without_barge_in_the_prompt_is_heard_out() -> None:
    scene = Scene((1, SpeechBegan()), (2, SAID))
    assert await scene.ask(barge_in=False) == SAID
    assert scene.control.log == [("answer", 0), ("menu", 0)]
    assert now_s() == PROMPT_S + 2


@virtual_time
async def test_beyond_the_bound_callers_are_told_once_and_answer_by_keys() -> None:
    scene = Scene(None)
    _later(7, scene.control.dialogue.typed, "1")
    assert await scene.ask() == "1"
    assert await scene.ask() == ""
    assert scene.sounded == ["answer", "not-listening+menu", "menu"]


@pytest.mark.parametrize("at_s", [1.0, 4.0])
def test_a_recogniser_that_is_lost_leaves_the_keys(at_s: float) -> None:
    @virtual_time
    async def play() -> None:
        scene = Scene((at_s, Deaf("it died")))
        _later(at_s + 4, scene.control.dialogue.typed, "2")
        assert await scene.ask() == "2"
        assert "not-listening+menu" in scene.sounded
        assert scene.noted == [("ja", "failed")]

    play()


@virtual_time
async def test_audio_that_stops_leaves_the_keys() -> None:
    scene = Scene((1, SpeechBegan()))

    def stop() -> None:
        assert scene.control.audio is not None
        scene.control.audio.over.set()

    _later(2, stop)
    _later(6, scene.control.dialogue.typed, "2")
    assert await scene.ask() == "2"
    assert ("not-listening+menu", 2) in scene.control.log


@virtual_time
async def test_audio_that_cannot_be_had_leaves_the_keys() -> None:
    scene = Scene()
    scene.control.failure = CallRefused("no medium")
    _later(1, scene.control.dialogue.typed, "2")
    assert await scene.ask() == "2"
    assert scene.sounded[1] == "not-listening+menu"


@virtual_time
async def test_a_fax_is_told() -> None:
    scene = Scene((2, FaxTone()))
    with pytest.raises(FaxCalls):
        await scene.ask()


@pytest.mark.parametrize("before", [True, False])
def test_hanging_up_ends_the_question(before: bool) -> None:
    @virtual_time
    async def play() -> None:
        scene = Scene()
        if before:
            scene.control.failure = CallGone("gone")
        else:
            _later(1, scene.control.dialogue.interrupt, CallGone("gone"))
        with pytest.raises(CallGone):
            await scene.ask()
        assert scene.ears.open_streams == 0

    play()
