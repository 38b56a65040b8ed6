"""What `bench.voice` measures: something that brings calls from a trunk to agents' phones."""

import asyncio
import math
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from bench.processes import cpu_s
from bench.sip_load import AGENTS, SipAddress
from cti.ami import AmiLink, AmiSettings
from cti.ami_events import AmiEvent, DeviceState, DeviceStateChanged
from hub.services.asterisk import AsteriskService
from tests.fakes.providers import ProviderSimulator
from tests.story.desktop import Desktop
from tests.support.asterisk import ROOT, AsteriskNode, asterisk_node
from tests.support.hub import RunningHub, prepared_hub
from tests.support.ports import free_port
from tests.support.redis import redis_service

AGENT_NAMES = tuple(f"agent{number:02}" for number in range(1, 21))
DIALLED = "0312345678"
QUEUE = "support"

_READY_S = 20.0
_PROMPTS_S = 180.0
_REST_S = 0.5
_REST_SHARE = 0.1
"""The hub is at rest once it has used no more of a core for so long."""
_RTP_PORTS = (12_000, 31_999)


class Target(Protocol):
    """A system under load, up until its context is left. `name` begins the names of its figures.

    The trunk's calls go to `sip` for the number `dialled`; the phones of all agents are at `agents`.
    """

    @property
    def name(self) -> str: ...

    @property
    def sip(self) -> SipAddress: ...

    @property
    def dialled(self) -> str: ...

    @property
    def agents(self) -> SipAddress: ...

    async def settled(self) -> None:
        """Wait until no call is left and every agent is free; raises `TimeoutError`."""


class DeviceStates:
    """Keeps what AMI says of the phones."""

    def __init__(self, names: Sequence[str]) -> None:
        self._devices = ("PJSIP/carrier", *(f"PJSIP/{name}" for name in names))
        self._states: dict[str, DeviceState] = {}
        self._changed = asyncio.Event()

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        """Begin anew."""
        self._states = dict(states)
        self._changed.set()

    def received(self, event: AmiEvent) -> None:
        """Keep up."""
        if isinstance(event, DeviceStateChanged):
            self._states[event.device] = event.state
            self._changed.set()

    def unlinked(self) -> None:
        """Know nothing."""
        self._states.clear()

    async def all_free(self) -> None:
        """Wait until no call is on the trunk and every agent's phone could be rung."""
        while any(self._states.get(device) is not DeviceState.NOT_IN_USE for device in self._devices):
            self._changed.clear()
            await self._changed.wait()


@dataclass(slots=True)
class QueueTarget:
    """Asterisk's own `Queue()`: the dialplan that serves calls while no hub is there."""

    node: AsteriskNode
    agents: SipAddress
    states: DeviceStates
    name: str = "queue"
    dialled: str = DIALLED

    @property
    def sip(self) -> SipAddress:
        """Where the trunk's calls go."""
        return SipAddress(self.node.sip_host, self.node.sip_port)

    async def settled(self) -> None:
        """See `Target`."""
        async with asyncio.timeout(_READY_S):
            await self.states.all_free()


@asynccontextmanager
async def queue_target(
    names: Sequence[str] = AGENT_NAMES, agents_at: SipAddress | None = None
) -> AsyncIterator[QueueTarget]:
    """Run an Asterisk of its own, as shipped but for the queue's members, its wrap-up and qualification."""
    with tempfile.TemporaryDirectory(prefix="tt-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        config = bench_configuration(Path(folder) / "config", names)
        node = asterisk_node(Path(folder) / "asterisk", config)
        node.service = with_rtp_ports(node.service)
        agents = agents_at or SipAddress(AGENTS, free_port())
        node.write_agents(*(node.agent(name, name, contact=f"sip:{name}@{agents}") for name in names))
        await asyncio.to_thread(node.service.start)
        try:
            link, states = AmiLink(ami_settings(node)), DeviceStates(names)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(link.run(states))
                await link.up(_READY_S)
                yield QueueTarget(node, agents, states)
                await link.close()
        finally:
            await asyncio.to_thread(node.service.stop)


@dataclass(slots=True)
class HubTarget:
    """The hub on an Asterisk of its own: no menu, and agents signed in by desktops without a screen."""

    queue: QueueTarget
    hub: RunningHub
    stack: AsyncExitStack
    agent_names: tuple[str, ...]
    desktops: dict[str, Desktop] = field(default_factory=dict)
    name: str = "hub"

    @property
    def sip(self) -> SipAddress:
        """Where the trunk's calls go."""
        return self.queue.sip

    @property
    def dialled(self) -> str:
        """A number that leads straight to the queue."""
        return self.queue.dialled

    @property
    def agents(self) -> SipAddress:
        """Where the agents' phones are."""
        return self.queue.agents

    async def settled(self) -> None:
        """See `Target`. Nothing is left either of what the hub writes behind its calls."""
        await self.queue.settled()
        pid, used_s = self.hub.service.daemon.pid, math.inf
        async with asyncio.timeout(_READY_S):
            while used_s > _REST_SHARE * _REST_S:
                before_s = cpu_s(pid)
                await asyncio.sleep(_REST_S)
                used_s = cpu_s(pid) - before_s

    async def sign_in(self) -> None:
        """Open a desktop for each agent, available, in place of the one before."""
        for name in self.agent_names:
            desktop = Desktop(self.hub.url, name, self.hub.passwords[name][0])
            self.desktops[name] = await self.stack.enter_async_context(desktop)
            await desktop.command("set_presence", presence="available")


async def _as_it_is(_: str) -> None:
    """Leave a new database empty."""


@asynccontextmanager
async def hub_target(
    agents: Sequence[str] = AGENT_NAMES,
    *,
    through: Callable[[str], AbstractAsyncContextManager[str]] | None = None,
    database_url: str | None = None,
    agents_at: SipAddress | None = None,
    fill: Callable[[str], Awaitable[None]] = _as_it_is,
) -> AsyncIterator[HubTarget]:
    """Run the hub beside an Asterisk as `queue_target` has it; every agent is available.

    `through` may put something before ARI, given and yielding its address. The database is a new SQLite
    unless one is named; `fill` puts into it what is to be there from the beginning. The agents' phones are at
    `agents_at`, without it at a free port.
    """
    async with AsyncExitStack() as stack:
        queue = await stack.enter_async_context(queue_target(agents, agents_at))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="th-", dir="/tmp")))
        redis = redis_service(folder / "redis")
        await asyncio.to_thread(redis.start)
        stack.callback(redis.stop)
        simulator = await stack.enter_async_context(ProviderSimulator())
        ari_url = queue.node.ari_url
        if through is not None:
            ari_url = await stack.enter_async_context(through(ari_url))
        hub = await prepared_hub(
            folder,
            queue.node,
            redis.url,
            simulator,
            config_dir=_hub_configuration(folder / "config", queue.node),
            database_url=database_url,
            DATA_DIR=str(folder / "data"),  # so that the hub does not write the phones' accounts
            ARI_URL=ari_url,
        )
        await fill(hub.database_url)
        for name in agents:
            await hub.add_agent(name, name)
        await hub.start()
        stack.push_async_callback(hub.stop)
        target = HubTarget(queue, hub, stack, tuple(agents))
        await target.sign_in()
        await _prompts_ready(hub)
        yield target


async def _prompts_ready(hub: RunningHub) -> None:
    """Wait until a hub that starts for the first time has made its prompts, which takes the processor."""
    async with asyncio.timeout(_PROMPTS_S):
        while all(line["event"] != "prompts.ready" for line in hub.log()):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.2)


def _hub_configuration(target: Path, node: AsteriskNode) -> Path:
    """Copy Asterisk's configuration, and add menus that ask nothing."""
    shutil.copytree(node.service.config, target)
    (target / "acd.conf").write_text(f"[{QUEUE}]\n")
    (target / "ivr.conf").write_text(f"[numbers]\n_. => in\n[in]\ntype = message\nthen => queue,{QUEUE}\n")
    return target


def bench_configuration(target: Path, names: Sequence[str] = AGENT_NAMES) -> Path:
    """Copy the shipped configuration: one queue, all agents in it, nothing that happens by the clock."""
    shutil.copytree(ROOT / "asterisk-config", target)
    members = "".join(f"member => PJSIP/{name}\n" for name in names)
    (target / "queues.conf").write_text(
        f"[general]\nautofill = yes\nshared_lastcall = yes\n\n[{QUEUE}]\nstrategy = rrmemory\ntimeout = 20\n"
        f"retry = 1\nwrapuptime = 0\nringinuse = no\njoinempty = yes\n{members}"
    )
    pjsip = target / "pjsip.conf"
    shipped = pjsip.read_text()
    changed = re.sub(r"(?m)^qualify_frequency = [0-9]+", "qualify_frequency = 0", shipped)
    assert changed != shipped, "pjsip.conf qualifies agents and trunks in another way now"
    pjsip.write_text(changed)
    return target


def with_rtp_ports(service: AsteriskService) -> AsteriskService:
    """Give it ports for thousands of calls; it steps over those that others use."""
    first, last = _RTP_PORTS
    ports = replace(service.settings.ports, rtp_first=first, rtp_last=last)
    return replace(service, settings=replace(service.settings, ports=ports))


def ami_settings(node: AsteriskNode) -> AmiSettings:
    """Return how a node's AMI is reached."""
    return AmiSettings(
        node=node.node, host=node.ami_host, port=node.ami_port, user=node.ami_user, password=node.ami_password
    )
