"""Work that one hub at a time does."""

import asyncio
from collections import Counter
from functools import partial

from acd.errors import AcdUnavailable
from hub.single import Singles
from tests.cti.virtual_time import virtual_time


class Redis:
    """Leases that lapse when their time is over; `is_away` answers nobody."""

    def __init__(self) -> None:
        self.is_away = False
        self._held: dict[str, tuple[str, float]] = {}

    def leases(self, holder: str) -> "Leases":
        return Leases(self, holder)

    def take(self, holder: str, name: str, life_ms: int) -> bool:
        if self.is_away:
            raise AcdUnavailable("away")
        now_s = asyncio.get_running_loop().time()
        owner, until_s = self._held.get(name, (holder, 0.0))
        if owner != holder and until_s > now_s:
            return False
        self._held[name] = (holder, now_s + life_ms / 1000)
        return True

    def give_back(self, holder: str, name: str) -> None:
        if self.is_away:
            raise AcdUnavailable("away")
        if self._held.get(name, ("", 0.0))[0] == holder:
            del self._held[name]


class Leases:
    def __init__(self, redis: Redis, holder: str) -> None:
        self._redis, self._holder = redis, holder

    async def take(self, name: str, life_ms: int = 0) -> bool:
        return self._redis.take(self._holder, name, life_ms)

    async def give_back(self, name: str) -> None:
        self._redis.give_back(self._holder, name)


class Work:
    """Counts who is at it; fails the first `failures` times."""

    def __init__(self, failures: int = 0) -> None:
        self.at_it: Counter[str] = Counter()
        self.begun = 0
        self._failures = failures

    async def __call__(self, who: str) -> None:
        self.begun += 1
        if self.begun <= self._failures:
            raise OSError("no mailbox")
        self.at_it[who] += 1
        assert self.at_it.total() == 1
        try:
            await asyncio.sleep(10_000)
        finally:
            self.at_it[who] -= 1


@virtual_time
async def test_one_works_and_another_goes_on_when_it_is_gone() -> None:
    redis, work = Redis(), Work()
    hubs = {
        name: asyncio.create_task(Singles(redis.leases(name)).run("mail", partial(work, name)))
        for name in ("a", "b")
    }
    await asyncio.sleep(60)
    assert work.at_it == {"a": 1}
    hubs["a"].cancel()
    await asyncio.sleep(5)
    assert work.at_it["b"] == 1
    hubs["b"].cancel()


@virtual_time
async def test_who_cannot_renew_its_right_stops_before_another_begins() -> None:
    redis, work = Redis(), Work()
    first = asyncio.create_task(Singles(redis.leases("a")).run("mail", lambda: work("a")))
    await asyncio.sleep(10)
    assert work.at_it["a"] == 1
    redis.is_away = True
    await asyncio.sleep(11)
    assert work.at_it["a"] == 0
    redis.is_away = False
    await asyncio.sleep(10)
    assert work.at_it["a"] == 1
    first.cancel()


@virtual_time
async def test_work_that_fails_is_begun_again_later_each_time() -> None:
    redis, work = Redis(), Work(failures=4)
    task = asyncio.create_task(Singles(redis.leases("a")).run("mail", lambda: work("a")))
    await asyncio.sleep(10)
    assert work.begun == 4
    await asyncio.sleep(30)
    assert work.at_it["a"] == 1
    task.cancel()
