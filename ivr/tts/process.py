"""The hub's end of the synthesis process: started when needed, watched, replaced."""

import asyncio
import contextlib
from asyncio.subprocess import Process
from collections.abc import Iterable

import msgspec
import structlog

from ivr.errors import SynthesisFailed, SynthesisUnavailable
from ivr.tts.engine import Voice
from ivr.tts.worker import Answer, Request
from ivr.worker_process import start_worker

_log = structlog.get_logger(__name__)
_DEADLINE_S = 20.0


class SpeechProcess:
    """Reads texts aloud in one process of its own, one after the other.

    A process that dies is replaced and its text tried once more; one that takes longer than
    `deadline_s` for a text is killed. Start-up of an engine (about 1 s) counts too.
    """

    def __init__(self, *, deadline_s: float = _DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._turn = asyncio.Lock()
        self._process: Process | None = None

    async def synthesize(self, text: str, language: str, voice: Voice) -> bytes:
        """Return raw samples of 16 kHz; raises `SynthesisUnavailable`, `SynthesisFailed`."""
        request = msgspec.json.encode(Request(text=text, language=language, voice=voice)) + b"\n"
        async with self._turn:
            try:
                answer, sound = await self._exchange(request)
            except (ConnectionError, asyncio.IncompleteReadError):
                _log.warning("synthesis_process_died", engine=voice.engine)
                answer, sound = await self._exchange_again(request)
        if answer.result == "unavailable":
            raise SynthesisUnavailable(answer.message)
        if answer.result == "failed":
            raise SynthesisFailed(answer.message)
        return sound

    async def warm_up(self, voices: Iterable[tuple[str, Voice]]) -> None:
        """Load the engines of these languages' voices before a caller waits; raises as `synthesize`."""
        for language, voice in voices:
            await self.synthesize("1", language, voice)

    async def close(self) -> None:
        """End the process; may be called twice."""
        async with self._turn:
            await self._end()

    async def _exchange_again(self, request: bytes) -> tuple[Answer, bytes]:
        try:
            return await self._exchange(request)
        except (ConnectionError, asyncio.IncompleteReadError):
            raise SynthesisFailed("the synthesis process died twice at the same text") from None

    async def _exchange(self, request: bytes) -> tuple[Answer, bytes]:
        """Send a request and read its answer; whatever goes wrong in between costs the process."""
        try:
            async with asyncio.timeout(self._deadline_s):
                if self._process is None:
                    self._process = await _start()
                return await _converse(self._process, request)
        except TimeoutError:
            await self._end()
            raise SynthesisFailed(f"no speech within {self._deadline_s:g} s") from None
        except BaseException:
            await self._end()
            raise

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _start() -> Process:
    try:
        return await start_worker("ivr.tts.worker")
    except OSError as error:
        raise SynthesisFailed(f"the synthesis process cannot be started: {error}") from error


async def _converse(process: Process, request: bytes) -> tuple[Answer, bytes]:
    if process.stdin is None or process.stdout is None:
        raise ConnectionError("the synthesis process has no pipes")
    process.stdin.write(request)
    await process.stdin.drain()
    line = await process.stdout.readuntil(b"\n")
    answer = msgspec.json.decode(line, type=Answer)
    return answer, await process.stdout.readexactly(answer.size)
