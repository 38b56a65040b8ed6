"""What a synthesis engine is, and which there are.

Engines are made and used only in the worker process (`ivr.tts.worker`), one text at a time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from ivr.audio import Samples
from ivr.flow import Language


@dataclass(frozen=True, slots=True)
class Voice:
    """Who reads a language: an engine, that engine's name of the voice (empty: its own choice), a speed.

    `speed` is a factor on the engine's usual rate.
    """

    engine: str
    name: str = ""
    speed: float = 1.0


VOICES: Mapping[Language, Voice] = {
    Language("ja"): Voice("openjtalk"),
    Language("en"): Voice("pyttsx3", "gmw/en-us", 0.9),
}
"""The voices out of the box. Any other language is read by `OTHER_VOICE`, if espeak-ng knows it."""
OTHER_VOICE = Voice("pyttsx3")


class Engine(Protocol):
    """Reads texts aloud."""

    def synthesize(self, text: str, language: str, voice: Voice) -> tuple[Samples, int]:
        """Return samples and their rate in Hz; any exception means that nothing came of it."""


_ENGINES = {
    "openjtalk": (
        "ivr.tts.openjtalk:OpenJTalk",
        "pip install pyopenjtalk-plus",
    ),
    "pyttsx3": (
        "ivr.tts.espeak:Espeak",
        "apt install espeak-ng libespeak-ng1; pip install pyttsx3",
    ),
}


class EngineMissing(Exception):
    """An engine cannot be loaded; the message says what to install."""


def load_engine(name: str) -> Engine:
    """Import and start an engine; raises `EngineMissing`."""
    if name not in _ENGINES:
        raise EngineMissing(f"there is no engine {name}; there are {', '.join(_ENGINES)}")
    target, remedy = _ENGINES[name]
    module, _, factory = target.partition(":")
    try:
        make: Callable[[], Engine] = getattr(import_module(module), factory)
        return make()
    except (ImportError, OSError, RuntimeError) as error:
        raise EngineMissing(f"the engine {name} cannot be loaded ({error}): {remedy}") from error
