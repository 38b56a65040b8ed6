"""What the whole hub loses or doubles that is killed again and again while customers and agents write.

The process is the one that `toritsugi serve` is, on SQLite, with a real Redis and a real Asterisk, killed
(SIGKILL) at a random moment within a second of a round's first message, and started again. In each round
every customer writes, and every agent answers each of his threads on his desktop's socket. What is not
acknowledged is told again, under the same id: by LINE, as with redelivery switched on, and by the desktops.
LINE's simulator answers wrongly one time in five. It counts what customers were shown; what agents have is
counted in the database.

- `hub_kills`, `hub_messages`: how often it was killed; messages that agents sent.
- `hub_under_way`: how many of them were on their way at a kill, on average.
- `hub_lost`: messages of agents that no customer was shown, and that are no dead letters either.
- `hub_dead_letters`: messages that wait for a person: their reply had no answer in the life of its token.
- `hub_doubled`: messages of agents that a customer was shown more than once.
- `hub_disordered`: customers who saw theirs out of order.
- `hub_messages_in`, `hub_lost_in`, `hub_doubled_in`: messages of customers that were answered 200, those of
  them that are in no thread, and those that are there more than once.
"""

import asyncio
import random
import re
import signal
import sys
from collections import Counter
from collections.abc import Awaitable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

import aiohttp
from sqlalchemy import text

from bench.desktops import one_queue, take_threads
from bench.surroundings import Surroundings
from hub.accounts import Role
from hub.database import create_engine, reading
from hub.services.hub import HubService
from tests.fakes.line import line_user_id
from tests.fakes.providers import ProviderSimulator
from tests.story.desktop import CommandRefused, Desktop
from tests.support.hub import RunningHub

AGENTS, THREADS_EACH = 3, 4
WITHIN_S, AGAIN_S, QUIET_S, PATIENCE_S = 1.0, 0.2, 20.0, 120.0
_USERS = [line_user_id(f"hub-kill{number}") for number in range(AGENTS * THREADS_EACH)]
_OURS = re.compile(r"answer (\d+)")


class _MigratedHub(HubService):
    """A hub whose database is up to date: it is started at once."""

    def _migrate(self) -> None:
        return


@dataclass(slots=True)
class Answering:
    """An agent who answers on his desktop's socket, again under the same id until that is acknowledged.

    `threads` has his contacts, with the customer of each; `unsent` what he still has to say.
    """

    hub: RunningHub
    agent: str
    threads: dict[str, str] = field(default_factory=dict)
    unsent: list[tuple[str, str, str]] = field(default_factory=list)

    async def take(self) -> None:
        """Take so many contacts."""
        async with self._desktop() as desktop:
            await desktop.command("set_presence", presence="available")
            await take_threads(desktop, THREADS_EACH)
            pops = [event for _, event in desktop.events if event["type"] == "screen_pop"]
            self.threads = {each["contact"]: each["address"] for each in pops}

    async def run(self) -> None:
        """Say all that is unsent, whatever happens to the hub meanwhile."""
        while self.unsent:
            with suppress(aiohttp.ClientError, OSError, TimeoutError, CommandRefused):
                async with self._desktop() as desktop:
                    gone = asyncio.create_task(desktop.closed())
                    try:
                        await self._say(desktop, gone)
                    finally:
                        gone.cancel()
            await asyncio.sleep(AGAIN_S)

    async def _say(self, desktop: Desktop, gone: asyncio.Task[int | None]) -> None:
        while self.unsent and not gone.done():
            contact, message, said = self.unsent[0]
            sending = asyncio.create_task(
                desktop.command("send", contact=contact, message=message, text=said)
            )
            await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                sending.cancel()
                return
            await sending
            self.unsent.pop(0)

    def _desktop(self) -> Desktop:
        return Desktop(self.hub.url, self.agent, self.hub.passwords[self.agent][0])


@dataclass(slots=True)
class Customers:
    """The customers, whose messages LINE delivers until they are taken."""

    simulator: ProviderSimulator
    accepted: list[str] = field(default_factory=list)

    async def write(self, user: str, said: str) -> None:
        event = self.simulator.line.text_event(user, said)
        status = await self.simulator.post(event)
        while status != 200:
            await asyncio.sleep(AGAIN_S)
            status = await self.simulator.redeliver(event)
        self.accepted.append(said)


async def hub_kills(kills: int, seed: int) -> dict[str, float]:
    """Kill so often, then let the rest be sent in peace, and count."""
    chance = random.Random(seed)
    async with AsyncExitStack() as stack:
        around = await Surroundings.begin(stack)
        simulator = around.simulator
        hub = await around.hub(one_queue(around.folder, AGENTS))
        hub.service = _MigratedHub(hub.service.state, hub.service.environment)
        agents = [Answering(hub, f"agent{number:02}") for number in range(AGENTS)]
        for each in agents:
            await hub.add_agent(each.agent, each.agent)
        await hub.add_agent("kato", "Kato", Role.SUPERVISOR)
        await hub.start()
        stack.push_async_callback(hub.stop)
        customers = Customers(simulator)
        await asyncio.gather(*(customers.write(user, f"hello {user}") for user in _USERS))
        await asyncio.gather(*(each.take() for each in agents))
        simulator.mishaps.at_random(seed, share=0.2)
        under_way = 0
        for number in range(kills):
            under_way += await _round(hub, agents, customers, number, chance.uniform(0.0, WITHIN_S))
            if number % 10 == 9:
                print(f"{number + 1} kills of {kills}", file=sys.stderr)
        await _until_quiet(simulator)
        figures = {"hub_kills": kills, "hub_under_way": under_way / kills}
        return figures | await _counted(hub, simulator, customers, kills * len(_USERS))


async def _round(
    hub: RunningHub, agents: list[Answering], customers: Customers, round_: int, kill_after_s: float
) -> int:
    """Let everybody write, kill the hub meanwhile, and wait until all is taken by the next one.

    Returns how many answers were on their way when it was killed.
    """
    at = round_ * len(_USERS)
    writing: list[Awaitable[None]] = []
    for each in agents:
        for contact in each.threads:
            each.unsent.append((contact, f"hub-kill-{at}", f"answer {at}"))
            at += 1
        writing.append(asyncio.create_task(each.run()))
    writing += [asyncio.create_task(customers.write(user, f"{round_} {user}")) for user in _USERS]
    await asyncio.sleep(kill_after_s)
    hub.signal(signal.SIGKILL)
    shown = {number for user in _USERS for number in _answers(customers.simulator, user)}
    under_way = at - len(shown)
    while hub.service.daemon.pid is not None:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await hub.start()
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*writing)
    return under_way


async def _until_quiet(simulator: ProviderSimulator) -> None:
    """Wait until nothing was shown for so long that no try is still to come."""
    seen = -1
    while (now := len(simulator.customers.shown)) > seen:
        seen = now
        await asyncio.sleep(QUIET_S)


async def _counted(
    hub: RunningHub, simulator: ProviderSimulator, customers: Customers, sent: int
) -> dict[str, float]:
    async with Desktop(hub.url, "kato", hub.passwords["kato"][0]) as supervisor:
        letters = (await supervisor.get("/dead-letters"))["dead_letters"]
    dead = {int(each["key"].removeprefix("hub-kill-")) for each in letters if each["kind"] == "out"}
    shown = {user: _answers(simulator, user) for user in _USERS}
    everything = [number for numbers in shown.values() for number in numbers]
    engine = create_engine(hub.database_url)
    async with reading(engine) as connection:
        stored = Counter(await connection.scalars(text("SELECT text FROM message WHERE direction = 'in'")))
    await engine.dispose()
    return {
        "hub_messages": sent,
        "hub_lost": sent - len(set(everything) | dead),
        "hub_dead_letters": len(dead),
        "hub_doubled": len(everything) - len(set(everything)),
        "hub_disordered": sum(numbers != sorted(numbers) for numbers in shown.values()),
        "hub_messages_in": len(customers.accepted),
        "hub_lost_in": sum(stored[said] == 0 for said in customers.accepted),
        "hub_doubled_in": sum(count > 1 for count in stored.values()),
    }


def _answers(simulator: ProviderSimulator, user: str) -> list[int]:
    """Return the numbers of the answers that a customer saw, without what the hub says by itself."""
    found = (_OURS.fullmatch(each.text) for each in simulator.messages_to(user))
    return [int(each[1]) for each in found if each]
