"""What a recognition engine is, and which there are.

Engines are made and used only in a worker process (`ivr.asr.worker`), in one thread.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

from ivr.hearing import Alternative


class Decoder(Protocol):
    """One caller's utterances, one after the other."""

    def feed(self, audio: bytes) -> str:
        """Take more of an utterance (16-bit mono at the decoder's rate); return what is heard yet, or ""."""

    def anticipate(self) -> None:
        """The utterance is probably over: an engine that takes its time may begin now."""

    def resume(self) -> None:
        """It was not."""

    def finish(self) -> tuple[Alternative, ...]:
        """End the utterance; returns its readings, likeliest first, none if nothing was understood."""


class Engine(Protocol):
    """A loaded model."""

    def decoder(self, language: str, phrases: Sequence[str], rate: int) -> Decoder:
        """Begin with a caller; `phrases` are what is likely to be said."""


MakeEngine = Callable[[Path, int], Engine]
"""Loads the model of a folder, to be run by so many threads; raises what it likes."""

ENGINES: Final = {
    "whisper": ("ivr.asr.whisper:Whisper", "pip install 'toritsugi[speech]'"),
    "vosk": ("ivr.asr.vosk:Vosk", "pip install 'toritsugi[speech]'"),
}


class EngineMissing(Exception):
    """An engine or its model cannot be used; the message says why and what to do."""


def load_engine(name: str, model: Path, threads: int) -> Engine:
    """Import an engine and load a model; raises `EngineMissing`.

    `name` is one of `ENGINES`, or `module:factory` for one of an administrator's own.
    """
    target, remedy = ENGINES.get(name, (name, ""))
    module, _, factory = target.partition(":")
    if not factory:
        raise EngineMissing(f"there is no engine {name}; there are {', '.join(ENGINES)}")
    try:
        make: MakeEngine = getattr(import_module(module), factory)
    except (ImportError, OSError, AttributeError) as error:
        raise EngineMissing(f"the engine {name} cannot be loaded ({error}): {remedy}") from error
    try:
        return make(model, threads)
    except Exception as error:  # each library raises its own
        raise EngineMissing(f"the model {model} cannot be loaded: {error}") from error
