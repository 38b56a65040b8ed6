"""What is lost or doubled where a process is killed again and again while it sends.

    python -m bench.text_kills [--hub-kills 200] [--outbox-kills 200] [--seed 7]

The whole hub, which takes seconds to start, is killed in `bench.hub_kills`; here only what sends, more
often. The seed, which is printed, decides the moments and what LINE answers wrongly.

The process is `tests.gateways.hub_process`: the hub's outbox and its LINE gateway on SQLite, killed
(SIGKILL) at a random moment within 150 ms of the first message that it sent; LINE's simulator, which
answers wrongly one time in five, counts.

- `outbox_kills`, `outbox_messages`: how many there were.
- `outbox_lost`: messages that the simulator never showed to a customer, and that are no dead letters either.
- `outbox_dead_letters`: messages that wait for a person: their reply had no answer in the life of its token.
- `outbox_doubled`: messages that it showed more than once.
- `outbox_disordered`: customers who saw theirs out of order.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from bench.hub_kills import hub_kills
from bench.report import print_report
from gateways.job import wall_ms
from gateways.outbox import Outbox
from gateways.protocol import Delivery, Outbound
from gateways.tables import Base
from tests.fakes.line import line_user_id
from tests.fakes.providers import ProviderSimulator
from tests.gateways.conftest import sqlite_engine
from tests.support.forks import Forks

HUB_KILLS, OUTBOX_KILLS, SEED = 200, 200, 7
EACH, QUIET_S = 15, 20.0
_USERS = [line_user_id(f"kill{number}") for number in range(20)]


async def text_kills(hub: int = HUB_KILLS, outbox: int = OUTBOX_KILLS, seed: int = SEED) -> dict[str, float]:
    """Kill the whole hub and what sends, each so often."""
    print(f"seed {seed}", file=sys.stderr)
    figures: dict[str, float] = {"kills_seed": seed}
    figures |= await hub_kills(hub, seed) if hub else {}
    return figures | (await outbox_kills(outbox, seed) if outbox else {})


async def outbox_kills(kills: int, seed: int) -> dict[str, float]:
    """Kill so often, then let the rest be sent in peace, and count."""
    with tempfile.TemporaryDirectory(prefix="tb-") as folder:
        path, chance = Path(folder) / "hub.sqlite", random.Random(seed)
        async with ProviderSimulator() as simulator, Forks("tests.gateways.hub_process") as hubs:
            simulator.mishaps.at_random(seed, share=0.2)
            engine = sqlite_engine(path)
            async with engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)
            for number in range(kills):
                await _put(engine, simulator, number)
                await _killed(hubs, path, simulator, chance)
                if number % 20 == 19:
                    print(f"{number + 1} kills of {kills}", file=sys.stderr)
            await _start(hubs, path, simulator)
            await _until_quiet(simulator)
            dead = await _outbox(engine).dead_letters()
            await engine.dispose()
            return _count(simulator, kills, {int(each.key.removeprefix("kill-")) for each in dead})


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


def _count(simulator: ProviderSimulator, kills: int, dead: set[int]) -> dict[str, float]:
    shown = {user: [int(each.text) for each in simulator.messages_to(user)] for user in _USERS}
    everything = [number for numbers in shown.values() for number in numbers]
    return {
        "outbox_kills": kills,
        "outbox_messages": kills * EACH,
        "outbox_lost": kills * EACH - len(set(everything) | dead),
        "outbox_dead_letters": len(dead),
        "outbox_doubled": len(everything) - len(set(everything)),
        "outbox_disordered": sum(numbers != sorted(numbers) for numbers in shown.values()),
    }


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m bench.text_kills")
    options.add_argument("--hub-kills", type=int, default=HUB_KILLS, metavar="N")
    options.add_argument("--outbox-kills", type=int, default=OUTBOX_KILLS, metavar="N")
    options.add_argument("--seed", type=int, default=SEED)
    chosen = options.parse_args()
    figures = asyncio.run(text_kills(chosen.hub_kills, chosen.outbox_kills, chosen.seed))
    print_report("text_kills", figures)
