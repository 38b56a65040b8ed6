"""The ARI client against a real Asterisk."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress

import pytest

from cti.ari import AriError, AriLink, AriUnavailable, LinkTimes, NotFound, Snapshot, websocket
from cti.ari.models import ChannelUserevent, Event
from tests.cti.proxy import Proxy, proxy_before
from tests.support.asterisk import AsteriskNode

pytestmark = pytest.mark.real

APP = "ari-client-test"
QUICK = LinkTimes(heartbeat_s=0.2, heartbeat_timeout_s=0.2)


class Listener:
    def __init__(self) -> None:
        self.heard: list[str] = []
        self.is_down, self.has_last = asyncio.Event(), asyncio.Event()

    def linked(self, snapshot: Snapshot) -> None:
        self.heard.append("up")

    def received(self, event: Event) -> None:
        if isinstance(event, ChannelUserevent):
            self.heard.append(event.eventname)
            if event.eventname == "last":
                self.has_last.set()

    def unlinked(self) -> None:
        self.heard.append("down")
        self.is_down.set()


@asynccontextmanager
async def linked(
    asterisk: AsteriskNode,
    listener: Listener,
    *,
    url: str | None = None,
    times: LinkTimes | None = None,
    unread: Collection[type[Event]] = (),
) -> AsyncIterator[AriLink]:
    connect = websocket(url or asterisk.ari_url, asterisk.ari_user, asterisk.ari_password, APP)
    link = AriLink(connect, node=asterisk.node, app=APP, times=times, unread=unread)
    service = asyncio.create_task(link.run(listener))
    await link.up(timeout_s=10)
    yield link
    await link.close()
    await service


@pytest.fixture
async def proxied(asterisk: AsteriskNode) -> AsyncIterator[tuple[Proxy, str]]:
    async with proxy_before(asterisk.ari_url) as through:
        yield through


async def test_answers_have_the_types_of_the_description(asterisk: AsteriskNode) -> None:
    async with linked(asterisk, Listener()) as link:
        info = await link.ari.asterisk.get_info()
        assert info.system is not None
        assert info.system.version.startswith("22.")
        assert (await link.ari.applications.get(APP)).name == APP
        assert await link.ari.channels.list_all() == []


async def test_a_link_that_stands_brings_events_however_soon_another_had_it(asterisk: AsteriskNode) -> None:
    """Asterisk may keep an application that comes back in the moment of its going, and send it nothing."""
    for _ in range(100):
        listener = Listener()
        async with linked(asterisk, listener) as link:
            await link.ari.events.user_event("last", application=APP)
            async with asyncio.timeout(20):
                await listener.has_last.wait()


async def test_refusals_are_told_apart(asterisk: AsteriskNode) -> None:
    async with linked(asterisk, Listener()) as link:
        with pytest.raises(NotFound):
            await link.ari.channels.hangup("no such channel")
        with pytest.raises(AriError) as refused:
            await link.ari.channels.originate_with_id("c", endpoint="PJSIP/nobody", app=APP)
        assert refused.value.status == 500


async def test_names_may_hold_anything(asterisk: AsteriskNode) -> None:
    async with linked(asterisk, Listener()) as link:
        name = "a/b c%d?e=取次"
        bridge = await link.ari.bridges.create_with_id(name, type_="mixing", name="取次")
        assert (bridge.id, bridge.name) == (name, "取次")
        await link.ari.bridges.destroy(name)


async def test_a_thousand_channels_fit_into_one_answer(asterisk: AsteriskNode) -> None:
    async with linked(asterisk, Listener()) as link:
        bridges = [link.ari.bridges.create_with_id(f"b{n}", name="x" * 200) for n in range(1000)]
        await asyncio.gather(*bridges)
        assert len(await link.ari.bridges.list_all()) == 1000
        await asyncio.gather(*(link.ari.bridges.destroy(f"b{n}") for n in range(1000)))


async def test_events_keep_their_order(asterisk: AsteriskNode) -> None:
    listener = Listener()
    async with linked(asterisk, listener) as link:
        for n in range(200):
            await link.ari.events.user_event(f"e{n}", application=APP)
        await link.ari.events.user_event("last", application=APP)
        async with asyncio.timeout(20):
            await listener.has_last.wait()
    assert listener.heard == ["up", *(f"e{n}" for n in range(200)), "last", "down"]


@pytest.mark.parametrize(("unread", "is_heard"), [((ChannelUserevent,), False), ((), True)])
async def test_what_nobody_reads_stays_in_asterisk(
    asterisk: AsteriskNode, unread: Collection[type[Event]], is_heard: bool
) -> None:
    listener = Listener()
    async with linked(asterisk, listener, unread=unread) as link:
        await link.ari.events.user_event("last", application=APP)
        with suppress(TimeoutError):
            await asyncio.wait_for(listener.has_last.wait(), 20 if is_heard else 0.5)
    assert listener.has_last.is_set() == is_heard


async def test_small_messages_are_sent_at_once(asterisk: AsteriskNode) -> None:
    """A client with Nagle's algorithm would wait 40 ms for Asterisk's delayed acknowledgements."""
    async with linked(asterisk, Listener()) as link:
        began = time.monotonic()
        for _ in range(50):
            await asyncio.gather(link.ari.asterisk.ping(), link.ari.asterisk.ping())
        assert time.monotonic() - began < 50 * 0.030


async def test_a_wrong_password_is_told_without_the_password(asterisk: AsteriskNode) -> None:
    connect = websocket(asterisk.ari_url, asterisk.ari_user, "wrong-secret", APP)
    with pytest.raises(AriUnavailable) as refused:
        await connect()
    assert "401" in str(refused.value)
    assert "wrong-secret" not in str(refused.value)


async def test_a_cut_connection_comes_back(asterisk: AsteriskNode, proxied: tuple[Proxy, str]) -> None:
    proxy, url = proxied
    listener = Listener()
    async with linked(asterisk, listener, url=url) as link:
        for _ in range(3):
            proxy.cut()
            async with asyncio.timeout(20):
                await listener.is_down.wait()
            await link.up(timeout_s=10)
            listener.is_down.clear()
            await link.ari.events.user_event("last", application=APP)
            async with asyncio.timeout(20):
                await listener.has_last.wait()
            listener.has_last.clear()
    assert listener.heard == ["up", *(["down", "up", "last"] * 3), "down"]


async def test_a_frozen_connection_is_found_and_replaced(
    asterisk: AsteriskNode, proxied: tuple[Proxy, str]
) -> None:
    proxy, url = proxied
    listener = Listener()
    async with linked(asterisk, listener, url=url, times=QUICK) as link:
        proxy.freeze()
        async with asyncio.timeout(3):
            await listener.is_down.wait()
        await link.up(timeout_s=10)
        await link.ari.asterisk.ping()


async def test_a_request_in_flight_fails_when_the_connection_is_cut(
    asterisk: AsteriskNode, proxied: tuple[Proxy, str]
) -> None:
    proxy, url = proxied
    async with linked(asterisk, Listener(), url=url) as link:
        proxy.freeze()
        asking = asyncio.create_task(link.ari.asterisk.ping())
        await asyncio.sleep(0)
        proxy.cut()
        with pytest.raises(AriUnavailable):
            await asking


async def test_a_second_program_of_the_same_name_takes_over(asterisk: AsteriskNode) -> None:
    first, second = Listener(), Listener()
    async with linked(asterisk, first), linked(asterisk, second):
        async with asyncio.timeout(3):
            await first.is_down.wait()
        assert "down" not in second.heard
