"""The SMPP client against the message centre that Kannel's own client is tested with (`drive_smpp`)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateways.sms import codec, deliver
from gateways.sms.provider import Sms
from gateways.sms.session import Role
from tests.gateways.support import until
from tests.sms.conftest import Hub, centre_at
from tests.support.ports import free_port

pytestmark = pytest.mark.real

_CENTRE = "/usr/lib/kannel/test/drive_smpp"
_COUNT = 200


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    """A centre that delivers messages to whoever binds, as fast as they are answered."""
    chosen = free_port()
    with (tmp_path / "centre.log").open("wb") as told:
        centre = await asyncio.create_subprocess_exec(
            *(_CENTRE, "-v", "1", "-m", str(_COUNT), "-p", str(chosen)), stdout=told, stderr=told
        )
        yield chosen
        if centre.returncode is None:
            centre.kill()
        await centre.wait()


async def test_messages_go_both_ways(port: int) -> None:
    two = centre_at(port, roles=(Role.TRANSMITTER, Role.RECEIVER), system_id="foo", password="bar")
    async with Hub(two).running() as hub:
        await hub.bound()
        texts = [Sms(to=f"+8190{number:08d}", text=f"予約 {number}", key=str(number)) for number in range(50)]
        await asyncio.gather(*map(hub.provider.send, texts))
        await until(lambda: len(hub.shelf.events) == _COUNT, 30.0)
        bodies = [codec.stored(event).pdus[0] for event in hub.shelf.events.values()]
        assert {deliver.read(body).octets for body in bodies} == {str(n + 1).encode() for n in range(_COUNT)}
