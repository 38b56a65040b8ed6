"""The packets between call control and Asterisk vanish, and no socket closes: in a network namespace."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from cti.calls import CallControl
from cti.listener import GoneCause
from tests.cti.far_end import PHONE, far_end, link_to, write_dialplan
from tests.cti.heard import Heard
from tests.cti.proxy import Proxy
from tests.support.asterisk import AsteriskNode
from tests.support.namespace import Namespace, NoNamespaces, namespace

pytestmark = pytest.mark.real

FOUND_S = 15.0
"""Within which a dead link is noticed (`cti.ari.LinkTimes`), and a little."""


@pytest.fixture
def space(monkeypatch: pytest.MonkeyPatch) -> Iterator[Namespace]:
    """A namespace in which the sockets to ARI are."""
    with pytest.MonkeyPatch.context() as patch:
        try:
            with namespace() as space:
                session = aiohttp.ClientSession

                def within(**options: object) -> aiohttp.ClientSession:
                    connector = aiohttp.TCPConnector(socket_factory=space.socket_to)
                    return session(connector=connector, **options)  # type: ignore[arg-type]

                patch.setattr("cti.ari.wire.aiohttp.ClientSession", within)
                yield space
        except NoNamespaces as reason:
            pytest.skip(str(reason))


@asynccontextmanager
async def controlled(asterisk: AsteriskNode, heard: Heard, space: Namespace) -> AsyncIterator[CallControl]:
    """Control calls from within the namespace; Asterisk itself listens on loopback."""
    proxy = Proxy(asterisk.ami_host, int(asterisk.ari_url.rpartition(":")[2].partition("/")[0]))
    server = await asyncio.start_server(proxy.serve, space.host, 0)
    url = f"http://{space.host}:{server.sockets[0].getsockname()[1]}/ari"
    control = CallControl(link_to(asterisk, asterisk.ari_app, url=url), heard)
    service = asyncio.create_task(control.run())
    try:
        await control.up(timeout_s=10)
        yield control
    finally:
        await control.close()
        await service
        server.close()
        proxy.cut()


async def test_what_happens_while_packets_vanish_is_known_afterwards(
    asterisk: AsteriskNode, space: Namespace
) -> None:
    await asyncio.to_thread(write_dialplan, asterisk)
    heard, cut, mend = Heard(), space.cut, space.mend
    async with controlled(asterisk, heard, space) as control, far_end(asterisk) as far:
        talking = await far.call()
        talk = await heard.next_call()
        await control.answer(talk.key)
        await control.ring("o1", talk.key, PHONE, caller_id="1", timeout_s=20)
        await (await far.rung()).answer()
        await heard.until("leg_answered", "o1")
        await control.connect(talk.key, "o1")
        ending = await far.call()
        end = await heard.next_call()

        await asyncio.to_thread(cut)
        await ending.hang_up()
        await heard.until("node_down", timeout_s=FOUND_S)
        await asyncio.to_thread(mend)
        await control.up(timeout_s=FOUND_S)
        await heard.until("call_gone", end.key, GoneCause.LOST)
        assert heard.snapshots[-1].known == (talk.key,)

        await asyncio.to_thread(cut)  # too short a time for anybody to take the link for dead
        await talking.hang_up()
        await asyncio.sleep(1)
        downs = heard.names.count("node_down")
        await asyncio.to_thread(mend)
        await heard.until("leg_gone", "o1", GoneCause.HUNG_UP, timeout_s=FOUND_S)
        assert heard.names.count("node_down") == downs
