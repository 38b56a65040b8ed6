"""A call of a softphone, as the event loop sees it."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from cti.softphone.errors import CallEnded, TransferFailed
from cti.softphone.events import (
    CallEvent,
    CallHandle,
    CallProgressed,
    CallState,
    DigitReceived,
    MediaChanged,
    MediaState,
    TransferProgressed,
)
from cti.softphone.pj_call import PjCall
from cti.softphone.sip import NameAddr, parse_headers, parse_name_addr
from cti.softphone.thread import PjThread
from cti.softphone.watch import Watch

_ANSWER_S = 5.0
_REINVITE_S = 5.0
_TRANSFER_S = 40.0
_FILE_S = 1.0
_FILE_POLL_S = 0.01


class PhoneCall:
    """One call leg. Operations raise `CallEnded` once it is over, `SoftphoneError` if pjsua2 refuses.

    `incoming` tells who began. `digits` are those received (RFC 4733). `code` and `reason` are those of
    the last SIP response: why an ended call ended.
    """

    def __init__(
        self, thread: PjThread, handle: CallHandle, remote: str, *, state: CallState, message: str = ""
    ) -> None:
        self.handle = handle
        self.remote: NameAddr = parse_name_addr(remote)
        self.headers = parse_headers(message)
        """Of a received INVITE, by lower-case name."""
        self.incoming = state is CallState.RINGING
        self.state = state
        self.media = MediaState.NONE
        self.digits = ""
        self.code, self.reason = 0, ""
        self._recording: Path | None = None
        self._transfer: TransferProgressed | None = None
        self._thread = thread
        self._watch = Watch()

    @property
    def remote_uri(self) -> str:
        """SIP URI of the far end, without name and parameters."""
        return self.remote.uri

    async def wait(self, state: CallState, timeout_s: float) -> None:
        """Wait until the call is in `state` or past it.

        Raises `CallEnded` if it ends before (unless that is what was waited for), `TimeoutError`.
        """
        await self._until(lambda: self.state.rank >= state.rank, timeout_s, ends=state is CallState.ENDED)

    async def wait_media(self, media: MediaState, timeout_s: float) -> None:
        """Wait until speech flows, or does not, as given. Raises `CallEnded`, `TimeoutError`."""
        await self._until(lambda: self.media is media, timeout_s)

    async def wait_digits(self, count: int, timeout_s: float) -> str:
        """Wait for as many digits from the far end and return all that came."""
        await self._until(lambda: len(self.digits) >= count, timeout_s)
        return self.digits

    async def answer(self) -> None:
        """Take an incoming call; returns when both sides know."""
        await self._do(lambda call: call.respond(200))
        await self.wait(CallState.ANSWERED, _ANSWER_S)

    async def hang_up(self, code: int = 0) -> None:
        """End the call, refuse it or take it back; nothing if it is over.

        `code` is the SIP status for refusing: 486 busy, 603 declined. Returns when the far end knows, or
        after 5 s without its answer.
        """
        if self.state is CallState.ENDED:
            return
        await self._thread.run(lambda endpoint: endpoint.end(self.handle, code))
        with contextlib.suppress(TimeoutError):
            await self.wait(CallState.ENDED, _ANSWER_S)

    async def hold(self) -> None:
        """Stop speech both ways, by a re-INVITE; returns when the far end agreed."""
        await self._do(lambda call: call.hold())
        await self.wait_media(MediaState.HELD, _REINVITE_S)

    async def resume(self) -> None:
        """End a hold; returns when the far end agreed."""
        await self._do(lambda call: call.unhold())
        await self.wait_media(MediaState.ACTIVE, _REINVITE_S)

    async def dtmf(self, digits: str) -> None:
        """Send digits as RFC 4733 events, at most 32; returns before they are all out (0.2 s each)."""
        await self._do(lambda call: call.send_digits(digits))

    async def play(self, wav: Path | None, *, loop: bool = True) -> None:
        """Speak a WAV file (16-bit mono) in place of silence or of the one before; `None`: be silent."""
        path = None if wav is None else str(wav)
        await self._do(lambda call: call.play(path, loop=loop))

    async def record(self, wav: Path | None) -> None:
        """Write what is heard to a WAV file until the call ends; `None`: finish the file now.

        `record(None)` after the end waits until the file is whole: pjsua2 writes its header some time
        later, with the next tick of its clock.
        """
        before, self._recording = self._recording, wav
        if wav is not None:
            await self._do(lambda call: call.record(str(wav)))
        elif self.state is not CallState.ENDED:
            with contextlib.suppress(CallEnded):
                await self._do(lambda call: call.record(None))
        if before is not None:
            await asyncio.to_thread(_wait_whole, before)

    async def transfer(self, target: "str | PhoneCall") -> None:
        """Pass the far end on and leave: blind to a SIP URI, or attended to who this phone talks to.

        Returns when the far end is through and this leg has ended. Raises `TransferFailed`, after which
        the call goes on.
        """
        self._transfer = None
        if isinstance(target, PhoneCall):
            other = target.handle
            await self._thread.run(lambda endpoint: endpoint.call(self.handle).refer(endpoint.call(other)))
        else:
            await self._do(lambda call: call.refer(target))
        await self._until(self._transferred, _TRANSFER_S, ends=True)
        await self.wait(CallState.ENDED, _ANSWER_S)

    def apply(self, event: CallEvent) -> None:
        """Take note of what happened to the call; for the engine only."""
        match event:
            case CallProgressed():
                self.state, self.code, self.reason = event.state, event.code, event.reason
            case MediaChanged():
                self.media = event.state
            case DigitReceived():
                self.digits += event.digit
            case TransferProgressed():
                self._transfer = event
        self._watch.notify()

    async def _do(self, operation: Callable[[PjCall], None]) -> None:
        await self._thread.run(lambda endpoint: operation(endpoint.call(self.handle)))

    async def _until(self, reached: Callable[[], bool], timeout_s: float, *, ends: bool = False) -> None:
        def reached_alive() -> bool:
            if self.state is CallState.ENDED and not ends:
                raise CallEnded(self.code, self.reason)
            return reached()

        await self._watch.until(reached_alive, timeout_s)

    def _transferred(self) -> bool:
        report = self._transfer
        if report is not None and report.final and report.code // 100 != 2:
            raise TransferFailed(report.code, report.reason)
        return self.state is CallState.ENDED or (report is not None and report.final)


def _wait_whole(wav: Path) -> None:
    """Wait until a WAV file's header says how long it is; nothing tells when."""
    deadline = time.monotonic() + _FILE_S
    while not any(wav.read_bytes()[4:8]):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{wav} was not finished within {_FILE_S:g} s")
        time.sleep(_FILE_POLL_S)
