"""`toritsugi agent`: accounts, straight in the database."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from hub.accounts import Accounts, Role
from hub.cli.output import failing_plainly, is_terminal, note, table
from hub.database import create_engine
from hub.passwords import Passwords
from hub.settings import BaseHubSettings, load_settings

T = TypeVar("T")

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
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the sign-in password's line from standard input.")
    ] = False,
) -> None:
    """Make an account; its passwords are printed this once."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with failing_plainly():
        new = _run(lambda accounts: accounts.add(agent, name, role, password, extension=extension))
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
        )
        for each in accounts
    ]
    table(("id", "role", "state", "name", "extension"), rows, rich=is_terminal())


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
def disable(agent: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Let an account sign in no more; its desktops are closed within a minute."""
    with failing_plainly():
        _run(lambda accounts: accounts.disable(agent))
    note(f"{agent} is disabled.")


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
