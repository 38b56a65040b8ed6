"""One look at Asterisk, for the command line: how phones and trunks are."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import acd.settings
from acd.ids import AgentId
from cti.ami import AmiLink
from hub import peers
from hub.accounts import Accounts
from hub.contact_status import ContactStatuses
from hub.database import create_engine
from hub.passwords import Passwords
from hub.settings import Settings
from hub.sip_view import Reached, phone_status, trunk_statuses
from hub.trunks_conf import read_trunks

_UP_S = 5.0


async def phones(settings: Settings) -> list[tuple[str, ...]]:
    """Return of each agent: id, device state, addresses, whether they answer, round trips.

    Raises `AmiError`.
    """
    agents = await _agents(settings)
    async with _asterisk(settings, ()) as statuses:
        found = [phone_status(agent, statuses) for agent in agents]
    return [(each.agent, each.state or "-", *_reached(each.contacts)) for each in found]


async def trunks(settings: Settings) -> list[tuple[str, ...]]:
    """Return for each trunk: name, registration, addresses, whether they answer, round trips."""
    queues = acd.settings.load(settings.config_dir).queues
    names = [trunk.name for trunk in read_trunks(settings.config_dir, queues)]
    async with _asterisk(settings, names) as statuses:
        found = trunk_statuses(names, statuses)
    return [(each.trunk, each.registration or "-", *_reached(each.contacts)) for each in found]


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
