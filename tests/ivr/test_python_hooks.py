"""The administrator's own Python: executed once, bounded in number, never in the way."""

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path
from types import CodeType

import pytest

from ivr.errors import HookFailed
from ivr.functions import Functions
from ivr.python_hooks import PythonHooks

SHOP = """
import time

loaded = 0
loaded += 1

def count(call):
    return loaded

def named(call):
    return {"answer": call["order"]}

def broken(call):
    raise KeyError("private")

def leaving(call):
    raise SystemExit

def stuck(call):
    call.wait()
    return "late"
"""


def code_of(folder: Path, text: str = SHOP) -> Mapping[str, CodeType]:
    (folder / "shop.py").write_text(text, encoding="utf-8")
    functions = Functions(folder)
    functions.find("shop.count")
    return functions.code


async def test_a_file_is_executed_once_however_many_call(tmp_path: Path) -> None:
    hooks, code = PythonHooks(), code_of(tmp_path)
    assert await asyncio.gather(*(hooks.call(code, "shop.count", None) for _ in range(5))) == [1] * 5


async def test_a_function_is_told_and_answers(tmp_path: Path) -> None:
    assert await PythonHooks().call(code_of(tmp_path), "shop.named", {"order": "5"}) == {"answer": "5"}


@pytest.mark.parametrize("function", ["broken", "leaving"])
async def test_what_it_raises_is_a_failure_that_tells_nothing(tmp_path: Path, function: str) -> None:
    with pytest.raises(HookFailed) as raised:
        await PythonHooks().call(code_of(tmp_path), f"shop.{function}", None)
    assert "private" not in str(raised.value)


async def test_a_file_that_cannot_be_executed_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(HookFailed, match="ZeroDivisionError"):
        await PythonHooks().call(code_of(tmp_path, SHOP + "\n1 / 0\n"), "shop.count", None)


async def test_functions_that_hang_are_bounded_and_their_place_comes_back(tmp_path: Path) -> None:
    hooks, code, release = PythonHooks(threads_max=2), code_of(tmp_path), threading.Event()
    for _ in range(2):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await hooks.call(code, "shop.stuck", release)
    with pytest.raises(HookFailed, match="too many"):
        await hooks.call(code, "shop.count", None)
    release.set()
    async with asyncio.timeout(5):
        while hooks.running:  # noqa: ASYNC110 - threads end when they end
            await asyncio.sleep(0.01)
    assert await hooks.call(code, "shop.count", None) == 1


async def test_a_flow_keeps_the_code_that_it_was_read_with(tmp_path: Path) -> None:
    hooks, before = PythonHooks(), code_of(tmp_path)
    after = code_of(tmp_path, SHOP.replace("loaded = 0", "loaded = 5"))
    assert await hooks.call(after, "shop.count", None) == 6
    assert await hooks.call(before, "shop.count", None) == 1
