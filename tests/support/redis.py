"""A real Redis for tests."""

from pathlib import Path

from hub.services.redis import RedisService
from tests.support.ports import free_port


def redis_service(state: Path) -> RedisService:
    """Return a Redis that is configured but not started, on a free port, its data in `state`."""
    return RedisService(state, free_port())
