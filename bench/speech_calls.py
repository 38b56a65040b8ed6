"""How fast callers who speak are served: figures for `python -m bench.speech`.

- `barge_in_ms_p50`, `_p99`: from the caller's first sound to the last of the prompt, in Asterisk.
- `action_ms_p50`, `_p99`: from the caller's last sound to what the menu decided: the wait for the end of what
  he said, recognition, the matcher's choice among the shipped intents, and the walk on.

A phone speaks into a menu of these intents over a real Asterisk.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.speech_engines import SAYINGS, Figures, telephone_model
from bench.voice_figures import percentile
from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.media_stream import media_sockets
from cti.softphone import AccountSettings, CallState, MediaState, PhoneCall, SoftphoneEngine
from hub.listening import Listening, ListeningPort
from ivr.asr.process import Model
from ivr.asr.recognisers import Recognisers
from ivr.flow import Flow, Prompt
from ivr.hearing import HeardAs
from ivr.intents.intent import Intents
from ivr.intents.load import load_intents
from ivr.intents.matcher import Matcher
from ivr.load import load
from ivr.session import run
from tests.cti.far_end import link_to
from tests.cti.heard import Heard
from tests.support import voices
from tests.support.asterisk import ROOT, AsteriskNode, asterisk_node, unpacked_asterisk
from tests.support.taps import QUIET, Tap
from tests.support.tones import write_tone

_TRUNK = "127.0.0.2"
_PROMPT = "ご用件をどうぞ。"
_CALL_S = 15.0


async def figures(kept: Path, rounds: int = 20, endpoint_s: float = 0.5) -> Figures:
    """Measure how fast a caller who speaks is let in and answered, over a real Asterisk.

    What is learnt of the intents is kept in a folder.
    """
    barge_in_ms: list[float] = []
    action_ms: list[float] = []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tb-", dir="/tmp")))
        menu = await _menu(folder, kept)
        line = await stack.enter_async_context(
            _line(folder, telephone_model("whisper", "ja", endpoint_s), menu)
        )
        for number in range(rounds):
            found = await line.say(SAYINGS[number % len(SAYINGS)])
            barge_in_ms.append(found[0])
            action_ms.append(found[1])
    return {
        "barge_in_ms_p50": percentile(barge_in_ms, 50),
        "barge_in_ms_p99": percentile(barge_in_ms, 99),
        "action_ms_p50": percentile(action_ms, 50),
        "action_ms_p99": percentile(action_ms, 99),
    }


@dataclass(frozen=True, slots=True)
class _Menu:
    """Where all shipped intents may be said, and who tells them apart."""

    flow: Flow
    matcher: Matcher


async def _menu(folder: Path, kept: Path) -> _Menu:
    known = load_intents(ROOT / "asterisk-config")
    matcher = Matcher(known.knowledge, kept / "learnt")
    flow = menu_of(folder, known)
    for choices in flow.choices():
        assert await matcher.prepare(choices), "the intents were not learnt"
    return _Menu(flow, matcher)


def menu_of(folder: Path, known: Intents) -> Flow:
    """Return a menu, written into a folder, in which all intents may be said."""
    lines = [
        "[general]",
        "languages = ja",
        "[main]",
        f"prompt => {_PROMPT}",
        f"timeout = {_CALL_S:g}",
        "key => 0,queue,support",
        *(f"intent => {name},queue,support" for name in known.intents),
        "on_timeout => queue,support",
    ]
    (folder / "ivr.conf").write_text("\n".join(lines), encoding="utf-8")
    return load(folder, ("support",), intents=known.intents)


class _Line:
    """One call: a phone, the port that asks it, and both sides tapped."""

    def __init__(self, call: PhoneCall, port: ListeningPort, menu: _Menu, sounds: "_Sounds") -> None:
        self._call, self._port, self._menu, self._sounds = call, port, menu, sounds
        self._stood_s: list[float] = []
        self._noted: list[HeardAs] = []
        self.says, self.hears = Tap(), Tap(QUIET)

    async def say(self, text: str) -> tuple[float, float]:
        """Speak into the prompt; returns milliseconds to its end and, of what was said, to the decision."""
        said = voices.silence(1) + voices.spoken(text)
        wav = voices.write_voice(self._sounds.folder / "said.wav", said)
        self._stood_s, self._noted = [], []
        led = asyncio.create_task(self._lead())
        await self._until(lambda: self.hears.first)
        self.says.reset()
        await self._call.play(wav, loop=False)
        await self._until(lambda: len(self._stood_s) > 1)
        led.cancel()
        await asyncio.gather(led, return_exceptions=True)
        assert self._noted[0] in (HeardAs.UNDERSTOOD, HeardAs.UNSURE, HeardAs.NOT_UNDERSTOOD), self._noted
        await self._call.play(None)
        found = (self.hears.last - self.says.first, self._stood_s[1] - self.says.last)
        self.hears.reset()
        return found[0] * 1000, found[1] * 1000

    async def _lead(self) -> None:
        """Lead the caller into the menu: he stands there, and then wherever that leads."""
        await run(
            self._menu.flow,
            self._port,
            self._sounds,
            dialled="",
            understanding=self._menu.matcher,
            stands=lambda position: self._stood_s.append(time.monotonic()),
            noted=lambda language, heard: self._noted.append(heard),
        )

    async def _until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(_CALL_S):
            while not holds():  # noqa: ASYNC110 - nobody could set an event
                await asyncio.sleep(0.02)


class _Sounds:
    """A long tone as the prompt; what is said beside it is silence, for it is not what is measured."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._silence = voices.write_voice(folder / "silence.wav", voices.silence(0.2))
        self._prompt = write_tone(folder / "prompt.wav", 700, 30)

    async def sound(self, prompt: Prompt) -> Path:
        return self._prompt if prompt.text == _PROMPT else self._silence


@asynccontextmanager
async def _line(folder: Path, model: Model, menu: _Menu) -> AsyncIterator[_Line]:
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
        sounds = _Sounds(folder)
        port = ListeningPort(Listening(recognisers, connect, sounds), control, key)
        stack.push_async_callback(port.close)
        line = _Line(call, port, menu, sounds)
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

    print_report("speech calls", asyncio.run(figures(unpacked_asterisk().parent / "bench-speech")))
