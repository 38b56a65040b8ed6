"""`toritsugi config`: the files that an administrator edits."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import ProgrammingError

from hub.accounts import Account, Accounts
from hub.cli.output import failing_plainly, note
from hub.configuration import check as check_folder
from hub.database import create_engine
from hub.errors import DatabaseUnavailable
from hub.objects.keys import NO_KEY
from hub.passwords import Passwords
from hub.settings import RecordingSettings, load_settings

app = typer.Typer(help="The configuration files.", no_args_is_help=True)


@app.callback()
def config() -> None:
    """The configuration files."""


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Without it, the folder that the hub reads.")
    ] = None,
) -> None:
    """Check queues.conf, acd.conf, ivr.conf and what belongs to them, and their agents against the accounts.

    Prints `file:line: message`, exit code 1 if something is wrong.
    """
    with failing_plainly():
        settings = load_settings(RecordingSettings)
        accounts = _accounts(settings.database_url)
        recordings = settings.data_dir / "recorded-prompts"
        findings = check_folder(folder or settings.config_dir, accounts, recordings, os.environ)
    for warning in findings.warnings:
        typer.echo(f"{warning.file}:{warning.line}: warning: {warning.message}", err=True)
    if findings.recorded and settings.recording_key is None and not settings.recording_plain:
        typer.echo(f"warning: {', '.join(findings.recorded)}: calls are not recorded: {NO_KEY}", err=True)
    for problem in findings.problems:
        note(str(problem))
    if findings.problems:
        raise typer.Exit(1)
    note(f"OK: {findings.queues} queues, {findings.sections} menus and messages")


def _accounts(url: str) -> list[Account] | None:
    """List the accounts; None if the database is away or was never migrated."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite" and not Path(place.database or "").is_file():
        return None  # to connect would make it
    try:
        return asyncio.run(_all_accounts(url))
    except (DatabaseUnavailable, ProgrammingError):  # PostgreSQL has the latter for a missing table
        return None


async def _all_accounts(url: str) -> list[Account]:
    engine = create_engine(url)
    try:
        return await Accounts(engine, Passwords()).all()
    finally:
        await engine.dispose()
