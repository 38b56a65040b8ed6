"""In order for each call, side by side, and the node first."""

import asyncio
from collections.abc import Awaitable, Callable

from cti.notices import Notices
from tests.cti.virtual_time import virtual_time

Say = Callable[[], Awaitable[None]]


class Log:
    """Makes notices that take their time and then are heard."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def saying(self, text: str, after_s: float = 0.0) -> Say:
        async def say() -> None:
            await asyncio.sleep(after_s)
            self.heard.append(text)

        return say


async def _fail() -> None:
    raise ValueError("a mistake of the listener")


@virtual_time
async def test_one_calls_slowness_does_not_delay_another() -> None:
    log, notices = Log(), Notices()
    notices.put("a", log.saying("a1", 5))
    notices.put("a", log.saying("a2"))
    notices.put("b", log.saying("b1", 1))
    notices.put("b", log.saying("b2"))
    await notices.drain(10)
    assert log.heard == ["b1", "b2", "a1", "a2"]


@virtual_time
async def test_notices_about_calls_wait_for_the_nodes() -> None:
    log, notices = Log(), Notices()
    notices.put("a", log.saying("a1"))
    await asyncio.sleep(0.1)
    notices.put_node(log.saying("down", 2))
    notices.put_node(log.saying("up", 1))
    notices.put("a", log.saying("a2"))
    notices.put("b", log.saying("b1"))
    await notices.drain(10)
    assert log.heard == ["a1", "down", "up", "a2", "b1"]


@virtual_time
async def test_a_notice_that_raises_is_followed_by_the_next() -> None:
    log, notices = Log(), Notices()
    notices.put_node(_fail)
    notices.put("a", _fail)
    notices.put("a", log.saying("a2"))
    await notices.drain(1)
    assert log.heard == ["a2"]


@virtual_time
async def test_what_a_hanging_listener_does_not_take_is_refused_and_counted() -> None:
    log, notices = Log(), Notices()
    notices.put("a", log.saying("late", 1000))
    for _ in range(300):
        notices.put("a", log.saying("more"))
    assert notices.refused == 101
    await notices.drain(1)
    assert log.heard == []
