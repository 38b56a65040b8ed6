"""`toritsugi doctor`: differences made by hand are found and repaired; a busy floor has none."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.agent import Agent, Presence
from acd.contact import Channel
from acd.core.records import ContactRecord
from acd.events import AgentChanged, AgentRemoved, DeviceChanged, PresenceChanged
from acd.ids import AgentId, ContactId
from acd.router_redis import RECORDS
from crm_bridge.contacts import Contacts
from cti.softphone import CallState, PhoneCall
from hub.accounts import Role
from hub.audit import AuditLog
from hub.clock import now_ms
from hub.database import create_engine
from tests.failures.floor import Floor, until
from tests.fakes.line import line_user_id

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

ONE, TWO, THREE = "0611112222", "0622223333", "0633334444"
ADMIN = "abe"


@pytest_asyncio.fixture(loop_scope="package", autouse=True)
async def administrator(floor: Floor) -> None:
    if ADMIN not in floor.hub.passwords:
        await floor.hub.add_agent(ADMIN, "阿部", Role.ADMIN)


async def doctor(floor: Floor, *options: str) -> tuple[int, list[str]]:
    """Run the command; returns its exit code and the lines, which begin with `-`, `+` or `!`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub.cli", "doctor", "--lang", "en", *options),
        env={**floor.hub.service.environment, "TERM": "dumb"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate()
    assert process.returncode is not None
    return process.returncode, [*out.decode().splitlines(), *error.decode().splitlines()]


async def finds(floor: Floor, *differences: tuple[str, str]) -> None:
    """See that he finds these differences (kind and subject) and no more, repairs them, then finds none."""
    told = await diagnosis(floor)
    found = {(each["kind"], each["subject"]) for each in told["differences"]}
    assert (found, told["away"]) == (set(differences), [])
    done = await diagnosis(floor, repair=True)
    assert {(each["kind"], each["subject"]) for each in done["repaired"]} == set(differences), done
    told = await diagnosis(floor)
    assert (told["differences"], told["away"]) == ([], [])


async def diagnosis(floor: Floor, *, repair: bool = False) -> Any:
    """Ask the hub over its API."""
    path = f"{floor.hub.url}/api/v1"
    async with aiohttp.ClientSession() as http:
        body = {"id": ADMIN, "password": floor.hub.passwords[ADMIN][0]}
        async with http.post(f"{path}/session", json=body) as answer:
            headers = {"Authorization": f"Bearer {(await answer.json())['token']}"}
        request = (
            http.post(f"{path}/doctor/repair", headers=headers)
            if repair
            else http.get(f"{path}/doctor", headers=headers)
        )
        async with request as answer:
            answer.raise_for_status()
            return await answer.json()


@asynccontextmanager
async def database(floor: Floor) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(floor.hub.database_url)
    try:
        yield engine
    finally:
        await engine.dispose()


async def talk(floor: Floor, number: str = ONE) -> tuple[PhoneCall, PhoneCall, ContactRecord]:
    """Bring a caller to sato."""
    await floor.sato.available()
    call = await floor.call(number)
    agent_call, contact = await floor.sato.answers()
    record = await floor.contact(contact["id"])
    assert record is not None
    return call, agent_call, record


@asynccontextmanager
async def ari(floor: Floor) -> AsyncIterator[Any]:
    """Yield how ARI is asked behind the hub's back."""
    auth = aiohttp.encode_basic_auth(floor.node.ari_user, floor.node.ari_password)
    async with aiohttp.ClientSession(headers={"Authorization": auth}) as http:

        async def ask(method: str, path: str, body: object = None, **query: str) -> Any:
            url = f"{floor.node.ari_url}{path}"
            async with http.request(method, url, params=query, json=body) as answer:
                answer.raise_for_status()
                return await answer.json() if answer.status == 200 else None

        yield ask


@asynccontextmanager
async def deaf(floor: Floor, *events: str) -> AsyncIterator[None]:
    """Let the hub not hear of some events for the time of the block."""
    path = f"/applications/{floor.node.ari_app}/eventFilter"
    async with ari(floor) as ask:
        await ask("PUT", path, {"disallowed": [{"type": each} for each in events]})
        try:
            yield
        finally:
            await ask("PUT", path, {"disallowed": []})


async def test_a_busy_floor_has_no_differences(floor: Floor) -> None:
    async with floor.edited("queues.conf", lambda text: text.replace("timeout = 4 ", "timeout = 30 ")):
        in_menu = await floor.call(THREE, keys="")
        await in_menu.wait(CallState.ANSWERED, 20)
        _, _, talking = await talk(floor)
        await floor.simulator.say(line_user_id("doctor"), "こんにちは")
        await finds(floor)
        await in_menu.hang_up()  # pjsua2 has room for four
        await floor.sato.desktop.command("hold", contact=talking.contact.id)
        await floor.call(TWO)
        await floor.waiting()
        await floor.tanaka.available()
        await floor.tanaka.accepts()
        await finds(floor)
        await floor.sato.desktop.command("resume", contact=talking.contact.id)
        await floor.sato.desktop.command("hang_up", contact=talking.contact.id)
        await floor.sato.shown(talking.contact.id, "wrap_up")
        await finds(floor)


async def test_contacts_that_redis_lost_and_a_call_that_was_parted(floor: Floor) -> None:
    call, agent_call, talking = await talk(floor)
    await floor.call(TWO)
    waiting = await floor.waiting()
    redis = Redis.from_url(floor.redis.url)
    for record in (talking, waiting):
        await cast(Any, redis.hdel(RECORDS, f"contact:{record.contact.id}"))
    await redis.aclose()
    bridge = f"{floor.node.ari_app}.bridge.{talking.contact.id}"
    async with ari(floor) as ask:
        await ask("POST", f"/bridges/{bridge}/removeChannel", None, channel=talking.contact.id)
        await finds(
            floor,
            ("contact_only_in_hub", talking.contact.id),
            ("contact_only_in_hub", waiting.contact.id),
            ("call_apart", talking.contact.id),
        )
        (found,) = [each for each in await ask("GET", "/bridges") if each["id"] == bridge]
        assert talking.contact.id in found["channels"]
    for record in (talking, waiting):
        again = await floor.contact(record.contact.id)
        assert again is not None
        assert (again.state, again.agent) == (record.state, record.agent)
        assert again.contact.arrived_ms == record.contact.arrived_ms
    assert CallState.ANSWERED is call.state is agent_call.state


async def test_a_contact_that_redis_lost_while_its_agent_s_phone_rings(floor: Floor) -> None:
    """What remains of its offer is found and cleared away; the caller reaches the agent all the same."""
    async with floor.edited("queues.conf", lambda text: text.replace("timeout = 4 ", "timeout = 15 ")):
        await floor.sato.available()
        call = await floor.call(ONE)
        rang = await floor.sato.rings()
        (record,) = await floor.contacts()
        (offer,) = record.offers
        redis = Redis.from_url(floor.redis.url)
        await cast(Any, redis.hdel(RECORDS, f"contact:{record.contact.id}"))
        await redis.aclose()
        assert (await floor.snapshot()).state.torn == (f"offer:{offer}",)
        await finds(
            floor,
            ("contact_only_in_hub", record.contact.id),
            ("record_torn", f"offer:{offer}"),
            ("phone_in_use", "sato"),
        )
        await rang.wait(CallState.ENDED, 40)  # what rang rings on for its time, for an offer that is gone
        seen = len(floor.sato.desktop.events)
        _, contact = await floor.sato.answers()
        assert contact["id"] == record.contact.id
        await call.hang_up()
        await floor.sato.wraps_up(contact["id"], after=seen)


async def test_a_bridge_that_is_gone_and_an_end_in_the_database(floor: Floor) -> None:
    call, agent_call, talking = await talk(floor)
    app, contact = floor.node.ari_app, talking.contact.id
    async with ari(floor) as ask, database(floor) as engine:
        contacts = Contacts(engine)
        await contacts.ended(contact, now_ms(), "test")
        await ask("DELETE", f"/bridges/{app}.bridge.{contact}")
        await ask("POST", f"/bridges/{app}.bridge.nobody", None, type="mixing")
        await finds(
            floor,
            ("call_apart", contact),
            ("bridge_without_call", f"{app}.bridge.nobody"),
            ("contact_not_in_database", contact),
        )
        stored = await contacts.get(contact)
        assert stored is not None
        assert (stored.state, stored.agent) == ("connected", "sato")
    assert CallState.ANSWERED is call.state is agent_call.state


async def test_ends_and_arrivals_that_were_not_heard(floor: Floor) -> None:
    floor.differs_because = "the hub is not told of ends, and takes the time at which it found them missing"
    async with deaf(floor, "StasisEnd", "ChannelHangupRequest", "ChannelDestroyed"):
        call, agent_call, talking = await talk(floor)
        await call.hang_up()
        await agent_call.hang_up()
        await until(lambda: _has_no_channels(floor))
    leg = f"{floor.node.ari_app}.leg.{talking.won}"
    async with deaf(floor, "StasisStart"):
        call = await floor.call(ONE, keys="")
        arrived = await until(lambda: _in_stasis(floor, 1))
    await finds(
        floor,
        ("call_without_channel", talking.contact.id),
        ("leg_without_channel", leg),
        ("channel_without_contact", arrived[0]),
    )
    await call.wait(CallState.ANSWERED, 20)  # the menu has begun


async def test_what_differs_where_nobody_calls(floor: Floor) -> None:
    app, ghost, file = floor.node.ari_app, AgentId("ghost"), floor.node.service.settings.agents_file
    stray = f"{app}.leg.x"
    async with ari(floor) as ask, deaf(floor, "StasisStart"), database(floor) as engine:
        for channel in ("stray", stray):
            where = {"endpoint": "Local/*43@internal", "app": app, "appArgs": "nothing"}
            await ask("POST", f"/channels/{channel}", None, **where)
        await until(lambda: _in_stasis(floor, 2))
        over = ContactId(f"{floor.node.node}-1.0")
        await Contacts(engine).opened(over, channel=Channel.VOICE, address=None, at_ms=now_ms())

    async def is_lost() -> bool:
        text = file.read_text()
        file.write_text(text[: text.rindex("[tanaka](agent)")])
        await floor.node.cli("module reload res_pjsip.so")
        file.write_text(text)  # before the hub has looked
        return "tanaka" not in await floor.node.cli("pjsip list endpoints")

    await until(is_lost)
    await floor.node.cli("queue add member PJSIP/sato to sales")
    await floor.node.cli("queue set penalty 5 on PJSIP/tanaka in sales")
    await floor.node.cli("queue pause member PJSIP/tanaka queue support")
    await floor.acd.submit(PresenceChanged(agent=AgentId("tanaka"), presence=Presence.OFFLINE))
    await floor.acd.submit(AgentChanged(agent=Agent(id=ghost)))
    await floor.acd.submit(PresenceChanged(agent=ghost, presence=Presence.AVAILABLE))
    await floor.acd.submit(DeviceChanged(agent=AgentId("sato"), is_in_use=True))
    await finds(
        floor,
        ("channel_without_contact", "stray"),
        ("leg_without_call", stray),
        ("contact_only_in_database", over),
        ("phone_missing", "tanaka"),
        ("member_too_many", "sales/sato"),
        ("member_penalty", "sales/tanaka"),
        ("member_paused", "support/tanaka"),
        ("desktop_without_presence", "tanaka"),
        ("presence_without_desktop", ghost),
        ("phone_not_in_use", "sato"),
    )
    await floor.acd.submit(AgentRemoved(agent=ghost))
    await floor.tanaka.phone.register()


async def test_the_command_finds_and_repairs_and_is_remembered(floor: Floor) -> None:
    await floor.acd.submit(DeviceChanged(agent=AgentId("sato"), is_in_use=True))
    text = "the router has the phone of sato in use, and it is not"
    assert await doctor(floor) == (
        1,
        [f"- phone_not_in_use  {text}", "    --repair: router, hub and Asterisk are brought to agree anew"],
    )
    assert await doctor(floor, "--repair") == (
        0,
        [f"+ phone_not_in_use  {text}  [repaired]", "No differences."],
    )
    async with database(floor) as engine:
        entry = (await AuditLog(engine).entries(limit=1))[0]
    differences = ["phone_not_in_use:sato"]
    assert (entry.actor, entry.deed, entry.detail) == (ADMIN, "repair", {"differences": differences})


async def test_a_part_that_is_away_is_told(floor: Floor) -> None:
    await asyncio.to_thread(floor.redis.stop)
    await floor.until_ready("redis", ready=False)
    code, lines = await doctor(floor)
    await asyncio.to_thread(floor.redis.start)
    await floor.until_ready("redis", ready=True)
    assert (code, lines) == (2, ["! Redis, or a router, is away"])


async def _has_no_channels(floor: Floor) -> bool:
    return not await floor.channels()


async def _in_stasis(floor: Floor, count: int) -> list[str]:
    """Return the ids of the channels in our application once there are so many."""
    async with ari(floor) as ask:
        found = [
            each["id"] for each in await ask("GET", "/channels") if each["dialplan"]["app_name"] == "Stasis"
        ]
    return found if len(found) >= count else []
