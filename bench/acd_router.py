"""A router in a process of its own: `python -m bench.acd_router REDIS_URL BATCH_MAX`, until it is killed."""

import asyncio
import sys

import uvloop

from acd.router import Acd
from acd.router_redis import Bounds


async def main(url: str, batch_max: int) -> None:
    acd = Acd(url, bounds=Bounds(batch_max=batch_max))
    print("ready", flush=True)
    await acd.run()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], int(sys.argv[2])))
