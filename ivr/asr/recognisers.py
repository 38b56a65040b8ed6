"""All recognition of one hub: which model listens for which language, and how many callers at a time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from ivr.asr.process import Model, RecognitionProcess
from ivr.asr.stream import Stream
from ivr.hearing import Deaf, Utterance

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Recognisers:
    """A `Recogniser`. `models` are by language; languages with the same model share its process.

    Beyond `streams_max` open streams nobody is listened to. `refused` counts those who were not.
    """

    models: Mapping[str, Model]
    streams_max: int
    refused: int = 0
    processes: dict[Model, RecognitionProcess] = field(init=False)

    def __post_init__(self) -> None:
        self.processes = {model: RecognitionProcess(model) for model in dict.fromkeys(self.models.values())}

    @property
    def streams(self) -> int:
        """How many callers are listened to."""
        return sum(each.streams for each in self.processes.values())

    async def open(self, language: str, phrases: Sequence[str] = (), *, rate: int = 8_000) -> Stream | None:
        model = self.models.get(language)
        if model is None or not (process := self.processes[model]).is_ready:
            return None
        if self.streams >= self.streams_max:
            self.refused += 1
            _log.warning("recognition_full", streams=self.streams_max, refused=self.refused)
            return None
        return process.open(language, phrases, rate)

    async def transcribe(
        self, language: str, audio: bytes, *, rate: int = 8_000
    ) -> tuple[Utterance, ...] | None:
        """Return what is said in a recording (16-bit mono), in order; None if nobody can listen to its end.

        Piece by piece, so that callers who are listened to meanwhile wait for one utterance at most.
        """
        if (stream := await self.open(language, rate=rate)) is None:
            return None
        stream.is_live = False
        process, step = self.processes[self.models[language]], 2 * rate
        collecting = asyncio.create_task(_utterances(stream))
        try:
            for at in range(0, len(audio), step):
                stream.feed(audio[at : at + step])
                await process.idle()
            await stream.finish()
        finally:
            await stream.close()
        return await collecting

    async def ready(self, timeout_s: float = 60.0) -> bool:
        """Wait until all models are loaded; whether they were in time."""
        found = await asyncio.gather(*(each.ready(timeout_s) for each in self.processes.values()))
        return all(found)

    async def run(self) -> None:
        """Keep all processes until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for process in self.processes.values():
                tasks.create_task(process.run())


async def _utterances(stream: Stream) -> tuple[Utterance, ...] | None:
    """Return all that is heard until the stream is closed; None if its recogniser was lost before."""
    found: list[Utterance] = []
    async for each in stream.heard():
        if isinstance(each, Deaf):
            return None
        if isinstance(each, Utterance) and each.text:
            found.append(each)
    return tuple(found)
