"""The process that recognition runs in: `python -m ivr.asr.worker`. It ends with its input.

One thread reads, looks for speech and answers at once; the engine works in another, niced, so that
the beginning of speech is told in time whatever is being recognised.
"""

import os
import queue
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from ivr.asr import wire
from ivr.asr.ears import Ears, FaxHeard, Found, Piece, Span
from ivr.asr.endpoint import EndpointTimes, Mark
from ivr.asr.engine import Decoder, Engine, EngineMissing, load_engine
from ivr.asr.vad import VoiceModel
from ivr.worker_process import private_output

_NICENESS: Final = 5
_PARTIAL_S: Final = 0.2
"""Partial results of a stream come no closer together."""


class Output:
    """What is told to the hub, by both threads."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._lock = file, threading.Lock()

    def tell(self, message: wire.Notice) -> None:
        with self._lock:
            self._file.write(wire.packed(message))
            self._file.flush()


@dataclass(slots=True, eq=False)
class Stream:
    """A caller. `pauses` counts pauses and their ends: so the engine sees when it is too late for one."""

    number: int
    ears: Ears
    opened: wire.Open
    decoder: Decoder | None = None
    pauses: int = 0
    is_open: bool = True
    said: str = ""
    said_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Work:
    """What the engine is to do; `pause` is the stream's count when it was asked."""

    stream: Stream
    what: Found
    pause: int


class EngineThread:
    """Does one work after the other."""

    def __init__(self, load: wire.Load, output: Output) -> None:
        self._load, self._output = load, output
        self._works: queue.SimpleQueue[Work | wire.Flush] = queue.SimpleQueue()
        self._since: float | None = None
        self.is_loaded = threading.Event()
        self.problem = ""
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    @property
    def busy_s(self) -> float:
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

    def put(self, work: Work | wire.Flush) -> None:
        self._works.put(work)

    def _run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        try:
            engine = load_engine(self._load.engine, Path(self._load.model), self._load.threads)
        except EngineMissing as error:
            self.problem = str(error)
            return
        finally:
            self.is_loaded.set()
        while True:
            work = self._works.get()
            if isinstance(work, wire.Flush):
                self._output.tell(wire.Idle(work.number))
                continue
            self._since = time.monotonic()
            try:
                self._do(engine, work)
            except Exception as error:  # engines raise what they like; the caller is served by keys
                work.stream.is_open = False
                self._output.tell(wire.Refused(work.stream.number, f"{type(error).__name__}: {error}"))
            self._since = None

    def _do(self, engine: Engine, work: Work) -> None:
        stream = work.stream
        if not stream.is_open:
            return
        if stream.decoder is None:
            asked = stream.opened
            stream.decoder = engine.decoder(asked.language, asked.phrases, asked.rate)
        match work.what:
            case Piece(pcm):
                self._partial(stream, stream.decoder.feed(pcm))
            case Mark.PAUSED if work.pause == stream.pauses:
                stream.decoder.anticipate()
            case Mark.RESUMED:
                stream.decoder.resume()
            case Span(began_s, ended_s):
                found = tuple((each.text, each.confidence, each.by_sound) for each in stream.decoder.finish())
                stream.said = ""
                self._output.tell(wire.Result(stream.number, found, began_s, ended_s))

    def _partial(self, stream: Stream, text: str) -> None:
        now = time.monotonic()
        if text and text != stream.said and now - stream.said_at >= _PARTIAL_S:
            stream.said, stream.said_at = text, now
            self._output.tell(wire.Sofar(stream.number, text))


class Worker:
    """Reads the hub's orders until there are no more."""

    def __init__(self, orders: BinaryIO, output: Output) -> None:
        self._orders, self._output = orders, output
        self._streams: dict[int, Stream] = {}

    def run(self) -> None:
        load = self._next()
        if not isinstance(load, wire.Load):
            return
        times = EndpointTimes(wait_s=load.endpoint_s, speech_s_max=load.speech_s_max)
        engine = EngineThread(load, self._output)
        try:
            model = VoiceModel()
        except (ImportError, OSError) as error:
            self._output.tell(
                wire.Failed(f"speech is not found in audio ({error}): pip install toritsugi[speech]")
            )
            return
        engine.is_loaded.wait()
        if engine.problem:
            self._output.tell(wire.Failed(engine.problem))
            return
        self._output.tell(wire.Ready())
        while (order := self._next()) is not None:
            self._obey(order, engine, model, times)

    def _obey(self, order: wire.Order, engine: EngineThread, model: VoiceModel, times: EndpointTimes) -> None:
        match order:
            case wire.Open(stream=number, rate=rate):
                self._streams[number] = Stream(number, Ears(model, rate, times), order)
            case wire.Audio(stream=number, pcm=pcm):
                if (stream := self._streams.get(number)) is not None:
                    self._listen(stream, pcm, engine)
            case wire.Close(stream=number):
                if (stream := self._streams.pop(number, None)) is not None:
                    stream.is_open = False
            case wire.Ping():
                self._output.tell(wire.Pong(engine.busy_s))
            case wire.Flush():
                engine.put(order)
            case _:
                pass

    def _listen(self, stream: Stream, pcm: bytes, engine: EngineThread) -> None:
        for found in stream.ears.feed(pcm):
            if found is Mark.BEGAN:
                self._output.tell(wire.Began(stream.number))
            elif isinstance(found, FaxHeard):
                self._output.tell(wire.Fax(stream.number))
            else:
                if isinstance(found, Mark | Span):
                    stream.pauses += 1
                if isinstance(found, Span):
                    self._output.tell(wire.Ended(stream.number))
                engine.put(Work(stream, found, stream.pauses))

    def _next(self) -> wire.Order | None:
        head = self._orders.read(wire.HEAD)
        if len(head) < wire.HEAD:
            return None
        size = wire.length(head)
        body = self._orders.read(size)
        return wire.order.decode(body) if len(body) == size else None


def main() -> None:
    with private_output() as answers:
        Worker(sys.stdin.buffer, Output(answers)).run()
        answers.flush()
        os._exit(0)  # an engine that is at work is not waited for


if __name__ == "__main__":
    main()
