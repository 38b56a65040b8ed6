"""`./run bench start`: how long the hub, and a command, take to start.

`hub_start_s`: from `HubService.start`, which brings the database up to date before, to `/readyz`; Asterisk,
Redis and SQLite are there. `hub_stop_s`: to the end of its process. `command_s`: `toritsugi agent list`.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

from bench.desktops import one_queue
from bench.report import print_report
from bench.surroundings import Surroundings
from tests.support.hub import RunningHub

TIMES = 7


async def measure(hub: RunningHub, times: int) -> dict[str, float]:
    """Start and stop a hub so often; the first time, when modules may have to be compiled, does not count."""
    steps: dict[str, Callable[[], Awaitable[None]]] = {
        "hub_start_s": hub.start,
        "hub_stop_s": hub.stop,
        "command_s": partial(_list_agents, hub),
    }
    found: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(times + 1):
        print(f"start {number} of {times}", file=sys.stderr)
        for name, step in steps.items():
            began = time.monotonic()
            await step()
            if number:
                found[name].append(time.monotonic() - began)
    middle = {f"{name}_p50": statistics.median(took) for name, took in found.items()}
    return middle | {f"{name}_max": max(took) for name, took in found.items()}


async def _list_agents(hub: RunningHub) -> None:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub.cli", "agent", "list"),
        env=hub.service.environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    if await program.wait() != 0:
        raise RuntimeError("toritsugi agent list failed")


async def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES, help=f"how often each is done ({TIMES})")
    times: int = parser.parse_args().times
    async with AsyncExitStack() as stack:
        around = await Surroundings.begin(stack)
        hub = await around.hub(one_queue(around.folder, 1))
        stack.push_async_callback(hub.stop)
        print_report("start", await measure(hub, times))


if __name__ == "__main__":
    asyncio.run(main())
