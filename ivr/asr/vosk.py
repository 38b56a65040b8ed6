"""Vosk: hears while one speaks; where phrases are given, nearly nothing else than these.

The phrases become an n-gram rather than a list of alternatives, so that mixtures of them are heard too.
Words that a model does not know cannot be listened for; with none that it knows it listens for anything.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import vosk

from ivr.hearing import Alternative

_UNKNOWN: Final = ("[unk]", "<UNK>", "<unk>")
_SILENT: Final = -1
_WORD_MAX: Final = 12
"""Longest word looked for in a phrase written without spaces, in letters."""


class Vosk:
    def __init__(self, model: Path, threads: int) -> None:
        if not (model / "am").is_dir() and not (model / "final.mdl").is_file():
            raise FileNotFoundError("it is no folder of a Vosk model (no am/ in it)")
        vosk.SetLogLevel(_SILENT)
        self._model: Any = vosk.Model(str(model))
        self._unknown = next((each for each in _UNKNOWN if self._knows(each)), "")

    def decoder(self, language: str, phrases: Sequence[str], rate: int) -> "VoskDecoder":
        known = [found for phrase in phrases if (found := segment(phrase.lower(), self._knows))]
        return VoskDecoder(self._model, rate, _grammar(known, self._unknown))

    def _knows(self, word: str) -> bool:
        return bool(self._model.vosk_model_find_word(word) >= 0)


class VoskDecoder:
    def __init__(self, model: Any, rate: int, grammar: str) -> None:
        self._recogniser = vosk.KaldiRecognizer(model, float(rate), *((grammar,) if grammar else ()))
        self._recogniser.SetWords(True)
        self._done: list[dict[str, Any]] = []

    def feed(self, audio: bytes) -> str:
        if self._recogniser.AcceptWaveform(audio):  # it found an end by its own rules
            self._done += json.loads(self._recogniser.Result()).get("result", ())
        partial = json.loads(self._recogniser.PartialResult()).get("partial", "")
        return _said([*(each["word"] for each in self._done), *partial.split()])

    def anticipate(self) -> None:
        """Nothing: the result takes a few milliseconds."""

    def resume(self) -> None:
        """Nothing."""

    def finish(self) -> tuple[Alternative, ...]:
        words = [*self._done, *json.loads(self._recogniser.FinalResult()).get("result", ())]
        self._done = []
        self._recogniser.Reset()
        if not (text := _said([each["word"] for each in words])):
            return ()
        sure = [each["conf"] if each["word"] not in _UNKNOWN else 0.0 for each in words]
        return (Alternative(text, round(sum(sure) / len(sure), 3)),)


def segment(phrase: str, knows: Callable[[str], bool]) -> str | None:
    """Return a phrase in words that a model knows, as few as can be, with spaces between; None if none do."""
    found = [_words(part, knows) for part in phrase.split()]
    if not found or any(words is None for words in found):
        return None
    return " ".join(word for words in found for word in words or ())


def _words(text: str, knows: Callable[[str], bool]) -> list[str] | None:
    best: list[list[str] | None] = [[]]
    for end in range(1, len(text) + 1):
        options = [
            [*before, text[begin:end]]
            for begin in range(max(0, end - _WORD_MAX), end)
            if (before := best[begin]) is not None and knows(text[begin:end])
        ]
        best.append(min(options, key=len, default=None))
    return best[-1]


def _grammar(phrases: Sequence[str], unknown: str) -> str:
    if not phrases:
        return ""
    return json.dumps([*dict.fromkeys(phrases), *((unknown,) if unknown else ())], ensure_ascii=False)


def _said(words: Sequence[str]) -> str:
    return " ".join(word for word in words if word not in _UNKNOWN)
