"""Running the administrator's own Python beside the calls: in threads, a bounded number, for a bounded time.

A thread that does not end cannot be ended: it is left, counts, and keeps nobody from stopping the hub.
"""

import asyncio
import threading
from collections.abc import Mapping
from types import CodeType
from typing import Any, Final
from weakref import WeakKeyDictionary

from ivr.errors import HookFailed

_THREADS_MAX: Final = 8


class PythonHooks:
    """Runs functions that `ivr.functions` found. A file is executed once, when a function of it is called.

    `running` says how many run, those included for which nobody waits any more.
    """

    def __init__(self, threads_max: int = _THREADS_MAX) -> None:
        self._threads_max = threads_max
        self.running = 0
        self._namespaces: WeakKeyDictionary[CodeType, dict[str, Any]] = WeakKeyDictionary()
        self._loading = threading.Lock()

    async def call(self, code: Mapping[str, CodeType], function: str, argument: object) -> object:
        """Return what a function returns; raises `HookFailed`, also when too many run."""
        if self.running >= self._threads_max:
            raise HookFailed("too many functions run")
        file, _, name = function.partition(".")
        loop = asyncio.get_running_loop()
        result: asyncio.Future[object] = loop.create_future()

        def over(value: object, error: BaseException | None) -> None:
            self.running -= 1
            if result.done():
                return
            if error is None:
                result.set_result(value)
            else:
                result.set_exception(HookFailed(f"{function} raised {type(error).__name__}"))

        def work() -> None:
            value: object = None
            error: BaseException | None = None
            try:
                value = self._namespace(code[file])[name](argument)
            except BaseException as raised:  # whatever it is, it ends with this thread
                error = raised
            if not loop.is_closed():
                loop.call_soon_threadsafe(over, value, error)

        self.running += 1
        threading.Thread(target=work, name=f"hook {function}", daemon=True).start()
        return await result

    def _namespace(self, code: CodeType) -> dict[str, Any]:
        with self._loading:
            if code not in self._namespaces:
                names: dict[str, Any] = {"__name__": code.co_filename}
                exec(code, names)  # noqa: S102 - the administrator's own file
                self._namespaces[code] = names
            return self._namespaces[code]
