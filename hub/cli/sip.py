"""`toritsugi phones`, `trunks` and `blocked`: Asterisk is asked itself, whether or not a hub runs."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar

import typer

from cti.ami_errors import AmiError
from hub.accounts import console
from hub.blocked_store import BlockedStore
from hub.cli.output import fail, failing_plainly, is_terminal, note, table
from hub.database import create_engine
from hub.settings import BaseHubSettings, Settings, load_settings

T = TypeVar("T")

blocked = typer.Typer(help="Addresses that are blocked for attacks on SIP.", no_args_is_help=True)


def phones() -> None:
    """List agents' phones: where they are registered, and whether they answer."""
    from hub import sip_look  # half of the hub, which no other command needs

    with failing_plainly():
        rows = _asked(sip_look.phones(load_settings(Settings)))
    table(("agent", "state", "address", "reachable", "round trip"), rows, rich=is_terminal())


def trunks() -> None:
    """List trunks: whether they answer, and whether we are registered there."""
    from hub import sip_look  # half of the hub, which no other command needs

    with failing_plainly():
        rows = _asked(sip_look.trunks(load_settings(Settings)))
    table(("trunk", "registration", "address", "reachable", "round trip"), rows, rich=is_terminal())


@blocked.command("list")
def list_blocked() -> None:
    """List addresses that are blocked now."""
    with failing_plainly():
        found = _stored(lambda store: store.active())
    rows = [
        (
            each.address,
            f"{datetime.fromtimestamp(each.until_ms / 1000).astimezone():%F %T}",
            str(each.times),
            each.reason,
        )
        for each in found
    ]
    table(("address", "until", "times", "reason"), rows, rich=is_terminal())


@blocked.command()
def unblock(address: Annotated[str, typer.Argument(metavar="ADDRESS")]) -> None:
    """Let an address in again; a running hub does so within seconds."""
    with failing_plainly():
        was_blocked = _stored(lambda store: store.unblock(console().id, address))
    if not was_blocked:
        fail(f"{address} is not blocked.")
    note(f"{address} is not blocked any more.")


def _asked(look: Awaitable[T]) -> T:
    """Run a look at Asterisk; without it, end with what is wrong."""

    async def run() -> T:
        return await look

    try:
        return asyncio.run(run())
    except AmiError as error:
        fail(f"Asterisk cannot be asked: {error}")


def _stored(work: Callable[[BlockedStore], Awaitable[T]]) -> T:
    """Do something with the blocked addresses of the configured database."""
    settings = load_settings(BaseHubSettings)

    async def run() -> T:
        engine = create_engine(settings.database_url)
        try:
            return await work(BlockedStore(engine))
        finally:
            await engine.dispose()

    return asyncio.run(run())
