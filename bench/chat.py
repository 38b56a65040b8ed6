"""How many chats a hub holds, and how fast they reach agents: `python -m bench.chat`.

A hub on SQLite with real Redis and Asterisk; the load comes from this process, on the same machine:

- `chat_sockets`: widgets connected at a time, each with a session of its own.
- `kib_per_socket`: by how much the hub's resident memory grew for each of them.
- `chat_desktop_ms_p50`, `chat_desktop_ms_p99`: from the widget to the agent's socket, 200 messages a
  second over 100 of those sessions, which 10 agents have, while all sockets are held.
- `chat_hub_cpu_ms_a_message`: the hub's processor time meanwhile, for each of them.
- `chat_missed`: messages that came to no desktop; `chat_unacknowledged`: those that the hub did not confirm.
"""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench.desktops import shown_texts, take_threads
from bench.processes import cpu_s, memory_mib
from bench.report import print_report
from bench.surroundings import Surroundings
from bench.voice_figures import percentile
from tests.story.desktop import Desktop
from tests.support.hub import RunningHub

SOCKETS, AT_ONCE = 2_000, 50
AGENTS, THREADS_EACH = 10, 10
RATE, MESSAGES = 200.0, 3_000
WARM = 50

Figures = dict[str, float]


@dataclass(slots=True)
class Widgets:
    """Customers' sockets, and what the hub confirmed."""

    hub: RunningHub
    session: aiohttp.ClientSession
    sockets: list[aiohttp.ClientWebSocketResponse] = field(default_factory=list)
    readers: list[asyncio.Task[None]] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)

    async def open(self, count: int) -> None:
        """Connect so many more, some at once."""
        free = asyncio.Semaphore(AT_ONCE)

        async def one() -> None:
            async with free:
                url = f"{self.hub.url}/chat/socket"
                socket = await self.session.ws_connect(url, protocols=("toritsugi.chat.v1",), compress=0)
                await socket.send_str('{"type":"hello"}')
                assert json.loads((await socket.receive()).data)["type"] == "welcome"
                self.sockets.append(socket)
                self.readers.append(asyncio.create_task(self._read(socket)))

        await asyncio.gather(*(one() for _ in range(count)))

    async def close(self) -> None:
        for reader in self.readers:
            reader.cancel()
        await asyncio.gather(*self.readers, return_exceptions=True)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            frame = json.loads(message.data)
            if frame["type"] == "ack":
                self.acknowledged.add(frame["id"])

    async def say(self, socket: aiohttp.ClientWebSocketResponse, id_: str, words: str) -> None:
        await socket.send_str(json.dumps({"type": "say", "id": id_, "text": words}))


async def hold(widgets: Widgets) -> Figures:
    """Connect all sockets, and see what they take."""
    await widgets.open(WARM)
    before = memory_mib(widgets.hub.service.daemon.pid)
    await widgets.open(SOCKETS - WARM)
    await asyncio.sleep(3.0)  # so that what only connecting takes is given back
    grown = memory_mib(widgets.hub.service.daemon.pid) - before
    return {"chat_sockets": len(widgets.sockets), "kib_per_socket": grown * 1024 / (SOCKETS - WARM)}


async def to_desktops(widgets: Widgets, hub: RunningHub, stack: AsyncExitStack) -> Figures:
    """Measure how long a message takes to the socket of the agent who has its chat."""
    desktops = [
        await stack.enter_async_context(Desktop(hub.url, agent, hub.passwords[agent][0]))
        for agent in _agents()
    ]
    for desktop in desktops:
        await desktop.command("set_presence", presence="available")
    talking = widgets.sockets[: AGENTS * THREADS_EACH]
    for number, socket in enumerate(talking):
        await widgets.say(socket, f"first-{number:05}", f"first {number}")
    await asyncio.gather(*(take_threads(desktop, THREADS_EACH) for desktop in desktops))
    sent: dict[str, float] = {}
    cpu_before, began = cpu_s(hub.service.daemon.pid), _clock()
    for number in range(MESSAGES):
        await asyncio.sleep(max(0.0, began + number / RATE - _clock()))
        sent[f"message {number}"] = _clock()
        await widgets.say(talking[number % len(talking)], f"message-{number:05}", f"message {number}")
    shown = await shown_texts(desktops, set(sent))
    cpu_ms = (cpu_s(hub.service.daemon.pid) - cpu_before) * 1000
    times = [(shown[said] - at) * 1000 for said, at in sent.items() if said in shown]
    return {
        "chat_desktop_ms_p50": percentile(times, 50),
        "chat_desktop_ms_p99": percentile(times, 99),
        "chat_hub_cpu_ms_a_message": cpu_ms / MESSAGES,
        "chat_missed": len(sent) - len(times),
        "chat_unacknowledged": MESSAGES + len(talking) - len(widgets.acknowledged),
        "chat_sockets_lost": sum(socket.closed for socket in widgets.sockets),
    }


async def main() -> None:
    """Measure and report."""
    async with AsyncExitStack() as stack:
        around = await Surroundings.begin(stack)
        hub = await around.hub(
            _config(around.folder),
            CHAT_ORIGINS="https://www.example.jp",
            CHAT_SOCKETS_PER_ADDRESS=str(2 * SOCKETS),
            CHAT_MESSAGES_PER_MIN="6000",
        )
        for agent in _agents():
            await hub.add_agent(agent, agent)
        await hub.start()
        stack.push_async_callback(hub.stop)
        connector = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        widgets = Widgets(hub, session)
        stack.push_async_callback(widgets.close)
        figures = await hold(widgets)
        async with AsyncExitStack() as desktops:
            figures |= await to_desktops(widgets, hub, desktops)
    print_report("chat", figures)


def _config(folder: Path) -> Path:
    """Write the configuration: one queue with all agents, each of whom may have ten chats."""
    config = folder / "config"
    config.mkdir()
    members = "".join(f"member => PJSIP/{agent}\n" for agent in _agents())
    (config / "queues.conf").write_text(f"[support]\nstrategy = rrmemory\ntimeout = 60\n{members}")
    cost = f"[general]\ncost => chat,{100 // THREADS_EACH}\n"
    (config / "acd.conf").write_text(f"{cost}[support]\nwrapup = none\ndisposition => done,完了,Done\n")
    (config / "ivr.conf").write_text("[numbers]\n_. => main\n[main]\ntype = message\nthen => queue,support\n")
    return config


def _agents() -> list[str]:
    return [f"agent{number:02}" for number in range(AGENTS)]


def _clock() -> float:
    return asyncio.get_running_loop().time()


if __name__ == "__main__":
    asyncio.run(main())
