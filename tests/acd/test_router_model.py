"""The four scripts on a real Redis, against a small model of what they should do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

import msgspec
import pytest
from redis.asyncio import Redis

from acd import router_redis
from acd.actions import RefuseEvent
from acd.core.records import Record, RecordKey, SerialRecord
from acd.errors import LeaseLost
from acd.events import ContactEnded, Event
from acd.ids import ContactId
from acd.router_redis import Bounds, Entry, Lease, RouterRedis

pytestmark = pytest.mark.real

BOUNDS = Bounds(lease_ms=600_000, backlog_max=8)
STEPS = 150

Id = tuple[int, int]


def numbers(entry: str) -> Id:
    ms, _, number = entry.partition("-")
    return int(ms), int(number)


@dataclass
class Model:
    """What Redis should hold. What only its clock knows (epochs, ids of entries) is told to it."""

    events: dict[str, bytes] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    records: dict[str, bytes] = field(default_factory=dict)
    actions: dict[str, bytes] = field(default_factory=dict)
    set_aside: list[bytes] = field(default_factory=list)
    holder: str = ""
    fence: int = 0
    epoch: int = 0
    position: str = ""

    def submit(self, events: dict[str, bytes], told: list[str]) -> list[str]:
        """Return the answer; of an entry that is new, the id that Redis told."""
        free = BOUNDS.backlog_max - len(self.events)
        answer = []
        for (mark, body), entry in zip(events.items(), told, strict=True):
            if mark not in self.marks and free > 0:
                latest = max((numbers(each) for each in (*self.marks.values(), *self.events)), default=(0, 0))
                assert numbers(entry) > latest, "a new entry is later than all others"
                self.events[entry] = body
                self.marks[mark] = entry
                free -= 1
            answer.append(self.marks.get(mark, ""))
        return answer

    def lease(self, holder: str, fence: int, told: Lease) -> Lease:
        if not self.epoch:
            self.epoch = self.fence = told.epoch
        if self.holder not in ("", holder):
            return Lease(0, self.epoch, "")
        if not self.holder or fence != self.fence:
            self.fence += 1
        self.holder = holder
        return Lease(self.fence, self.epoch, self.position or "0-0")

    def release(self, holder: str) -> None:
        if self.holder == holder:
            self.holder = ""

    def commit(
        self, holder: str, lease: Lease, last: str, changes: dict[str, bytes | None], actions: list[bytes]
    ) -> bool:
        if not self.epoch or lease.fence != self.fence:
            return False
        for key, value in changes.items():
            self.records.pop(key, None)
            if value is not None:
                self.records[key] = value
        for body in actions:
            self.actions[f"{lease.epoch}-{len(self.actions)}"] = body
        self.position, self.holder = last, holder
        self.events = {each: body for each, body in self.events.items() if numbers(each) > numbers(last)}
        return True

    def keys(self) -> dict[str, Any]:
        return {
            "events": self.events,
            "records": self.records,
            "actions": self.actions,
            "set_aside": self.set_aside,
            "lease": self.holder,
            "fence": str(self.fence or ""),
            "epoch": str(self.epoch or ""),
            "position": self.position,
        }


async def keys(redis: Redis) -> dict[str, Any]:
    """Return what Redis holds, as the model tells it."""

    async def stream(name: str, part: bytes) -> dict[str, bytes]:
        entries = cast(list[tuple[bytes, dict[bytes, bytes]]], await redis.xrange(name))
        return {entry.decode(): fields[part] for entry, fields in entries}

    async def text(name: str) -> str:
        return cast(bytes, await redis.get(name) or b"").decode()

    records = await cast(Awaitable[dict[bytes, bytes]], redis.hgetall(router_redis.RECORDS))
    return {
        "events": await stream(router_redis.EVENTS, b"e"),
        "records": {key.decode(): value for key, value in records.items()},
        "actions": await stream(router_redis.ACTIONS, b"a"),
        "set_aside": list((await stream(router_redis.SET_ASIDE, b"e")).values()),
        "lease": await text(router_redis.LEASE),
        "fence": await text(router_redis.FENCE),
        "epoch": await text(router_redis.EPOCH),
        "position": await text(router_redis.POSITION),
    }


class Play:
    """Random commands of two holders, each done by Redis and by the model."""

    def __init__(self, redis: Redis, url: str, seed: int) -> None:
        self.random = Random(seed)
        self.redis, self.model = redis, Model()
        self.holders = {name: RouterRedis(url, name, BOUNDS) for name in ("one", "other")}
        self.leases: list[tuple[str, Lease]] = []
        self.seen: list[str] = ["1-1"]
        self.marks = 0

    async def step(self) -> str:
        """Do one command; returns what it was."""
        holder = self.random.choice(list(self.holders))
        commands: list[Callable[[str], Awaitable[str]]] = [self.submit, self.lease, self.commit]
        rare: list[Callable[[str], Awaitable[str]]] = [self.release, self.expire, self.forget, self.lose]
        weights = (30, 20, 40, 6, 6, 4, 1)
        (command,) = self.random.choices([*commands, *rare], weights)
        return f"{holder}: {await command(holder)}"

    async def submit(self, holder: str) -> str:
        marks = [f"m{self._mark()}" for _ in range(self.random.randint(1, 5))]
        events: dict[str, Event] = {
            mark: ContactEnded(contact=ContactId(mark), reason="x") for mark in dict.fromkeys(marks)
        }
        told = await self.holders[holder].submit(events)
        bodies = {mark: msgspec.json.encode(event) for mark, event in events.items()}
        assert told == self.model.submit(bodies, told)
        self.seen.extend(entry for entry in told if entry)
        return f"submit {list(events)}"

    async def lease(self, holder: str) -> str:
        own = [lease.fence for name, lease in self.leases if name == holder]
        fence = self.random.choice([0, *own[-1:], *own[-1:], *own])
        told = await self.holders[holder].lease(fence)
        assert told == self.model.lease(holder, fence, told)
        if told.fence:
            self.leases.append((holder, told))
        return f"lease {fence}"

    async def commit(self, _: str) -> str:
        if not self.leases:
            return "nothing to commit with"
        holder, lease = self.random.choice([*self.leases[-1:] * 3, *self.leases[-5:]])
        entries = [*self.model.events, *self.seen[-1:], self.model.position or "1-1"]
        last = Entry(self.random.choice(entries), b"")
        changes = {RecordKey(f"k{self.random.randrange(5)}"): self._record() for _ in range(3)}
        actions = [RefuseEvent(event=f"e{each}", reason="x") for each in range(self.random.randrange(4))]
        aside = b"broken" if self.random.random() < 0.2 else b""
        holds = True
        try:
            await self.holders[holder].commit(lease, last, changes, actions, aside)
        except LeaseLost:
            holds = False
        bodies = {str(key): msgspec.json.encode(each) if each else None for key, each in changes.items()}
        encoded = [msgspec.json.encode(action) for action in actions]
        assert holds == self.model.commit(holder, lease, last.id, bodies, encoded)
        if holds and aside:
            self.model.set_aside.append(aside)
        return f"commit by {holder} with {lease.fence} up to {last.id}: {holds}"

    async def release(self, holder: str) -> str:
        await self.holders[holder].release()
        self.model.release(holder)
        return "release"

    async def expire(self, _: str) -> str:
        """The lease runs out."""
        await self.redis.delete(router_redis.LEASE)
        self.model.holder = ""
        return "the lease runs out"

    async def forget(self, _: str) -> str:
        """The marker of an old submission runs out."""
        if not self.model.marks:
            return "no mark"
        mark = self.random.choice(list(self.model.marks))
        await self.redis.delete(router_redis.SEEN + mark)
        del self.model.marks[mark]
        return f"forget {mark}"

    async def lose(self, _: str) -> str:
        """Redis loses everything; leases of before must be worth nothing."""
        await self.redis.flushall()
        self.model = Model()
        return "all is lost"

    async def check(self) -> None:
        assert await keys(self.redis) == self.model.keys()
        ends_ms = await self.redis.pttl(router_redis.LEASE)
        assert (0 < ends_ms <= BOUNDS.lease_ms) is bool(self.model.holder), "a lease runs out by itself"

    async def close(self) -> None:
        for holder in self.holders.values():
            await holder.close()

    def _mark(self) -> int:
        """Return a new mark's number, or one of the latest again."""
        if self.random.random() < 0.3:
            return self.random.randint(max(0, self.marks - 6), self.marks)
        self.marks += 1
        return self.marks

    def _record(self) -> Record | None:
        return SerialRecord(serial=self.random.randrange(100)) if self.random.random() < 0.6 else None


@pytest.mark.parametrize("seed", range(30))
async def test_redis_does_what_the_model_does(redis_url: str, seed: int) -> None:
    redis: Redis = Redis.from_url(redis_url)
    play = Play(redis, redis_url, seed)
    done: list[str] = []
    try:
        for _ in range(STEPS):
            done.append(await play.step())
            await play.check()
    except AssertionError:
        print(f"seed {seed} failed after:", *done[-20:], sep="\n  ")
        raise
    finally:
        await play.close()
        await redis.aclose()
