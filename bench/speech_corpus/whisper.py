"""The hub's own Whisper engine, asked in this process."""

import hashlib
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ivr.asr.models import find_model
from ivr.asr.whisper import Whisper
from ivr.audio import TELEPHONE_HZ, Samples
from ivr.hearing import Alternative, Utterance

_NOTHING = Alternative("", 0.0)
_CODE = (
    __name__,
    "bench.speech_corpus.line",
    "bench.speech_corpus.speakers",
    "ivr.asr.kana",
    "ivr.asr.whisper",
    "ivr.audio",
    "ivr.tts.espeak",
    "ivr.tts.openjtalk",
)
"""Modules that make the sound, or hear it."""
_PACKAGES = (
    "ctranslate2",
    "faster-whisper",
    "numpy",
    "pyopenjtalk-plus",
    "pyttsx3",
    "scipy",
    "soxr",
    "tokenizers",
)


def ear(folder: Path, phrases: Sequence[str]) -> Callable[[Samples], Utterance]:
    """Return what hears telephone samples in Japanese; the model is put together in a folder.

    `phrases` are what is listed for it: `Choices.listed`. Raises `ivr.asr.models.ModelMissing`.
    """
    engine = Whisper(find_model("whisper", "", "ja", folder), threads=1)
    decoder = engine.decoder("ja", phrases, TELEPHONE_HZ)

    def hear(samples: Samples) -> Utterance:
        decoder.feed((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
        return Utterance(decoder.finish() or (_NOTHING,), "ja")

    return hear


def heard_by(folder: Path, phrases: Sequence[str]) -> str:
    """Return a digest of all that changes what such an ear hears: phrases, model, code, and its libraries."""
    found = hashlib.sha256(repr(tuple(phrases)).encode())
    model = find_model("whisper", "", "ja", folder)
    code = [Path(spec.origin) for name in _CODE if (spec := find_spec(name)) and spec.origin]
    for path in [*code, *sorted(each for each in model.iterdir() if each.is_file())]:
        with path.open("rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    for package in _PACKAGES:
        found.update(f"{package} {version(package)}".encode())
    return found.hexdigest()
