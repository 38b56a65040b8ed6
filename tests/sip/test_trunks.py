"""Trunks: seen as they are, tried in order, and left for the next when they fail."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import msgspec
import pytest
import pytest_asyncio

from acd.events import SettingsChanged
from acd.ids import QueueName
from acd.policy import CALLBACK, Propose
from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.listener import LegFailure
from cti.outside import Way
from cti.softphone import CallState
from hub.dialling import Identity
from hub.trunks import Trunks
from hub.trunks_conf import Trunk
from tests.cti.far_end import link_to
from tests.cti.heard import Heard
from tests.failures.floor import TRUNK, Floor, until
from tests.hub.doubles import Trunkless
from tests.sip.conftest import Carriers
from tests.sip.test_attack import signed_in
from tests.support.asterisk import ROOT
from tests.support.sip_wire import SipWire, header

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

CUSTOMER = "09012345678"
NUMBER = "+819012345678"
SOON_S = 10.0


@pytest_asyncio.fixture(loop_scope="package")
async def heard() -> Heard:
    return Heard()


@pytest_asyncio.fixture(loop_scope="package")
async def control(floor: Floor, heard: Heard) -> AsyncIterator[CallControl]:
    """Call control of an application of its own, beside the hub's."""
    control = CallControl(link_to(floor.node, "trunktest"), heard)
    running = asyncio.create_task(control.run())
    await control.up(5)
    yield control
    await control.close()
    await running


async def _invited(wire: SipWire, timeout_s: float = SOON_S) -> str:
    async with asyncio.timeout(timeout_s):
        return await wire.invites.get()


async def _trunks(floor: Floor) -> dict[str, tuple[bool | None, bool | None]]:
    """Return whether each trunk is reachable, and registered."""
    url = f"{floor.hub.url}/api/v1/trunks"
    async with floor.http.get(url, headers=await signed_in(floor)) as answer:
        told = await answer.json()
    return {each["trunk"]: (each["is_reachable"], each["is_registered"]) for each in told["trunks"]}


async def _until_seen(floor: Floor, **expected: tuple[bool | None, bool | None]) -> None:
    async def holds() -> bool:
        return await _trunks(floor) == {**expected, "linecall": (None, None)}

    await until(holds, timeout_s=20)


async def test_trunks_are_seen_as_they_are(floor: Floor, carriers: Carriers) -> None:
    await _until_seen(floor, first=(True, None), second=(True, True))
    assert list(await _trunks(floor)) == ["first", "second", "linecall"]
    assert await floor.metric('toritsugi_trunk_reachable{trunk="first"}') == 1
    assert 0 < await floor.metric('toritsugi_trunk_round_trip_seconds{trunk="first"}') < 0.5
    assert await floor.metric('toritsugi_trunk_registered{trunk="second"}') == 1
    carriers.first.is_silent = True
    await _until_seen(floor, first=(False, None), second=(True, True))
    assert await floor.metric('toritsugi_trunk_reachable{trunk="first"}') == 0
    carriers.first.is_silent = False
    await _until_seen(floor, first=(True, None), second=(True, True))


async def test_phones_are_seen_as_they_are(floor: Floor) -> None:
    async def phones() -> bool:
        url = f"{floor.hub.url}/api/v1/phones"
        async with floor.http.get(url, headers=await signed_in(floor)) as answer:
            told = await answer.json()
        (sato,) = (each for each in told["phones"] if each["agent"] == "sato")
        (contact,) = sato["contacts"]
        is_seen = contact["is_reachable"] is True and contact["round_trip_ms"] > 0
        return is_seen and contact["address"] == "127.0.0.1" and sato["state"] == "NOT_INUSE"

    await until(phones)
    assert await floor.metric('toritsugi_phone_reachable{endpoint="sato"}') == 1
    assert await floor.metric('toritsugi_phone_round_trip_seconds{endpoint="sato"}') > 0


async def _dial(control: CallControl, heard: Heard, variables: Mapping[str, str] | None = None) -> ChannelKey:
    """Call a customer by both trunks, for an agent who waits."""
    key = control.callback_key("k1")
    await control.ring("o1", key, "Local/*43@internal/n", caller_id="1", timeout_s=10)
    await heard.until("leg_answered", "o1")
    first = Way(f"PJSIP/{CUSTOMER}@first", "0312345678", variables or {})
    ways = [first, Way(f"PJSIP/{NUMBER}@second", "0398765432")]
    await control.call_customer(key, "o1", ways, number=NUMBER, timeout_s=20)
    return key


@pytest.mark.parametrize(
    "verdict",
    ["503 Service Unavailable", "480 Temporarily Unavailable", "500 Error", "403 Forbidden", "488 No"],
)
async def test_where_a_trunk_fails_the_next_is_tried(
    control: CallControl, heard: Heard, carriers: Carriers, verdict: str
) -> None:
    carriers.first.verdicts = [verdict]
    key = await _dial(control, heard)
    assert header(await _invited(carriers.first), "From").startswith("<sip:0312345678@")
    invite = await _invited(carriers.second)
    assert invite.startswith(f"INVITE sip:{NUMBER}@")
    await heard.until("customer_answered", key)
    await control.hang_up(key)
    await heard.until_over("o1")


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        ("486 Busy Here", LegFailure.BUSY),
        ("404 Not Found", LegFailure.UNREACHABLE),
        ("604 Does Not Exist Anywhere", LegFailure.UNREACHABLE),
        ("603 Decline", LegFailure.BUSY),
    ],
)
async def test_where_the_number_fails_no_other_is_tried(
    control: CallControl, heard: Heard, carriers: Carriers, verdict: str, reason: LegFailure
) -> None:
    carriers.first.verdicts = [verdict]
    key = await _dial(control, heard)
    await heard.until("customer_failed", key, reason)
    assert carriers.second.invites.empty()
    await control.hang_up_leg("o1")
    await heard.until_over("o1")


async def test_a_trunk_that_says_nothing_is_given_up(
    control: CallControl, heard: Heard, carriers: Carriers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control._tracker.attempts, "_patience_s", 1.0)
    carriers.first.verdicts = ["silence"]
    key = await _dial(control, heard)
    await _invited(carriers.second)
    await heard.until("customer_answered", key)
    await control.hang_up(key)
    await heard.until_over("o1")


async def test_when_all_fail_the_agent_is_told_once(
    control: CallControl, heard: Heard, carriers: Carriers
) -> None:
    carriers.first.verdicts = carriers.second.verdicts = ["503 Service Unavailable"]
    key = await _dial(control, heard)
    await heard.until("customer_failed", key, LegFailure.UNREACHABLE)
    assert heard.names.count("customer_failed") == 1
    await control.hang_up_leg("o1")
    await heard.until_over("o1")


async def test_our_number_is_withheld_where_that_is_asked(
    control: CallControl, heard: Heard, carriers: Carriers
) -> None:
    trunks = Trunks([Trunk(name="first")], Trunkless(), region="JP")
    (way,) = await trunks.ways(NUMBER, identity=Identity.WITHHELD)
    key = await _dial(control, heard, way.variables)
    invite = await _invited(carriers.first)
    assert "anonymous@anonymous.invalid" in header(invite, "From")
    assert header(invite, "Privacy") == "id"
    assert "0312345678" in header(invite, "P-Asserted-Identity"), "the carrier knows who we are"
    await heard.until("customer_answered", key)
    await control.hang_up(key)
    await heard.until_over("o1")


@pytest_asyncio.fixture(loop_scope="package")
async def callbacks_proposed(floor: Floor) -> AsyncIterator[None]:
    """Callers of `support` are asked after a second whether to be called back."""
    before = (await floor.snapshot()).state.settings
    name = QueueName("support")
    queue = msgspec.structs.replace(before.queues[name], overflow=(Propose(after_s=1, way=CALLBACK),))
    for settings in (msgspec.structs.replace(before, queues={**before.queues, name: queue}), before):
        await floor.acd.submit(SettingsChanged(settings=msgspec.to_builtins(settings)))
        if settings is not before:
            yield


async def test_a_callback_goes_by_the_trunk_that_is_up(
    floor: Floor, carriers: Carriers, callbacks_proposed: None
) -> None:
    """The hub knows that the first is away and begins with the second; Asterisk's times are the journey's."""
    differences = await floor.metric("toritsugi_call_record_differences_total")
    compared = await floor.metric("toritsugi_call_records_compared_total")
    carriers.first.is_silent = True
    await _until_seen(floor, first=(False, None), second=(True, True))
    call = await floor.call(CUSTOMER)
    contact = (await floor.waiting()).contact.id
    async with asyncio.timeout(30):
        while call.state is not CallState.ENDED:
            await call.dtmf("1")
            await asyncio.sleep(0.7)
    seen = len(floor.sato.desktop.events)
    await floor.sato.available()
    agent_call, _ = await floor.sato.answers()
    invite = await _invited(carriers.second)
    assert invite.startswith(f"INVITE sip:{NUMBER}@")
    assert re.search(r"^From: .*<sip:0398765432@", invite, re.MULTILINE)
    assert "P-Asserted-Identity" in invite
    assert carriers.first.invites.empty()
    await asyncio.sleep(1)
    await agent_call.hang_up()
    await floor.sato.wraps_up(contact, after=seen)
    await until(_more(floor, "toritsugi_call_records_compared_total", compared), timeout_s=20)
    assert await floor.metric("toritsugi_call_record_differences_total") == differences


async def test_a_consultation_goes_by_the_next_trunk_where_one_fails(
    floor: Floor, carriers: Carriers
) -> None:
    await _until_seen(floor, first=(True, None), second=(True, True))
    carriers.first.verdicts = ["503 Service Unavailable"]
    await floor.sato.available()
    call = await floor.call("0611112222")
    agent_call, contact = await floor.sato.talks()
    seen = len(floor.sato.desktop.events)
    await floor.sato.desktop.command("consult", contact=contact, to={"number": CUSTOMER})
    await _invited(carriers.first)
    assert (await _invited(carriers.second)).startswith(f"INVITE sip:{NUMBER}@")
    await floor.sato.desktop.wait(
        "contact", lambda event: [each["state"] for each in event["parties"]] == ["talking"], after=seen
    )
    carriers.first.verdicts = carriers.second.verdicts = ["503 Service Unavailable"]
    (party,) = [each["id"] for each in floor.sato.desktop.events[-1][1]["parties"]]
    await floor.sato.desktop.command("remove_party", contact=contact, party=party)
    seen = len(floor.sato.desktop.events)
    await floor.sato.desktop.command("consult", contact=contact, to={"number": CUSTOMER})
    await floor.sato.desktop.wait(
        "contact", lambda event: not event["parties"] and not event["held"], after=seen
    )  # nobody could be reached: back to the customer
    await call.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact)


async def test_an_agent_dials_without_being_seen(floor: Floor, carriers: Carriers) -> None:
    """184 before the number: the trunk is asked by the headers of RFC 3323."""
    await _until_seen(floor, first=(True, None), second=(True, True))
    seen = len(floor.sato.desktop.events)
    await floor.sato.desktop.command("dial", number="184-090-1234-5678")
    agent_call, contact = await floor.sato.answers()
    invite = await _invited(carriers.first)
    assert "anonymous@anonymous.invalid" in header(invite, "From")
    assert header(invite, "Privacy") == "id"
    await agent_call.hang_up()
    await floor.sato.wraps_up(contact["id"], after=seen)


def _more(floor: Floor, metric: str, before: float) -> Callable[[], Awaitable[bool]]:
    async def is_more() -> bool:
        return await floor.metric(metric) > before

    return is_more


async def _printed(floor: Floor, *command: str) -> list[list[str]]:
    """Run a command of `toritsugi` beside the hub; returns the columns of each line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hub.cli",
        *command,
        cwd=ROOT,
        env=dict(floor.hub.service.environment),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed
    return [line.split("\t") for line in printed.decode().splitlines()]


async def test_the_command_line_asks_asterisk_itself(floor: Floor) -> None:
    await _until_seen(floor, first=(True, None), second=(True, True))
    phones = {line[0]: line[2:4] for line in await _printed(floor, "phones")}
    assert phones["sato"] == ["127.0.0.1", "yes"]
    trunks = {line[0]: line[1:4] for line in await _printed(floor, "trunks")}
    assert trunks["first"] == ["-", TRUNK, "yes"]
    assert trunks["second"] == ["Registered", TRUNK, "yes"]
    await _printed(floor, "blocked", "list")
