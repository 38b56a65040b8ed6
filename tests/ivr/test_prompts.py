"""Prompts: made once, shared, kept; recordings win; and no caller waits for a voice that is missing."""

import asyncio
import errno
import os
import wave
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ivr.audio import TELEPHONE_HZ, WIDE_HZ, beep
from ivr.errors import SynthesisError, SynthesisFailed, SynthesisUnavailable
from ivr.flow import Language, Prompt
from ivr.prompts import Prompts
from ivr.tts.engine import Voice
from tests.ivr.flows import flow_of

JA, EN = Language("ja"), Language("en")
SECOND_OF_SOUND = b"\x00\x10" * WIDE_HZ


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


async def test_both_rates_lie_side_by_side(prompts: Prompts) -> None:
    path = await prompts.render("もしもし", "ja")
    wide = path.with_suffix(".wav16")
    assert shape(wide) == (1, 2, 16000)
    assert wide.stat().st_size - 44 == 2 * (path.stat().st_size - 44) == 32000


async def test_what_is_one_callers_lies_apart_under_a_name_that_tells_nothing(
    tmp_path: Path, synthesizer: FakeSynthesizer
) -> None:
    prompt = Prompt("", JA, "佐藤様、お電話ありがとうございます。")
    paths = [
        await Prompts(tmp_path / "cache", synthesizer, tmp_path).sound(prompt),
        await Prompts(tmp_path / "cache", synthesizer, tmp_path).sound(prompt),
    ]
    assert {path.parent for path in paths} == {tmp_path / "cache" / "passing"}
    assert paths[0].name != paths[1].name, "one secret tells nothing of another's files"
    assert paths[0].parent.stat().st_mode & 0o777 == 0o711


async def test_what_is_one_callers_is_made_once_and_removed_after_its_life(
    tmp_path: Path, synthesizer: FakeSynthesizer
) -> None:
    prompts = Prompts(tmp_path / "cache", synthesizer, tmp_path, life_s=100)
    kept = await prompts.render("もしもし", "ja")
    old, young = [await prompts.sound(Prompt("", JA, name)) for name in ("佐藤様", "鈴木様")]
    assert await prompts.sound(Prompt("", JA, "佐藤様")) == old
    assert len(synthesizer.asked) == 3
    _age(kept, 101)
    _age(old, 101)
    await _tidied(prompts)
    assert kept.is_file()
    assert young.is_file()
    assert young.with_suffix(".wav16").is_file()
    assert not old.exists()
    assert not old.with_suffix(".wav16").exists()


async def test_what_is_made_ready_stays_though_it_has_no_name(
    prompts: Prompts, synthesizer: FakeSynthesizer, tmp_path: Path
) -> None:
    prompt = Prompt("", JA, "料金のお問い合わせでよろしいですか")
    await prompts.render_all([prompt, prompt])
    assert (await prompts.sound(prompt)).parent == tmp_path / "cache"
    assert len(synthesizer.asked) == 1


async def test_beyond_its_bound_the_cache_loses_what_was_longest_unused(
    tmp_path: Path, synthesizer: FakeSynthesizer
) -> None:
    prompts = Prompts(tmp_path / "cache", synthesizer, tmp_path, bytes_max=100_000)
    first, second, third = [await prompts.render(text, "ja") for text in ("一", "二", "三")]
    for age, path in enumerate((third, second, first), start=1):
        _age(path, age * 10)
    assert await prompts.render("一", "ja") == first, "used again"
    await _tidied(prompts)
    assert [path.exists() for path in (first, second, third)] == [True, False, True]
    assert prompts.beep.is_file()


def _age(path: Path, seconds: float) -> None:
    for each in (path, path.with_suffix(".wav16")):
        os.utime(each, (0, each.stat().st_mtime - seconds))


async def _tidied(prompts: Prompts) -> None:
    await asyncio.to_thread(prompts._files.tidy)


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
    assert sorted(path.name[:3] for path in (tmp_path / "cache").glob("*.wav")) == ["bee", "ja-"]


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
    assert shape(copy.with_suffix(".wav16")) == (1, 2, 16000)
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
    def fail(path: Path, wide: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ivr.prompts.write_sound", fail)
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
    failures = await prompts.render_all(flow.prompts(), lambda done, total: progress.append((done, total)))
    total = len(set(flow.prompts()))
    assert progress == [(done, total) for done in range(1, total + 1)]
    assert [(each.prompt.name, each.prompt.language) for each in failures] == [("jingle", JA), ("jingle", EN)]
    assert "jingle.wav" in failures[0].reason
    made = len(synthesizer.asked)
    await prompts.render_all(flow.prompts())
    assert len(synthesizer.asked) == made


async def test_closing_gives_up_what_is_being_made(prompts: Prompts, synthesizer: FakeSynthesizer) -> None:
    synthesizer.gate = asyncio.Event()
    waiting = asyncio.create_task(prompts.render("はい", "ja"))
    await asyncio.sleep(0)
    await prompts.close()
    await prompts.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
