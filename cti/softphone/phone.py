"""One SIP account with its calls, as the event loop sees it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import structlog

from cti.softphone.errors import EngineClosed, RegistrationFailed, SoftphoneError
from cti.softphone.events import (
    AccountHandle,
    CallHandle,
    CallProgressed,
    CallReceived,
    CallState,
    RegistrationChanged,
    SoftphoneEvent,
)
from cti.softphone.phone_call import PhoneCall
from cti.softphone.settings import AccountSettings
from cti.softphone.thread import PjThread
from cti.softphone.watch import Watch

log = structlog.get_logger(__name__)

_UNTAKEN_MAX = 8
_BUSY = 486


class Softphone:
    """A phone that rings, answers and calls. `local_address` (`host:port`) is where SIP reaches it."""

    def __init__(self, thread: PjThread, handle: AccountHandle, settings: AccountSettings) -> None:
        self.handle = handle
        self.settings = settings
        self.local_address = ""
        self._thread = thread
        self._calls: dict[CallHandle, PhoneCall] = {}
        self._received: asyncio.Queue[PhoneCall] = asyncio.Queue(_UNTAKEN_MAX)
        self._refusals: set[asyncio.Task[None]] = set()
        self._registration: RegistrationChanged | None = None
        self._watch = Watch()

    @property
    def calls(self) -> tuple[PhoneCall, ...]:
        """Calls that have not ended, oldest first."""
        return tuple(self._calls.values())

    @property
    def is_registered(self) -> bool:
        """Whether the registrar holds this phone's contact, as far as is known."""
        known = self._registration
        return known is not None and known.code // 100 == 2 and known.expires_s > 0

    async def registered(self, timeout_s: float = 5.0) -> None:
        """Wait until the registrar took this phone. Raises `RegistrationFailed`, `TimeoutError`."""

        def taken() -> bool:
            if (known := self._registration) is not None and known.code // 100 != 2:
                raise RegistrationFailed(known.code, known.reason)
            return self.is_registered

        await self._watch.until(taken, timeout_s)

    async def register(self, timeout_s: float = 5.0) -> None:
        """Register again now, say after a registrar forgot."""
        self._registration = None
        await self._thread.run(lambda endpoint: endpoint.register(self.handle))
        await self.registered(timeout_s)

    async def call(self, uri: str, headers: Mapping[str, str] | None = None) -> PhoneCall:
        """Call a SIP URI, with extra headers in the INVITE; returns at once, in state `calling`.

        Raises `TooManyCalls` where the process is full.
        """
        handle = CallHandle(self._thread.next_handle())
        call = self._calls[handle] = PhoneCall(self._thread, handle, uri, state=CallState.CALLING)
        try:
            await self._thread.run(
                lambda endpoint: endpoint.dial(self.handle, handle, uri, dict(headers or {}))
            )
        except SoftphoneError:
            self._calls.pop(handle, None)
            raise
        return call

    async def next_call(self, timeout_s: float = 5.0) -> PhoneCall:
        """Wait for the next incoming call; it may have ended since it came. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout_s):
            return await self._received.get()

    async def incoming(self) -> AsyncIterator[PhoneCall]:
        """Yield each incoming call, for ever."""
        while True:
            yield await self._received.get()

    async def close(self) -> None:
        """Hang up, unregister and forget the account; may be called twice."""
        with contextlib.suppress(EngineClosed):  # which has done all this
            for call in self.calls:
                await call.hang_up()
            await self._thread.run(lambda endpoint: endpoint.close_account(self.handle))

    def apply(self, event: SoftphoneEvent) -> None:
        """Take note of what happened to this account or one of its calls; for the engine only."""
        match event:
            case RegistrationChanged():
                self._registration = event
                self._watch.notify()
            case CallReceived():
                self._receive(event)
            case _:
                if (call := self._calls.get(event.call)) is not None:
                    call.apply(event)
                    if call.state is CallState.ENDED:
                        del self._calls[event.call]

    def end_calls(self) -> None:
        """Let every call end where pjsua2 can say no more; for the engine only."""
        for handle in list(self._calls):
            self.apply(CallProgressed(self.handle, handle, CallState.ENDED, 0, "engine stopped"))

    def _receive(self, event: CallReceived) -> None:
        call = PhoneCall(
            self._thread, event.call, event.remote, state=CallState.RINGING, message=event.message
        )
        self._calls[event.call] = call
        try:
            self._received.put_nowait(call)
        except asyncio.QueueFull:
            log.error("softphone call refused", reason="nobody takes incoming calls", waiting=_UNTAKEN_MAX)
            refusal = asyncio.create_task(call.hang_up(_BUSY))
            self._refusals.add(refusal)
            refusal.add_done_callback(self._refusals.discard)
