"""`toritsugi prompts`: what callers hear, read aloud ahead of the first call."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hub.bilingual import Bilingual
from hub.cli.language import language
from hub.cli.output import fail, failing_plainly, is_terminal, note
from hub.configuration import read_config
from hub.ready_prompts import ready_prompts
from hub.settings import BaseHubSettings, load_settings
from ivr.flow import Prompt
from ivr.prompts import PromptFailure, Prompts
from ivr.tts.process import SpeechProcess

app = typer.Typer(help="What callers hear.", no_args_is_help=True)

_READING = Bilingual(ja="音声案内を作成しています", en="Reading prompts aloud")
_LINE_EVERY = 25


@app.callback()
def prompts() -> None:
    """What callers hear."""


@app.command()
def render() -> None:
    """Read aloud all that menus and queues say; what was read aloud before is kept."""
    with failing_plainly():
        settings = load_settings(BaseHubSettings)
        said = ready_prompts(*read_config(settings.config_dir))
        with _progress(len(said)) as progress:
            failures = asyncio.run(_render(settings.data_dir, said, progress))
    if failures:
        fail("\n".join(f"{each.prompt.name} ({each.prompt.language}): {each.reason}" for each in failures))


async def _render(
    data_dir: Path, said: Sequence[Prompt], progress: Callable[[int, int], None]
) -> list[PromptFailure]:
    speech = SpeechProcess()
    prompts = Prompts(data_dir / "prompts", speech, data_dir / "recorded-prompts")
    try:
        return await prompts.render_all(said, progress)
    finally:
        await prompts.close()
        await speech.close()


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int, int], None]]:
    """Show how far it is: a bar on a terminal, else a line now and then."""
    what = language().of(_READING)
    if not is_terminal():
        yield lambda done, total: _line(what, done, total)
        return
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console()) as shown:
        task = shown.add_task(what, total=total)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def _line(what: str, done: int, total: int) -> None:
    if done % _LINE_EVERY == 0 or done == total:
        note(f"{what}: {done}/{total}")
