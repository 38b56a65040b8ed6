"""Prompts: made once, shared, kept; recordings win; and no caller waits for a voice that is missing."""

import asyncio
import errno
import wave
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ivr.audio import TELEPHONE_HZ, beep
from ivr.errors import SynthesisError, SynthesisFailed, SynthesisUnavailable
from ivr.flow import Language, Prompt
from ivr.prompts import Prompts
from ivr.tts.engine import Voice
from tests.ivr.flows import flow_of

JA, EN = Language("ja"), Language("en")
SECOND_OF_SOUND = b"\x00\x10" * TELEPHONE_HZ


@dataclass(slots=True)
class FakeSynthesizer:
    """Notes what it is asked; waits for `gate` if there is one; raises `error` if there is one."""

    asked: list[tuple[str, str, Voice]] = field(default_factory=list)
    gate: asyncio.Event | None = None
    error: SynthesisError | None = None

    async def synthesize(self, text: str, language: str, voice: Voice) -> bytes:
        self.asked.append((text, language, voice))
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        return SECOND_OF_SOUND


@pytest.fixture
def synthesizer() -> FakeSynthesizer:
    return FakeSynthesizer()


@pytest.fixture
def prompts(tmp_path: Path, synthesizer: FakeSynthesizer) -> Prompts:
    return Prompts(tmp_path / "cache", synthesizer, tmp_path / "recordings")


def record(path: Path, *, rate_hz: int = TELEPHONE_HZ, channels: int = 1, width: int = 2) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as wav:
        wav.setparams((channels, width, rate_hz, 0, "NONE", ""))
        wav.writeframes(b"\x10" * (rate_hz * channels * width))
    return path


def shape(path: Path) -> tuple[int, int, int]:
    with wave.open(str(path), "rb") as wav:
        return wav.getnchannels(), wav.getsampwidth(), wav.getframerate()


async def test_a_text_is_synthesised_once(prompts: Prompts, synthesizer: FakeSynthesizer) -> None:
    first = await prompts.render("もしもし", "ja")
    again = await prompts.render("  もしもし\n", "ja")
    assert first == again
    assert first.is_absolute()
    assert shape(first) == (1, 2, 8000)
    assert synthesizer.asked == [("もしもし", "ja", Voice("openjtalk"))]


async def test_the_cache_outlives_the_hub(tmp_path: Path, prompts: Prompts) -> None:
    path = await prompts.render("もしもし", "ja")
    silent = FakeSynthesizer(error=SynthesisFailed("never asked"))
    assert await Prompts(tmp_path / "cache", silent, tmp_path).render("もしもし", "ja") == path
    assert silent.asked == []


async def test_another_text_language_or_voice_is_another_file(tmp_path: Path, prompts: Prompts) -> None:
    slow = Prompts(
        tmp_path / "cache", FakeSynthesizer(), tmp_path, voices={JA: Voice("openjtalk", speed=0.8)}
    )
    paths = {
        await prompts.render("OK", "ja"),
        await prompts.render("OK", "en"),
        await prompts.render("Ok", "en"),
        await slow.render("OK", "ja"),
    }
    assert len(paths) == 4


async def test_many_at_once_share_one_synthesis_a_text(
    prompts: Prompts, synthesizer: FakeSynthesizer
) -> None:
    synthesizer.gate = asyncio.Event()
    texts = [f"Text {number % 5}" for number in range(20)]
    rendering = asyncio.gather(*(prompts.render(text, "en") for text in texts))
    await asyncio.sleep(0)
    synthesizer.gate.set()
    assert len(set(await rendering)) == 5
    assert len(synthesizer.asked) == 5


async def test_a_caller_who_goes_does_not_stop_what_others_wait_for(
    prompts: Prompts, synthesizer: FakeSynthesizer
) -> None:
    synthesizer.gate = asyncio.Event()
    gone, waiting = (asyncio.create_task(prompts.render("はい", "ja")) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    synthesizer.gate.set()
    assert (await waiting).is_file()
    assert len(synthesizer.asked) == 1


async def test_a_failure_is_not_kept(prompts: Prompts, synthesizer: FakeSynthesizer, tmp_path: Path) -> None:
    synthesizer.error = SynthesisFailed("died")
    with pytest.raises(SynthesisFailed):
        await prompts.render("はい", "ja")
    synthesizer.error = None
    assert (await prompts.render("はい", "ja")).is_file()
    assert sorted(path.name[:3] for path in (tmp_path / "cache").iterdir()) == ["bee", "ja-"]


async def test_nothing_to_say_is_an_error(prompts: Prompts) -> None:
    with pytest.raises(SynthesisFailed, match="nothing to say"):
        await prompts.render(" \n", "ja")


async def test_a_recording_wins_over_synthesis(
    prompts: Prompts, synthesizer: FakeSynthesizer, tmp_path: Path
) -> None:
    for_all = record(tmp_path / "recordings" / "main.wav")
    assert await prompts.sound(Prompt("main", EN, "Menu")) == for_all
    english = record(tmp_path / "recordings" / "en" / "main.wav")
    assert await prompts.sound(Prompt("main", EN, "Menu")) == english
    assert await prompts.sound(Prompt("main", JA, "メニュー")) == for_all
    assert synthesizer.asked == []


async def test_a_recording_of_another_form_is_played_from_a_copy(prompts: Prompts, tmp_path: Path) -> None:
    recording = record(tmp_path / "recordings" / "main.wav", rate_hz=44100, channels=2)
    copy = await prompts.sound(Prompt("main", JA, ""))
    assert copy != recording
    assert shape(copy) == (1, 2, 8000)
    assert copy.stat().st_size == pytest.approx(16000, rel=0.01)
    assert await prompts.sound(Prompt("main", JA, "")) == copy


@pytest.mark.parametrize("error", [SynthesisUnavailable("apt install"), SynthesisFailed("died")])
async def test_a_missing_voice_is_a_beep(
    prompts: Prompts, synthesizer: FakeSynthesizer, error: SynthesisError
) -> None:
    synthesizer.error = error
    path = await prompts.sound(Prompt("main", JA, "メニュー"))
    assert shape(path) == (1, 2, 8000)
    assert path.read_bytes().endswith(beep())


async def test_a_slow_voice_is_a_beep_now_and_a_voice_later(
    tmp_path: Path, synthesizer: FakeSynthesizer
) -> None:
    prompts = Prompts(tmp_path, synthesizer, tmp_path, call_patience_s=0)
    synthesizer.gate = asyncio.Event()
    prompt = Prompt("main", JA, "メニュー")
    assert (await prompts.sound(prompt)).name == "beep.wav"
    synthesizer.gate.set()
    assert (await prompts.render("メニュー", "ja")) == await prompts.sound(prompt)
    assert len(synthesizer.asked) == 1


async def test_a_full_disk_is_a_beep(
    prompts: Prompts, monkeypatch: pytest.MonkeyPatch, synthesizer: FakeSynthesizer
) -> None:
    def fail(path: Path, pcm: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ivr.prompts.write_wav", fail)
    assert (await prompts.sound(Prompt("main", JA, "メニュー"))).read_bytes().endswith(beep())
    assert len(synthesizer.asked) == 1


async def test_a_recorded_fallback_comes_before_the_beep(
    prompts: Prompts, synthesizer: FakeSynthesizer, tmp_path: Path
) -> None:
    synthesizer.error = SynthesisFailed("died")
    fallback = record(tmp_path / "recordings" / "ja" / "fallback.wav")
    assert await prompts.sound(Prompt("main", JA, "メニュー")) == fallback
    assert (await prompts.sound(Prompt("main", EN, "Menu"))).name == "beep.wav"


@pytest.mark.parametrize("content", [b"", b"RIFF", b"\x00" * 100])
async def test_a_broken_recording_is_a_beep(prompts: Prompts, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / "main.wav").write_bytes(content)
    assert (await prompts.sound(Prompt("main", JA, ""))).name == "beep.wav"


async def test_all_prompts_of_a_flow_are_made_ready(
    prompts: Prompts, synthesizer: FakeSynthesizer, tmp_path: Path
) -> None:
    flow = flow_of(tmp_path)
    progress: list[tuple[int, int]] = []
    failures = await prompts.render_all(flow, lambda done, total: progress.append((done, total)))
    total = len(set(flow.prompts()))
    assert progress == [(done, total) for done in range(1, total + 1)]
    assert [(each.prompt.name, each.prompt.language) for each in failures] == [("jingle", JA), ("jingle", EN)]
    assert "jingle.wav" in failures[0].reason
    made = len(synthesizer.asked)
    await prompts.render_all(flow)
    assert len(synthesizer.asked) == made


async def test_closing_gives_up_what_is_being_made(prompts: Prompts, synthesizer: FakeSynthesizer) -> None:
    synthesizer.gate = asyncio.Event()
    waiting = asyncio.create_task(prompts.render("はい", "ja"))
    await asyncio.sleep(0)
    await prompts.close()
    await prompts.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
