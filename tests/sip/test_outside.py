"""The time without the hub: the dialplan tries the trunks as the hub would."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cti.ari import AriLink, Snapshot
from cti.ari.models import Event
from tests.cti.far_end import link_to
from tests.failures.floor import Floor, until
from tests.sip.conftest import Carriers
from tests.support.sip_wire import SipWire, header

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]


class Deaf:
    def linked(self, snapshot: Snapshot) -> None: ...

    def received(self, event: Event) -> None: ...

    def unlinked(self) -> None: ...


@pytest_asyncio.fixture(loop_scope="package")
async def link(floor: Floor) -> AsyncIterator[AriLink]:
    await asyncio.to_thread(floor.node.service.start)  # renders trunks.conf as it is now
    link = link_to(floor.node, "outside")
    running = asyncio.create_task(link.run(Deaf()))
    await link.up(5)
    yield link
    await link.close()
    await running


async def _call(link: AriLink, floor: Floor, number: str) -> None:
    """Call a number as a phone would, and be gone when it is over."""
    endpoint = f"Local/{number}@outside/n"
    await link.ari.channels.originate_with_id("dialler", endpoint=endpoint, app="outside", timeout=20)

    async def is_over() -> bool:
        return not [line for line in await floor.channels() if "outside" in line]

    await until(is_over, timeout_s=15)


async def _invited(wire: SipWire) -> str:
    async with asyncio.timeout(20):
        return await wire.invites.get()


async def test_the_next_trunk_is_tried_where_the_first_fails(
    floor: Floor, carriers: Carriers, link: AriLink
) -> None:
    carriers.first.verdicts, carriers.second.verdicts = ["503 Service Unavailable"], ["486 Busy Here"]
    await _call(link, floor, "09012345678")
    assert (await _invited(carriers.first)).startswith("INVITE sip:09012345678@")
    assert (await _invited(carriers.second)).startswith("INVITE sip:+819012345678@")


async def test_a_withheld_number_is_withheld_by_each_trunk_s_own_way(
    floor: Floor, carriers: Carriers, link: AriLink
) -> None:
    carriers.first.verdicts, carriers.second.verdicts = ["503 Service Unavailable"], ["486 Busy Here"]
    await _call(link, floor, "18409012345678")
    first = await _invited(carriers.first)
    assert "anonymous@anonymous.invalid" in header(first, "From")
    assert header(first, "Privacy") == "id"
    assert "0312345678" in header(first, "P-Asserted-Identity")
    assert (await _invited(carriers.second)).startswith("INVITE sip:18409012345678@")


async def test_no_other_trunk_for_a_number_that_is_busy(
    floor: Floor, carriers: Carriers, link: AriLink
) -> None:
    carriers.first.verdicts = ["486 Busy Here"]
    await _call(link, floor, "117")
    assert (await _invited(carriers.first)).startswith("INVITE sip:117@")
    assert carriers.second.invites.empty()
