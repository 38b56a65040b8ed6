"""A phone speaks to a port of the menus, on a real Asterisk: understood, let into the prompt, told apart."""

import asyncio
from pathlib import Path

import pytest

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.media_stream import media_sockets
from cti.softphone import Softphone
from hub.listening import FaxCalls, Listening, ListeningPort
from ivr.asr.process import Model
from ivr.caller import Question
from ivr.flow import Prompt
from ivr.hearing import ChoiceId, Choices, HeardAs, Recogniser, Utterance
from tests.cti.far_end import FarEnd
from tests.cti.heard import Heard
from tests.ivr.asr_engines import HERE
from tests.speech.conftest import call_in, listening
from tests.support import voices
from tests.support.asterisk import AsteriskNode
from tests.support.taps import QUIET, Tap
from tests.support.tones import write_tone

pytestmark = pytest.mark.real

CHOICES = Choices(
    "ja",
    {
        ChoiceId("1"): ("料金", "支払い"),
        ChoiceId("2"): ("解約", "解約したい"),
        ChoiceId("3"): ("オペレーター",),
    },
)
COUNTING = Model(engine=f"{HERE}:Counting", path=Path("/"))


class Tones:
    """Sounds for whoever asks for words."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.noted = folder, list[HeardAs]()

    async def sound(self, prompt: Prompt) -> Path:
        return write_tone(self.folder / f"{prompt.name}.wav", 900, 0.3)

    def note(self, language: str, heard: HeardAs) -> None:
        self.noted.append(heard)


@pytest.fixture
def tones(tmp_path: Path) -> Tones:
    return Tones(tmp_path)


def port(
    recogniser: Recogniser, asterisk: AsteriskNode, tones: Tones, control: CallControl, key: ChannelKey
) -> ListeningPort:
    connect = media_sockets(asterisk.ari_url)
    return ListeningPort(Listening(recogniser, connect, tones, tones.note), control, key)


async def ask(
    caller: ListeningPort, prompt: Path, choices: Choices = CHOICES, *, timeout_s: float = 8
) -> str | Utterance:
    return await caller.play_and_hear([str(prompt)], Question(1, "", timeout_s, 3), choices)


@pytest.fixture
def prompt(tmp_path: Path) -> Path:
    """A prompt of 20 s."""
    return write_tone(tmp_path / "prompt.wav", 700, 20)


async def test_what_a_caller_says_into_the_prompt_is_understood(
    control: CallControl,
    far: FarEnd,
    heard: Heard,
    asterisk: AsteriskNode,
    caller: Softphone,
    whisper: Model,
    tones: Tones,
    prompt: Path,
) -> None:
    said = voices.silence(1) + voices.spoken("解約したい")
    wav = voices.write_voice(prompt.with_name("said.wav"), said)
    async with listening(whisper) as recognisers:
        call, key = await call_in(caller, asterisk, control, heard)
        menu = port(recognisers, asterisk, tones, control, key)
        asking = asyncio.create_task(ask(menu, prompt))
        await call.play(wav, loop=False)
        async with asyncio.timeout(12):
            found = await asking
        assert isinstance(found, Utterance)
        texts = [each.text for each in found.alternatives]
        assert any("かいやく" in text or "解約" in text for text in texts), texts
        await menu.close()
        await control.hang_up(key)


async def test_vosk_understands_a_caller_who_says_what_is_listed(
    control: CallControl,
    far: FarEnd,
    heard: Heard,
    asterisk: AsteriskNode,
    caller: Softphone,
    vosk: Model,
    tones: Tones,
    prompt: Path,
) -> None:
    menu = Choices("ko", {ChoiceId("1"): ("요금 문의",), ChoiceId("2"): ("상담원 연결",)})
    said = voices.silence(1) + voices.spoken_in("ko", "상담원 연결")
    wav = voices.write_voice(prompt.with_name("said.wav"), said)
    async with listening(vosk, "ko") as recognisers:
        call, key = await call_in(caller, asterisk, control, heard)
        caller_port = port(recognisers, asterisk, tones, control, key)
        asking = asyncio.create_task(ask(caller_port, prompt, menu))
        await call.play(wav, loop=False)
        async with asyncio.timeout(12):
            found = await asking
        assert isinstance(found, Utterance)
        assert found.text == "상담원 연결"
        await caller_port.close()
        await control.hang_up(key)


async def test_speech_silences_the_prompt_while_it_goes_on(
    control: CallControl,
    far: FarEnd,
    heard: Heard,
    asterisk: AsteriskNode,
    caller: Softphone,
    tones: Tones,
    prompt: Path,
) -> None:
    said = voices.silence(1) + voices.spoken("解約したいんですけれどもどうすればいいですか")
    wav = voices.write_voice(prompt.with_name("said.wav"), said)
    says, hears = Tap(), Tap(QUIET)
    async with listening(COUNTING) as recognisers:
        call, key = await call_in(caller, asterisk, control, heard)
        connect = media_sockets(asterisk.ari_url)
        taps = [await control.listen(key, "says", "in", says, connect)]
        taps.append(await control.listen(key, "hears", "out", hears, connect))
        menu = port(recognisers, asterisk, tones, control, key)
        asking = asyncio.create_task(ask(menu, prompt))
        await call.play(wav, loop=False)
        async with asyncio.timeout(12):
            assert isinstance(await asking, Utterance)
        assert says.first < hears.last < says.last
        assert hears.last - says.first < 0.6  # 0.2 on a machine that does nothing else
        for tap in taps:
            await tap.stop()
        await menu.close()
        await control.hang_up(key)


async def test_a_key_in_the_middle_of_a_word_wins(
    control: CallControl,
    far: FarEnd,
    heard: Heard,
    asterisk: AsteriskNode,
    caller: Softphone,
    tones: Tones,
    prompt: Path,
) -> None:
    wav = voices.write_voice(prompt.with_name("said.wav"), voices.spoken("解約したいんですけれども" * 4))
    async with listening(COUNTING) as recognisers:
        call, key = await call_in(caller, asterisk, control, heard)
        menu = port(recognisers, asterisk, tones, control, key)
        asking = asyncio.create_task(ask(menu, prompt))
        await call.play(wav)
        await asyncio.sleep(1.0)
        await call.dtmf("2")
        async with asyncio.timeout(5):
            assert await asking == "2"
        await menu.close()
        await control.hang_up(key)


async def test_a_fax_machine_is_told(
    control: CallControl,
    far: FarEnd,
    heard: Heard,
    asterisk: AsteriskNode,
    caller: Softphone,
    tones: Tones,
    prompt: Path,
) -> None:
    wav = voices.write_voice(prompt.with_name("fax.wav"), voices.fax_calling())
    async with listening(COUNTING) as recognisers:
        call, key = await call_in(caller, asterisk, control, heard)
        menu = port(recognisers, asterisk, tones, control, key)
        asking = asyncio.create_task(ask(menu, prompt))
        await call.play(wav)
        with pytest.raises(FaxCalls):
            async with asyncio.timeout(12):
                await asking
        await menu.close()
        await control.hang_up(key)


async def test_silence_is_answered_with_words_and_then_ends(
    control: CallControl,
    far: FarEnd,
    heard: Heard,
    asterisk: AsteriskNode,
    caller: Softphone,
    tones: Tones,
    tmp_path: Path,
) -> None:
    async with listening(COUNTING) as recognisers:
        _, key = await call_in(caller, asterisk, control, heard)
        menu = port(recognisers, asterisk, tones, control, key)
        began_s = asyncio.get_running_loop().time()
        async with asyncio.timeout(12):
            assert await ask(menu, write_tone(tmp_path / "short.wav", 700, 0.3), timeout_s=4.5) == ""
        assert asyncio.get_running_loop().time() - began_s > 0.3 + 4.5 + 0.25
        await menu.close()
        await control.hang_up(key)


async def test_a_recogniser_that_dies_under_a_caller_leaves_him_the_keys(
    control: CallControl,
    far: FarEnd,
    heard: Heard,
    asterisk: AsteriskNode,
    caller: Softphone,
    tones: Tones,
    prompt: Path,
) -> None:
    wav = voices.write_voice(prompt.with_name("said.wav"), voices.spoken("解約したい"))
    async with listening(Model(engine=f"{HERE}:Dying", path=Path("/"))) as recognisers:
        call, key = await call_in(caller, asterisk, control, heard)
        menu = port(recognisers, asterisk, tones, control, key)
        asking = asyncio.create_task(ask(menu, prompt))
        await call.play(wav)
        async with asyncio.timeout(10):
            while HeardAs.FAILED not in tones.noted:  # noqa: ASYNC110 - nobody could set an event
                await asyncio.sleep(0.05)
        await call.dtmf("3")
        async with asyncio.timeout(5):
            assert await asking == "3"
        await menu.close()
        await control.hang_up(key)


async def test_hanging_up_leaves_nothing(
    control: CallControl,
    far: FarEnd,
    heard: Heard,
    asterisk: AsteriskNode,
    caller: Softphone,
    tones: Tones,
    prompt: Path,
) -> None:
    async with listening(COUNTING) as recognisers:
        call, key = await call_in(caller, asterisk, control, heard)
        menu = port(recognisers, asterisk, tones, control, key)
        asking = asyncio.create_task(ask(menu, prompt))
        await asyncio.sleep(0.5)
        await call.hang_up()
        await asyncio.gather(asking, return_exceptions=True)
        assert asking.exception() is not None
        assert recognisers.streams == 0
        await menu.close()
