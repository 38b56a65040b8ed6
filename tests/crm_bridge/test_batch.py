"""Many at the same time, done as one."""

import asyncio
from collections.abc import Sequence

import pytest

from crm_bridge.batch import Batch


class Wrong(Exception):
    """One item is not as it should be."""


class Away(Exception):
    """Nothing can be done."""


async def test_who_comes_while_others_are_worked_on_is_next() -> None:
    done: list[list[int]] = []

    async def work(items: Sequence[int]) -> list[int]:
        done.append(list(items))
        await asyncio.sleep(0)
        return [2 * item for item in items]

    batch: Batch[int, int] = Batch(work, most=3)
    assert await asyncio.gather(*(batch.do(item) for item in range(7))) == [0, 2, 4, 6, 8, 10, 12]
    assert done == [[0, 1, 2], [3, 4, 5], [6]]
    assert await batch.do(9) == 18


async def test_one_that_is_wrong_spoils_nothing_for_others() -> None:
    async def work(items: Sequence[int]) -> list[int]:
        if 1 in items:
            raise Wrong
        return list(items)

    batch: Batch[int, int] = Batch(work, of_one=(Wrong,))
    first, wrong, last = await asyncio.gather(*(batch.do(item) for item in range(3)), return_exceptions=True)
    assert (first, last) == (0, 2)
    assert isinstance(wrong, Wrong)


async def test_what_fails_for_all_is_tried_once() -> None:
    tries = 0

    async def work(_: Sequence[int]) -> list[int]:
        nonlocal tries
        tries += 1
        raise Away

    batch: Batch[int, int] = Batch(work, of_one=(Wrong,))
    results = await asyncio.gather(*(batch.do(item) for item in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [Away] * 3
    assert tries == 1


async def test_who_is_cancelled_takes_nothing_from_others() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def work(items: Sequence[int]) -> list[int]:
        begun.set()
        await may_end.wait()
        return list(items)

    batch: Batch[int, int] = Batch(work)
    one, other = asyncio.create_task(batch.do(1)), asyncio.create_task(batch.do(2))
    await begun.wait()
    one.cancel()
    may_end.set()
    assert await other == 2
    with pytest.raises(asyncio.CancelledError):
        await one
