"""What recognition costs: figures for `python -m bench.speech`.

- `streams_per_core_vosk`, `_whisper`: callers who speak half of the time, by the process' CPU time.
- `memory_mib_per_worker`: of the process with the Whisper model out of the box, once it has worked.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bench.processes import cpu_s, memory_mib
from ivr.asr.models import find_model
from ivr.asr.process import Model, RecognitionProcess
from tests.support import voices
from tests.support.asterisk import unpacked_asterisk

Figures = dict[str, float]

SAYINGS = ("解約したい", "料金について教えてください", "オペレーターをお願いします", "住所変更の手続き")
_KOREAN = ("네", "아니요", "요금", "해지", "상담원")


async def figures(endpoint_s: float = 0.5) -> Figures:
    """Measure what recognition costs."""
    whisper, vosk = telephone_model("whisper", "ja", endpoint_s), telephone_model("vosk", "ko", endpoint_s)
    found: Figures = {}
    async with _process(whisper) as process:
        found["streams_per_core_whisper"] = await _streams_per_core(process, "ja", SAYINGS, streams=2)
        found["memory_mib_per_worker"] = memory_mib(process.pid)
    async with _process(vosk) as process:
        found["streams_per_core_vosk"] = await _streams_per_core(process, "ko", _KOREAN, streams=8)
        found["memory_mib_per_worker_vosk"] = memory_mib(process.pid)
    return found


def telephone_model(engine: str, language: str, endpoint_s: float) -> Model:
    """Return the model that comes in packages, with patience: this machine does other things too."""
    folder = unpacked_asterisk().parent / "speech"
    return Model(
        engine=engine,
        path=find_model(engine, "", language, folder),
        endpoint_s=endpoint_s,
        hang_s=30,
    )


@asynccontextmanager
async def _process(model: Model) -> AsyncIterator[RecognitionProcess]:
    process = RecognitionProcess(model)
    living = asyncio.create_task(process.live())
    try:
        if not await process.ready():
            living.result()
        yield process
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)


async def _streams_per_core(
    process: RecognitionProcess, language: str, phrases: Sequence[str], *, streams: int
) -> float:
    spoken = [voices.spoken(text) for text in SAYINGS]
    audio = b"".join(each + bytes(len(each)) for each in spoken)
    opened = [process.open(language, phrases, voices.RATE_HZ) for _ in range(streams)]
    before = cpu_s(process.pid)
    for frame in voices.frames(audio):
        for stream in opened:
            stream.feed(frame)
        await process.drained()
    await process.idle()
    used = cpu_s(process.pid) - before
    for stream in opened:
        await stream.close()
    return streams * len(audio) / 2 / voices.RATE_HZ / used


if __name__ == "__main__":
    from bench.report import print_report

    print_report("speech engines", asyncio.run(figures()))
