"""What commands print: plain lines for programs, a little more on a terminal."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table

from acd.errors import AcdError, SettingsError
from crm_bridge.errors import CrmError
from hub.errors import HubError
from ivr.errors import FlowError


def is_terminal() -> bool:
    return sys.stdout.isatty()


def note(line: str) -> None:
    """Print a line of the result."""
    typer.echo(line)


def fail(message: str) -> NoReturn:
    """Print a message to standard error and end with exit code 1."""
    typer.echo(message, err=True)
    raise typer.Exit(1)


@contextmanager
def failing_plainly() -> Iterator[None]:
    """End with a message instead of a traceback when an error itself says what is wrong."""
    try:
        yield
    except (SettingsError, FlowError) as error:
        fail("\n".join(str(problem) for problem in error.problems))
    except (HubError, AcdError, CrmError, OSError) as error:
        fail(str(error))


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, rich: bool) -> None:
    """Print rows: aligned under a header on a terminal, else separated by tabs without one."""
    if not rich:
        for row in rows:
            note("\t".join(row))
        return
    shown = Table(*header, box=None, pad_edge=False)
    for row in rows:
        shown.add_row(*row)
    Console().print(shown)
