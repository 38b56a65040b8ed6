"""`toritsugi queue`: members of queues, straight in the database; a running hub notices within seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

import acd.settings
from acd.ids import AgentId, QueueName
from acd.policy import RoutingSettings
from hub.accounts import Accounts, console
from hub.audit import AuditLog
from hub.cli.output import failing_plainly, is_terminal, note, table
from hub.database import create_engine
from hub.members import Members, MemberStore, QueueMember
from hub.passwords import Passwords
from hub.settings import BaseHubSettings, load_settings

T = TypeVar("T")

app = typer.Typer(help="Queues and their members.", no_args_is_help=True)

_Queue = Annotated[str, typer.Argument(metavar="QUEUE", help="Name of a section of queues.conf.")]
_Agent = Annotated[str, typer.Argument(metavar="AGENT", help="Id of an account.")]


@app.command("members")
def list_members(
    queue: Annotated[str | None, typer.Argument(metavar="[QUEUE]", help="Without it, all queues.")] = None,
) -> None:
    """List members: those of queues.conf, and those that were added."""

    async def all_of(members: Members, files: RoutingSettings) -> list[QueueMember]:
        names = [QueueName(queue)] if queue else files.queues
        return [member for name in names for member in await members.of(name)]

    with failing_plainly():
        found = _run(all_of)
    rows = [
        (each.queue, each.agent, str(each.penalty), "added" if each.is_dynamic else "queues.conf")
        for each in found
    ]
    table(("queue", "agent", "penalty", "by"), rows, rich=is_terminal())


@app.command("add-member")
def add_member(
    queue: _Queue,
    agent: _Agent,
    penalty: Annotated[int, typer.Option(min=0, max=1_000_000, help="Lower ones are tried first.")] = 0,
) -> None:
    """Make an agent a member of a queue until it is taken back; one who is gets the new penalty."""
    with failing_plainly():
        _run(lambda members, _: members.add(QueueName(queue), AgentId(agent), penalty, by=console().id))
    note(f"{agent} is a member of {queue}.")


@app.command("remove-member")
def remove_member(queue: _Queue, agent: _Agent) -> None:
    """Take an agent out of a queue to which he was added."""
    with failing_plainly():
        _run(lambda members, _: members.remove(QueueName(queue), AgentId(agent), by=console().id))
    note(f"{agent} is no member of {queue} any more.")


def _run(work: Callable[[Members, RoutingSettings], Awaitable[T]]) -> T:
    """Do something with the members of the configured files and database."""
    settings = load_settings(BaseHubSettings)
    files = acd.settings.load(settings.config_dir)

    async def run() -> T:
        engine = create_engine(settings.database_url)
        try:
            accounts = Accounts(engine, Passwords())
            members = Members(MemberStore(engine), accounts, AuditLog(engine), lambda: files)
            return await work(members, files)
        finally:
            await engine.dispose()

    return asyncio.run(run())
