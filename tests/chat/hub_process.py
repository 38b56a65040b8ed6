"""A hub's chat in a process of its own, to be killed: arguments are folder, Redis, port."""

import asyncio
from pathlib import Path

from aiohttp import web

from acd.contact import Channel
from gateways.chat.limits import ChatLimits
from gateways.inbox import InboxWorker
from gateways.outbox import Outbox
from gateways.protocol import Delivery, Outbound
from hub.http.chat import ChatPages
from tests.chat.conftest import chat_hub
from tests.support.forks import fork_each


async def _main(folder: str, redis_url: str, port: str) -> None:
    limits = ChatLimits(sockets=1000, messages_per_min=60_000)
    hub = await chat_hub(Path(folder), redis_url, limits=limits, is_new=False)
    gateways = {Channel.CHAT: hub.gateway}

    async def ignore(_message: Outbound, _delivery: Delivery) -> None:
        pass

    app = web.Application()
    ChatPages(hub.parts, None, f"http://127.0.0.1:{port}").add_to(app)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(port)).start()
    async with asyncio.TaskGroup() as tasks:
        for service in (
            hub.inbox.run(),
            InboxWorker(hub.inbox, gateways, hub.handle).run(),
            Outbox(hub.engine, gateways, ignore, owner="hub").run(),
            hub.parts.base.rooms.run(),
        ):
            tasks.create_task(service)


if __name__ == "__main__":
    fork_each(_main)
