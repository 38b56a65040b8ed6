"""A program that ends when it is told to."""

import asyncio
import signal
from collections.abc import Coroutine

import uvloop

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run_until_signalled(main: Coroutine[None, None, None]) -> None:
    """Run `main` on uvloop; the first signal cancels it, so that it can clean up, the second kills."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_cancelled_by_signal(main))


async def _cancelled_by_signal(main: Coroutine[None, None, None]) -> None:
    loop = asyncio.get_running_loop()
    task = loop.create_task(main, name="hub")
    was_told = False

    def stop(number: signal.Signals) -> None:
        nonlocal was_told
        was_told = True
        task.cancel()
        for each in _SIGNALS:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        await task
    except asyncio.CancelledError:
        if not was_told:
            raise
