"""The hub's own Whisper engine, asked in this process."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ivr.asr.models import find_model
from ivr.asr.whisper import Whisper
from ivr.audio import TELEPHONE_HZ, Samples
from ivr.hearing import Alternative, Utterance

_NOTHING = Alternative("", 0.0)


def ear(folder: Path, phrases: Sequence[str] = ()) -> Callable[[Samples], Utterance]:
    """Return what hears telephone samples in Japanese; the model is put together in a folder.

    `phrases` are what is listed for it. Raises `ivr.asr.models.ModelMissing`.
    """
    engine = Whisper(find_model("whisper", "", "ja", folder), threads=1)

    def hear(samples: Samples) -> Utterance:
        audio = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
        return Utterance(engine.hear(audio, TELEPHONE_HZ, "ja", phrases) or (_NOTHING,), "ja")

    return hear
