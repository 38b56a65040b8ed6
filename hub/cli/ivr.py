"""`toritsugi ivr`: menus without a call: walked in the terminal, and as a picture."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from acd.ids import QueueName
from acd.policy import RoutingSettings
from hub.cli.output import fail, failing_plainly, is_terminal, note
from hub.cli.rehearsal import Rehearsal
from hub.clock import now_ms
from hub.configuration import read_config, read_knowledge
from hub.ivr_world import answer_of
from hub.logs import configure_logs
from hub.settings import BaseHubSettings, LogLevel, load_settings
from hub.triage import read_triage
from hub.understanding import FOLDER
from hub.voice_settings import default_queue
from ivr.flow import Proof, SectionName
from ivr.intents.load import load_intents
from ivr.intents.matcher import Matcher
from ivr.picture import Format, draw
from ivr.rehearsal import Supposed, Terminal
from ivr.world import HookAnswered

app = typer.Typer(help="The menus of ivr.conf.", no_args_is_help=True)

_Folder = Annotated[
    Path | None, typer.Option("--config", metavar="DIR", help="Without it, the folder that the hub reads.")
]


@app.callback()
def ivr() -> None:
    """The menus of ivr.conf."""


@app.command()
def picture(
    config: _Folder = None,
    format_: Annotated[
        Format, typer.Option("--format", help="For Mermaid, or for Graphviz (dot -Tsvg).")
    ] = Format.MERMAID,
) -> None:
    """Print where callers go, as a drawing program reads it."""
    with failing_plainly():
        _, flow = read_config(config or load_settings(BaseHubSettings).config_dir)
    typer.echo(draw(flow, format_), nl=False)


@app.command("try")
def try_(
    config: _Folder = None,
    number: Annotated[str, typer.Option(help="The number that is dialled.")] = "",
    trunk: Annotated[str, typer.Option(help="The trunk that it comes by.")] = "",
    caller: Annotated[
        str, typer.Option(help="The caller's, as it is dialled at home; without it, withheld.")
    ] = "",
    language: Annotated[str | None, typer.Option(help="What is known of the caller: ja, en.")] = None,
    start: Annotated[str | None, typer.Option(metavar="SECTION", help="Begin there.")] = None,
    at: Annotated[
        datetime | None, typer.Option(help="When it is, by the clock of the opening hours; without it, now.")
    ] = None,
    open_: Annotated[list[str], typer.Option("--open", metavar="NAME", help="A queue or hours: open.")] = [],  # noqa: B006
    closed: Annotated[list[str], typer.Option(metavar="NAME", help="A queue or hours: closed.")] = [],  # noqa: B006
    known: Annotated[bool, typer.Option(help="The caller is a customer.")] = False,
    thread: Annotated[bool, typer.Option(help="A text contact of the caller is open.")] = False,
    tag: Annotated[list[str], typer.Option(help="A mark on the customer.")] = [],  # noqa: B006
    wait: Annotated[
        list[str], typer.Option(metavar="[QUEUE=]SECONDS", help="Predicted wait; without it, nobody knows.")
    ] = [],  # noqa: B006
    pin: Annotated[str, typer.Option(help="The PIN that is right.")] = "",
    birth: Annotated[str, typer.Option(help="The date of birth that is right: YYYYMMDD.")] = "",
    code: Annotated[str, typer.Option(help="The code that is right.")] = "",
    hook: Annotated[
        list[str],
        typer.Option(
            metavar="SECTION=ANSWER[,NAME=VALUE]", help="What a hook answers; without it, it fails."
        ),
    ] = [],  # noqa: B006
    fail_: Annotated[
        list[str],
        typer.Option("--fail", metavar="ACTION", help="What does not work: line, sms, …, transfer."),
    ] = [],  # noqa: B006
    learn: Annotated[
        bool, typer.Option(help="Learn intents.conf first, if it was not: about a minute.")
    ] = False,
    expect: Annotated[
        str | None, typer.Option(metavar="ACTION", help="Exit code 1 if it comes otherwise: queue,support")
    ] = None,
) -> None:
    """Walk the menus by typing: a line of keys or words for each question, an empty one (or -) for silence.

    Reads standard input, for scripts: printf '1\\n' | toritsugi ivr try --expect queue,support
    """
    with failing_plainly():
        settings = load_settings(BaseHubSettings)
        folder = config or settings.config_dir
        routing, flow = read_config(folder)
        intents, knowledge = load_intents(folder), read_knowledge(folder)
        rules = read_triage(folder, routing.queues)
    if start is not None and start not in flow.sections:
        fail(f"expected a section ({', '.join(flow.sections)}), found {start}")
    supposed = Supposed(
        is_open=_hours(routing, at),
        open_=dict.fromkeys(open_, True) | dict.fromkeys(closed, False),
        is_known=known or thread or bool(tag),
        has_thread=thread,
        tags=[each.casefold() for each in tag],
        waits=_waits(wait),
        proofs={Proof.PIN: pin, Proof.BIRTH: birth, Proof.CODE: code},
        answers=dict(map(_answer, hook)),
        functions=flow.functions,
        knows=lambda told, spoken: answer_of(knowledge, told, spoken),
    )
    configure_logs(LogLevel.ERROR)
    rehearsal = Rehearsal(
        flow=flow,
        supposed=supposed,
        terminal=Terminal(_reader(), note),
        write=note,
        queue=default_queue(routing.queues),
        caller=caller,
        failing=fail_,
        rules=rules,
        knowledge=knowledge,
        matcher=Matcher(intents.knowledge, settings.data_dir / FOLDER),
        learns=learn,
        today=(at or datetime.now().astimezone()).date,
    )
    begun = SectionName(start) if start else None
    came = asyncio.run(rehearsal.walk(number=number, trunk=trunk, language=language, start=begun))
    if expect is not None and expect not in came:
        fail(f"expected {expect}, found {', '.join(came)}")


def _reader() -> Callable[[], str | None]:
    is_person = sys.stdin.isatty() and is_terminal()

    def read() -> str | None:
        if is_person:
            typer.echo("> ", nl=False)
        line = sys.stdin.readline()
        return line.rstrip("\r\n") if line else None

    return read


def _hours(routing: RoutingSettings, at: datetime | None) -> Callable[[str], bool]:
    """Return what says whether a queue or opening hours are open, by the files."""

    def is_open(name: str) -> bool:
        queue = routing.queues.get(QueueName(name) if name else default_queue(routing.queues))
        hours = routing.hours.get(name) or (routing.hours.get(queue.hours) if queue else None)
        if hours is None:
            return True
        return hours.is_open(
            now_ms() if at is None else int(at.replace(tzinfo=ZoneInfo(hours.zone)).timestamp() * 1000)
        )

    return is_open


def _waits(given: Sequence[str]) -> dict[str, float]:
    waits = {}
    for each in given:
        queue, _, seconds = each.rpartition("=")
        if not seconds.isdecimal():
            fail(f"--wait: expected [QUEUE=]SECONDS, found {each}")
        waits[queue] = float(seconds)
    return waits


def _answer(given: str) -> tuple[str, HookAnswered]:
    section, equals, rest = given.partition("=")
    answer, *variables = rest.split(",")
    if not equals or not all("=" in each for each in variables):
        fail(f"--hook: expected SECTION=ANSWER[,NAME=VALUE], found {given}")
    pairs = (each.partition("=") for each in variables)
    return section, HookAnswered(answer, {name: value for name, _, value in pairs})
