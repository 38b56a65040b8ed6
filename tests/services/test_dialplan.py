"""What the shipped configuration does with calls when nobody but Asterisk is there."""

import asyncio
import re
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.asterisk import ROOT, AsteriskNode, asterisk_node
from tests.support.ports import free_port
from tests.support.sipp import SippResult, SippRun, run_sipp, sipp

pytestmark = pytest.mark.real

TRUNK = "127.0.0.2"
PHONES = "127.0.0.3"


@asynccontextmanager
async def _phone(asterisk: AsteriskNode, agent: str) -> AsyncIterator[SippRun]:
    """A registered phone of an agent that answers every call; its registration ends with it."""
    port = free_port()
    await asterisk.cli("queue reset stats")  # no wrap-up after the call of another test
    await _register(asterisk, agent, port, expires_s=120)
    try:
        async with sipp("agent", _address(asterisk), local=PHONES, port=port, calls=100) as run:
            await _until(
                asterisk, "pjsip show contacts", lambda text: bool(re.search(rf"{agent}.* Avail", text))
            )
            yield run
    finally:
        await _register(asterisk, agent, port, expires_s=0)


async def _register(
    asterisk: AsteriskNode, agent: str, port: int, *, expires_s: int, password: str | None = None
) -> None:
    """Register from the port that the phone itself then listens at."""
    result = await run_sipp(
        "register",
        _address(asterisk),
        local=PHONES,
        port=port,
        timeout_s=5,
        keys={"user": agent, "expires": str(expires_s)},
        options=("-au", agent, "-ap", password or asterisk.passwords[agent]),
    )
    assert result.succeeded == 1, result.messages


async def _call(
    asterisk: AsteriskNode,
    dialled: str,
    *,
    caller: str = "+81312345678",
    header: str = "Subject: call",
    talk_ms: int = 300,
    timeout_s: float = 20,
) -> SippResult:
    """A call from the trunk. `caller` is the user part of From, `header` one more header line."""
    return await run_sipp(
        "caller",
        _address(asterisk),
        local=TRUNK,
        port=free_port(),
        timeout_s=timeout_s,
        options=("-d", str(talk_ms)),
        keys={"from": caller, "dialled": dialled, "header": header},
    )


def _address(asterisk: AsteriskNode) -> str:
    return f"{asterisk.sip_host}:{asterisk.sip_port}"


async def _until(asterisk: AsteriskNode, command: str, holds: Callable[[str], bool]) -> str:
    """Ask the console until its answer is as expected."""
    async with asyncio.timeout(10):
        while not holds(text := await asterisk.cli(command)):
            pass  # the console takes its time
    return text


@asynccontextmanager
async def _hub(
    asterisk: AsteriskNode,
) -> AsyncIterator[tuple[aiohttp.ClientSession, Callable[[], Awaitable[dict[str, Any]]]]]:
    """What a hub is to the dialplan: a session of ARI, and the calls that enter its application."""
    account = aiohttp.encode_basic_auth(asterisk.ari_user, asterisk.ari_password)
    async with (
        aiohttp.ClientSession(headers={"Authorization": account}) as session,
        session.ws_connect(f"{asterisk.ari_url}/events?app={asterisk.ari_app}") as events,
        asyncio.timeout(20),
    ):

        async def starts() -> dict[str, Any]:
            """The next call. Events of one that has just hung up may still come between."""
            event: dict[str, Any] = {"type": None}
            while event["type"] != "StasisStart":
                event = await events.receive_json()
            return event

        yield session, starts


@pytest.mark.parametrize("dialled", ["0312345678", "+81312345678"])
@pytest.mark.parametrize("caller", ["+819012345678", "anonymous", "Unavailable"])
async def test_without_a_hub_a_call_reaches_a_registered_agent_through_the_queue(
    asterisk: AsteriskNode, dialled: str, caller: str
) -> None:
    async with _phone(asterisk, "sato") as phone:
        result = await _call(asterisk, dialled, caller=caller)
        assert result.succeeded == 1, result.messages
        assert "INVITE sip:sato@" in phone.messages()
        assert f"<sip:{caller}@" in phone.messages().partition("\nFrom: ")[2]


async def test_without_a_hub_a_call_waits_until_an_agent_is_there(asterisk: AsteriskNode) -> None:
    async with sipp(
        "caller",
        _address(asterisk),
        local=TRUNK,
        port=free_port(),
        options=("-d", "4000"),
        keys={"from": "+819012345678", "dialled": "0312345678", "header": "Subject: call"},
    ) as caller:
        waiting = await _until(asterisk, "queue show support", lambda text: "1. PJSIP/carrier" in text)
        assert "support has 1 calls" in waiting
        async with _phone(asterisk, "tanaka") as phone:
            assert (await caller.wait()).succeeded == 1
            assert "INVITE sip:tanaka@" in phone.messages()
    await _until(asterisk, "core show channels count", lambda text: "0 active channels" in text)


async def test_without_a_hub_penalty_rules_say_who_may_be_tried_when(tmp_path: Path) -> None:
    config = Path(shutil.copytree(ROOT / "asterisk-config", tmp_path / "config"))
    (config / "queues.conf").write_text(
        "[support]\nstrategy = rrmemory\nretry = 1\ndefaultrule = widen\nmember => PJSIP/sato,1\n"
    )
    (config / "queuerules.conf").write_text("[widen]\npenaltychange => 0,0\npenaltychange => 8,1\n")
    node = asterisk_node(tmp_path / "state", config)
    await asyncio.to_thread(node.service.start)
    try:
        began = time.monotonic()
        calling = asyncio.create_task(_call(node, "0312345678", talk_ms=11_000))
        await _until(node, "queue show support", lambda text: "1. PJSIP/carrier" in text)
        await asyncio.sleep(2)  # app_queue goes by a change at 0 s a second later
        async with _phone(node, "sato") as phone:
            await _until(node, "queue show support", lambda _: "INVITE sip:sato@" in phone.messages())
            assert 7 < time.monotonic() - began < 11
            assert (await calling).succeeded == 1
    finally:
        await asyncio.to_thread(node.service.stop)


@pytest.mark.parametrize(
    ("caller", "header", "number"),
    [
        ("+819012345678", "Subject: plain", "+819012345678"),
        ("anonymous", "Subject: nobody asserted", "anonymous"),
        ("anonymous", "P-Asserted-Identity: <sip:+819012345678@carrier.invalid>", "+819012345678"),
        (
            "anonymous",
            'P-Asserted-Identity: "Suzuki" <sip:+819012345678@carrier.invalid>\r\nPrivacy: id',
            "anonymous",
        ),
    ],
)
async def test_the_hub_gets_the_call_first_and_never_a_withheld_number(
    asterisk: AsteriskNode, caller: str, header: str, number: str
) -> None:
    async with _hub(asterisk) as (session, starts):
        call = asyncio.create_task(_call(asterisk, "+81312345678", caller=caller, header=header, timeout_s=5))
        start = await starts()
        assert start["args"] == ["in", "carrier", "+81312345678"]
        assert start["channel"]["caller"] == {"name": "", "number": number}
        await session.post(f"{asterisk.ari_url}/channels/{start['channel']['id']}/answer")
        assert (await call).succeeded == 1


async def test_a_call_that_the_hub_lets_go_waits_in_the_queue_that_it_named(asterisk: AsteriskNode) -> None:
    async with _hub(asterisk) as (session, starts):
        call = asyncio.create_task(_call(asterisk, "0312345678", talk_ms=2000))
        channel = f"{asterisk.ari_url}/channels/{(await starts())['channel']['id']}"
        await session.post(f"{channel}/variable", params={"variable": "TORITSUGI_QUEUE", "value": "sales"})
        await session.post(f"{channel}/continue")
        await _until(asterisk, "queue show sales", lambda text: "1. PJSIP/carrier" in text)
        await call
    await _until(asterisk, "core show channels count", lambda text: "0 active channels" in text)


async def test_a_phone_with_a_wrong_password_is_not_registered(asterisk: AsteriskNode) -> None:
    with pytest.raises(AssertionError, match=r"SIP/2.0 401"):
        await _register(asterisk, "sato", free_port(), expires_s=120, password="wrong")
    assert "sip:sato@" not in await asterisk.cli("pjsip show contacts")


async def test_a_stranger_reaches_nothing(asterisk: AsteriskNode) -> None:
    result = await run_sipp(
        "caller",
        _address(asterisk),
        local="127.0.0.9",
        port=free_port(),
        timeout_s=5,
        options=("-d", "300"),
        keys={"from": "+819012345678", "dialled": "0312345678", "header": "Subject: call"},
    )
    assert result.succeeded == 0
    assert "SIP/2.0 401" in result.messages


async def test_the_dialplan_uses_nothing_that_is_not_loaded(asterisk: AsteriskNode) -> None:
    """Runs last: the calls above have been through every line that serves a caller."""
    log = (asterisk.state / "log" / "messages.log").read_text()
    assert "No application" not in log
    assert not re.search(r"Function \S+ not registered", log)
