"""`toritsugi ivr`: menus without a call: walked in the terminal, and as a picture."""

import asyncio
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

import typer

from acd.ids import QueueName
from acd.policy import RoutingSettings
from crm_bridge.knowledge import Knowledge
from hub.cli.output import fail, failing_plainly, is_terminal, note
from hub.cli.rehearsal import Rehearsal
from hub.clock import now_ms
from hub.configuration import read_config, read_knowledge
from hub.ivr_world import answer_of
from hub.logs import configure_logs
from hub.settings import BaseHubSettings, LogLevel, load_settings
from hub.triage import TriageRules, read_triage
from hub.understanding import FOLDER
from hub.voice_settings import default_queue
from ivr.flow import Flow, Proof, SectionName
from ivr.intents.load import load_intents
from ivr.intents.matcher import Matcher
from ivr.picture import Format, draw
from ivr.rehearsal import Supposed, Terminal
from ivr.world import HookAnswered

app = typer.Typer(help="The menus of ivr.conf.", no_args_is_help=True)

_Folder = Annotated[
    Path | None, typer.Option("--config", metavar="DIR", help="Without it, the folder that the hub reads.")
]
_Number = Annotated[str, typer.Option(help="The number that is dialled.")]
_Trunk = Annotated[str, typer.Option(help="The trunk that it comes by.")]
_Caller = Annotated[str, typer.Option(help="The caller's, as it is dialled at home; without it, withheld.")]
_Language = Annotated[str | None, typer.Option(help="What is known of the caller: ja, en.")]
_Start = Annotated[str | None, typer.Option(metavar="SECTION", help="Begin there.")]
_At = Annotated[
    datetime | None, typer.Option(help="When it is, by the clock of the opening hours; without it, now.")
]
_Open = Annotated[list[str], typer.Option("--open", metavar="NAME", help="A queue or hours: open.")]
_Closed = Annotated[list[str], typer.Option(metavar="NAME", help="A queue or hours: closed.")]
_Known = Annotated[bool, typer.Option(help="The caller is a customer.")]
_Thread = Annotated[bool, typer.Option(help="A text contact of the caller is open.")]
_Tag = Annotated[list[str], typer.Option(help="A mark on the customer.")]
_Wait = Annotated[
    list[str], typer.Option(metavar="[QUEUE=]SECONDS", help="Predicted wait; without it, nobody knows.")
]
_Pin = Annotated[str, typer.Option(help="The PIN that is right.")]
_Birth = Annotated[str, typer.Option(help="The date of birth that is right: YYYYMMDD.")]
_Code = Annotated[str, typer.Option(help="The code that is right.")]
_Hook = Annotated[
    list[str],
    typer.Option(metavar="SECTION=ANSWER[,NAME=VALUE]", help="What a hook answers; without it, it fails."),
]
_Fail = Annotated[
    list[str], typer.Option("--fail", metavar="ACTION", help="What does not work: line, sms, …, transfer.")
]
_Learn = Annotated[bool, typer.Option(help="Learn intents.conf first, if it was not: about a minute.")]
_Expect = Annotated[
    str | None, typer.Option(metavar="ACTION", help="Exit code 1 if it comes otherwise: queue,support")
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
    number: _Number = "",
    trunk: _Trunk = "",
    caller: _Caller = "",
    language: _Language = None,
    start: _Start = None,
    at: _At = None,
    open_: _Open = [],  # noqa: B006
    closed: _Closed = [],  # noqa: B006
    known: _Known = False,
    thread: _Thread = False,
    tag: _Tag = [],  # noqa: B006
    wait: _Wait = [],  # noqa: B006
    pin: _Pin = "",
    birth: _Birth = "",
    code: _Code = "",
    hook: _Hook = [],  # noqa: B006
    fail_: _Fail = [],  # noqa: B006
    learn: _Learn = False,
    expect: _Expect = None,
) -> None:
    """Walk the menus by typing: a line of keys or words for each question, an empty one (or -) for silence.

    Reads standard input, for scripts: printf '1\\n' | toritsugi ivr try --expect queue,support
    """
    with failing_plainly():
        files = _Files.read(config)
    sections = files.flow.sections
    if start is not None and start not in sections:
        fail(f"expected a section ({', '.join(sections)}), found {start}")
    supposed = Supposed(
        is_open=_hours(files.routing, at),
        open_=dict.fromkeys(open_, True) | dict.fromkeys(closed, False),
        is_known=known or thread or bool(tag),
        has_thread=thread,
        tags=[each.casefold() for each in tag],
        waits=_waits(wait),
        proofs={Proof.PIN: pin, Proof.BIRTH: birth, Proof.CODE: code},
        answers=dict(map(_answer, hook)),
        functions=files.flow.functions,
        knows=lambda told, spoken: answer_of(files.knowledge, told, spoken),
    )
    configure_logs(LogLevel.ERROR)
    today = (at or datetime.now().astimezone()).date
    rehearsal = files.rehearsal(supposed, caller=caller, failing=fail_, learns=learn, today=today)
    begun = SectionName(start) if start else None
    came = asyncio.run(rehearsal.walk(number=number, trunk=trunk, language=language, start=begun))
    if expect is not None and expect not in came:
        fail(f"expected {expect}, found {', '.join(came)}")


@dataclass(frozen=True, slots=True)
class _Files:
    """What a walk needs of the configuration."""

    routing: RoutingSettings
    flow: Flow
    rules: TriageRules
    knowledge: Knowledge
    matcher: Matcher

    @classmethod
    def read(cls, config: Path | None) -> Self:
        settings = load_settings(BaseHubSettings)
        folder = config or settings.config_dir
        routing, flow = read_config(folder)
        intents, knowledge = load_intents(folder), read_knowledge(folder)
        rules = read_triage(folder, routing.queues)
        return cls(routing, flow, rules, knowledge, Matcher(intents.knowledge, settings.data_dir / FOLDER))

    def rehearsal(
        self,
        supposed: Supposed,
        *,
        caller: str,
        failing: Collection[str],
        learns: bool,
        today: Callable[[], date],
    ) -> Rehearsal:
        return Rehearsal(
            flow=self.flow,
            supposed=supposed,
            terminal=Terminal(_reader(), note),
            write=note,
            queue=default_queue(self.routing.queues),
            caller=caller,
            failing=failing,
            rules=self.rules,
            knowledge=self.knowledge,
            matcher=self.matcher,
            learns=learns,
            today=today,
        )


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
