"""The router's keys in Redis (7 or newer), and the four scripts that change them.

All keys share the hash tag `{acd}` and so one slot of a cluster. Every error of Redis or of the
connection comes out as `AcdUnavailable`.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from acd.actions import Action
from acd.core.records import Record, RecordKey
from acd.core.state import RoutingState
from acd.errors import AcdUnavailable, LeaseLost
from acd.events import Event

EVENTS: Final = "{acd}:events"
ACTIONS: Final = "{acd}:actions"
RECORDS: Final = "{acd}:records"
LEASE: Final = "{acd}:lease"
FENCE: Final = "{acd}:fence"
EPOCH: Final = "{acd}:epoch"
POSITION: Final = "{acd}:position"
SET_ASIDE: Final = "{acd}:set_aside"
SEEN: Final = "{acd}:seen:"

_SEEN_MS: Final = 60_000
_ANSWER_S_MAX: Final = 2.0
"""How long Redis may take to answer, beyond the time that a command blocks on purpose."""

_event: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_action: msgspec.json.Decoder[Action] = msgspec.json.Decoder(Action)
_record: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may wait, how much is kept, how long the lease lives."""

    lease_ms: int = 2000
    backlog_max: int = 100_000
    actions_kept: int = 100_000
    batch_max: int = 128


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to route. `fence` 0: somebody else has it. `position`: the last entry routed."""

    fence: int
    epoch: int
    position: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the stream of events, not yet decoded. `at_ms` is the time that Redis gave it."""

    id: str
    body: bytes

    @property
    def at_ms(self) -> int:
        return int(self.id.partition("-")[0])

    @property
    def next_id(self) -> str:
        ms, _, number = self.id.partition("-")
        return f"{ms}-{int(number) + 1}"

    def event(self) -> Event:
        """Decode the event; raises `msgspec.DecodeError`."""
        return _event.decode(self.body)


class RouterRedis:
    """Commands of the router and of those who talk with it; holds no state but the clock's offset."""

    def __init__(self, url: str, holder: str, bounds: Bounds) -> None:
        self._bounds = bounds
        self._holder = holder
        self._clock_offset_ms = 0.0
        self._redis: Redis = Redis.from_url(
            url,
            socket_timeout=None,  # see answered
            socket_connect_timeout=_ANSWER_S_MAX,
            retry=Retry(NoBackoff(), 0),  # a repeated commit must be seen as such: the router decides
            protocol=2,
        )
        folder = Path(__file__).parent / "lua"
        self._scripts = {
            name: self._redis.register_script((folder / f"{name}.lua").read_text())
            for name in ("submit", "lease", "release", "commit")
        }

    async def close(self) -> None:
        await self._redis.aclose()

    def now_ms(self) -> int:
        """Return Redis's time, as known from its latest answer."""
        return int(time.monotonic() * 1000 + self._clock_offset_ms)

    async def submit(self, events: Mapping[str, Event]) -> list[str]:
        """Append events by their marks, in order; the same mark appends once. "" for what is too much."""
        bodies = map(msgspec.json.encode, events.values())
        keys = [EVENTS, *(SEEN + mark for mark in events)]
        answer = await self._run("submit", keys, [self._bounds.backlog_max, _SEEN_MS, *bodies])
        return [place.decode() for place in cast(list[bytes], answer)]

    async def lease(self, fence: int) -> Lease:
        """Take the lease, or renew it if it is still held with that fence."""
        answer = await self._run(
            "lease", [LEASE, FENCE, EPOCH, POSITION], [self._holder, self._bounds.lease_ms, fence]
        )
        held, epoch, position, now_ms = (part.decode() for part in cast(list[bytes], answer))
        self._set_clock(int(now_ms))
        return Lease(int(held), int(epoch), position)

    async def release(self) -> None:
        await self._run("release", [LEASE], [self._holder])

    async def depose(self) -> int:
        """Take the lease from whoever holds it; returns the fence that he had."""
        async with answered():
            await self._redis.delete(LEASE)
            return int(cast(bytes | None, await self._redis.get(FENCE)) or 0)

    async def fence(self) -> int:
        """Return the fence of the latest lease."""
        async with answered():
            return int(cast(bytes | None, await self._redis.get(FENCE)) or 0)

    async def commit(
        self,
        lease: Lease,
        last: Entry,
        changes: Mapping[RecordKey, Record | None],
        actions: Sequence[Action],
        set_aside: bytes = b"",
    ) -> None:
        """Store what the events up to `last` brought about; raises `LeaseLost` if another leads."""
        put = {key: msgspec.json.encode(record) for key, record in changes.items() if record is not None}
        drop = [key for key, record in changes.items() if record is None]
        head = (lease.fence, self._holder, self._bounds.lease_ms, last.id, last.next_id, lease.epoch)
        counts = (self._bounds.actions_kept, len(put), len(drop))
        pairs = (part for pair in put.items() for part in pair)
        keys = [FENCE, LEASE, POSITION, RECORDS, ACTIONS, EVENTS, SET_ASIDE]
        bodies = map(msgspec.json.encode, actions)
        answer = await self._run("commit", keys, [*head, *counts, set_aside, *pairs, *drop, *bodies])
        if answer == b"0":
            raise LeaseLost("a newer router has committed")
        self._set_clock(int(cast(bytes, answer)))

    async def read_events(self, after: str, block_ms: int) -> list[Entry]:
        """Return the next entries, at most a batch, waiting for the first up to `block_ms`."""
        found = await self._read(EVENTS, after, self._bounds.batch_max, block_ms)
        return [Entry(name, fields[b"e"]) for name, fields in found]

    async def read_actions(self, after: str, block_ms: int) -> list[tuple[str, Action]]:
        found = await self._read(ACTIONS, after, 1000, block_ms)
        return [(name, _action.decode(fields[b"a"])) for name, fields in found]

    async def last_action(self) -> str:
        """Return the id of the latest action, `0-0` if there never was one."""
        async with answered():
            found = cast(list[tuple[bytes, object]], await self._redis.xrevrange(ACTIONS, count=1))
        return found[0][0].decode() if found else "0-0"

    async def position(self) -> str:
        """Return the place of the latest event that was routed, `0-0` if there never was one."""
        async with answered():
            found = cast(bytes | None, await self._redis.get(POSITION))
        return found.decode() if found else "0-0"

    async def load(self) -> tuple[RoutingState, str]:
        """Return the state as committed, and the id of the latest action that led there."""
        async with answered(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hvals(RECORDS)
            pipe.xrevrange(ACTIONS, count=1)
            values, latest = await pipe.execute()
        # Beside the loop: thousands of records take a fifth of a second.
        state = await asyncio.to_thread(_state_of, values)
        return state, latest[0][0].decode() if latest else "0-0"

    async def _read(
        self, stream: str, after: str, count: int, block_ms: int
    ) -> list[tuple[str, dict[bytes, bytes]]]:
        async with answered(block_ms):
            answer = await cast(
                Awaitable[list[Any]], self._redis.xread({stream: after}, count=count, block=max(1, block_ms))
            )
        entries = answer[0][1] if answer else []
        return [(name.decode(), fields) for name, fields in entries]

    async def _run(self, script: str, keys: list[str], args: Sequence[bytes | str | int]) -> object:
        async with answered():
            return await self._scripts[script](keys=keys, args=args)

    def _set_clock(self, redis_ms: int) -> None:
        self._clock_offset_ms = redis_ms - time.monotonic() * 1000


def _state_of(values: Sequence[bytes]) -> RoutingState:
    return RoutingState.load(_record.decode(value) for value in values)


@asynccontextmanager
async def answered(block_ms: int = 0) -> AsyncIterator[None]:
    """Bound the wait for an answer, and turn what goes wrong into `AcdUnavailable`.

    redis-py's own `socket_timeout` sends through `asyncio.wait_for`, which on Python 3.11 loses a
    cancellation that comes just as the sending is done; `asyncio.timeout` does not.
    """
    try:
        async with asyncio.timeout(_ANSWER_S_MAX + block_ms / 1000):
            yield
    except (RedisError, OSError, TimeoutError) as error:
        raise AcdUnavailable(f"Redis: {str(error) or type(error).__name__}") from error
