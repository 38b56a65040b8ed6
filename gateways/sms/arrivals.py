"""What a message centre delivers, stored before it is answered."""

import asyncio
import time
from collections.abc import Callable

import structlog

from gateways.errors import InboxUnavailable
from gateways.protocol import Store
from gateways.sms import codec, deliver
from gateways.sms.assembly import Assembly, Group, Repeats
from gateways.sms.deliver import Deliver, Place
from gateways.sms.session import OK, TRY_LATER

log = structlog.get_logger()

_HOLD_S, _LOOK_S = 2.0, 5.0


class Arrivals:
    """Puts parts together and tells repetitions, over all sessions with one centre."""

    def __init__(self, region: str, now_ms: Callable[[], int], *, hold_s: float = _HOLD_S) -> None:
        self._region, self._now_ms, self._hold_s = region, now_ms, hold_s
        self._assembly, self._repeats = Assembly(), Repeats()
        self._wholes: dict[int, asyncio.Event] = {}

    async def delivered(self, pdu: bytes, store: Store) -> int:
        """Store a delivery; returns the command status to answer."""
        try:
            told = deliver.read(pdu)
        except ValueError as error:
            log.warning("smpp.unreadable", error=str(error))  # stored all the same: a person sees it
            return await self._store((pdu,), pdu, "unknown", store)
        if told.place is not None and not told.is_receipt:
            return await self._part(told, told.place, pdu, store)
        return await self._store((pdu,), pdu, self._sender_of(told), store)

    async def show_overdue(self, store: Store) -> None:
        """Let no text go because a part of it never came. Runs until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            for group in self._assembly.overdue(time.monotonic()):
                self._wholes.pop(id(group), None)
                await self._store_late(group, store)

    def session_lost(self) -> None:
        """From now on what came lately may come again."""
        self._repeats.session_lost(time.monotonic())

    async def _part(self, told: Deliver, place: Place, pdu: bytes, store: Store) -> int:
        """Answer a part once its text is stored whole, or else, after a while, once it is by itself.

        A centre that waits for the answer before it sends the next part is not kept waiting for good.
        """
        group = self._assembly.add(told, place, pdu, time.monotonic())
        whole = self._wholes.setdefault(id(group), asyncio.Event())
        if group.is_whole:
            status = await self._store(group.in_order(), pdu, self._sender_of(told), store)
            if status != OK:
                self._assembly.put_back(told, place, group)
                return status
            self._wholes.pop(id(group)).set()
            return OK
        try:
            async with asyncio.timeout(self._hold_s):
                await whole.wait()
        except TimeoutError:
            return await self._store((pdu,), pdu, self._sender_of(told), store, is_part=True)
        return OK

    async def _store_late(self, group: Group, store: Store) -> None:
        pdus = group.in_order()
        sender = self._sender_of(deliver.read(pdus[0]))
        while await self._store(pdus, pdus[-1], sender, store) != OK:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)

    async def _store(
        self, pdus: tuple[bytes, ...], last: bytes, sender: str, store: Store, *, is_part: bool = False
    ) -> int:
        sequence = int.from_bytes(last[12:16], "big")
        event_id = self._repeats.id_of(pdus, sequence, time.monotonic(), f"{time.time_ns():x}")
        event = codec.store(
            f"part-{event_id}" if is_part else event_id,
            sender,
            codec.Stored(at_ms=self._now_ms(), pdus=pdus, is_part=is_part),
        )
        try:
            await store([event])
        except InboxUnavailable:
            self._repeats.not_stored(pdus)
            return TRY_LATER
        return OK

    def _sender_of(self, told: Deliver) -> str:
        return codec.number_of(told.source, told.source_type, self._region) or told.source or "unknown"
