"""`toritsugi speech`: who listens in which language, further models, and what is heard of a file."""

import asyncio
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from hub.cli.output import fail, failing_plainly, is_terminal, note, table
from hub.settings import SpeechSettings, load_settings
from hub.speech_parts import engine_choices, models_of
from ivr.asr.models import ModelMissing, find_model
from ivr.asr.process import LoadFailed, Model, RecognitionProcess
from ivr.asr.published import PUBLISHED, InstallFailed
from ivr.asr.published import install as install_model
from ivr.audio import read_wav, to_telephone
from ivr.hearing import Deaf, FaxTone, Heard, Utterance

app = typer.Typer(help="Speech recognition: engines and models.", no_args_is_help=True)

_FRAME = 320
_HEARD_S = 60.0


@app.command("list")
def list_models() -> None:
    """List languages with engine and model, then the models that can be installed."""
    with failing_plainly():
        settings = load_settings(SpeechSettings)
        rows = [
            (choice.language, choice.engine, _where(choice.engine, choice.model, choice.language, settings))
            for choice in engine_choices(settings.speech_engines)
        ]
        table(("language", "engine", "model"), rows, rich=is_terminal())
        table(
            ("model", "MiB", "installed"),
            [
                (name, str(each.size_mib), "yes" if (settings.models_dir / name).is_dir() else "no")
                for name, each in PUBLISHED.items()
            ],
            rich=is_terminal(),
        )
    state = "on" if settings.speech else "off (TORITSUGI_SPEECH=yes switches it on)"
    note(f"Speech is {state}; at most {settings.speech_streams} callers at a time.")
    if find_spec("faster_whisper") is None:
        note("The packages for it are missing: pip install 'toritsugi[speech]'")


def _where(engine: str, model: str, language: str, settings: SpeechSettings) -> str:
    try:
        return str(find_model(engine, model, language, settings.models_dir))
    except (ModelMissing, OSError) as error:
        return f"missing: {error}"


@app.command()
def install(name: Annotated[str, typer.Argument(help="One of those that `speech list` names.")]) -> None:
    """Fetch a published model from the internet and compare it with its published checksum."""
    with failing_plainly():
        settings = load_settings(SpeechSettings)
        size = PUBLISHED[name].size_mib << 20 if name in PUBLISHED else 0
        columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
        with Progress(*columns, console=Console(stderr=True), disable=not is_terminal()) as progress:
            task = progress.add_task(name, total=size)
            try:
                path = asyncio.run(
                    install_model(name, settings.models_dir, lambda count: progress.advance(task, count))
                )
            except InstallFailed as error:
                fail(str(error))
    note(f"{name} is installed: {path}")
    engine, _, model = name.partition("-")
    note(f"TORITSUGI_SPEECH_ENGINES=…:{engine}={model} has it listen.")


@app.command("try")
def try_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.wav", help="A WAV file, 16 bits a sample.")],
    language: Annotated[str, typer.Option(help="Which language is listened for.")] = "ja",
    phrase: Annotated[list[str] | None, typer.Option(help="What is likely said; may be repeated.")] = None,
) -> None:
    """Print what is heard of a file, as a caller's speech would be: seconds, confidence and text."""
    with failing_plainly():
        settings = load_settings(SpeechSettings)
        model = models_of(settings).get(language)
        if model is None:
            fail(f"nobody listens in {language!r}: `toritsugi speech list` says why")
        try:
            audio = to_telephone(*read_wav(file))
        except (EOFError, ValueError) as error:
            fail(f"{file}: {error}")
        try:
            asyncio.run(_listen(model, audio, language, tuple(phrase or ())))
        except LoadFailed as error:
            fail(str(error))


async def _listen(model: Model, audio: bytes, language: str, phrases: tuple[str, ...]) -> None:
    process = RecognitionProcess(model)
    living = asyncio.create_task(process.live())
    loading = asyncio.create_task(process.ready())
    try:
        await asyncio.wait({living, loading}, return_when=asyncio.FIRST_COMPLETED)
        if living.done():
            living.result()
            return
        async with asyncio.timeout(_HEARD_S + len(audio) / 16_000):
            await _print_heard(process, audio, language, phrases)
    finally:
        loading.cancel()
        living.cancel()
        await asyncio.gather(living, loading, return_exceptions=True)


async def _print_heard(
    process: RecognitionProcess, audio: bytes, language: str, phrases: tuple[str, ...]
) -> None:
    stream = process.open(language, phrases, 8_000)
    printing = asyncio.create_task(_print(stream.heard()))
    padded = audio + bytes(32_000)
    for at in range(0, len(padded), _FRAME):
        stream.feed(padded[at : at + _FRAME])
        await process.drained()
    await process.idle()
    await stream.close()
    await printing


async def _print(heard: AsyncIterator[Heard]) -> None:
    async for each in heard:
        match each:
            case Utterance():
                for other in each.alternatives:
                    text = other.text or "(not understood)"
                    note(f"{each.began_s:.1f}-{each.ended_s:.1f}\t{other.confidence:.2f}\t{text}")
            case FaxTone():
                note("a fax machine calls")
            case Deaf(reason=reason):
                note(f"deaf: {reason}")
            case _:
                pass
