"""What call control makes of the world after it was away, against a real Asterisk."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.dialogue import Wanted
from cti.errors import NodeUnavailable
from cti.incoming import IncomingCall
from cti.listener import FoundLeg, GoneCause, LegFailure
from tests.cti.far_end import CONTEXT, PHONE, TRUNK, FarEnd, Party, controlled, far_end, write_dialplan
from tests.cti.heard import Heard
from tests.cti.proxy import Proxy, proxy_before
from tests.support.asterisk import AsteriskNode, asterisk_node

pytestmark = pytest.mark.real


@pytest.fixture
async def proxied(asterisk: AsteriskNode) -> AsyncIterator[tuple[Proxy, str]]:
    async with proxy_before(asterisk.ari_url) as through:
        yield through


async def _talk(control: CallControl, far: FarEnd, heard: Heard) -> tuple[Party, Party, IncomingCall]:
    customer = await far.call()
    call = await heard.next_call()
    await control.answer(call.key)
    await control.ring("o1", call.key, PHONE, caller_id="1", timeout_s=20)
    phone = await far.rung()
    await phone.answer()
    await heard.until("leg_answered", "o1")
    await control.connect(call.key, "o1")
    return customer, phone, call


async def _away(proxy: Proxy, heard: Heard) -> None:
    """Lose the link, and keep it lost until `refuses` is taken back."""
    proxy.refuses = True
    proxy.cut()
    await heard.until("node_down")


async def _back(proxy: Proxy, control: CallControl) -> None:
    proxy.refuses = False
    await control.up(timeout_s=20)


async def test_a_call_that_hung_up_meanwhile_is_told_as_lost(
    asterisk: AsteriskNode, far: FarEnd, heard: Heard, proxied: tuple[Proxy, str]
) -> None:
    proxy, url = proxied
    async with controlled(asterisk, heard, url=url) as control:
        customer, _, call = await _talk(control, far, heard)
        await _away(proxy, heard)
        await customer.hang_up()
        await _back(proxy, control)
        await heard.until("call_gone", call.key, GoneCause.LOST)
        await heard.until("leg_gone", "o1", GoneCause.HUNG_UP)


async def test_a_call_that_lives_on_is_known_and_can_be_controlled(
    asterisk: AsteriskNode, far: FarEnd, heard: Heard, proxied: tuple[Proxy, str]
) -> None:
    proxy, url = proxied
    async with controlled(asterisk, heard, url=url) as control:
        _, _, call = await _talk(control, far, heard)
        await _away(proxy, heard)
        await _back(proxy, control)
        await heard.until("node_up")
        await control.hold(call.key)
        await control.resume(call.key)
        assert heard.snapshots[-1].known == (call.key,)
        assert heard.snapshots[-1].found == ()
        await control.hang_up(call.key)
        await heard.until("leg_gone", "o1", GoneCause.HUNG_UP)


async def test_an_agent_who_hung_up_meanwhile_is_told(
    asterisk: AsteriskNode, far: FarEnd, heard: Heard, proxied: tuple[Proxy, str]
) -> None:
    proxy, url = proxied
    async with controlled(asterisk, heard, url=url) as control:
        _, phone, call = await _talk(control, far, heard)
        await _away(proxy, heard)
        await phone.hang_up()
        await _back(proxy, control)
        await heard.until("leg_gone", "o1", GoneCause.LOST)
        await control.start_music(call.key)
        await control.hang_up(call.key)


async def test_a_phone_picked_up_as_the_link_is_cut_leads_to_one_outcome(
    asterisk: AsteriskNode, far: FarEnd, heard: Heard, proxied: tuple[Proxy, str]
) -> None:
    """Asterisk drops the leg if it knows of the loss by then; otherwise the leg waits in Stasis."""
    proxy, url = proxied
    async with controlled(asterisk, heard, url=url) as control:
        await far.call()
        call = await heard.next_call()
        await control.ring("o1", call.key, PHONE, caller_id="1", timeout_s=20)
        phone = await far.rung()
        await _away(proxy, heard)
        await phone.answer()
        await _back(proxy, control)
        await control.hang_up(call.key)
        await heard.until_over("o1")
        answered, gone = (heard.names.count(name) for name in ("leg_answered", "leg_gone"))
        assert answered == gone
        assert gone + heard.names.count("leg_failed") == 1


async def test_a_phone_picked_up_on_a_dead_socket_counts_as_answered(
    asterisk: AsteriskNode, far: FarEnd, heard: Heard, proxied: tuple[Proxy, str]
) -> None:
    proxy, url = proxied
    async with controlled(asterisk, heard, url=url) as control:
        await far.call()
        call = await heard.next_call()
        await control.ring("o1", call.key, PHONE, caller_id="1", timeout_s=20)
        phone = await far.rung()
        proxy.freeze()
        await phone.answer()
        await far.until_in_stasis(f"{asterisk.ari_app}.leg.o1")
        proxy.cut()
        await heard.until("leg_answered", "o1")
        await control.connect(call.key, "o1")
        await control.hang_up(call.key)


async def test_a_leg_cancelled_meanwhile_stops_ringing_afterwards(
    asterisk: AsteriskNode, far: FarEnd, heard: Heard, proxied: tuple[Proxy, str]
) -> None:
    proxy, url = proxied
    async with controlled(asterisk, heard, url=url) as control:
        await far.call()
        call = await heard.next_call()
        await control.ring("o1", call.key, PHONE, caller_id="1", timeout_s=20)
        await far.rung()
        await _away(proxy, heard)
        await control.cancel("o1")
        await _back(proxy, control)
        await heard.until("leg_failed", "o1", LegFailure.CANCELLED)
        await control.hang_up(call.key)


async def test_orders_while_the_link_is_down(
    asterisk: AsteriskNode, far: FarEnd, heard: Heard, proxied: tuple[Proxy, str]
) -> None:
    proxy, url = proxied
    async with controlled(asterisk, heard, url=url) as control:
        await far.call()
        call = await heard.next_call()
        asking = asyncio.create_task(control.play_and_collect(call.key, [], Wanted(1, 60, 60)))
        await asyncio.sleep(0)
        await _away(proxy, heard)
        with pytest.raises(NodeUnavailable):
            await asking
        for order in (control.answer, control.start_music, control.hang_up):
            with pytest.raises(NodeUnavailable):
                await order(call.key)
        await control.ring("o1", call.key, PHONE, caller_id="1", timeout_s=20)
        await heard.until("leg_failed", "o1", LegFailure.UNREACHABLE)
        await _back(proxy, control)
        await control.hang_up(call.key)
        assert far.phones_ringing == 0


async def test_a_call_that_arrived_on_a_dead_socket_is_found(
    asterisk: AsteriskNode, far: FarEnd, heard: Heard, proxied: tuple[Proxy, str]
) -> None:
    proxy, url = proxied
    async with controlled(asterisk, heard, url=url) as control:
        proxy.freeze()
        customer = await far.call("0312345678", "anonymous")
        await far.until_in_stasis(f"{customer.id};2")
        proxy.cut()
        await heard.until("node_down")
        await control.up(timeout_s=20)
        (found,) = heard.snapshots[-1].found
        assert found.call.key == ChannelKey(asterisk.node, f"{customer.id};2")
        assert (found.call.caller_number, found.call.dialled) == (None, "0312345678")
        assert (found.call.trunk, found.leg) == (TRUNK, None)
        await control.leave_to_dialplan(found.call.key, CONTEXT, "aside")
        await heard.until("call_gone", found.call.key, GoneCause.LEFT)
        await far.link.ari.channels.hangup(found.call.key.id)


async def test_another_hub_adopts_a_conversation(asterisk: AsteriskNode, far: FarEnd, heard: Heard) -> None:
    async with controlled(asterisk, heard) as control:
        customer, _, call = await _talk(control, far, heard)
        await control.hold(call.key)
    later = Heard()
    async with controlled(asterisk, later) as control:
        (found,) = later.snapshots[-1].found
        assert found.call == call
        assert found.leg == FoundLeg("o1", f"Local/phone@{CONTEXT}")
        await control.resume(call.key)
        await customer.hang_up()
        await later.until("leg_gone", "o1", GoneCause.HUNG_UP)
        assert later.about("leg_answered", "o1") == 0


async def test_another_hub_stops_phones_that_ring_for_nobody(
    asterisk: AsteriskNode, far: FarEnd, heard: Heard
) -> None:
    async with controlled(asterisk, heard) as control:
        customer = await far.call()
        call = await heard.next_call()
        await control.ring("o1", call.key, PHONE, caller_id="1", timeout_s=20)
        await far.rung()
    later = Heard()
    async with controlled(asterisk, later):
        (found,) = later.snapshots[-1].found
        assert found.leg is None
        await far.until_left_with({customer.id, call.key.id})
        await customer.hang_up()
        await later.until_gone(call.key)


async def test_asterisk_crashes_and_is_started_again(
    tmp_path_factory: pytest.TempPathFactory, heard: Heard
) -> None:
    node = asterisk_node(tmp_path_factory.mktemp("a"))
    await asyncio.to_thread(node.service.start)
    try:
        await asyncio.to_thread(write_dialplan, node)
        async with far_end(node) as far, controlled(node, heard) as control:
            await far.call()
            call = await heard.next_call()
            assert node.service.daemon.pid is not None
            os.kill(node.service.daemon.pid, signal.SIGKILL)
            await heard.until("node_down")
            await asyncio.to_thread(node.service.stop)  # returns when the process and its ports are gone
            await asyncio.to_thread(node.service.start)
            await control.up(timeout_s=10)
            await heard.until("call_gone", call.key, GoneCause.LOST)
    finally:
        await asyncio.to_thread(node.service.stop)
