"""`toritsugi agent`: accounts, straight in the database."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, TypeVar

import typer

from acd.agent import Presence
from acd.ids import AgentId
from acd.router import Acd
from hub.accounts import Accounts, Role, console
from hub.audit import AuditLog
from hub.cli.output import failing_plainly, is_terminal, note, table
from hub.database import create_engine
from hub.passwords import Passwords
from hub.sessions import Sessions
from hub.settings import BaseHubSettings, Settings, load_settings
from hub.workforce import Workforce

T = TypeVar("T")


class SettablePresence(StrEnum):
    """What others may make of an agent; who is to be offline is signed off."""

    AVAILABLE = "available"
    NOT_READY = "not_ready"


app = typer.Typer(help="Agents' accounts.", no_args_is_help=True)


@app.command()
def add(
    agent: Annotated[
        str, typer.Argument(metavar="ID", help="Name for sign-in and of the phone at Asterisk.")
    ],
    name: Annotated[str, typer.Option(help="The name that others see.")],
    role: Annotated[Role, typer.Option(help="What the account may do.")] = Role.AGENT,
    extension: Annotated[
        str, typer.Option(help="The number by which phones reach the agent: 2 to 8 digits.")
    ] = "",
    language: Annotated[
        str, typer.Option(help="In which the phone speaks to the agent: ja, en; else that of the menus.")
    ] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the sign-in password's line from standard input.")
    ] = False,
) -> None:
    """Make an account; its passwords are printed this once."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with failing_plainly():
        new = _run(
            lambda accounts: accounts.add(agent, name, role, password, extension=extension, language=language)
        )
    note(f"id: {new.account.id}")
    if password is None:
        note(f"password: {new.password}")
    note(f"sip_password: {new.sip_password}")
    if is_terminal():
        note("Keep the passwords now: they are not shown again.")


@app.command("list")
def list_agents() -> None:
    """List all accounts."""
    with failing_plainly():
        accounts = _run(lambda accounts: accounts.all())
    rows = [
        (
            each.id,
            each.role.value,
            "disabled" if each.disabled_ms is not None else "active",
            each.name,
            each.extension or "-",
            each.language or "-",
        )
        for each in accounts
    ]
    table(("id", "role", "state", "name", "extension", "language"), rows, rich=is_terminal())


@app.command()
def extension(
    agent: Annotated[str, typer.Argument(metavar="ID")],
    number: Annotated[str, typer.Argument(help="2 to 8 digits; without it the agent has none.")] = "",
) -> None:
    """Give an agent the number by which phones reach him."""
    with failing_plainly():
        _run(lambda accounts: accounts.give_extension(agent, number))
    note(f"{agent} has the extension {number}." if number else f"{agent} has no extension.")


@app.command()
def language(
    agent: Annotated[str, typer.Argument(metavar="ID")],
    language: Annotated[str, typer.Argument(help="ja or en; without it that of the menus.")] = "",
) -> None:
    """Say in which language the phone speaks to an agent."""
    with failing_plainly():
        _run(lambda accounts: accounts.speak(agent, language))
    note(f"{agent} is spoken to in {language or 'the language of the menus'}.")


@app.command()
def disable(agent: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Let an account sign in no more; its desktops are closed within a minute."""
    with failing_plainly():
        _run(lambda accounts: accounts.disable(agent))
    note(f"{agent} is disabled.")


@app.command()
def presence(
    agent: Annotated[str, typer.Argument(metavar="ID")],
    presence: Annotated[SettablePresence, typer.Argument(help="What the agent is to be.")],
    reason: Annotated[str, typer.Option(help="Why, as desktops show it.")] = "",
) -> None:
    """Change the presence of an agent who is signed in."""
    with failing_plainly():
        _change(lambda work: work.set_presence(console(), AgentId(agent), Presence(presence), reason))
    note(f"{agent} is {presence}.")


@app.command("log-off")
def log_off(agent: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Sign an agent off; his desktops are closed within a minute, his calls stay until their end."""
    with failing_plainly():
        _change(lambda work: work.log_off(console(), AgentId(agent)))
    note(f"{agent} is signed off.")


def _change(change: Callable[[Workforce], Awaitable[None]]) -> None:
    """Have something done about agents, by way of the router of the running hub."""
    settings = load_settings(Settings)

    async def run() -> None:
        engine, router = create_engine(settings.database_url), Acd(settings.redis_url)
        accounts = Accounts(engine, Passwords())
        try:
            await change(Workforce(accounts, Sessions(engine), AuditLog(engine), router, lambda _: None))
        finally:
            await router.close()
            await engine.dispose()

    asyncio.run(run())


def _run(work: Callable[[Accounts], Awaitable[T]]) -> T:
    """Do something with the accounts of the configured database."""
    settings = load_settings(BaseHubSettings)

    async def run() -> T:
        engine = create_engine(settings.database_url)
        try:
            return await work(Accounts(engine, Passwords()))
        finally:
            await engine.dispose()

    return asyncio.run(run())
