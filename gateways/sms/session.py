"""One bound connection to a message centre: SMPP 3.4. PDUs that we send are written by aiosmpplib."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import StrEnum
from struct import pack, unpack

import structlog
from aiosmpplib.protocol import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    EnquireLink,
    SmppMessage,
    SubmitSm,
    Unbind,
)

log = structlog.get_logger()

OK, SYSTEM_ERROR, TRY_LATER = 0x00, 0x08, 0x64
_HEADER, _PDU_MAX = 16, 70_000
_RESPONSE = 0x80000000
_NACK, _UNBIND, _ENQUIRE, _DELIVER = 0x80000000, 0x06, 0x15, 0x05
_INVALID_COMMAND = 0x03
_DELIVERIES_MAX = 50
_SEQUENCE_MAX = 0x7FFFFFFF

Delivered = Callable[[bytes], Awaitable[int]]
"""Takes a deliver_sm, whole, and returns the command status that answers it."""


class Role(StrEnum):
    """What a session carries: messages out, in, or both."""

    TRANSMITTER = "transmitter"
    RECEIVER = "receiver"
    TRANSCEIVER = "transceiver"


_BINDS: dict[Role, type[BindTransceiver]] = {
    Role.TRANSMITTER: BindTransmitter,
    Role.RECEIVER: BindReceiver,
    Role.TRANSCEIVER: BindTransceiver,
}


class SessionLost(Exception):
    """The connection is gone, or the centre does not answer any more. `was_sent`: it may have the command."""

    def __init__(self, reason: str, *, was_sent: bool = False) -> None:
        super().__init__(reason)
        self.was_sent = was_sent


class CommandRefused(Exception):
    """The centre answered with a command status other than 0 (SMPP 3.4 §5.1.3)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status 0x{status:08X}")
        self.status = status


class Session:
    """A connection from its opening to its loss. `run` is what reads it; `silence_s`: then it is asked."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        delivered: Delivered,
        *,
        silence_s: float,
        timeout_s: float,
        window: int,
    ) -> None:
        self._reader, self._writer, self._delivered = reader, writer, delivered
        self._silence_s, self._timeout_s = silence_s, timeout_s
        self._sequences = itertools.count(1)
        self._pending: dict[int, asyncio.Future[bytes]] = {}
        self._window = asyncio.Semaphore(window)
        self._deliveries: set[asyncio.Task[None]] = set()
        self._heard = asyncio.Event()
        self.is_lost = False

    async def run(self) -> None:
        """Read until the connection is lost, then raise `SessionLost`."""
        watch = asyncio.create_task(self._watch())
        try:
            while True:
                await self._handle(await self._read())
        except (OSError, EOFError, ValueError) as error:
            raise SessionLost(type(error).__name__) from None
        finally:
            watch.cancel()
            await self.close()
            await asyncio.gather(watch, return_exceptions=True)

    async def bind(self, role: Role, system_id: str, password: str, system_type: str) -> None:
        """Say who we are; raises `CommandRefused`, `SessionLost`. `run` has to be at work."""
        command = _BINDS[role]
        await self._ask(command(system_id=system_id, password=password, system_type=system_type))

    async def submit(self, message: SubmitSm) -> str:
        """Hand a message over and return the centre's id of it.

        Raises `CommandRefused`, `SessionLost`.
        """
        async with self._window:
            answer = await self._ask(message)
        return answer[_HEADER:].split(b"\0")[0].decode("latin-1")

    async def unbind(self) -> None:
        """Say good-bye and close."""
        with suppress(SessionLost, CommandRefused):
            if not self.is_lost:
                await self._ask(Unbind())
        await self.close()

    async def close(self) -> None:
        """Close; may be called twice."""
        self.is_lost = True
        self._writer.close()
        for future in self._pending.values():
            if not future.done():
                future.set_exception(SessionLost("closed", was_sent=True))
        for task in self._deliveries:
            task.cancel()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _ask(self, message: SmppMessage) -> bytes:
        if self.is_lost or self._writer.is_closing():
            raise SessionLost("closed")
        sequence = message.sequence_num = next(self._sequences) % _SEQUENCE_MAX or 1
        pdu: bytes = message.pdu()
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._pending[sequence] = future
        try:
            self._writer.write(pdu)
            async with asyncio.timeout(self._timeout_s):
                answer = await future
        except TimeoutError:
            raise SessionLost("no answer", was_sent=True) from None
        except OSError as error:
            raise SessionLost(type(error).__name__, was_sent=True) from None
        finally:
            del self._pending[sequence]
        _, command, status, _ = unpack("!IIII", answer[:_HEADER])
        if status != OK or command == _NACK:
            raise CommandRefused(status or SYSTEM_ERROR)
        return answer

    async def _read(self) -> bytes:
        start = await self._reader.readexactly(4)
        length = int.from_bytes(start, "big")
        if not _HEADER <= length <= _PDU_MAX:
            raise ValueError(f"a PDU of {length} octets")
        pdu = start + await self._reader.readexactly(length - 4)
        self._heard.set()
        return pdu

    async def _handle(self, pdu: bytes) -> None:
        _, command, _, sequence = unpack("!IIII", pdu[:_HEADER])
        if command & _RESPONSE:
            future = self._pending.get(sequence)
            if future is not None and not future.done():
                future.set_result(pdu)
        elif command == _DELIVER:
            await self._room()
            task = asyncio.create_task(self._deliver(pdu, sequence))
            self._deliveries.add(task)
            task.add_done_callback(self._deliveries.discard)
        elif command == _ENQUIRE:
            self._answer(command, OK, sequence)
        elif command == _UNBIND:
            self._answer(command, OK, sequence)
            await self._writer.drain()
            raise ConnectionResetError("unbound")
        else:
            self._answer(_NACK & ~_RESPONSE, _INVALID_COMMAND, sequence)

    async def _room(self) -> None:
        """Let the centre wait when it delivers faster than we store."""
        if len(self._deliveries) >= _DELIVERIES_MAX:
            await asyncio.wait(self._deliveries, return_when=asyncio.FIRST_COMPLETED)

    async def _deliver(self, pdu: bytes, sequence: int) -> None:
        try:
            status = await self._delivered(pdu)
        except Exception as error:
            log.error("smpp.delivery_failed", error=type(error).__name__)
            status = TRY_LATER
        self._answer(_DELIVER, status, sequence, b"\0")

    def _answer(self, command: int, status: int, sequence: int, body: bytes = b"") -> None:
        if not self._writer.is_closing():
            self._writer.write(
                pack("!IIII", _HEADER + len(body), command | _RESPONSE, status, sequence) + body
            )

    async def _watch(self) -> None:
        """Ask a centre that is silent whether it is still there; close if it does not say so."""
        while True:
            self._heard.clear()
            try:
                async with asyncio.timeout(self._silence_s):
                    await self._heard.wait()
            except TimeoutError:
                try:
                    await self._ask(EnquireLink())
                except CommandRefused:
                    pass
                except SessionLost:
                    log.warning("smpp.silent")
                    self._writer.transport.abort()
                    return
