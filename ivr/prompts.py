"""Prompts: the sound of what the flow says, recorded or synthesised once.

A recording wins over synthesis: `RECORDINGS/ja/NAME.wav`, or `RECORDINGS/NAME.wav` for all languages.
What is synthesised stays in the cache under a hash of all that it depends on, so that a changed text
or voice is a new file and an unchanged one is never made twice. A prompt without a name may have something
of its caller in it, a name or a number: unless it was made ready beforehand, its file lives for minutes.
"""

import asyncio
import hashlib
import unicodedata
import wave
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from ivr.audio import TELEPHONE_HZ, WIDE_HZ, beep, read_wav, to_telephone, write_sound, write_wav
from ivr.errors import IvrError, RecordingMissing, SynthesisFailed
from ivr.flow import Language, Prompt
from ivr.prompt_files import BYTES_MAX, LIFE_S, PromptFiles, is_sound
from ivr.tts.engine import OTHER_VOICE, VOICES, Voice

_log = structlog.get_logger(__name__)
_CACHE_VERSION = 3
"""Raise when the same text and voice sound different: loudness, resampling."""
_TIDY_S = 60.0
_CALL_PATIENCE_S = 3.0


Progress = Callable[[int, int], None]
"""Is told how many are done, of how many."""


class Synthesizer(Protocol):
    """Reads a text aloud: raw samples of 16 kHz, or `SynthesisError`."""

    async def synthesize(self, text: str, language: str, voice: Voice) -> bytes: ...


@dataclass(frozen=True, slots=True)
class PromptFailure:
    """A prompt that callers will hear as a beep, and why."""

    prompt: Prompt
    reason: str


class Prompts:
    """Finds, makes and keeps prompts. All paths it returns are 8 kHz mono WAV files, as is `beep`; what was
    synthesised, or recorded at a higher rate, lies beside it at 16 kHz (`ivr.audio`).

    Made at start-up: raises `OSError` if the cache folder cannot be written. `run` keeps the cache small.
    """

    def __init__(
        self,
        cache_dir: Path,
        synthesizer: Synthesizer,
        recordings_dir: Path,
        *,
        voices: Mapping[Language, Voice] = VOICES,
        call_patience_s: float = _CALL_PATIENCE_S,
        bytes_max: int = BYTES_MAX,
        life_s: float = LIFE_S,
    ) -> None:
        self._files = PromptFiles(cache_dir.absolute(), bytes_max=bytes_max, life_s=life_s)
        self._recordings_dir = recordings_dir.absolute()
        self._synthesizer = synthesizer
        self._voices = voices
        self._call_patience_s = call_patience_s
        self._making: dict[Path, asyncio.Task[Path]] = {}
        self.beep = self._files.beep
        if not is_sound(self.beep):
            write_wav(self.beep, beep())

    async def render(self, text: str, language: str, *, is_passing: bool = False) -> Path:
        """Return the file of a text read aloud, made if need be; raises `SynthesisError`, `OSError`.

        Requests for the same text share one synthesis, which goes on when they are cancelled. `is_passing`:
        the text is one caller's, and its file is not to stay.
        """
        spoken = normalise(text)
        if not spoken:
            raise SynthesisFailed("there is nothing to say")
        voice = self._voices.get(Language(language), OTHER_VOICE)
        name = f"{language}-{_digest(voice, language, spoken)}"
        path = self._files.kept(name)
        if is_passing and not is_sound(path):
            path = self._files.passing(name)
        if is_sound(path):
            return path
        making = self._making.get(path)
        if making is None:
            making = asyncio.create_task(self._make(path, spoken, language, voice))
            self._making[path] = making
            making.add_done_callback(lambda done: self._made(path, done))
        return await asyncio.shield(making)

    async def sound(self, prompt: Prompt) -> Path:
        """Return what a caller hears: never fails, never takes long.

        Where a prompt cannot be had in time it is the recording `fallback` of the language, or a beep.
        """
        try:
            async with asyncio.timeout(self._call_patience_s):
                return await self._find(prompt, is_passing=not prompt.name)
        except (IvrError, OSError, TimeoutError) as error:
            _log.warning("prompt_missing", prompt=prompt.name, language=prompt.language, reason=repr(error))
            return self._recording("fallback", prompt.language) or self.beep

    async def recording(self, name: str, language: str) -> Path | None:
        """Return a recording that Asterisk can play, None if there is none of that name."""
        found = self._recording(name, Language(language))
        try:
            return await asyncio.to_thread(self._playable, found) if found is not None else None
        except (IvrError, OSError) as error:
            _log.warning("recording_unplayable", prompt=name, language=language, reason=str(error))
            return None

    async def render_all(
        self, prompts: Iterable[Prompt], progress: Progress = lambda done, total: None
    ) -> list[PromptFailure]:
        """Make prompts ready, each once; `progress(done, total)` is called after each.

        Returns those that failed: callers hear the fallback in their place.
        """
        wanted = list(dict.fromkeys(prompts))
        failures: list[PromptFailure] = []
        for done, prompt in enumerate(wanted, start=1):
            try:
                await self._find(prompt)
            except (IvrError, OSError) as error:
                _log.warning("prompt_failed", prompt=prompt.name, language=prompt.language, reason=str(error))
                failures.append(PromptFailure(prompt, str(error)))
            progress(done, len(wanted))
        return failures

    async def run(self) -> None:
        """Keep the cache small, and what is of callers short-lived, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self._files.tidy)
            except OSError as error:
                _log.warning("prompts_not_tidied", reason=str(error))
            await asyncio.sleep(_TIDY_S)

    async def close(self) -> None:
        """Give up what is being made; may be called twice."""
        making = list(self._making.values())
        for task in making:
            task.cancel()
        await asyncio.gather(*making, return_exceptions=True)

    async def _find(self, prompt: Prompt, *, is_passing: bool = False) -> Path:
        recording = self._recording(prompt.name, prompt.language) if prompt.name else None
        if recording is not None:
            return await asyncio.to_thread(self._playable, recording)
        if not prompt.text:
            wanted = self._recordings_dir / prompt.language / f"{prompt.name}.wav"
            raise RecordingMissing(f"expected the recording {wanted}, there is none")
        return await self.render(prompt.text, prompt.language, is_passing=is_passing)

    def _recording(self, name: str, language: Language) -> Path | None:
        candidates = (self._recordings_dir / language / f"{name}.wav", self._recordings_dir / f"{name}.wav")
        return next((path for path in candidates if path.is_file()), None)

    def _playable(self, recording: Path) -> Path:
        """Return a recording that Asterisk can play: itself, or its copy in the cache."""
        try:
            with wave.open(str(recording), "rb") as wav:
                if wav.getparams()[:3] == (1, 2, TELEPHONE_HZ):
                    return recording
            state = recording.stat()
            copy = self._files.kept(
                f"copy-{_hash(_CACHE_VERSION, recording, state.st_mtime_ns, state.st_size)}"
            )
            if not is_sound(copy):
                write_sound(copy, to_telephone(*read_wav(recording), WIDE_HZ))
        except (wave.Error, EOFError) as error:
            raise RecordingMissing(f"expected a 16-bit WAV file, {recording} is none: {error}") from None
        return copy

    async def _make(self, path: Path, text: str, language: str, voice: Voice) -> Path:
        wide = await self._synthesizer.synthesize(text, language, voice)
        await asyncio.to_thread(write_sound, path, wide)
        return path

    def _made(self, path: Path, task: asyncio.Task[Path]) -> None:
        del self._making[path]
        if not task.cancelled():
            task.exception()  # seen by those who wait; if nobody does any more, there is nothing to say


def normalise(text: str) -> str:
    """Return the form in which texts that sound the same are the same."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _digest(voice: Voice, language: str, text: str) -> str:
    return _hash(_CACHE_VERSION, voice.engine, voice.name, voice.speed, language, text)


def _hash(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]
