"""`toritsugi phones`, `trunks` and `blocked`: Asterisk is asked itself, whether or not a hub runs."""

import asyncio
import getpass
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Annotated, TypeVar

import typer

import acd.settings
from acd.ids import AgentId
from cti.ami import AmiError, AmiLink
from hub import peers
from hub.accounts import Accounts
from hub.blocked_store import BlockedStore
from hub.cli.output import fail, failing_plainly, is_terminal, note, table
from hub.contact_status import ContactStatuses
from hub.database import create_engine
from hub.passwords import Passwords
from hub.settings import BaseHubSettings, Settings, load_settings
from hub.sip_view import Reached, phone_status, trunk_statuses
from hub.trunks_conf import read_trunks

T = TypeVar("T")

_UP_S = 5.0

blocked = typer.Typer(help="Addresses that are blocked for attacks on SIP.", no_args_is_help=True)


def phones() -> None:
    """List agents' phones: where they are registered, and whether they answer."""
    with failing_plainly():
        settings = load_settings(Settings)

        async def look() -> list[tuple[str, ...]]:
            agents = await _agents(settings)
            async with _asterisk(settings, ()) as statuses:
                found = [phone_status(agent, statuses) for agent in agents]
            return [(each.agent, each.state or "-", *_reached(each.contacts)) for each in found]

        rows = _asked(look())
    table(("agent", "state", "address", "reachable", "round trip"), rows, rich=is_terminal())


def trunks() -> None:
    """List trunks: whether they answer, and whether we are registered there."""
    with failing_plainly():
        settings = load_settings(Settings)
        queues = acd.settings.load(settings.config_dir).queues
        names = [trunk.name for trunk in read_trunks(settings.config_dir, queues)]

        async def look() -> list[tuple[str, ...]]:
            async with _asterisk(settings, names) as statuses:
                found = trunk_statuses(names, statuses)
            return [(each.trunk, each.registration or "-", *_reached(each.contacts)) for each in found]

        rows = _asked(look())
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
        was_blocked = _stored(lambda store: store.unblock(f"os:{getpass.getuser()}", address))
    if not was_blocked:
        fail(f"{address} is not blocked.")
    note(f"{address} is not blocked any more.")


def _reached(contacts: Sequence[Reached]) -> tuple[str, str, str]:
    """Return three columns; several contacts of a phone stand beside each other in each."""
    words = {True: "yes", False: "no", None: "?"}
    times = [f"{each.round_trip_ms:.1f} ms" if each.round_trip_ms else "-" for each in contacts]
    return (
        " ".join(each.address for each in contacts) or "-",
        " ".join(words[each.is_reachable] for each in contacts) or "-",
        " ".join(times) or "-",
    )


async def _agents(settings: Settings) -> list[AgentId]:
    engine = create_engine(settings.database_url)
    try:
        accounts = await Accounts(engine, Passwords()).all()
    finally:
        await engine.dispose()
    return sorted(each.id for each in accounts if each.disabled_ms is None)


@asynccontextmanager
async def _asterisk(settings: Settings, trunks: Sequence[str]) -> AsyncIterator[ContactStatuses]:
    """Yield what Asterisk says now; raises `AmiError`."""
    link = AmiLink(peers.ami_settings(settings))
    statuses = ContactStatuses(link, lambda: trunks)
    service = asyncio.create_task(link.run(statuses))
    try:
        await link.up(_UP_S)
        await statuses.refresh()
        yield statuses
    finally:
        await link.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_UP_S):
                await service


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
