"""A call centre for many calls at once: twenty agents with small SIP phones, parts to be cut off."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from acd.core.records import ContactRecord
from acd.ids import AgentId
from acd.router import Acd
from hub.accounts import Role
from tests.cti.proxy import Proxy, proxy_before
from tests.failures.fixtures import BY_OUTSIDE, outside_trunk
from tests.failures.floor import until
from tests.fakes.providers import ProviderSimulator
from tests.story.desktop import CommandRefused, Desktop
from tests.support.ari_proxy import AriProxy, ari_proxy
from tests.support.asterisk import ROOT, AsteriskNode, asterisk_node
from tests.support.call_log import TOLERANCE_MS, CallLog, call_log, journeys_agree
from tests.support.hub import RunningHub, prepared_hub
from tests.support.namespace import Namespace
from tests.support.redis import redis_service
from tests.support.sip import Address, SipCall, SipPhones, SipState, sip_phones

AGENTS = tuple(f"agent{number:02}" for number in range(1, 21))
SUPPORT, EVERYBODY, MENU = "0312345678", "0312345679", "0312345670"
"""Numbers that lead to a queue of one agent at a time, to one that rings all, to a menu that waits."""
ADMIN = "abe"
RTP_S = 6
"""How long a phone may be silent before Asterisk takes it for dead."""
_TRUNK, _PHONES, _OUTSIDE = "127.0.0.2", "127.0.0.3", "127.0.0.4"


@dataclass(slots=True)
class Crowd:
    """All parts. `phones` are the agents', `callers` come on the trunk, `outside` are called by another."""

    node: AsteriskNode
    hub: RunningHub
    acd: Acd
    ari: AriProxy
    ami: Proxy
    phones: SipPhones
    callers: SipPhones
    outside: SipPhones
    stack: AsyncExitStack
    log: CallLog
    tolerance_ms: int = TOLERANCE_MS
    desktops: dict[str, Desktop] = field(default_factory=dict)
    _rung: dict[str, asyncio.Queue[SipCall]] = field(default_factory=dict)
    _rung_outside: dict[str, asyncio.Queue[SipCall]] = field(default_factory=dict)
    _others: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def sip(self) -> Address:
        return self.node.sip_host, self.node.sip_port

    async def call(self, number: str, dialled: str = SUPPORT) -> SipCall:
        """Call in; the phones that ring for it are told to `rung` of that number."""
        self._rung[number] = asyncio.Queue()
        return await self.callers.call(dialled, number, self.sip)

    async def rung(self, number: str, timeout_s: float = 20.0) -> SipCall:
        """Wait for a phone that rings still for a caller: of `Queue()`, he may have come back to the hub."""
        async with asyncio.timeout(timeout_s):
            while (call := await self._rung[number].get()).state is SipState.ENDED:
                pass
            return call

    def expect_outside(self, number: str) -> asyncio.Queue[SipCall]:
        """Return where the calls to a number outside are put from now on, as they ring there."""
        return self._rung_outside.setdefault(number, asyncio.Queue())

    def leave(self, number: str) -> None:
        """Have whoever rings for a caller from now on answered and hung up again."""
        rung = self._rung.pop(number, None)
        while rung is not None and not rung.empty():
            self._serve(rung.get_nowait())

    async def distribute(self) -> None:
        """Tell those who wait for it which phones ring, until cancelled."""
        while True:
            call = await self.phones.incoming.get()
            if (rung := self._rung.get(call.number)) is not None:
                rung.put_nowait(call)
            else:
                self._serve(call)

    async def distribute_outside(self) -> None:
        """Tell those who expect it which numbers outside ring, until cancelled."""
        while True:
            call = await self.outside.incoming.get()
            self._rung_outside[call.user].put_nowait(call)

    def _serve(self, call: SipCall) -> None:
        task = asyncio.create_task(_serve(call))
        self._others.add(task)
        task.add_done_callback(self._others.discard)

    async def sign_in(self) -> None:
        """Open all agents' desktops anew, all of them available."""

        async def one(agent: str) -> None:
            desktop = Desktop(self.hub.url, agent, self.hub.passwords[agent][0])
            self.desktops[agent] = await self.stack.enter_async_context(desktop)

        await asyncio.gather(*map(one, AGENTS))
        await self.available(*AGENTS)

    async def available(self, *agents: str) -> None:
        """Let agents be available."""
        commands = (self.desktops[each].command("set_presence", presence="available") for each in agents)
        await asyncio.gather(*commands)

    async def rested(self, *agents: str) -> None:
        """Let agents be available who missed a call: they rest no more."""
        await self.away(*agents)
        await self.available(*agents)

    async def away(self, *agents: str) -> None:
        for agent in agents:
            await self.desktops[agent].command("set_presence", presence="not_ready", reason="test")

    async def contacts(self) -> list[ContactRecord]:
        return list((await self.acd.snapshot()).state.contacts.values())

    async def channels(self) -> list[str]:
        """Return Asterisk's channels, one line each."""
        lines = (await self.node.cli("core show channels concise")).splitlines()
        return [line for line in lines if "!" in line]

    async def diagnosis(self) -> Any:
        """Return what the doctor says."""
        path = f"{self.hub.url}/api/v1"
        async with aiohttp.ClientSession() as http:
            body = {"id": ADMIN, "password": self.hub.passwords[ADMIN][0]}
            async with http.post(f"{path}/session", json=body) as answer:
                headers = {"Authorization": f"Bearer {(await answer.json())['token']}"}
            async with http.get(f"{path}/doctor", headers=headers) as answer:
                answer.raise_for_status()
                return await answer.json()

    async def is_healthy(self) -> None:
        """See that the doctor finds nothing, whatever goes on."""
        found = await self.diagnosis()
        told = [(each["kind"], each["subject"], each["agent"]) for each in found["differences"]]
        for _, subject, _ in told:
            self.print_all_of(subject.rpartition(".bridge.")[2])
        assert not told, told
        assert not found["away"], found["away"]

    def contacts_of(self, number: str) -> set[str]:
        """Return the contacts of a caller that any desktop was shown."""
        address = f"+81{number[1:]}"
        events = [event for desktop in self.desktops.values() for _, event in desktop.events]
        return {event["id"] for event in events if event.get("address") == address and "id" in event}

    def print_all_of(self, contact: str) -> None:
        """Print what was logged and shown of a contact."""
        shown = [
            (at_s, agent, event)
            for agent, desktop in self.desktops.items()
            for at_s, event in desktop.events
            if contact in str(event)
        ]
        for each in (*[line for line in self.hub.log() if contact in str(line)], *sorted(shown, key=str)):
            print(each)

    async def settle(self) -> None:
        """Hang up what a test left, and see that nothing stays: no channel, contact, offer or difference."""
        for phones in (self.callers, self.phones, self.outside):
            for call in phones.up:
                await call.hang_up()
        self._rung.clear()
        self._rung_outside.clear()
        try:
            await until(self._is_empty, timeout_s=30)
        except TimeoutError:
            print("stayed:", await self.channels(), await self.contacts(), await self.diagnosis())
            raise
        state = (await self.acd.snapshot()).state
        assert not state.offers
        assert [each for each in AGENTS if not state.agents[AgentId(each)].is_signed_in] == []
        assert not self.callers.up + self.phones.up + self.outside.up
        await self.is_healthy()
        await self.rested(*AGENTS)

    async def journeys_agree(self, since_ms: int) -> None:
        """See that the journeys of calls that came since then have the times that Asterisk has."""
        for explained in await journeys_agree(self.log, self.hub, since_ms, self.tolerance_ms):
            print(explained)

    async def _is_empty(self) -> bool:
        for record in await self.contacts():
            if record.agent is not None and record.state == "wrap_up":
                with suppress(CommandRefused):
                    await self.desktops[record.agent].command(
                        "wrap_up", contact=record.contact.id, disposition="other"
                    )
        return not await self.channels() and not await self.contacts()


async def _serve(call: SipCall) -> None:
    """Be an agent who is brief."""
    await call.answer()
    await asyncio.sleep(0.05)
    await call.hang_up()


@asynccontextmanager
async def open_crowd(state: Path, space: Namespace | None = None) -> AsyncIterator[Crowd]:
    """Start everything, and stop it at the end. The hub reaches Asterisk by the link to `space`, if given."""
    listening = space.listening if space is not None else lambda: None
    config = crowd_configuration(state / "config")
    async with AsyncExitStack() as stack:
        node, redis = asterisk_node(state / "a", config), redis_service(state / "r")
        phones = await stack.enter_async_context(sip_phones(_PHONES))
        where = f"{phones.address[0]}:{phones.address[1]}"
        node.write_agents(*(node.agent(name, name, contact=f"sip:{name}@{where}") for name in AGENTS))
        outside = await stack.enter_async_context(sip_phones(_OUTSIDE))
        node.service.settings.trunks_file.write_text(outside_trunk(*outside.address), encoding="utf-8")
        for service in (node.service, redis):
            await asyncio.to_thread(service.start)
            stack.push_async_callback(asyncio.to_thread, service.stop)
        log = await stack.enter_async_context(call_log(node))
        ari = await stack.enter_async_context(ari_proxy(node.ari_url, listening()))
        ami, ami_url = await stack.enter_async_context(
            proxy_before(f"http://{node.ami_host}:{node.ami_port}", listening())
        )
        simulator = await stack.enter_async_context(ProviderSimulator())
        hub = await prepared_hub(
            state,
            node,
            redis.url,
            simulator,
            config_dir=config,
            DATA_DIR=str(state / "data"),  # so that the hub does not write the phones' accounts
            ARI_URL=ari.url,
            AMI_HOST=urlsplit(ami_url).hostname or "",
            AMI_PORT=ami_url.rpartition(":")[2],
            **BY_OUTSIDE,
        )
        await asyncio.gather(*(hub.add_agent(name, name) for name in AGENTS))
        await hub.add_agent(ADMIN, "阿部", Role.ADMIN)
        node.write_agents(node.agent(ADMIN, ADMIN, contact=f"sip:{ADMIN}@{where}"))
        await node.cli("module reload res_pjsip.so")
        stack.push_async_callback(hub.stop)
        await hub.start()
        acd = Acd(redis.url)
        stack.push_async_callback(acd.close)
        callers = await stack.enter_async_context(sip_phones(_TRUNK))
        crowd = Crowd(node, hub, acd, ari, ami, phones, callers, outside, stack, log)
        for distributing in (crowd.distribute(), crowd.distribute_outside()):
            stack.callback(asyncio.create_task(distributing).cancel)
        await crowd.sign_in()
        yield crowd


def crowd_configuration(target: Path) -> Path:
    """Copy the shipped configuration: two queues of all agents, a menu, phones that soon count as dead."""
    shutil.copytree(ROOT / "asterisk-config", target)
    members = "".join(f"member => PJSIP/{name}\n" for name in AGENTS)
    common = "timeout = 5\nretry = 1\nwrapuptime = 1\nringinuse = no\njoinempty = yes\nmonitor-format = wav\n"
    (target / "queues.conf").write_text(
        "[general]\nautofill = yes\nshared_lastcall = yes\n\n"
        f"[support]\nstrategy = rrmemory\n{common}{members}\n"
        f"[everybody]\nstrategy = ringall\n{common}{members}"
    )
    disposition = "disposition => other,その他,Other\n"
    (target / "acd.conf").write_text(f"[support]\n{disposition}[everybody]\n{disposition}")
    (target / "ivr.conf").write_text(
        f"[numbers]\n{EVERYBODY} => all\n{MENU} => menu\n_. => in\n"
        "[menu]\nprompt[ja] => お電話ありがとうございます。\nprompt[en] => Thank you for calling.\n"
        "timeout = 60\nretries = 0\nkey => 1,queue,support\non_timeout => queue,support\n"
        "[in]\ntype = message\nthen => queue,support\n[all]\ntype = message\nthen => queue,everybody\n"
    )
    pjsip = target / "pjsip.conf"
    text = pjsip.read_text().replace("qualify_frequency = 30", "qualify_frequency = 0")
    head, agents = text.split("[agent](!)")
    changed = (
        f"{head}[agent](!){re.sub('(?m)^rtp_timeout = [0-9]+', f'rtp_timeout = {RTP_S}', agents, count=1)}"
    )
    assert changed != text, "pjsip.conf has another rtp_timeout for agents now"
    pjsip.write_text(changed)
    return target
