"""How soon agents see who calls, with 100,000 customers stored: `./run bench screen_pop`.

From the moment at which Asterisk tells of a call (ARI's StasisStart, as it reaches the hub's door) to that at
which the agent's desktop has the screen pop; the agent is free, no menu asks anything, one call at a time.
For SQLite and, where it is installed, PostgreSQL:

- `sqlite_pop_ms_p50`, `_p99`: callers whom the database knows, each with two contacts before.
- `screen_pop_ms_p50`: on the slower of both databases.
- `sqlite_busy_pop_ms_p50`: one caller with 2,000 contacts before.
- `sqlite_stranger_pop_ms_p50`: callers whom nobody knows, and for whom similar numbers are looked up.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

from bench.crm import CUSTOMERS, fill, number
from bench.report import print_report
from bench.sip_load import AGENTS, CALLERS, SipAddress
from bench.voice_figures import percentile
from bench.voice_targets import HubTarget, hub_target
from hub.database import create_engine
from hub.services.errors import ProgramMissing
from tests.support.ari_proxy import ari_proxy
from tests.support.postgresql import postgresql_cluster
from tests.support.sip import SipCall, SipPhones, sip_phones

KNOWN, BUSY, STRANGERS = 300, 20, 100
_AT_ONCE = 1
_PATIENCE_S = 10.0


class Door:
    """What comes from Asterisk to the hub: when each call began, by the id that its contact has too."""

    def __init__(self) -> None:
        self.began_s: dict[str, float] = {}

    @asynccontextmanager
    async def before(self, ari_url: str) -> AsyncIterator[str]:
        """Stand before ARI."""
        async with ari_proxy(ari_url) as proxy:
            proxy.heard = self._heard
            yield proxy.url

    def _heard(self, frame: str) -> None:
        at_s = time.monotonic()
        event = json.loads(frame)
        if event.get("type") == "StasisStart":
            self.began_s.setdefault(event["channel"]["id"], at_s)


async def store(database_url: str) -> None:
    """Put in the customers."""
    engine = create_engine(database_url)
    async with engine.begin() as connection:
        await fill(connection)
        if engine.dialect.name == "postgresql":
            await connection.exec_driver_sql("ANALYZE")  # what autovacuum does within a minute
    await engine.dispose()


async def pops_ms(target: HubTarget, door: Door, phones: SipPhones, numbers: list[str]) -> list[float]:
    """Let callers call, one after the other, and return how long each pop took."""
    async with sip_phones(CALLERS) as callers:
        room = asyncio.Semaphore(_AT_ONCE)

        async def one(caller: str) -> None:
            async with room:
                call = await callers.call(target.dialled, caller, (target.sip.host, target.sip.port))
                async with asyncio.timeout(_PATIENCE_S):
                    await call.answered.wait()
                await call.hang_up()

        serving = asyncio.create_task(_serve(phones))
        seen = {name: len(desktop.events) for name, desktop in target.desktops.items()}
        await asyncio.gather(*map(one, numbers))
        await target.settled()
        serving.cancel()
    took = []
    for name, desktop in target.desktops.items():
        for at_s, event in desktop.events[seen[name] :]:
            if event["type"] == "screen_pop" and event["contact"] in door.began_s:
                took.append((at_s - door.began_s[event["contact"]]) * 1000)
    return took


async def _serve(phones: SipPhones) -> None:
    """Answer whatever rings."""
    while True:
        call: SipCall = await phones.incoming.get()
        await call.answer()


async def measure(name: str, database_url: str | None, customers: int) -> dict[str, float]:
    """Measure on one database."""
    door, someone = Door(), random.Random(1)
    async with AsyncExitStack() as stack:
        phones = await stack.enter_async_context(sip_phones(AGENTS))
        target = await stack.enter_async_context(
            hub_target(
                through=door.before,
                database_url=database_url,
                fill=store,
                agents_at=SipAddress(*phones.address),
            )
        )
        take = partial(pops_ms, target, door, phones)
        await take([number(someone.randrange(1, CUSTOMERS)) for _ in range(10)])  # warm up
        known = await take([number(someone.randrange(1, CUSTOMERS)) for _ in range(customers)])
        busy = await take([number(0)] * BUSY)
        strangers = await take([f"+8170{n:08}" for n in range(STRANGERS)])
    return {
        f"{name}_pops": len(known),
        f"{name}_pop_ms_p50": percentile(known, 50),
        f"{name}_pop_ms_p99": percentile(known, 99),
        f"{name}_busy_pop_ms_p50": percentile(busy, 50),
        f"{name}_stranger_pop_ms_p50": percentile(strangers, 50),
    }


@contextmanager
def postgresql() -> Iterator[str | None]:
    """Yield the URL of a new database in a PostgreSQL of its own, None where it is not installed."""
    with tempfile.TemporaryDirectory(prefix="tp-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        try:
            cluster = postgresql_cluster(Path(folder) / "p")
        except ProgramMissing:
            yield None
            return
        cluster.start()
        try:
            cluster.create("bench")
            yield cluster.url("bench")
        finally:
            cluster.stop()


async def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--calls", type=int, default=KNOWN, help=f"calls of customers, each database ({KNOWN})"
    )
    calls: int = parser.parse_args().calls
    figures = {"customers": float(CUSTOMERS), **await measure("sqlite", None, calls)}
    with postgresql() as url:
        if url is not None:
            figures |= await measure("postgresql", url, calls)
    figures["screen_pop_ms_p50"] = max(
        figures.get(f"{name}_pop_ms_p50", 0.0) for name in ("sqlite", "postgresql")
    )
    print_report("screen_pop", figures)


if __name__ == "__main__":
    asyncio.run(main())
