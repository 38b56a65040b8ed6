"""The way in: events of one hub, in order, everything at hand in one round trip."""

import asyncio
from collections import deque
from dataclasses import dataclass

from acd.errors import AcdFull, AcdUnavailable
from acd.events import Event
from acd.ids import new_id
from acd.router_redis import RouterRedis

_BATCH_MAX = 256
_WAITING_MAX = 10_000
_TRIES = 2


@dataclass(frozen=True, slots=True)
class _Submission:
    event: Event
    mark: str
    place: asyncio.Future[str]


class Inlet:
    """Gathers what is submitted while a round trip is under way and sends it with the next one."""

    def __init__(self, redis: RouterRedis) -> None:
        self._redis = redis
        self._waiting: deque[_Submission] = deque()
        self._sender: asyncio.Task[None] | None = None

    async def submit(self, event: Event) -> str:
        """Append an event to the stream; raises `AcdFull` and `AcdUnavailable`."""
        if len(self._waiting) >= _WAITING_MAX:
            raise AcdFull(f"{_WAITING_MAX} events wait to be sent")
        submission = _Submission(event, new_id(), asyncio.get_running_loop().create_future())
        self._waiting.append(submission)
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send(), name="router inlet")
        return await submission.place

    async def _send(self) -> None:
        while self._waiting:
            count = min(_BATCH_MAX, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            try:
                places = await self._append(batch)
            except AcdUnavailable as error:
                for submission in batch:
                    _fail(submission.place, AcdUnavailable(str(error)))
                continue
            for submission, place in zip(batch, places, strict=True):
                if not place:
                    _fail(submission.place, AcdFull("too many events wait for the router"))
                elif not submission.place.done():
                    submission.place.set_result(place)

    async def _append(self, batch: list[_Submission]) -> list[str]:
        """Send a batch, and once more if the connection broke: the marks keep it from counting twice."""
        events = {submission.mark: submission.event for submission in batch}
        for _ in range(_TRIES - 1):
            try:
                return await self._redis.submit(events)
            except AcdUnavailable:
                await asyncio.sleep(0)
        return await self._redis.submit(events)


def _fail(place: "asyncio.Future[str]", error: Exception) -> None:
    if not place.done():
        place.set_exception(error)
