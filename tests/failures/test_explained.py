"""A contact's way is told after its end, also where the database was away meanwhile."""

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from cti.softphone import CallState
from hub.accounts import Role
from tests.failures.floor import Floor, until
from tests.support.postgresql import PostgresqlCluster

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

NUMBER = "0611112222"
QUEUE = 'channel="voice",queue="support"'


async def test_a_call_is_explained_and_counted(floor: Floor) -> None:
    headers = await _supervisor(floor)
    call = await floor.call(NUMBER)
    waiting = await floor.waiting()
    id_ = waiting.contact.id
    assert await floor.metric(f"toritsugi_queue_waiting{{{QUEUE}}}") == 1
    offers = await floor.metric(f"toritsugi_queue_offers_total{{{QUEUE}}}")
    now = (await _routing(floor, id_, headers))["now"]
    assert (now["position"], [each["rule"] for each in now["considered"]]) == (1, ["not_available"] * 2)
    await floor.sato.available()
    agent_call, contact = await floor.sato.answers()
    assert contact["id"] == id_
    seen = len(floor.sato.desktop.events)
    await call.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(id_, after=seen)
    found = await _ended(floor, id_, headers)
    kinds = [each["kind"] for each in found["history"]]
    assert kinds == ["queued", "offered", "connected", "wrap_up", "closed"]
    assert found["had_by"] == ["sato"]
    assert [each["at_ms"] for each in found["history"]] == sorted(each["at_ms"] for each in found["history"])
    assert await floor.metric(f"toritsugi_queue_offers_total{{{QUEUE}}}") == offers + 1
    told = await asyncio.to_thread(_explain, floor, id_)
    assert "sato: 選ばれた (chosen)" in told
    assert NUMBER not in told
    assert NUMBER.removeprefix("0") not in told


async def test_what_happens_while_the_database_is_away_is_told(
    floor: Floor, database: PostgresqlCluster
) -> None:
    headers = await _supervisor(floor)
    await floor.call(NUMBER)
    id_ = (await floor.waiting()).contact.id
    await asyncio.to_thread(database.stop)
    await floor.until_ready("database", ready=False)
    try:
        await floor.sato.available()
        agent_call, _ = await floor.sato.answers(20)
    finally:
        await asyncio.to_thread(database.start_again)
    await floor.until_ready("database", ready=True)
    seen = len(floor.sato.desktop.events)
    await agent_call.hang_up()
    await floor.sato.wraps_up(id_, after=seen)
    found = await _ended(floor, id_, headers)
    kinds = [each["kind"] for each in found["history"]]
    assert kinds == ["queued", "offered", "connected", "wrap_up", "closed"]


async def _supervisor(floor: Floor) -> dict[str, str]:
    """Sign a supervisor in and return the header that says so."""
    if "kato" not in floor.hub.passwords:
        await floor.hub.add_agent("kato", "加藤", Role.SUPERVISOR)
    body = {"id": "kato", "password": floor.hub.passwords["kato"][0]}
    async with floor.http.post(f"{floor.hub.url}/api/v1/session", json=body) as answer:
        return {"Authorization": f"Bearer {(await answer.json())['token']}"}


async def _routing(floor: Floor, contact: str, headers: dict[str, str]) -> dict[str, Any]:
    url = f"{floor.hub.url}/api/v1/contacts/{contact}/routing"
    async with floor.http.get(url, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        found: dict[str, Any] = await answer.json()
        return found


async def _ended(floor: Floor, contact: str, headers: dict[str, str]) -> dict[str, Any]:
    """Wait until a contact's end is in its history."""

    async def told() -> dict[str, Any] | None:
        found = await _routing(floor, contact, headers)
        is_over = found["history"] and found["history"][-1]["kind"] == "closed"
        return found if is_over else None

    return await until(told)


def _explain(floor: Floor, contact: str) -> str:
    """Run `toritsugi explain` as a person with a Japanese terminal does."""
    return subprocess.run(
        (sys.executable, "-m", "hub.cli", "explain", contact),
        env={**floor.hub.service.environment, "LC_ALL": "ja_JP.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
