"""Who hangs up in `Queue()`, while the router is away, is told of in the journey."""

import asyncio

import pytest
from sqlalchemy import select

from crm_bridge.tables import JourneyRow
from hub.database import create_engine, reading
from tests.failures.floor import Floor, until

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]


async def _ends(floor: Floor, contact: str) -> list[str]:
    """Return why a contact ended, each time that the journey says so."""
    engine = create_engine(floor.hub.database_url)
    query = select(JourneyRow.text).where(JourneyRow.contact == contact, JourneyRow.kind == "ended")
    try:
        async with reading(engine) as connection:
            return list(await connection.scalars(query.order_by(JourneyRow.at_ms)))
    finally:
        await engine.dispose()


async def test_who_gives_up_in_queue_abandoned(floor: Floor) -> None:
    call = await floor.call("0611116666")
    contact = (await floor.waiting()).contact.id
    await asyncio.to_thread(floor.redis.stop)
    try:
        await floor.until_ready("redis", ready=False)
        await until(floor.in_queue)
        await call.hang_up()

        async def is_told() -> bool:
            return "abandoned" in await _ends(floor, contact)

        await until(is_told, timeout_s=15)
    finally:
        await asyncio.to_thread(floor.redis.start)
        await floor.until_ready("redis", ready=True)
    assert (await _ends(floor, contact))[-1] == "abandoned"
