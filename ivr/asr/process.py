"""The hub's end of a recognition process: started, watched, and replaced when it dies or hangs."""

import asyncio
import contextlib
import itertools
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from ivr.asr import wire
from ivr.asr.stream import Stream
from ivr.hearing import Alternative, Deaf, FaxTone, Heard, Partial, SpeechBegan, SpeechEnded, Utterance
from ivr.worker_process import start_worker

_log = structlog.get_logger(__name__)

NOTHING: Final = Alternative("", 0.0)
"""How an utterance reads of which nothing was understood."""
_LOADING_S: Final = 60.0
_PING_S: Final = 0.25
_BACKLOG_MAX: Final = 1 << 20
"""Bytes of audio that a process has not fetched: a minute of one stream."""
_AGAIN_S: Final = (0.1, 1.0, 5.0, 30.0)
"""How long to wait before a process is started anew, the first time and each time after."""
_STEADY_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What a process loads, and how it listens. A process that says nothing for `hang_s` hangs."""

    engine: str
    path: Path
    threads: int = 2
    endpoint_s: float = 0.5
    speech_s_max: float = 9.0
    hang_s: float = 1.5

    @property
    def load(self) -> wire.Load:
        """The first message to a process."""
        return wire.Load(self.engine, str(self.path), self.threads, self.endpoint_s, self.speech_s_max)


_OfStream = wire.Began | wire.Ended | wire.Sofar | wire.Result | wire.Fax | wire.Refused

Answered = Callable[[str, float], None]
"""Is told a language, and how many seconds after its end an utterance was recognised."""


class LoadFailed(Exception):
    """A model cannot be loaded; the message says why."""


class RecognitionProcess:
    """Streams of one model in one process. `run` is its service: it starts the process again and again.

    `answered` is told of each utterance how many seconds after its end it was recognised, `restarts` counts
    the processes that were started in place of another.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._numbers = itertools.count()
        self._streams: dict[int, Stream] = {}
        self._process: Process | None = None
        self._is_ready = asyncio.Event()
        self._alive_at = 0.0
        self._alarm = asyncio.Event()
        self._flushes: dict[int, asyncio.Event] = {}
        self.answered: Answered = lambda language, seconds: None
        self.restarts = 0

    @property
    def is_ready(self) -> bool:
        return self._is_ready.is_set()

    @property
    def streams(self) -> int:
        """How many are open."""
        return len(self._streams)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def open(self, language: str, phrases: Sequence[str], rate: int) -> Stream:
        """Begin to listen; the process must be ready."""
        number = next(self._numbers)
        stream = Stream(
            language,
            lambda audio: self._send(wire.Audio(number, audio)),
            lambda: self._close(number),
            rate,
            self.idle,
        )
        self._streams[number] = stream
        self._send(wire.Open(number, language, tuple(phrases), rate))
        return stream

    async def ready(self, timeout_s: float = _LOADING_S) -> bool:
        """Wait until the model is loaded; whether it was in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._is_ready.wait()
        return self.is_ready

    async def drained(self) -> None:
        """Wait until the process fetched most of what it was sent: for audio faster than it sounds."""
        if self._process is not None and self._process.stdin is not None:
            await self._process.stdin.drain()

    async def idle(self) -> None:
        """Wait until all is recognised that was sent so far, or the process is lost."""
        if self._process is None:
            return
        number, flushed = next(self._numbers), asyncio.Event()
        self._flushes[number] = flushed
        self._send(wire.Flush(number))
        await flushed.wait()

    async def run(self) -> None:
        """Keep a process until cancelled. A model that cannot be loaded is tried again, ever more rarely."""
        tries, clock = 0, asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                await self.live()
            except LoadFailed as error:
                _log.error("recognition_not_loaded", engine=self._model.engine, reason=str(error))
            tries = 0 if clock() - began > _STEADY_S else tries + 1
            await asyncio.sleep(_AGAIN_S[min(tries, len(_AGAIN_S) - 1)])
            self.restarts += 1

    async def live(self) -> None:
        """Live through one process: returns when it died or was killed; raises `LoadFailed`."""
        try:
            self._process = await start_worker("ivr.asr.worker")
        except OSError as error:
            raise LoadFailed(f"the process cannot be started: {error}") from error
        watching = None
        try:
            self._send(self._model.load)
            await self._load(self._process)
            watching = asyncio.create_task(self._watch())
            reading = asyncio.create_task(self._read(self._process))
            alarmed = asyncio.create_task(self._alarm.wait())
            await asyncio.wait({watching, reading, alarmed}, return_when=asyncio.FIRST_COMPLETED)
            reason = "it hangs" if self._alarm.is_set() or not reading.done() else "it died"
            for task in (watching, reading, alarmed):
                task.cancel()
            _log.error("recognition_process_lost", engine=self._model.engine, reason=reason)
        finally:
            await self._end()

    async def _load(self, process: Process) -> None:
        try:
            async with asyncio.timeout(_LOADING_S):
                first = await _next(process)
        except TimeoutError:
            raise LoadFailed(f"not loaded within {_LOADING_S:g} s") from None
        if isinstance(first, wire.Failed):
            raise LoadFailed(first.message)
        if not isinstance(first, wire.Ready):
            raise LoadFailed(f"the process died while it loaded {self._model.path}")
        self._alive_at = asyncio.get_running_loop().time()
        self._alarm.clear()
        self._is_ready.set()
        _log.info("recognition_ready", engine=self._model.engine)

    async def _read(self, process: Process) -> None:
        while (notice := await _next(process)) is not None:
            self._alive_at = asyncio.get_running_loop().time()
            if isinstance(notice, wire.Idle):
                if (flushed := self._flushes.pop(notice.number, None)) is not None:
                    flushed.set()
            elif isinstance(notice, wire.Pong):
                if notice.busy_s > self._model.hang_s:
                    return self._alarm.set()
            elif not isinstance(notice, wire.Ready | wire.Failed):
                self._hand_on(notice)
        return None

    def _hand_on(self, notice: _OfStream) -> None:
        if (stream := self._streams.get(notice.stream)) is not None:
            if isinstance(notice, wire.Result) and stream.is_live:
                self.answered(stream.language, max(0.0, stream.fed_s - notice.ended_s))
            stream.put(_heard(notice, stream.language))

    async def _watch(self) -> None:
        """Return once the process said nothing for too long."""
        clock = asyncio.get_running_loop().time
        while True:
            asked = clock()
            self._send(wire.Ping())
            await asyncio.sleep(_PING_S)
            if clock() - asked > self._model.hang_s / 2:
                self._alive_at = clock()  # it was the hub that stood still
            elif clock() - self._alive_at > self._model.hang_s:
                return

    def _send(self, order: wire.Order) -> None:
        """Write without waiting; a process that does not fetch what it is sent hangs."""
        if self._process is None or (pipe := self._process.stdin) is None or pipe.is_closing():
            return
        if pipe.transport.get_write_buffer_size() > _BACKLOG_MAX:
            self._alarm.set()
            return
        pipe.write(wire.packed(order))

    def _close(self, number: int) -> None:
        if self._streams.pop(number, None) is not None:
            self._send(wire.Close(number))

    async def _end(self) -> None:
        """Let the process go, and whoever listened by it know."""
        self._is_ready.clear()
        for stream in tuple(self._streams.values()):
            stream.put(Deaf("the recogniser is gone"))
        self._streams.clear()
        for flushed in self._flushes.values():
            flushed.set()
        self._flushes.clear()
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _heard(notice: _OfStream, language: str) -> Heard:
    match notice:
        case wire.Began():
            return SpeechBegan()
        case wire.Ended():
            return SpeechEnded()
        case wire.Sofar(text=text):
            return Partial(text)
        case wire.Fax():
            return FaxTone()
        case wire.Refused(message=message):
            return Deaf(message)
        case wire.Result(readings=readings, began_s=began_s, ended_s=ended_s):
            found = tuple(Alternative(*reading) for reading in readings)
            return Utterance(found or (NOTHING,), language, began_s, ended_s)


async def _next(process: Process) -> wire.Notice | None:
    """Return the next message; None at the end of the process."""
    assert process.stdout is not None
    try:
        head = await process.stdout.readexactly(wire.HEAD)
        return wire.notice.decode(await process.stdout.readexactly(wire.length(head)))
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        return None
