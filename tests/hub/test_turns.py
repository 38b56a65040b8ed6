"""Whose turn it is: in order, urgent ones first, whoever waits no more passed over."""

import asyncio

import pytest

from hub.turns import Turns


async def _waiting(turns: Turns, order: list[str], *names: str) -> list[asyncio.Task[None]]:
    """Let each wait for a turn, in this order; those in capitals are urgent."""

    async def take(name: str) -> None:
        async with turns.turn(urgent=name.isupper()):
            order.append(name)
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(take(name)) for name in names]
    await asyncio.sleep(0)
    return tasks


@pytest.mark.parametrize(
    ("come", "served"), [("abc", "abc"), ("abA", "Aab"), ("aABb", "AaBb"), ("ABCa", "AaBC"), ("AB", "AB")]
)
async def test_turns_come_in_order_and_urgent_ones_keep_nobody_out(come: str, served: str) -> None:
    turns, order = Turns(), list[str]()
    async with turns.turn(urgent=False):
        tasks = await _waiting(turns, order, *come)
    await asyncio.gather(*tasks)
    assert "".join(order) == served


@pytest.mark.parametrize("gone", ["A", "a", "Aa", "b"])
async def test_who_waits_no_more_is_passed_over(gone: str) -> None:
    turns, order = Turns(), list[str]()
    async with turns.turn(urgent=False):
        tasks = await _waiting(turns, order, "A", "a", "b", "c")
        for task, name in zip(tasks, "Aabc", strict=True):
            if name in gone:
                task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert "".join(order) == "".join(name for name in "Aabc" if name not in gone)


async def test_who_is_cancelled_as_he_gets_his_turn_passes_it_on() -> None:
    turns, order = Turns(), list[str]()
    async with turns.turn(urgent=False):
        first, second = await _waiting(turns, order, "a", "b")
    first.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert order == ["b"]
    async with asyncio.timeout(20), turns.turn(urgent=False):
        pass


async def test_a_turn_ends_with_what_goes_wrong_in_it() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="broken"):
        async with turns.turn(urgent=True):
            raise ValueError("broken")
    async with asyncio.timeout(20), turns.turn(urgent=False):
        pass
