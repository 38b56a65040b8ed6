"""What an outbox loses or doubles whose process is killed again and again while it sends.

The process is `tests.gateways.hub_process`: the hub's outbox and its LINE gateway on SQLite, killed
(SIGKILL) at a random moment within 150 ms of the first message that it sent; LINE's simulator, which
answers wrongly one time in five, counts.

- `outbox_kills`, `outbox_messages`: how many there were.
- `outbox_lost`: messages that the simulator never showed to a customer, and that are no dead letters either.
- `outbox_dead_letters`: messages that wait for a person: their reply had no answer in the life of its token.
- `outbox_doubled`: messages that it showed more than once.
- `outbox_disordered`: customers who saw theirs out of order.
"""

import asyncio
import random
import sys
import tempfile
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from gateways.job import wall_ms
from gateways.outbox import Outbox
from gateways.protocol import Delivery, Outbound
from gateways.tables import Base
from tests.fakes.line import line_user_id
from tests.fakes.providers import ProviderSimulator
from tests.gateways.conftest import sqlite_engine
from tests.support.forks import Forks

KILLS, EACH, SEED, QUIET_S = 200, 15, 7, 20.0
_USERS = [line_user_id(f"kill{number}") for number in range(20)]


async def outbox_kills() -> dict[str, float]:
    """Kill so often, then let the rest be sent in peace, and count."""
    with tempfile.TemporaryDirectory(prefix="tb-") as folder:
        path, chance = Path(folder) / "hub.sqlite", random.Random(SEED)
        async with ProviderSimulator() as simulator, Forks("tests.gateways.hub_process") as hubs:
            simulator.mishaps.at_random(SEED, share=0.2)
            engine = sqlite_engine(path)
            async with engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)
            for number in range(KILLS):
                await _put(engine, simulator, number)
                await _killed(hubs, path, simulator, chance)
                if number % 20 == 19:
                    print(f"{number + 1} kills of {KILLS}", file=sys.stderr)
            await _start(hubs, path, simulator)
            await _until_quiet(simulator)
            dead = await _outbox(engine).dead_letters()
            await engine.dispose()
            return _count(simulator, {int(each.key.removeprefix("kill-")) for each in dead})


async def _killed(hubs: Forks, path: Path, simulator: ProviderSimulator, chance: random.Random) -> None:
    """Let a process begin and kill it some time after the first message that it sent."""
    before = len(simulator.customers.shown)
    await _start(hubs, path, simulator)
    await simulator.customers.wait_for_count(before + 1, timeout_s=60)
    await asyncio.sleep(chance.uniform(0.0, 0.15))
    hubs.kill()


async def _start(hubs: Forks, path: Path, simulator: ProviderSimulator) -> None:
    await hubs.start(str(path), simulator.line_api_url, simulator.line_token, str(wall_ms()))


async def _put(engine: AsyncEngine, simulator: ProviderSimulator, round_: int) -> None:
    """Put messages, every other one with a reply token."""
    outbox = _outbox(engine)
    for number in range(round_ * EACH, (round_ + 1) * EACH):
        user = _USERS[number % len(_USERS)]
        event = simulator.line.text_event(user, "?")
        token = f"{event['timestamp']}.{event['replyToken']}" if number % 2 else None
        await outbox.put(
            Outbound(
                channel=Channel.LINE,
                key=f"kill-{number}",
                address=user,
                text=str(number),
                reply_token=token,
            )
        )


async def _until_quiet(simulator: ProviderSimulator) -> None:
    """Wait until nothing was shown for so long that no try is still to come."""
    seen = -1
    while (now := len(simulator.customers.shown)) > seen:
        seen = now
        await asyncio.sleep(QUIET_S)


def _outbox(engine: AsyncEngine) -> Outbox:
    async def ignore(_message: Outbound, _delivery: Delivery) -> None:
        pass

    return Outbox(engine, {}, ignore, owner="putter")


def _count(simulator: ProviderSimulator, dead: set[int]) -> dict[str, float]:
    shown = {user: [int(each.text) for each in simulator.messages_to(user)] for user in _USERS}
    everything = [number for numbers in shown.values() for number in numbers]
    return {
        "outbox_kills": KILLS,
        "outbox_messages": KILLS * EACH,
        "outbox_lost": KILLS * EACH - len(set(everything) | dead),
        "outbox_dead_letters": len(dead),
        "outbox_doubled": len(everything) - len(set(everything)),
        "outbox_disordered": sum(numbers != sorted(numbers) for numbers in shown.values()),
    }
