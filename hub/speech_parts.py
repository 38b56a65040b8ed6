"""The parts that listen to speech, made and wired."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass

import aiohttp
import structlog

from cti.media_stream import media_sockets
from hub.listening import Listening
from hub.settings import Settings, SpeechSettings
from hub.speech_metrics import SpeechMetrics
from hub.understanding import Comprehension, comprehend
from ivr.asr.models import ModelMissing, find_model
from ivr.asr.process import Model
from ivr.asr.recognisers import Recognisers
from ivr.caller import Sounds
from ivr.flow import Flow

log = structlog.get_logger()

_CHOICE = re.compile(r"\s*([a-z]{2,3})\s*:\s*([\w.:]+)\s*(?:=\s*([^,]+?))?\s*")


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which engine listens in a language; `model` is a name or a path, empty for the engine's own."""

    language: str
    engine: str
    model: str = ""


@dataclass(slots=True)
class SpeechParts:
    """Who listens, and who understands: as `intents.conf` is now, once the `newest` is learnt."""

    settings: Settings
    recognisers: Recognisers
    listening: Listening
    session: aiohttp.ClientSession | None
    comprehension: Comprehension
    metrics: SpeechMetrics
    newest: Comprehension | None = None

    async def run(self, flow: Flow) -> None:
        """Listen, and learn what may be said: the service."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.recognisers.run())
            tasks.create_task(self.comprehension.prepare(flow.choices()))

    def reread(self) -> Comprehension:
        """Read `intents.conf` as it is now; raises `FlowError`. Nothing has changed yet."""
        settings = self.settings
        return comprehend(settings.config_dir, settings.data_dir, self.session, settings)

    async def go_by(self, flow: Flow, new: Comprehension) -> None:
        """Learn what is new, then understand callers by it, unless another was read meanwhile."""
        self.newest = new
        await new.prepare(flow.choices())
        if self.newest is new:
            self.comprehension = new

    async def close(self) -> None:
        if self.session is not None:
            await self.session.close()


def engine_choices(text: str) -> Iterator[EngineChoice]:
    """Read `ja:whisper,ko:vosk=/models/ko`; what cannot be read is an error of the settings before."""
    for part in text.split(","):
        if (found := _CHOICE.fullmatch(part)) is not None:
            yield EngineChoice(found[1], found[2], found[3] or "")


def models_of(settings: SpeechSettings) -> dict[str, Model]:
    """Return the model of each language; one that is not there is told, and its language goes without."""
    found: dict[str, Model] = {}
    for choice in engine_choices(settings.speech_engines):
        try:
            path = find_model(choice.engine, choice.model, choice.language, settings.models_dir)
        except (ModelMissing, OSError) as error:
            log.error("speech.no_model", language=choice.language, engine=choice.engine, reason=str(error))
            continue
        found[choice.language] = Model(
            engine=choice.engine,
            path=path,
            threads=settings.speech_threads,
            endpoint_s=settings.speech_endpoint,
            hang_s=settings.speech_hang,
        )
    return found


def speech_parts(settings: Settings, sounds: Sounds) -> SpeechParts | None:
    """Make the parts; None while speech is switched off."""
    if not settings.speech:
        return None
    recognisers = Recognisers(models_of(settings), settings.speech_streams)
    metrics = SpeechMetrics(recognisers)
    listening = Listening(recognisers, media_sockets(settings.ari_url), sounds, metrics.heard)
    session = aiohttp.ClientSession() if settings.nlu_url is not None else None
    comprehension = comprehend(settings.config_dir, settings.data_dir, session, settings)
    return SpeechParts(settings, recognisers, listening, session, comprehension, metrics)
