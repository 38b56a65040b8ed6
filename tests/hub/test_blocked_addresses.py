"""Who is kept out, for how long, and who never is."""

import asyncio
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cti.ami import AmiLink
from cti.ami_events import AccessRefused, parse_event
from hub.audit import AuditLog, Deed
from hub.blocked_addresses import BlockedAddresses, BlockingRules
from hub.blocked_store import Block, BlockedStore
from tests.hub.conftest import Client
from tests.hub.fakes import Clock, Hub

ATTACKER = "192.0.2.9"


class Ami:
    is_up = True

    def __init__(self) -> None:
        self.reloads: list[str] = []

    async def reload(self, module: str) -> None:
        self.reloads.append(module)


class Known:
    trunk_addresses = ("198.51.100.0/24", "sip.example.jp")

    def phones_at(self, address: str) -> bool:
        return address == "203.0.113.5"


class Guarded:
    def __init__(self, engine: AsyncEngine, folder: Path, **rules: object) -> None:
        self.clock, self.ami, self.file = Clock(), Ami(), folder / "acl_blocked.conf"
        self.store = BlockedStore(engine)
        self._sessions = 0
        self.blocked = BlockedAddresses(
            self.store,
            cast(AmiLink, self.ami),
            self.file,
            Known(),
            BlockingRules(**{"failures": 3, "block_s": 60, "never": ("127.0.0.1", "10.0.0.0/8"), **rules}),  # type: ignore[arg-type]
            poll_s=0.01,
            clock_ms=self.clock.ms,
        )

    def fails(self, address: str, times: int, transport: str = "UDP") -> None:
        for _ in range(times):
            self._sessions += 1
            self.blocked.received(
                AccessRefused("InvalidPassword", address, transport, "sato", str(self._sessions))
            )

    @property
    def addresses(self) -> list[str]:
        return [block.address for block in self.blocked.active]


@pytest.fixture
def guarded(engine: AsyncEngine, tmp_path: Path) -> Guarded:
    return Guarded(engine, tmp_path)


def test_so_many_failures_in_so_short_a_time(guarded: Guarded) -> None:
    guarded.fails(ATTACKER, 2)
    guarded.clock.now_s += 61
    guarded.fails(ATTACKER, 2)
    assert guarded.addresses == []
    guarded.fails(ATTACKER, 1)
    assert guarded.addresses == [ATTACKER]


def test_a_request_that_is_told_twice_counts_once(guarded: Guarded) -> None:
    for _ in range(5):
        guarded.blocked.received(AccessRefused("InvalidAccountID", ATTACKER, "UDP", "x", "one"))
    assert guarded.addresses == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "198.51.100.7", "203.0.113.5"])
def test_some_are_never_blocked(guarded: Guarded, address: str) -> None:
    guarded.fails(address, 50)
    assert guarded.addresses == []


def test_browsers_come_through_the_hub(guarded: Guarded) -> None:
    guarded.fails(ATTACKER, 50, "WS")
    assert guarded.addresses == []
    assert guarded.blocked.refusals["InvalidPassword"] == 50


def test_of_ipv6_a_network_is_blocked(guarded: Guarded) -> None:
    for end in range(3):
        guarded.fails(f"2001:db8:0:1::{end + 1:x}", 1)
    assert guarded.addresses == ["2001:db8:0:1::"]


async def test_asterisk_goes_by_the_list_and_each_time_is_twice_as_long(guarded: Guarded) -> None:
    service = asyncio.create_task(guarded.blocked.run())
    try:
        guarded.fails(ATTACKER, 3)
        await _until_file(guarded, f"deny = {ATTACKER}/32\n")
        assert guarded.ami.reloads[-1] == "acl"
        (block,) = await _stored(guarded)
        assert (block.times, block.until_ms - block.since_ms) == (1, 60_000)
        guarded.clock.now_s += 61
        await _until_file(guarded, "")
        guarded.fails(ATTACKER, 3)
        await _until_file(guarded, f"deny = {ATTACKER}/32\n")
        (block,) = await _stored(guarded, times=2)
        assert block.until_ms - block.since_ms == 120_000
    finally:
        service.cancel()


async def test_what_is_blocked_outlives_the_hub(
    guarded: Guarded, engine: AsyncEngine, tmp_path: Path
) -> None:
    first = asyncio.create_task(guarded.blocked.run())
    guarded.fails(ATTACKER, 3)
    await _until_file(guarded, f"deny = {ATTACKER}/32\n")
    await _stored(guarded)
    first.cancel()
    again = Guarded(engine, tmp_path)
    second = asyncio.create_task(again.blocked.run())
    try:
        async with asyncio.timeout(5):
            while again.addresses != [ATTACKER]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert again.ami.reloads == [], "Asterisk goes by it already"
    finally:
        second.cancel()


async def test_an_administrator_lets_an_address_in_again(
    client: Client, hub: Hub, engine: AsyncEngine, tmp_path: Path
) -> None:
    guarded = Guarded(engine, tmp_path)
    guarded.clock.now_s = 4_000_000_000.0
    service = asyncio.create_task(guarded.blocked.run())
    try:
        guarded.fails(ATTACKER, 3)
        await _until_file(guarded, f"deny = {ATTACKER}/32\n")
        await _stored(guarded)
        tokens = {
            name: (await hub.parts.sign_in.begin(name, f"{name}-password", "test")).token
            for name in ("kato", "abe")
        }
        supervisor, admin = ({"Authorization": f"Bearer {tokens[name]}"} for name in ("kato", "abe"))
        url = "/api/v1/blocked"
        listed = await (await client.get(url, headers=supervisor)).json()
        assert [each["address"] for each in listed["blocked"]] == [ATTACKER]
        assert (await client.delete(f"{url}/{ATTACKER}", headers=supervisor)).status == 403
        assert (await client.delete(f"{url}/{ATTACKER}", headers=admin)).status == 204
        assert (await client.delete(f"{url}/{ATTACKER}", headers=admin)).status == 404
        await _until_file(guarded, "")
        (entry,) = await AuditLog(engine).entries()
        assert (entry.actor, entry.deed, entry.subject) == ("abe", Deed.UNBLOCK_ADDRESS, ATTACKER)
    finally:
        service.cancel()


async def test_without_asterisk_nothing_is_known_of_phones_and_trunks(client: Client, hub: Hub) -> None:
    token = (await hub.parts.sign_in.begin("kato", "kato-password", "test")).token
    headers = {"Authorization": f"Bearer {token}"}
    phones = await (await client.get("/api/v1/phones", headers=headers)).json()
    assert phones["is_known"] is False
    assert [each["agent"] for each in phones["phones"]] == ["abe", "kato", "sato"]
    trunks = await (await client.get("/api/v1/trunks", headers=headers)).json()
    assert [(each["trunk"], each["is_reachable"]) for each in trunks["trunks"]] == [("carrier", None)]


def test_only_refusals_of_sip_count() -> None:
    headers = {
        "event": "InvalidPassword",
        "service": "AMI",
        "remoteaddress": "IPV4/TCP/127.0.0.1/5",
        "accountid": "hub",
    }
    assert parse_event(headers) is None
    of_sip = parse_event(headers | {"service": "PJSIP", "remoteaddress": "IPV6/UDP/2001:db8::1/5060"})
    assert of_sip == AccessRefused("InvalidPassword", "2001:db8::1", "UDP", "hub", "")


async def _until_file(guarded: Guarded, rules: str) -> None:
    async with asyncio.timeout(5):
        while True:
            text = guarded.file.read_text() if guarded.file.exists() else "?"
            if text.partition("\n")[2] == rules and text != "?":
                return
            await asyncio.sleep(0.01)


async def _stored(guarded: Guarded, times: int = 1) -> list[Block]:
    async with asyncio.timeout(5):
        while True:
            found = await guarded.store.all()
            if [block.times for block in found] == [times]:
                return found
            await asyncio.sleep(0.01)
