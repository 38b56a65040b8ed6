"""Leases in a real Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from acd.errors import AcdUnavailable
from acd.leases import Leases
from tests.support.ports import free_port

pytestmark = pytest.mark.real


@pytest.fixture
async def one(redis_url: str) -> AsyncIterator[Leases]:
    leases = Leases(redis_url)
    yield leases
    await leases.close()


@pytest.fixture
async def other(redis_url: str) -> AsyncIterator[Leases]:
    leases = Leases(redis_url)
    yield leases
    await leases.close()


async def test_a_lease_is_one_hub_s_until_it_gives_it_back(one: Leases, other: Leases) -> None:
    assert await one.take("node:a")
    assert await one.take("node:a")
    assert not await other.take("node:a")
    assert await other.take("node:b")
    await other.give_back("node:a")  # not his
    assert not await other.take("node:a")
    await one.give_back("node:a")
    assert await other.take("node:a")


async def test_a_lease_that_is_not_renewed_lapses(one: Leases, other: Leases) -> None:
    assert await one.take("node:a", 20)
    async with asyncio.timeout(2):
        while not await other.take("node:a"):  # noqa: ASYNC110 - Redis's clock decides
            await asyncio.sleep(0.005)
    assert not await one.take("node:a")


async def test_a_claim_needs_no_free_lease(one: Leases, other: Leases) -> None:
    await one.claim(["seat:sato", "seat:tanaka"], 5000)
    await other.claim(["seat:tanaka"], 5000)
    await other.claim([], 5000)
    assert await other.is_another_s("seat:sato")
    assert not await one.is_another_s("seat:sato")
    assert await one.is_another_s("seat:tanaka")
    assert not await one.is_another_s("seat:nobody")


async def test_without_redis_it_says_so() -> None:
    leases = Leases(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(AcdUnavailable):
        await leases.take("node:a")
    await leases.close()
