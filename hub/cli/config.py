"""`toritsugi config`: the files that an administrator edits."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import failing_plainly, note
from hub.configuration import check as check_folder
from hub.settings import BaseHubSettings, load_settings

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
    """Check queues.conf, acd.conf and ivr.conf: prints `file:line: message`, exit code 1 if one is wrong."""
    with failing_plainly():
        findings = check_folder(folder or load_settings(BaseHubSettings).config_dir)
    for warning in findings.warnings:
        typer.echo(f"{warning.file}:{warning.line}: warning: {warning.message}", err=True)
    for problem in findings.problems:
        note(str(problem))
    if findings.problems:
        raise typer.Exit(1)
    note(f"OK: {findings.queues} queues, {findings.sections} menus and messages")
