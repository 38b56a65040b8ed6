"""pyttsx3 over espeak-ng: small, quick, knows many languages.

pyttsx3 2.99 returns from `runAndWait()` before the file is there, writes only the last of several
texts, now and then an empty file, and dies if used from several threads. At the beginning of each of
its loops it cancels all that espeak has not done yet, which may be a speed that was just set. What
holds is one text at a time: set the speed and wait until espeak is quiet, wait until the utterance
was finished, then until espeak is quiet again, and try again if empty.
"""

import tempfile
import threading
import time
import unicodedata
from pathlib import Path

import pyttsx3
from pyttsx3.drivers import _espeak

from ivr.audio import Samples, read_wav
from ivr.tts.engine import Voice

_RATE = 175
"""espeak-ng's usual rate, words a minute."""
_TRIES = 3
_DEADLINE_S = 15.0
_ENGLISH = "gmw/en-us"


class Espeak:
    def __init__(self) -> None:
        self._finished = threading.Event()
        self._engine = pyttsx3.init("espeak")
        self._voices = {"en": _ENGLISH}
        for known in self._engine.getProperty("voices"):
            for name in (known.id, known.id.rpartition("/")[2], *known.languages):
                self._voices.setdefault(name, known.id)
        self._engine.connect("finished-utterance", lambda name, completed: self._finished.set())

    def synthesize(self, text: str, language: str, voice: Voice) -> tuple[Samples, int]:
        wanted = voice.name or language
        if wanted not in self._voices:
            raise ValueError(f"espeak-ng has no voice {wanted}")
        self._engine.setProperty("voice", self._voices[wanted])
        _espeak.SetParameter(_espeak.RATE, round(_RATE * voice.speed), 0)
        _wait_until_quiet()
        spoken = readings(text) if language == "ja" else text
        with tempfile.TemporaryDirectory(prefix="toritsugi-") as folder:
            for attempt in range(_TRIES):
                path = Path(folder) / f"{attempt}.wav"
                self._save(spoken, path)
                samples, rate_hz = read_wav(path)
                if samples.size:
                    return samples, rate_hz
        raise RuntimeError("espeak-ng made an empty file")

    def _save(self, text: str, path: Path) -> None:
        self._finished.clear()
        self._engine.save_to_file(text, str(path))
        self._engine.runAndWait()
        if not self._finished.wait(_DEADLINE_S):
            raise TimeoutError("espeak-ng did not finish")
        _wait_until_quiet()


def _wait_until_quiet() -> None:
    deadline = time.monotonic() + _DEADLINE_S
    while _espeak.IsPlaying() and time.monotonic() < deadline:
        time.sleep(0.001)


def readings(text: str) -> str:
    """Return a Japanese text in katakana: espeak-ng reads a kanji as "Chinese letter"."""
    try:
        import pyopenjtalk
    except ImportError:
        return text
    words = pyopenjtalk.run_frontend(unicodedata.normalize("NFKC", text))
    return "".join(word["pron"].replace("’", "") for word in words)
