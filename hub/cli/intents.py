"""`toritsugi intents`: what callers may want, checked and tried without a call."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from hub.bilingual import Bilingual
from hub.cli.language import language as of_terminal
from hub.cli.output import failing_plainly, is_terminal, note, table
from hub.settings import BaseHubSettings, load_settings
from hub.understanding import FOLDER
from ivr.hearing import Alternative, Guess, Utterance
from ivr.intents.intent import Intents, sure_of
from ivr.intents.load import FILE_NAME, LANGUAGES, load_intents
from ivr.intents.matcher import Matcher
from ivr.intents.words import reader

app = typer.Typer(help="What callers may want: intents.conf.", no_args_is_help=True)
_SHOWN = 5
_CONFIG = typer.Option("--config", metavar="DIR", help="Without it, the folder that the hub reads.")
_ACTED = Bilingual("このまま進みます", "acted on")
_ASKED = Bilingual("「{label}でよろしいですか」と確認します", 'asked back: "{label}?"')
_NOTHING = Bilingual("聞き取れなかったものとして扱います", "not understood")


@app.callback()
def intents() -> None:
    """What callers may want."""


@app.command()
def check(folder: Annotated[Path | None, _CONFIG] = None) -> None:
    """Check intents.conf; prints `file:line: message`, exit code 1 if something is wrong."""
    with failing_plainly():
        known = load_intents(folder or load_settings(BaseHubSettings).config_dir)
    if not known.intents:
        note(f"No intents: there is no {FILE_NAME}, or none in it.")
        return
    rows = [
        [str(name), *(str(len(intent.phrases.get(language, ()))) for language in LANGUAGES)]
        for name, intent in known.intents.items()
    ]
    table(["intent", *(f"phrases {language}" for language in LANGUAGES)], rows, rich=is_terminal())
    note(f"OK: {len(known.intents)} intents")


@app.command(name="try")
def try_(
    sentence: Annotated[str, typer.Argument(help="What a caller says.")],
    language: Annotated[str, typer.Option(help="Which language it is in: ja or en.")] = "ja",
    folder: Annotated[Path | None, _CONFIG] = None,
) -> None:
    """Show what a sentence is taken for, and what the caller would hear.

    The first time after a change of intents.conf it learns for some seconds.
    """
    with failing_plainly():
        settings = load_settings(BaseHubSettings)
        known = load_intents(folder or settings.config_dir)
        guesses = asyncio.run(_guesses(known, sentence, language, settings.data_dir / FOLDER))
    words = reader(language).read(sentence)
    note(" ".join(f"{word.text}({word.sounds})" for word in words if word.text))
    rows = [[str(guess.choice), f"{guess.confidence:.2f}"] for guess in guesses[:_SHOWN]]
    table(["intent", "confidence"], rows, rich=is_terminal())
    note(_decision(known, guesses, language))


async def _guesses(known: Intents, sentence: str, language: str, folder: Path) -> list[Guess]:
    matcher, choices = Matcher(known.knowledge, folder), known.choices(language)
    if sys.stderr.isatty():
        typer.echo("…", err=True)
    await matcher.prepare(choices)
    return list(await matcher.rank(Utterance((Alternative(sentence, 1.0),), language), choices))


def _decision(known: Intents, guesses: list[Guess], language: str) -> str:
    best, is_sure = sure_of(guesses, known.thresholds)
    if best is None:
        return of_terminal().of(_NOTHING)
    label = known.intents[best.choice].labels.get(language, best.choice)
    said = of_terminal().of(_ACTED if is_sure else _ASKED).format(label=label)
    return f"{best.choice}: {said}"
