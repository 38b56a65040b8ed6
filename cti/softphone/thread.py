"""The one thread in which pjsua2 runs, and what passes between it and the event loop."""

import asyncio
import contextlib
import itertools
import queue
import threading
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

import pjsua2 as pj
import structlog

from cti.softphone.errors import EngineClosed, SoftphoneError
from cti.softphone.events import CallHandle, SoftphoneEvent
from cti.softphone.pj_endpoint import PjEndpoint

log = structlog.get_logger(__name__)

_T = TypeVar("_T")
_JOIN_S = 10.0


class _Job(Generic[_T]):
    """Something to be done in the thread, and who waits for it in the event loop.

    Errors go over without traceback and context: their frames would keep pjsua2's objects alive.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, operation: Callable[[PjEndpoint], _T]) -> None:
        self.done: asyncio.Future[_T] = loop.create_future()
        self._loop = loop
        self._operation = operation

    def run(self, endpoint: PjEndpoint) -> None:
        try:
            result = self._operation(endpoint)
        except pj.Error as error:
            self.fail(SoftphoneError(f"{error.title}: {error.reason}"))
        except SoftphoneError as error:
            error.__context__ = None
            self.fail(error.with_traceback(None))
        except Exception as error:
            log.exception("softphone operation failed")
            self.fail(SoftphoneError(f"{type(error).__name__}: {error}"))
        else:
            self._settle(lambda: self.done.set_result(result))

    def fail(self, error: SoftphoneError) -> None:
        self._settle(lambda: self.done.set_exception(error))

    def _settle(self, settle: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop is closed
            self._loop.call_soon_threadsafe(lambda: None if self.done.done() else settle())


class PjThread:
    """Runs pjsua2 between `start` and `close`; at most one in a process.

    `deliver` gets every event, in order, in the event loop. `ended` is called there once, after the
    last event, when the thread ends for whatever reason.
    """

    _taken: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, deliver: Callable[[SoftphoneEvent], None], ended: Callable[[], None]) -> None:
        self._deliver = deliver
        self._ended = ended
        self._jobs: queue.SimpleQueue[_Job[Any]] = queue.SimpleQueue()
        self._handles = itertools.count(1)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._open = False

    async def start(self) -> None:
        """Start the thread and wait until pjsua2 is up."""
        if not self._taken.acquire(blocking=False):
            raise SoftphoneError("pjsua2 runs once a process, and another engine is open")
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._serve, name="pjsua2")
        self._open = True
        self._thread.start()
        try:
            await self.run(lambda endpoint: None)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End the thread and wait until pjsua2 is down; may be called twice."""
        thread, self._thread, self._open = self._thread, None, False
        if thread is None:
            return
        self._stopping.set()
        await asyncio.shield(asyncio.to_thread(thread.join, _JOIN_S))
        if thread.is_alive():
            raise SoftphoneError(f"pjsua2 did not end within {_JOIN_S:g} s")
        self._taken.release()

    async def run(self, operation: Callable[[PjEndpoint], _T]) -> _T:
        """Do something in the thread; what it returns must not be an object of pjsua2."""
        if not self._open:
            raise EngineClosed("the softphone engine is not running")
        job = _Job(self._loop, operation)
        self._jobs.put(job)
        return await job.done

    def next_handle(self) -> int:
        """Return a number that names one account or call for the life of the thread."""
        return next(self._handles)

    def _serve(self) -> None:
        try:
            self._live()
        except Exception:
            log.exception("softphone engine failed")
        finally:
            self._post(self._end)

    def _live(self) -> None:
        endpoint = PjEndpoint(self._emit, lambda: CallHandle(self.next_handle()))
        try:
            endpoint.start()
            # a program that ends without closing the engine must not hang on this thread
            while not self._stopping.is_set() and threading.main_thread().is_alive():
                self._work(endpoint)
                endpoint.pump()
        finally:
            endpoint.stop()

    def _work(self, endpoint: PjEndpoint) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._jobs.get_nowait().run(endpoint)

    def _end(self) -> None:
        self._open = False
        with contextlib.suppress(queue.Empty):
            while True:
                self._jobs.get_nowait().fail(EngineClosed("the softphone engine has stopped"))
        self._ended()

    def _emit(self, event: SoftphoneEvent) -> None:
        self._post(lambda: self._deliver(event))

    def _post(self, callback: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop is closed
            self._loop.call_soon_threadsafe(callback)
