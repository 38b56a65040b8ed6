"""A call centre of a test's own, every part of which may be stopped: Asterisk, Redis, hub, two agents."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from acd.agent import Presence
from acd.core.records import ContactRecord
from acd.events import ContactLeft
from acd.ids import AgentId, ContactId
from acd.router import Acd, Snapshot
from cti.softphone import (
    AccountSettings,
    CallState,
    MediaState,
    PhoneCall,
    RegistrationFailed,
    Softphone,
    SoftphoneEngine,
)
from gateways.inbox import Inbox
from gateways.outbox import Outbox
from gateways.protocol import Delivery, Outbound
from hub.accounts import Role
from hub.database import create_engine
from hub.services.redis import RedisService
from tests.fakes.providers import ProviderSimulator
from tests.story.desktop import CommandRefused, Desktop, Event
from tests.support.asterisk import ROOT, AsteriskNode, asterisk_node
from tests.support.call_log import CallLog, call_log, journeys_agree
from tests.support.hub import RunningHub, prepared_hub
from tests.support.redis import redis_service

T = TypeVar("T")

TRUNK = "127.0.0.2"
DIALLED = "0312345678"
WITHHELD = "anonymous"
RING_S = 4
_POLL_S = 0.05
_AGENTS = {"sato": "佐藤", "tanaka": "田中"}


@dataclass(slots=True)
class Agent:
    """A member of `support` with a desktop and a phone that is registered."""

    desktop: Desktop
    phone: Softphone

    async def available(self) -> None:
        await self.desktop.command("set_presence", presence="available")

    async def away(self) -> None:
        await self.desktop.command("set_presence", presence="not_ready", reason="test")

    async def rings(self, timeout_s: float = 20.0) -> PhoneCall:
        """Return the next call at the phone that rings still."""
        async with asyncio.timeout(timeout_s):
            while (call := await self.phone.next_call(timeout_s)).state is CallState.ENDED:
                pass
            return call

    async def answers(self, timeout_s: float = 20.0) -> tuple[PhoneCall, Event]:
        """Take the next call; returns it with the contact as the desktop shows it once it is connected."""
        seen = len(self.desktop.events)
        call = await self.rings(timeout_s)
        await call.answer()
        return call, await self.desktop.wait(
            "contact", lambda event: event["state"] == "connected", after=seen
        )

    async def talks(self) -> tuple[PhoneCall, str]:
        """Take the next call; returns it and the id of its contact."""
        call, contact = await self.answers()
        return call, contact["id"]

    async def consults(self, contact: str, other: "Agent") -> tuple[PhoneCall, str]:
        """Consult another agent about a call, who answers; returns his call and his own contact."""
        seen = len(other.desktop.events)
        await self.desktop.command("consult", contact=contact, to={"agent": other.desktop.agent})
        call = await other.rings()
        await call.answer()
        own = await other.desktop.wait(
            "contact", lambda event: event["about"] == contact and event["state"] == "connected", after=seen
        )
        await self.party(contact, own["id"], "talking")
        return call, str(own["id"])

    async def party(self, contact: str, party: str, state: str | None, *, after: int = 0) -> Event:
        """Wait until the latest that the desktop was told of a call shows a party so; None: no more."""

        async def shown() -> Event | None:
            told = [
                event
                for _, event in self.desktop.events[after:]
                if event["type"] == "contact" and event["id"] == contact
            ]
            if not told:
                return None
            states = {each["id"]: each["state"] for each in told[-1]["parties"]}
            return told[-1] if states.get(party) == state else None

        return await until(shown)

    async def offered(self) -> Event:
        """Return the text offer that stands or comes."""

        def stands(offer: Event) -> bool:
            events = [event for _, event in self.desktop.events]
            won = {event["id"] for event in events if event["type"] == "contact"}
            gone = {event["offer"] for event in events if event["type"] == "offer_withdrawn"}
            is_text = offer["channel"] != "voice"
            return is_text and offer["contact"] not in won and offer["offer"] not in gone

        return await self.desktop.wait("offer", stands)

    async def accepts(self) -> Event:
        """Take a text offer; returns the contact as the desktop shows it."""
        seen, offer = len(self.desktop.events), await self.offered()
        await self.desktop.command("accept", offer=offer["offer"])
        return await self.shown(offer["contact"], "connected", after=seen)

    async def wraps_up(self, contact: str, *, after: int = 0) -> None:
        """Wait for the wrap-up of a contact and end it."""
        await self.shown(contact, "wrap_up", after=after)
        await self.desktop.command("wrap_up", contact=contact, disposition="other")
        await self.shown(contact, "ended", after=after)

    async def shown(self, contact: str, state: str, *, after: int = 0, timeout_s: float = 20.0) -> Event:
        return await self.desktop.wait(
            "contact",
            lambda event: event["id"] == contact and event["state"] == state,
            after=after,
            timeout_s=timeout_s,
        )


@dataclass(slots=True)
class Floor:
    """All parts, up and known to each other."""

    node: AsteriskNode
    redis: RedisService
    config: Path
    hub: RunningHub
    simulator: ProviderSimulator
    engine: SoftphoneEngine
    acd: Acd
    http: aiohttp.ClientSession
    stack: AsyncExitStack
    names: tuple[str, ...]
    log: CallLog
    differs_because: str = ""
    agents: dict[str, Agent] = field(default_factory=dict)
    callers: dict[str, Softphone] = field(default_factory=dict)

    @property
    def sato(self) -> Agent:
        return self.agents["sato"]

    @property
    def tanaka(self) -> Agent:
        return self.agents["tanaka"]

    @property
    def suzuki(self) -> Agent:
        return self.agents["suzuki"]

    async def call(self, number: str, keys: str = "1", headers: dict[str, str] | None = None) -> PhoneCall:
        """Call in on the trunk; once answered, press keys (none: not even waiting for an answer)."""
        if number not in self.callers:
            domain = "anonymous.invalid" if number == WITHHELD else TRUNK
            settings = AccountSettings(user=number, domain=domain, bound_address=TRUNK)
            self.callers[number] = await self.engine.account(settings)
        uri = f"sip:{DIALLED}@{self.node.sip_host}:{self.node.sip_port}"
        call = await self.callers[number].call(uri, headers)
        if keys:
            await call.wait(CallState.ANSWERED, 20)
            await call.wait_media(MediaState.ACTIVE, 20)
            await call.dtmf(keys)
        return call

    def desktop(self, agent: str) -> Desktop:
        """Return another desktop of an agent, to be opened."""
        return Desktop(self.hub.url, agent, self.hub.passwords[agent][0])

    async def sign_in(self) -> None:
        """Open a desktop for each agent, in place of the one before."""
        for name in self.names:
            desktop = await self.stack.enter_async_context(self.desktop(name))
            if name in self.agents:
                self.agents[name].desktop = desktop
            else:
                self.agents[name] = Agent(desktop, await self.phone(name))

    async def phone(self, agent: str) -> Softphone:
        """Return a phone of an agent, registered; an account that was just made takes a moment."""
        phone = await self.engine.account(
            AccountSettings(
                user=agent,
                domain=self.node.sip_host,
                password=self.hub.passwords[agent][1],
                registrar=f"sip:{self.node.sip_host}:{self.node.sip_port}",
            )
        )
        await registered(phone)
        return phone

    async def snapshot(self) -> Snapshot:
        return await self.acd.snapshot()

    async def contacts(self) -> list[ContactRecord]:
        """Return what the router has."""
        return list((await self.snapshot()).state.contacts.values())

    async def contact(self, contact: str) -> ContactRecord | None:
        """Return a contact as the router has it."""
        return (await self.snapshot()).state.contacts.get(ContactId(contact))

    async def waiting(self, queue: str = "support") -> ContactRecord:
        """Wait for a contact that the router has in a queue and return it."""

        async def found() -> ContactRecord | None:
            contacts = [each for each in await self.contacts() if each.contact.queue == queue]
            return next((each for each in contacts if each.is_queued), None)

        return await until(found)

    async def is_resting(self, agent: str) -> bool:
        """Whether the router keeps an agent from offers after a miss."""
        return bool((await self.snapshot()).state.agents[AgentId(agent)].cooling_until_ms)

    async def channels(self) -> list[str]:
        """Return Asterisk's channels, one line each: name, context..., application at place 5."""
        lines = (await self.node.cli("core show channels concise")).splitlines()
        return [line for line in lines if "!" in line]

    async def in_queue(self) -> list[str]:
        """Return the channels that wait in, or talk through, app_queue."""
        return [line for line in await self.channels() if line.split("!")[5] == "Queue"]

    async def asterisk_s_view(self) -> str:
        """Return what Asterisk has, for a person to read."""
        commands = (
            "core show channels concise",
            "queue show support",
            "pjsip show contacts",
            "pjsip show channelstats",
        )
        return "\n".join([await self.node.cli(command) for command in commands])

    async def hub_letters(self) -> list[Any]:
        """Return the dead letters, in and out."""
        engine = create_engine(self.hub.database_url)
        try:
            inbox, outbox = Inbox(engine, owner="test"), Outbox(engine, {}, _nobody, owner="test")
            return [*await inbox.dead_letters(), *await outbox.dead_letters()]
        finally:
            await engine.dispose()

    async def ready(self) -> dict[str, Any]:
        """Return what `/readyz` answers."""
        async with self.http.get(f"{self.hub.url}/readyz") as answer:
            found: dict[str, Any] = await answer.json()
            assert (answer.status == 200) is found["ready"]
            return found

    async def until_ready(self, part: str, *, ready: bool) -> None:
        """Wait until `/readyz` says so of a part, and of the whole."""

        async def holds() -> bool:
            found = await self.ready()
            return found["parts"][part]["ready"] is ready and found["ready"] is ready

        await until(holds)

    async def metric(self, line: str) -> float:
        """Return the value of one line of `/metrics`, 0 if there is none."""
        async with self.http.get(f"{self.hub.url}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return next((float(each.rsplit(" ", 1)[1]) for each in lines if each.startswith(line)), 0.0)

    @asynccontextmanager
    async def edited(
        self, name: str, edit: Callable[[str], str], expected: str = "config.reloaded"
    ) -> AsyncIterator[dict[str, str]]:
        """Change a file for the time of the block; yields what the hub logs when it reads it."""
        path = self.config / name
        text = path.read_text(encoding="utf-8")
        path.write_text(edit(text), encoding="utf-8")
        try:
            yield await self._reload(expected)
        finally:
            path.write_text(text, encoding="utf-8")
        await self._reload("config.reloaded")

    async def _reload(self, expected: str) -> dict[str, str]:
        seen = len(self.hub.log())
        self.hub.signal(signal.SIGHUP)

        async def logged() -> dict[str, str] | None:
            return next((line for line in self.hub.log()[seen:] if line["event"] == expected), None)

        return await until(logged)

    async def kill_hub(self) -> None:
        """Kill the hub; Asterisk hears of it by the end of the connection."""
        self.hub.signal(signal.SIGKILL)

        async def is_gone() -> bool:
            return self.hub.service.daemon.pid is None

        await until(is_gone)

    async def settle(self) -> None:
        """End all that a test left, and see that nothing stays: no channel, no contact, no offer."""
        for caller in self.callers.values():
            await caller.close()
        self.callers.clear()  # pjsua2 aborts at its ninth account
        for agent in self.agents.values():
            for call in agent.phone.calls:
                await call.hang_up()
            await agent.away()
        await until(self._is_empty, timeout_s=30)
        await until(self._nobody_is_stuck)
        for agent in self.agents.values():
            with suppress(TimeoutError):
                while True:  # calls that no test took
                    await agent.phone.next_call(0.001)
            async with self.desktop(agent.desktop.agent) as desktop:
                welcome = await desktop.wait("welcome")
            assert (welcome["offers"], welcome["contacts"]) == ([], [])

    async def journeys_agree(self, since_ms: int) -> None:
        """See that the journeys of calls that came since then have the times that Asterisk has.

        Unless a test says why its own may not: `differs_because`.
        """
        if self.differs_because:
            print(f"not compared: {self.differs_because}")
            self.differs_because = ""
            return
        for explained in await journeys_agree(self.log, self.hub, since_ms):
            print(explained)

    async def _is_empty(self) -> bool:
        for record in await self.contacts():
            await self._finish(record)
        return not await self.channels() and not await self.contacts()

    async def _nobody_is_stuck(self) -> bool:
        """Whether the router has all agents as they made themselves, and no offer to any."""
        state = (await self.snapshot()).state
        agents = [state.agents[AgentId(name)] for name in self.names]
        return not state.offers and all(
            each.presence is Presence.NOT_READY and not each.is_on_phone for each in agents
        )

    async def _finish(self, record: ContactRecord) -> None:
        contact = record.contact
        if record.agent is None:
            if not contact.channel.is_live or contact.is_callback:
                await self.acd.submit(ContactLeft(contact=contact.id, reason="test"))
            return
        desktop = self.agents[record.agent].desktop
        with suppress(CommandRefused):
            if record.state == "wrap_up":
                await desktop.command("wrap_up", contact=contact.id, disposition="other")
            elif not contact.channel.is_live:
                await desktop.command("hang_up", contact=contact.id)


async def _nobody(message: Outbound, delivery: Delivery) -> None:
    """Nobody is told of deliveries."""


async def until(look: Callable[[], Awaitable[T | None]], *, timeout_s: float = 20.0) -> T:
    """Look again and again until something is there, since nothing says when; raises `TimeoutError`."""
    async with asyncio.timeout(timeout_s):
        while not (found := await look()):  # noqa: ASYNC110 - nobody could set an event
            await asyncio.sleep(_POLL_S)
        return found


async def presses(call: PhoneCall, key: str) -> None:
    """Press a key again and again until the call ends: nothing says when the question is asked."""

    async def is_over() -> bool:
        if call.state is not CallState.ENDED:
            await call.dtmf(key)
            await asyncio.sleep(1.0)
        return call.state is CallState.ENDED

    await until(is_over, timeout_s=60)


def _as_it_is(name: str, text: str) -> str:
    return text


def short_of_patience(folder: Path, edit: Callable[[str, str], str] = _as_it_is) -> Path:
    """Copy the configuration into a folder, with phones that ring for a short time only.

    `edit` gets name and text of each file and returns the text to be written.
    """
    folder.mkdir()
    for path in (ROOT / "asterisk-config").iterdir():
        text = path.read_text(encoding="utf-8")
        if path.name == "queues.conf":
            text = text.replace("timeout = 20 ", f"timeout = {RING_S} ")
        (folder / path.name).write_text(edit(path.name, text), encoding="utf-8")
    return folder


@asynccontextmanager
async def open_floor(
    state: Path,
    database_url: str,
    trunks: str = "",
    *,
    edit: Callable[[str, str], str] = _as_it_is,
    more_agents: Mapping[str, str] | None = None,
    supervisor: str = "",
    **environment: Any,
) -> AsyncIterator[Floor]:
    """Start everything, sign all agents in and register their phones; stop everything at the end.

    `trunks` is what stands in `pjsip_trunks.conf`, `edit` changes the other files, `environment` has
    further settings of the hub. `more_agents` (id: name) are members of no queue, nor is the `supervisor`
    (an id), if there is to be one.
    """
    agents = {**_AGENTS, **(more_agents or {}), **({supervisor: supervisor} if supervisor else {})}
    config = short_of_patience(state / "config", edit)
    async with AsyncExitStack() as stack:
        node, redis = asterisk_node(state / "a", config), redis_service(state / "r")
        node.service.settings.trunks_file.write_text(trunks, encoding="utf-8")
        for service in (node.service, redis):
            await asyncio.to_thread(service.start)
            stack.push_async_callback(asyncio.to_thread, service.stop)
        log = await stack.enter_async_context(call_log(node))
        simulator = await stack.enter_async_context(ProviderSimulator())
        hub = await prepared_hub(
            state,
            node,
            redis.url,
            simulator,
            config_dir=config,
            database_url=database_url,
            **environment,
        )
        for agent, name in agents.items():
            await hub.add_agent(agent, name, Role.SUPERVISOR if agent == supervisor else Role.AGENT)
        stack.push_async_callback(hub.stop)
        await hub.start()
        acd = Acd(redis.url)
        stack.push_async_callback(acd.close)
        floor = Floor(
            node=node,
            redis=redis,
            config=config,
            hub=hub,
            simulator=simulator,
            engine=await stack.enter_async_context(SoftphoneEngine()),
            acd=acd,
            http=await stack.enter_async_context(aiohttp.ClientSession()),
            stack=stack,
            names=tuple(agents),
            log=log,
        )
        await floor.sign_in()
        yield floor


async def registered(phone: Softphone) -> None:
    """Wait until Asterisk knows a phone."""

    async def is_registered() -> bool:
        try:
            await phone.registered()
        except RegistrationFailed:
            await asyncio.sleep(_POLL_S)
            with suppress(RegistrationFailed):
                await phone.register()
        return phone.is_registered

    await until(is_registered)
