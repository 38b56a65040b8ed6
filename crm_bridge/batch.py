"""What many ask for at the same time is done as one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Batch(Generic[T, R]):
    """Gather items while the ones before are worked on; at most `most` at once.

    `work` returns a result for each of its items, in order. If it fails with one of `of_one`, which may be
    the fault of one item, the items are tried one by one; any other failure is everybody's.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        of_one: tuple[type[Exception], ...] = (),
        most: int = 100,
    ) -> None:
        self._work, self._of_one, self._most = work, of_one, most
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._task: asyncio.Task[None] | None = None

    async def do(self, item: T) -> R:
        """Have an item worked on; raises what `work` does. Who is cancelled does not stop it."""
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._task is None:
            # A context of its own: the work is that of many, not part of one caller's transaction.
            self._task = asyncio.get_running_loop().create_task(self._run(), context=Context())
        return await done

    async def _run(self) -> None:
        some: list[tuple[T, asyncio.Future[R]]] = []
        try:
            while self._waiting:
                some, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._do(some)
        finally:
            self._task = None
            for _, done in some + self._waiting:
                done.cancel()  # those that are done already stay so
            self._waiting = []

    async def _do(self, some: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._work([item for item, _ in some])
        except self._of_one as error:
            if len(some) > 1:
                for each in some:
                    await self._do([each])
            else:
                _fail(some, error)
        except Exception as error:
            _fail(some, error)
        else:
            for (_, done), result in zip(some, results, strict=True):
                if not done.done():
                    done.set_result(result)


def _fail(some: Sequence[tuple[T, asyncio.Future[R]]], error: Exception) -> None:
    for _, done in some:
        if not done.done():
            done.set_exception(error)
