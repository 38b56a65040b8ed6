"""A message centre, and a hub's part that speaks to it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from acd.contact import Channel
from gateways.errors import InboxUnavailable
from gateways.protocol import Incoming, Outbound, RawEvent
from gateways.sms.gateway import SmsGateway
from gateways.sms.parts import SmsParts
from gateways.sms.smpp import Centre, SmppProvider
from gateways.tables import Base
from tests.gateways.conftest import sqlite_engine
from tests.gateways.support import AROUND, until
from tests.sms.smsc import Smsc

NUMBER = "+819012345678"


class Shelf:
    """Keeps events as the inbox does: each id once; `is_away`: it takes none."""

    def __init__(self) -> None:
        self.events: dict[str, RawEvent] = {}
        self.is_away = False

    async def store(self, events: Sequence[RawEvent]) -> int:
        if self.is_away:
            raise InboxUnavailable("away")
        new = [event for event in events if event.event_id not in self.events]
        self.events |= {event.event_id: event for event in new}
        return len(new)


class Hub:
    """A gateway with its services at work, on a database of its own or one of several hubs."""

    def __init__(self, centre: Centre, folder: Path | None = None, shelf: Shelf | None = None) -> None:
        self._own = TemporaryDirectory(prefix="sms-")
        self._engine = sqlite_engine((folder or Path(self._own.name)) / "hub.sqlite")
        self.provider, self.shelf = SmppProvider(centre, SmsParts(self._engine)), shelf or Shelf()
        self.gateway = SmsGateway(self.provider, AROUND)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Hub"]:
        async with self._engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        services = self.gateway.services(self.shelf.store)
        tasks = [asyncio.create_task(service.run()) for service in services]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.gateway.close()
            await self._engine.dispose()
            self._own.cleanup()

    async def bound(self) -> None:
        await until(lambda: self.provider.is_bound, 20.0)

    async def send(self, text: str, key: str = "k", *, in_doubt: bool = False) -> str | None:
        message = Outbound(channel=Channel.SMS, key=key, address=NUMBER, text=text)
        return await self.gateway.send(message, in_doubt=in_doubt)

    def heard(self) -> list[Incoming]:
        decoded = (self.gateway.decode(event) for event in self.shelf.events.values())
        return [each for each in decoded if each is not None]

    async def hears(self, count: int = 1) -> list[Incoming]:
        await until(lambda: len(self.heard()) >= count, 20.0)
        return self.heard()


def centre_at(port: int, **changed: object) -> Centre:
    settings: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "system_id": "hub",
        "password": "secret",
        "sender": "81312345678",
        "again_s": 0.05,
        "again_s_max": 0.2,
    }
    return Centre(**(settings | changed))  # type: ignore[arg-type]


@pytest.fixture
async def smsc() -> AsyncIterator[Smsc]:
    async with Smsc() as running:
        yield running


@pytest.fixture
async def hub(smsc: Smsc) -> AsyncIterator[Hub]:
    async with Hub(centre_at(smsc.port)).running() as running:
        await running.bound()
        yield running
