"""The AMI link against a real Asterisk."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeGuard

import pytest

from cti.ami import AmiLink, AmiLoginRefused, AmiRefused, AmiSettings, AmiTimes, AmiUnavailable
from cti.ami_events import (
    AgentCalled,
    AgentCompleted,
    AgentConnected,
    AmiEvent,
    ChannelEventLogged,
    ContactStatus,
    ContactStatusChanged,
    DeviceState,
    DeviceStateChanged,
    QueueCallerAbandoned,
    QueueCallerJoined,
    QueueCallerLeft,
)
from cti.softphone import AccountSettings, CallState, Softphone, SoftphoneEngine
from tests.cti.proxy import proxy_before
from tests.support.asterisk import AsteriskNode, asterisk_node
from tests.support.quiet import quiet

pytestmark = pytest.mark.real

TRUNK = "127.0.0.2"
SOON_S = 20.0


class Notes:
    """A listener that writes down what it is told."""

    def __init__(self) -> None:
        self.states: dict[str, DeviceState] = {}
        self.events: list[AmiEvent] = []
        self._changed = asyncio.Event()

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        self.states = dict(states)
        self._changed.set()

    def received(self, event: AmiEvent) -> None:
        if isinstance(event, DeviceStateChanged):
            self.states[event.device] = event.state
        self.events.append(event)
        self._changed.set()

    def unlinked(self) -> None:
        self.states = {}
        self._changed.set()

    async def until(self, holds: Callable[[], bool], timeout_s: float = SOON_S) -> None:
        async with asyncio.timeout(timeout_s):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def of_caller(self) -> list[AmiEvent]:
        """The queue's events, in order."""
        return [
            event
            for event in self.events
            if not isinstance(event, DeviceStateChanged | ContactStatusChanged | ChannelEventLogged)
        ]


def _settings(asterisk: AsteriskNode, password: str | None = None) -> AmiSettings:
    return AmiSettings(
        node=asterisk.node,
        host=asterisk.ami_host,
        port=asterisk.ami_port,
        user=asterisk.ami_user,
        password=password or asterisk.ami_password,
    )


@asynccontextmanager
async def _linked(
    asterisk: AsteriskNode, times: AmiTimes | None = None, port: int = 0
) -> AsyncIterator[tuple[AmiLink, Notes]]:
    settings = replace(_settings(asterisk), port=port or asterisk.ami_port)
    link, notes = AmiLink(settings, times=times), Notes()
    service = asyncio.create_task(link.run(notes))
    try:
        await link.up(SOON_S)
        yield link, notes
    finally:
        await link.close()
        await asyncio.wait_for(service, SOON_S)


@asynccontextmanager
async def _sato(asterisk: AsteriskNode) -> AsyncIterator[tuple[SoftphoneEngine, Softphone]]:
    """Sato's phone, registered."""
    async with SoftphoneEngine() as engine:
        phone = await engine.account(
            AccountSettings(
                user="sato",
                domain=asterisk.sip_host,
                password=asterisk.passwords["sato"],
                registrar=f"sip:{asterisk.sip_host}:{asterisk.sip_port}",
            )
        )
        await phone.registered()
        yield engine, phone


@pytest.fixture
def own_asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskNode]:
    """An Asterisk that a test may stop and freeze."""
    node = asterisk_node(tmp_path_factory.mktemp("ami") / "a")
    node.service.start()
    yield node
    node.service.stop()


def _is_reachable(event: AmiEvent) -> TypeGuard[ContactStatusChanged]:
    return isinstance(event, ContactStatusChanged) and event.status is ContactStatus.REACHABLE


async def test_device_and_contact_follow_a_phone(asterisk: AsteriskNode) -> None:
    await quiet(asterisk)
    async with _linked(asterisk) as (link, notes):
        await notes.until(lambda: notes.states["PJSIP/sato"] is DeviceState.UNAVAILABLE)
        async with _sato(asterisk) as (_engine, phone):
            await notes.until(lambda: notes.states["PJSIP/sato"] is DeviceState.NOT_IN_USE)
            await notes.until(lambda: any(map(_is_reachable, notes.events)))
            contact = next(event for event in notes.events if _is_reachable(event))
            assert contact.aor == "sato"
            assert phone.local_address in contact.uri
            call = await phone.call(f"sip:*43@{asterisk.sip_host}:{asterisk.sip_port}")
            await call.wait(CallState.ANSWERED, SOON_S)
            # one call at a time: the phone's template has device_state_busy_at = 1
            await notes.until(lambda: notes.states["PJSIP/sato"] is DeviceState.BUSY)
            assert (await link.device_states())["PJSIP/sato"] is DeviceState.BUSY
        await notes.until(lambda: notes.states["PJSIP/sato"] is DeviceState.UNAVAILABLE)
        # nothing of its channels: an agent's phone is no contact (manager.conf)
        assert {type(event) for event in notes.events} == {DeviceStateChanged, ContactStatusChanged}


async def test_a_queue_tells_of_a_caller_who_is_served(asterisk: AsteriskNode) -> None:
    await quiet(asterisk)
    async with _linked(asterisk) as (_link, notes), _sato(asterisk) as (engine, sato):
        await notes.until(lambda: notes.states["PJSIP/sato"] is DeviceState.NOT_IN_USE)
        caller = await engine.account(
            AccountSettings(user="+819012345678", domain=TRUNK, bound_address=TRUNK)
        )
        call = await caller.call(f"sip:+81312345678@{asterisk.sip_host}:{asterisk.sip_port}")
        talk = await sato.next_call()
        await talk.answer()
        await notes.until(lambda: len(notes.of_caller()) == 4)
        await talk.hang_up()
        await call.wait(CallState.ENDED, SOON_S)
        await notes.until(lambda: len(notes.of_caller()) == 5)
    joined, called, left, connected, completed = notes.of_caller()
    assert isinstance(left, QueueCallerLeft)
    assert isinstance(joined, QueueCallerJoined)
    assert (joined.queue, joined.caller_number, joined.waiting) == ("support", "+819012345678", 1)
    assert isinstance(called, AgentCalled)
    assert isinstance(connected, AgentConnected)
    assert (called.interface, connected.interface) == ("PJSIP/sato", "PJSIP/sato")
    assert isinstance(completed, AgentCompleted)
    assert completed.ended_by in ("agent", "caller"), "Asterisk's two sides race for the word"
    assert completed.channel_id in (joined.channel_id, None)
    assert joined.channel_id == called.channel_id == connected.channel_id


async def test_a_queue_tells_of_a_caller_who_gives_up(asterisk: AsteriskNode) -> None:
    await quiet(asterisk)
    async with _linked(asterisk) as (_link, notes), SoftphoneEngine() as engine:
        caller = await engine.account(AccountSettings(user="0312345678", domain=TRUNK, bound_address=TRUNK))
        call = await caller.call(f"sip:+81312345678@{asterisk.sip_host}:{asterisk.sip_port}")
        await notes.until(lambda: len(notes.of_caller()) == 1)
        await call.hang_up()
        await notes.until(lambda: len(notes.of_caller()) == 3)
    joined, abandoned, left = notes.of_caller()
    assert isinstance(joined, QueueCallerJoined)
    assert isinstance(abandoned, QueueCallerAbandoned)
    assert isinstance(left, QueueCallerLeft)
    assert left.waiting == 0


async def test_reload_and_console(asterisk: AsteriskNode) -> None:
    async with _linked(asterisk) as (link, _notes):
        await link.reload("res_pjsip.so")
        with pytest.raises(AmiRefused, match="No such module"):
            await link.reload("nonesuch.so")
        shown = await link.command("queue show support")
        assert shown.startswith("support has 0 calls")
        assert "PJSIP/sato" in shown
        with pytest.raises(AmiRefused, match="No such command"):
            await link.command("no such thing")


async def test_a_wrong_password_is_a_clear_error_without_it(asterisk: AsteriskNode) -> None:
    link = AmiLink(_settings(asterisk, password="not-the-password"))
    service = asyncio.create_task(link.run(Notes()))
    with pytest.raises(AmiLoginRefused, match="refuses AMI user") as refused:
        await link.up(SOON_S)
    assert "not-the-password" not in str(refused.value)
    await link.close()
    await asyncio.wait_for(service, SOON_S)


async def test_nobody_there_is_unavailable(tmp_path: Path) -> None:
    node = asterisk_node(tmp_path / "a")
    link = AmiLink(_settings(node))
    service = asyncio.create_task(link.run(Notes()))
    with pytest.raises(AmiUnavailable):
        await link.up(0.3)
    with pytest.raises(AmiUnavailable):
        await link.command("core show uptime")
    await link.close()
    await asyncio.wait_for(service, SOON_S)


async def test_the_link_comes_back_after_asterisk_restarts(own_asterisk: AsteriskNode) -> None:
    async with _linked(own_asterisk) as (link, notes):
        await asyncio.to_thread(own_asterisk.service.stop)
        await notes.until(lambda: not notes.states)
        assert not link.is_up
        await asyncio.to_thread(own_asterisk.service.start)
        await link.up(10)
        assert notes.states["PJSIP/sato"] is DeviceState.UNAVAILABLE
        assert "support has" in await link.command("queue show support")


async def test_a_frozen_asterisk_is_found_within_ten_seconds(own_asterisk: AsteriskNode) -> None:
    pid = own_asterisk.service.daemon.pid
    assert pid is not None
    async with _linked(own_asterisk) as (link, notes):
        os.kill(pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            await notes.until(lambda: not notes.states, timeout_s=10)
            assert time.monotonic() - began < 10
        finally:
            os.kill(pid, signal.SIGCONT)
        await link.up(10)


async def test_a_link_that_swallows_all_is_found_within_ten_seconds(asterisk: AsteriskNode) -> None:
    """TCP stays open, as behind a firewall that forgot it; a new connection works."""
    url = f"tcp://{asterisk.ami_host}:{asterisk.ami_port}"
    async with proxy_before(url) as (proxy, _), _linked(asterisk, port=proxy.port) as (link, notes):
        proxy.freeze()
        began = time.monotonic()
        await notes.until(lambda: not notes.states, timeout_s=10)
        print(f"found after {time.monotonic() - began:.1f} s")
        await link.up(10)
        assert "support has" in await link.command("queue show support")
