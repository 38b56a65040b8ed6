"""The outbox of a process that is killed (SIGKILL) while it sends."""

import random
from pathlib import Path

import pytest

from acd.contact import Channel
from gateways.outbox import Outbox
from gateways.protocol import Delivery, Outbound
from gateways.tables import Base
from tests.fakes.line import line_user_id
from tests.fakes.providers import ProviderSimulator
from tests.gateways.conftest import sqlite_engine
from tests.support.forks import Forks

USERS = [line_user_id(name) for name in "abcd"]
COUNT = 20
NOW_MS = 1_800_000_000_000


@pytest.mark.real
async def test_killed_in_the_middle_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    """Reply tokens stay fresh, however long the machine takes: a reply in doubt may be doubled after that."""
    path = tmp_path / "hub.sqlite"
    async with ProviderSimulator(now_ms=lambda: NOW_MS) as simulator:
        await _kill_and_start(simulator, path)


async def _kill_and_start(simulator: ProviderSimulator, path: Path) -> None:
    chance = random.Random(7)
    await _fill(path, simulator)
    simulator.mishaps.at_random(7, share=0.2)
    shown, total = simulator.customers.shown, len(USERS) * COUNT
    async with Forks("tests.gateways.hub_process") as hubs:
        while (seen := len(shown)) < total:
            goal = min(seen + chance.randint(15, 35), total)
            await hubs.start(str(path), simulator.line_api_url, simulator.line_token, str(NOW_MS))
            await simulator.customers.wait_for_count(goal, timeout_s=60)
            hubs.kill()
    for user in USERS:
        assert [message.text for message in simulator.messages_to(user)] == [str(n) for n in range(COUNT)]


async def _fill(path: Path, simulator: ProviderSimulator) -> None:
    """Put half of the messages with a reply token, half without."""

    async def ignore(_message: Outbound, _delivery: Delivery) -> None:
        pass

    engine = sqlite_engine(path)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    outbox = Outbox(engine, {}, ignore, owner="putter")
    for number in range(COUNT):
        for user in USERS:
            event = simulator.line.text_event(user, "?")
            token = f"{event['timestamp']}.{event['replyToken']}" if number % 2 else None
            key = f"{user}-{number}"
            await outbox.put(
                Outbound(channel=Channel.LINE, key=key, address=user, text=str(number), reply_token=token)
            )
    await engine.dispose()
