"""The database away: webhooks are refused so that they come again, callers are strangers."""

import asyncio
import json

import pytest

from crm_bridge.identifiers import IdentifierKind
from cti.softphone import CallState
from hub.crm import Crm
from hub.database import create_engine
from tests.failures.floor import Floor, until
from tests.fakes.line import line_user_id
from tests.support.postgresql import PostgresqlCluster

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

NUMBER = "0611112222"


async def test_without_the_database_calls_are_routed_and_messages_come_again(
    floor: Floor, database: PostgresqlCluster
) -> None:
    await floor.sato.available()
    await asyncio.to_thread(database.stop)
    await floor.until_ready("database", ready=False)
    event = floor.simulator.line.text_event(line_user_id("no database"), "届きますか")
    status, retry_after = await _post(floor, event)
    assert (status, int(retry_after) > 0) == (503, True)
    call = await floor.call(NUMBER)
    agent_call, contact = await floor.sato.answers()
    assert (contact["customer"], contact["address"]) == (None, "+81611112222")
    seen = len(floor.sato.desktop.events)
    await call.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)

    await asyncio.to_thread(database.start_again)
    await floor.until_ready("database", ready=True)
    assert await floor.simulator.redeliver(event) == 200
    await floor.sato.accepts()
    await _is_in_the_journey(floor, contact["id"])


async def _post(floor: Floor, event: dict[str, object]) -> tuple[int, str]:
    """Post a webhook as LINE does; returns status and `Retry-After`."""
    body = json.dumps(floor.simulator.line.callback([event])).encode()
    headers = {"x-line-signature": floor.simulator.line.sign(body)}
    async with floor.http.post(floor.simulator.webhook_url, data=body, headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After", "0")


async def _is_in_the_journey(floor: Floor, contact: str) -> None:
    """See that the call of the time without a database was written after all, with its outcome."""
    engine = create_engine(floor.hub.database_url)
    crm = Crm.on(engine)

    async def written() -> set[str]:
        known = await crm.customers.identify(IdentifierKind.PHONE, "+81611112222")
        items = await crm.journey.timeline(known.customer.id, 100) if known else []
        return {item.kind for item in items if item.contact == contact}

    async def is_whole() -> bool:
        return {"contact_started", "connected", "ended", "disposition"} <= await written()

    try:
        await until(is_whole)
    finally:
        await engine.dispose()
