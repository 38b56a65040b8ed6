"""What recognition costs, and how fast it is: figures for `python -m bench.speech`.

- `streams_per_core_vosk`, `_whisper`: callers who speak half of the time, by the process' CPU time.
- `memory_mib_per_worker`: of the process with the Whisper model out of the box, once it has worked.
- `barge_in_ms_p50`, `_p99`: from the caller's first sound to the last of the prompt, in Asterisk.
- `action_ms_p50`, `_p99`: from the caller's last sound to what was understood, the wait for it included.

The latter two are of calls: a phone speaks to a port of the menus over a real Asterisk.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench.voice_figures import percentile
from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.media_stream import media_sockets
from cti.softphone import AccountSettings, CallState, MediaState, PhoneCall, SoftphoneEngine
from hub.listening import Listening, ListeningPort
from ivr.asr.models import find_model
from ivr.asr.process import Model, RecognitionProcess
from ivr.asr.recognisers import Recognisers
from ivr.caller import Question
from ivr.flow import Prompt
from ivr.hearing import ChoiceId, Choices, Utterance
from tests.cti.far_end import link_to
from tests.cti.heard import Heard
from tests.support import voices
from tests.support.asterisk import AsteriskNode, asterisk_node, unpacked_asterisk
from tests.support.taps import QUIET, Tap
from tests.support.tones import write_tone

Figures = dict[str, float]

_TRUNK = "127.0.0.2"
_SAYINGS = ("解約したい", "料金について教えてください", "オペレーターをお願いします", "住所変更の手続き")
_CHOICES = Choices("ja", {ChoiceId(str(number)): (text,) for number, text in enumerate(_SAYINGS)})
_KOREAN = ("네", "아니요", "요금", "해지", "상담원")
_CALL_S = 15.0


async def figures(folder: Path) -> Figures:
    """Return all of them; `folder` is the bench's own, and nothing is kept there."""
    return {**await engine_figures(), **await call_figures()}


async def engine_figures(endpoint_s: float = 0.5) -> Figures:
    """Measure what recognition costs."""
    whisper, vosk = _model("whisper", "ja", endpoint_s), _model("vosk", "ko", endpoint_s)
    found: Figures = {}
    async with _process(whisper) as process:
        found["streams_per_core_whisper"] = await _streams_per_core(process, "ja", _SAYINGS, streams=2)
        found["memory_mib_per_worker"] = _memory_mib(process)
    async with _process(vosk) as process:
        found["streams_per_core_vosk"] = await _streams_per_core(process, "ko", _KOREAN, streams=8)
        found["memory_mib_per_worker_vosk"] = _memory_mib(process)
    return found


async def call_figures(rounds: int = 20, endpoint_s: float = 0.5) -> Figures:
    """Measure how fast a caller who speaks is let in and answered, over a real Asterisk."""
    barge_in_ms: list[float] = []
    action_ms: list[float] = []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tb-", dir="/tmp")))
        line = await stack.enter_async_context(_line(folder, _model("whisper", "ja", endpoint_s)))
        for number in range(rounds):
            found = await line.say(_SAYINGS[number % len(_SAYINGS)])
            barge_in_ms.append(found[0])
            action_ms.append(found[1])
    return {
        "barge_in_ms_p50": percentile(barge_in_ms, 50),
        "barge_in_ms_p99": percentile(barge_in_ms, 99),
        "action_ms_p50": percentile(action_ms, 50),
        "action_ms_p99": percentile(action_ms, 99),
    }


def _model(engine: str, language: str, endpoint_s: float) -> Model:
    folder = unpacked_asterisk().parent / "speech"
    return Model(
        engine=engine, path=find_model(engine, "", language, folder), endpoint_s=endpoint_s, hang_s=30
    )


@asynccontextmanager
async def _process(model: Model) -> AsyncIterator[RecognitionProcess]:
    process = RecognitionProcess(model)
    living = asyncio.create_task(process.live())
    try:
        if not await process.ready():
            living.result()
        yield process
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)


async def _streams_per_core(
    process: RecognitionProcess, language: str, phrases: Sequence[str], *, streams: int
) -> float:
    spoken = [voices.spoken(text) for text in _SAYINGS]
    audio = b"".join(each + bytes(len(each)) for each in spoken)
    opened = [process.open(language, phrases, voices.RATE_HZ) for _ in range(streams)]
    before = _cpu_s(process)
    for frame in voices.frames(audio):
        for stream in opened:
            stream.feed(frame)
        await process.drained()
    await process.idle()
    used = _cpu_s(process) - before
    for stream in opened:
        await stream.close()
    return streams * len(audio) / 2 / voices.RATE_HZ / used


def _cpu_s(process: RecognitionProcess) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mib(process: RecognitionProcess) -> float:
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


class _Line:
    """One call: a phone, the port that asks it, and both sides tapped."""

    def __init__(self, folder: Path, call: PhoneCall, port: ListeningPort) -> None:
        self._folder, self._call, self._port = folder, call, port
        self._prompt = write_tone(folder / "prompt.wav", 700, 30)
        self.says, self.hears = Tap(), Tap(QUIET)

    async def say(self, text: str) -> tuple[float, float]:
        """Speak into the prompt; returns milliseconds to its end and, of what was said, to the answer."""
        wav = voices.write_voice(self._folder / "said.wav", voices.silence(1) + voices.spoken(text))
        asking = asyncio.create_task(self._ask())
        await self._sounds(self.hears)
        self.says.reset()
        await self._call.play(wav, loop=False)
        async with asyncio.timeout(_CALL_S):
            assert isinstance(await asking, Utterance)
        answered = time.monotonic()
        await self._call.play(None)
        found = (self.hears.last - self.says.first, answered - self.says.last)
        self.hears.reset()
        return found[0] * 1000, found[1] * 1000

    async def _sounds(self, tap: Tap) -> None:
        async with asyncio.timeout(_CALL_S):
            while not tap.first:  # noqa: ASYNC110 - nobody could set an event
                await asyncio.sleep(0.02)

    async def _ask(self) -> str | Utterance:
        return await self._port.play_and_hear([str(self._prompt)], Question(1, "", _CALL_S, 3), _CHOICES)


class _Silence:
    """What is said beside the prompt is not heard: it is not what is measured."""

    def __init__(self, folder: Path) -> None:
        self._path = voices.write_voice(folder / "silence.wav", voices.silence(0.2))

    async def sound(self, prompt: Prompt) -> Path:
        return self._path


@asynccontextmanager
async def _line(folder: Path, model: Model) -> AsyncIterator[_Line]:
    node = asterisk_node(folder / "a")
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(node.service.start)
        stack.push_async_callback(asyncio.to_thread, node.service.stop)
        recognisers = Recognisers({"ja": model}, 4)
        await _serving(stack, recognisers.run())
        assert await recognisers.ready(), "the model was not loaded"
        heard = Heard()
        control = CallControl(link_to(node, node.ari_app), heard)
        await _serving(stack, control.run())
        await control.up(timeout_s=5)
        engine = await stack.enter_async_context(SoftphoneEngine())
        call, key = await _called(engine, node, control, heard)
        await control._ari.channels.set_channel_var(key.id, variable="TIMEOUT(absolute)", value="0")
        connect = media_sockets(node.ari_url)
        port = ListeningPort(Listening(recognisers, connect, _Silence(folder)), control, key)
        stack.push_async_callback(port.close)
        line = _Line(folder, call, port)
        for name, side, tap in (("says", "in", line.says), ("hears", "out", line.hears)):
            tapped = await control.listen(key, f"bench.{name}", side, tap, connect)
            stack.push_async_callback(tapped.stop)
        yield line
        await control.hang_up(key)


async def _called(
    engine: SoftphoneEngine, node: AsteriskNode, control: CallControl, heard: Heard
) -> tuple[PhoneCall, ChannelKey]:
    phone = await engine.account(AccountSettings(user="09011112222", domain=_TRUNK, bound_address=_TRUNK))
    phone_call = await phone.call(f"sip:0312345678@{node.sip_host}:{node.sip_port}")
    call = await heard.next_call()
    await control.answer(call.key)
    await phone_call.wait(CallState.ANSWERED, 10)
    await phone_call.wait_media(MediaState.ACTIVE, 5)
    return phone_call, call.key


async def _serving(stack: AsyncExitStack, service: Coroutine[None, None, None]) -> None:
    """Run a service until the stack is left."""
    task = asyncio.create_task(service)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


if __name__ == "__main__":
    from bench.report import print_report

    print_report("speech engines", asyncio.run(figures(Path())))
