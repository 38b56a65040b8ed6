"""A real Redis: started and stopped by its pid file, its data kept."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from hub.services.errors import PortTaken
from hub.services.redis import RedisService
from tests.support.redis import redis_service

pytestmark = pytest.mark.real


async def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    service = redis_service(tmp_path)
    assert service.start()
    assert not service.start()
    async with Redis.from_url(service.url) as client:
        await client.set("name", "取次")
    assert service.stop()
    assert not service.stop()
    service.start()
    try:
        async with Redis.from_url(service.url, decode_responses=True) as client:
            assert await client.get("name") == "取次"
            assert (await client.config_get("appendfsync"))["appendfsync"] == "everysec"
    finally:
        service.stop()


async def test_each_test_finds_it_empty(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0
        await client.set("left", "behind")


async def test_also_after_a_test_that_left_something(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    first = redis_service(tmp_path / "one")
    first.start()
    try:
        with pytest.raises(PortTaken, match="TORITSUGI_REDIS_PORT"):
            RedisService(tmp_path / "two", first.port).start()
        assert first.daemon.pid is not None
    finally:
        first.stop()
