"""How fast messages come in, reach agents and leave: `python -m bench.text [PART]...`; all parts without one.

`webhooks`: for each database a hub with real Redis and Asterisk; the load comes from this process, on the
same machine.

- `webhooks_per_s_DB`: LINE webhooks answered after durable storage, 64 at a time, one event each.
- `raw_commits_per_s_DB`: transactions that add one such row each, in this process, nothing around them.
- `webhook_ms_p50_half_rate_DB`, `webhook_ms_p99_half_rate_DB`: time to the answer at half that many a second.
- `webhook_ms_p50_at_200_DB`, `webhook_ms_p99_at_200_DB`: the same at 200 webhooks a second.
- `desktop_ms_p50_at_100_DB`, `desktop_ms_p99_at_100_DB`: from the webhook's sending to the agent's socket,
  100 messages a second over 40 open threads of 10 agents.
- `lost_DB`: messages that were answered 200 and are not in the database once all is done.

`kills`: see `bench.text_kills` and `bench.hub_kills`. `chat`, `mail`: `bench.chat` and `bench.mail`, each
in a process of its own, so that its memory is what it is when run alone. What they measure is printed with
the rest.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from sqlalchemy import insert, text

from bench.desktops import one_queue, shown_texts, take_threads
from bench.report import print_report
from bench.surroundings import Surroundings
from bench.text_kills import text_kills
from bench.voice_figures import percentile
from gateways.tables import InboxEvent
from hub.database import create_engine, reading
from tests.fakes.line import line_user_id
from tests.fakes.providers import ProviderSimulator
from tests.story.desktop import Desktop
from tests.support.hub import RunningHub
from tests.support.postgresql import postgresql_cluster

PARTS = ("webhooks", "kills", "chat", "mail")
AGENTS, THREADS_EACH = 10, 4
AT_ONCE, FLOOD = 64, 6_000
RATE, RATED = 200.0, 2_000
DESKTOP_RATE, SHOWN = 100.0, 1_000
USERS = 500
RAW_S = 5.0
_DRAIN_S = 180.0

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Webhook:
    """A signed webhook with one message, whose text no other has."""

    text: str
    body: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Line:
    """LINE's side: posts webhooks, and keeps the texts of those that were answered 200."""

    simulator: ProviderSimulator
    session: aiohttp.ClientSession
    made: int = 0
    accepted: set[str] = field(default_factory=set)

    def webhooks(self, users: Sequence[str], count: int) -> list[Webhook]:
        """Make webhooks of users in turn; checking and signing them is not part of what is timed."""
        line = self.simulator.line
        made: list[Webhook] = []
        for number in range(count):
            self.made += 1
            said = f"message {self.made}"
            event = line.text_event(users[number % len(users)], said)
            body = json.dumps(line.callback([event])).encode()
            headers = {"x-line-signature": line.sign(body), "Content-Type": "application/json"}
            made.append(Webhook(said, body, headers))
        return made

    async def post(self, webhook: Webhook) -> float:
        """Post one and return the time to its answer in ms."""
        began = _clock()
        url = self.simulator.webhook_url
        async with self.session.post(url, data=webhook.body, headers=webhook.headers) as answer:
            await answer.read()
            if answer.status == 200:
                self.accepted.add(webhook.text)
        return (_clock() - began) * 1000

    async def post_at(self, rate: float, webhooks: Sequence[Webhook]) -> list[float]:
        """Post so many a second whatever the answers take; return the times to the answers in ms."""
        began = _clock()
        posting: list[asyncio.Task[float]] = []
        for number, webhook in enumerate(webhooks):
            await asyncio.sleep(max(0.0, began + number / rate - _clock()))
            posting.append(asyncio.create_task(self.post(webhook)))
        return list(await asyncio.gather(*posting))


async def flood(line: Line) -> Figures:
    """Post as fast as answers come, so many at once."""
    waiting: Iterator[Webhook] = iter(line.webhooks(_users("flood", USERS), FLOOD))

    async def worker() -> None:
        for webhook in waiting:
            await line.post(webhook)

    began, before = _clock(), len(line.accepted)
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return {"webhooks_per_s": (len(line.accepted) - before) / (_clock() - began)}


async def at_rate(line: Line, rate: float, name: str) -> Figures:
    """Measure answers at a rate that the hub can keep up with."""
    times = await line.post_at(rate, line.webhooks(_users("rate", USERS), RATED))
    return {f"webhook_ms_p50_{name}": percentile(times, 50), f"webhook_ms_p99_{name}": percentile(times, 99)}


async def to_desktops(line: Line, hub: RunningHub, stack: AsyncExitStack) -> Figures:
    """Measure how long a message takes to the socket of the agent who has its thread."""
    desktops = [
        await stack.enter_async_context(
            Desktop(hub.url, f"agent{number:02}", hub.passwords[f"agent{number:02}"][0])
        )
        for number in range(AGENTS)
    ]
    users = _users("desktop", AGENTS * THREADS_EACH)
    for desktop in desktops:
        await desktop.command("set_presence", presence="available")
    for webhook in line.webhooks(users, len(users)):
        await line.post(webhook)
    await asyncio.gather(*(take_threads(desktop, THREADS_EACH) for desktop in desktops))
    webhooks = line.webhooks(users, SHOWN)
    sent: dict[str, float] = {}

    async def post(webhook: Webhook) -> None:
        sent[webhook.text] = _clock()
        await line.post(webhook)

    began, posting = _clock(), []
    for number, webhook in enumerate(webhooks):
        await asyncio.sleep(max(0.0, began + number / DESKTOP_RATE - _clock()))
        posting.append(asyncio.create_task(post(webhook)))
    await asyncio.gather(*posting)
    shown = await shown_texts(desktops, set(sent))
    times = [(shown[said] - at) * 1000 for said, at in sent.items() if said in shown]
    return {
        "desktop_ms_p50_at_100": percentile(times, 50),
        "desktop_ms_p99_at_100": percentile(times, 99),
        "desktop_missed": len(sent) - len(times),
    }


async def lost(line: Line, hub: RunningHub) -> Figures:
    """Wait until all that was accepted is a message in the database, or nothing more comes."""
    engine = create_engine(hub.database_url)
    missing, began = len(line.accepted), _clock()
    try:
        while missing and _clock() - began < _DRAIN_S:
            await asyncio.sleep(1.0)
            async with reading(engine) as connection:
                stored = await connection.scalars(text("SELECT text FROM message WHERE direction = 'in'"))
            missing = len(line.accepted - set(stored))
            print(f"{missing} messages to go", file=sys.stderr)
    finally:
        await engine.dispose()
    return {"accepted": len(line.accepted), "refused": line.made - len(line.accepted), "lost": missing}


async def raw_commits(database_url: str) -> Figures:
    """Add rows like those of webhooks, one a transaction: from one task on SQLite, from ten on PostgreSQL."""
    engine, workers = create_engine(database_url), 1 if "sqlite" in database_url else 10
    until, done = _clock() + RAW_S, 0
    body = b"x" * 400

    async def worker(name: int) -> None:
        nonlocal done
        number = 0
        while _clock() < until:
            number += 1
            row = {"channel": "raw", "key": f"{name}-{number}", "address": "raw", "body": body}
            rest = {"state": "done", "stored_at_ms": number, "attempts": 1}
            async with engine.begin() as connection:
                await connection.execute(insert(InboxEvent), row | rest)
            done += 1

    await asyncio.gather(*(worker(name) for name in range(workers)))
    await engine.dispose()
    return {"raw_commits_per_s": done / RAW_S}


async def webhooks(kind: str, database_url: str | None) -> Figures:
    """Measure a hub on one database."""
    async with AsyncExitStack() as stack:
        around = await Surroundings.begin(stack)
        hub = await around.hub(one_queue(around.folder, AGENTS), database_url=database_url)
        for number in range(AGENTS):
            await hub.add_agent(f"agent{number:02}", f"Agent {number}")
        figures = await raw_commits(hub.database_url)
        await hub.start()
        stack.push_async_callback(hub.stop)
        connector = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        line = Line(around.simulator, session)
        async with AsyncExitStack() as desktops:
            figures |= await to_desktops(line, hub, desktops)
        figures |= await at_rate(line, RATE, "at_200")
        figures |= await flood(line)
        figures |= await lost(line, hub)
        figures |= await at_rate(line, figures["webhooks_per_s"] / 2, "half_rate")
        figures |= await lost(line, hub)
    return {f"{name}_{kind}": value for name, value in figures.items()}


async def alone(module: str) -> Figures:
    """Run a bench in a process of its own, what it says meanwhile on stderr; returns its figures."""
    print(f"{module} begins", file=sys.stderr)
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-B", "-m", module), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await program.communicate()
    if program.returncode != 0:
        raise RuntimeError(f"{module} ended with {program.returncode}: see above")
    *said, last = printed.decode().splitlines()
    for line in said:
        print(line, file=sys.stderr)
    figures: Figures = json.loads(last)["figures"]
    return figures


async def main(parts: Sequence[str]) -> None:
    """Measure and report."""
    if unknown := set(parts) - set(PARTS):
        raise SystemExit(f"expected parts among {', '.join(PARTS)}, found {', '.join(sorted(unknown))}")
    figures: Figures = {}
    if "webhooks" in parts:
        figures |= await webhooks("sqlite", None)
        with postgresql() as url:
            figures |= await webhooks("postgresql", url)
    if "kills" in parts:
        figures |= await text_kills()
    for part in ("chat", "mail"):
        if part in parts:
            figures |= await alone(f"bench.{part}")
    print_report("text", figures)


@contextmanager
def postgresql() -> Iterator[str]:
    """A cluster that keeps what it committed, and a database in it."""
    with tempfile.TemporaryDirectory(prefix="tb-pg-") as folder:
        cluster = postgresql_cluster(Path(folder) / "p", is_durable=True)
        cluster.start()
        try:
            cluster.create("bench")
            yield cluster.url("bench")
        finally:
            cluster.stop()


def _users(kind: str, count: int) -> list[str]:
    return [line_user_id(f"{kind}{number}") for number in range(count)]


def _clock() -> float:
    return asyncio.get_running_loop().time()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:] or PARTS))
