"""Who guesses passwords is kept out, soon, for a while, and nobody else is harmed."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from cti.softphone import CallState
from hub.accounts import Role
from tests.failures.floor import Floor, until
from tests.support.sip_wire import SipWire, sip_wire, status_of
from tests.support.tones import tone_share, write_tone

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

ATTACKER, GUEST = "127.0.0.9", "127.0.0.8"
TRIES = 1_000
NUMBER = "0611112222"


async def _attack(wire: SipWire, user: str, tries: int) -> Counter[str]:
    """Guess passwords one after the other; returns how often each came of it."""
    found: Counter[str] = Counter()
    for number in range(tries):
        wire.send(wire.request("REGISTER", user))
        challenge = await wire.answered()
        if status_of(challenge) != 401:
            found[str(status_of(challenge))] += 1
            continue
        wire.send(wire.authorised(challenge, user, f"guess-{number}"))
        found[f"guessed, {status_of(await wire.answered())}"] += 1
    return found


async def _goes_on_till_kept_out(wire: SipWire, user: str) -> None:
    """Guess on: Asterisk answers faster than the hub hears of it, by far on a busy machine."""
    async with asyncio.timeout(20):
        while not (await _attack(wire, user, 1))["403"]:
            pass


def _asterisk(floor: Floor) -> tuple[str, int]:
    return floor.node.sip_host, floor.node.sip_port


async def signed_in(floor: Floor) -> dict[str, str]:
    """Return what a request of an administrator carries."""
    if "abe" not in floor.hub.passwords:
        await floor.hub.add_agent("abe", "阿部", Role.ADMIN)
    body = {"id": "abe", "password": floor.hub.passwords["abe"][0]}
    async with floor.http.post(f"{floor.hub.url}/api/v1/session", json=body) as answer:
        token = (await answer.json())["token"]
    return {"Authorization": f"Bearer {token}"}


async def test_a_thousand_guesses_end_at_the_tenth_and_a_talk_goes_on(floor: Floor, tmp_path: Path) -> None:
    await floor.sato.available()
    compared = await floor.metric("toritsugi_call_records_compared_total")
    call = await floor.call(NUMBER)
    agent_call, contact = await floor.sato.answers()
    await call.play(write_tone(tmp_path / "tone.wav", 500))
    async with sip_wire(_asterisk(floor), ATTACKER) as wire:
        clock = asyncio.get_running_loop().time
        began = clock()
        found = await _attack(wire, "sato", TRIES)
        print(f"{TRIES} tries in {clock() - began:.2f} s: {dict(found)}")
        await _goes_on_till_kept_out(wire, "sato")
        heard = tmp_path / "heard.wav"
        await agent_call.record(heard)
        await asyncio.sleep(1)
        await agent_call.record(None)
        assert tone_share(heard, 500) > 0.9, "the talk goes on"
        assert await floor.metric("toritsugi_blocked_addresses") == 1
        assert await floor.metric('toritsugi_sip_refusals_total{reason="ChallengeResponseFailed"}') >= 10
        async with sip_wire(_asterisk(floor), GUEST) as other:
            other.send(other.request("REGISTER", "sato"))
            assert status_of(await other.answered()) == 401, "others are let in"
        headers = await signed_in(floor)
        url = f"{floor.hub.url}/api/v1/blocked"
        (block,) = await until(lambda: _blocks(floor))
        assert (block["address"], block["times"], block["reason"]) == (ATTACKER, 1, "ChallengeResponseFailed")
        async with floor.http.delete(f"{url}/{ATTACKER}", headers=headers) as answer:
            assert answer.status == 204
        await until(lambda: _is_let_in(wire))
        async with floor.http.delete(f"{url}/{ATTACKER}", headers=headers) as answer:
            assert answer.status == 404
    seen = len(floor.sato.desktop.events)
    await call.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)

    async def is_compared() -> bool:
        return await floor.metric("toritsugi_call_records_compared_total") > compared

    await until(is_compared, timeout_s=20)
    assert await floor.metric("toritsugi_call_record_differences_total") == 0, "Asterisk has the same times"


async def test_a_block_ends_and_the_next_one_is_twice_as_long(floor: Floor) -> None:
    headers = await signed_in(floor)
    async with sip_wire(_asterisk(floor), "127.0.0.10") as wire:
        await _goes_on_till_kept_out(wire, "nobody")
        await until(lambda: _is_let_in(wire), timeout_s=40)
        await _goes_on_till_kept_out(wire, "nobody")

    async def second() -> list[dict[str, Any]]:
        return [block for block in await _blocks(floor) if block["times"] == 2]

    (block,) = await until(second)
    assert block["until_ms"] - block["since_ms"] == 40_000
    async with floor.http.delete(f"{floor.hub.url}/api/v1/blocked/127.0.0.10", headers=headers) as answer:
        assert answer.status == 204


async def test_who_is_to_be_spared_is(floor: Floor) -> None:
    """The trunk's own address, loopback (the allow list), and where a phone of ours is registered."""
    async with AsyncExitStack() as stack:
        for address in ("127.0.0.1", "127.0.0.2"):
            wire = await stack.enter_async_context(sip_wire(_asterisk(floor), address))
            found = await _attack(wire, "nobody", 30)
            assert "403" not in found, (address, found)
    assert await _blocks(floor) == []


async def _blocks(floor: Floor) -> list[dict[str, Any]]:
    """Return the blocks that stand in the database: the hub goes by them a moment before."""
    async with floor.http.get(f"{floor.hub.url}/api/v1/blocked", headers=await signed_in(floor)) as answer:
        found: list[dict[str, Any]] = (await answer.json())["blocked"]
        return found


async def _is_let_in(wire: SipWire) -> bool:
    wire.send(wire.request("REGISTER", "sato"))
    return status_of(await wire.answered()) == 401
