"""What a message centre delivers, stored before it is answered."""

import asyncio
import time
from collections.abc import Callable

import structlog

from gateways.errors import InboxUnavailable
from gateways.protocol import Store
from gateways.sms import codec, deliver
from gateways.sms.deliver import Deliver, Place
from gateways.sms.parts import SmsParts, SmsText, thread_of
from gateways.sms.repeats import Repeats
from gateways.sms.session import OK, TRY_LATER

log = structlog.get_logger()

PARTIAL_MS = 5 * 60_000
"""So long is waited for the rest of a text before what is there of it is shown."""
_KEPT_MS = 3_600_000
_LOOK_S = 5.0


class Arrivals:
    """Puts parts together and tells repetitions, over all sessions with one centre."""

    def __init__(
        self, region: str, parts: SmsParts, now_ms: Callable[[], int], *, partial_ms: int = PARTIAL_MS
    ) -> None:
        self._region, self._parts, self._now_ms, self._partial_ms = region, parts, now_ms, partial_ms
        self._repeats = Repeats()
        self._began_ms, self._looking, self._has_looked = now_ms(), asyncio.Lock(), False

    async def delivered(self, pdu: bytes, store: Store) -> int:
        """Store a delivery; returns the command status to answer."""
        try:
            await self._look_back()
        except InboxUnavailable:
            return TRY_LATER
        event_id = self._repeats.id_of(
            pdu, int.from_bytes(pdu[12:16], "big"), time.monotonic(), f"{time.time_ns():x}"
        )
        try:
            told = _read(pdu)
            if told is not None and told.place is not None and not told.is_receipt:
                await self._part(event_id, told, told.place, pdu, store)
            else:
                await self._store(event_id, (pdu,), store)
        except InboxUnavailable:
            self._repeats.not_stored(pdu)
            return TRY_LATER
        return OK

    async def _look_back(self) -> None:
        """Learn, once, what a hub stored that may have died before it answered."""
        async with self._looking:
            if self._has_looked:
                return
            for event_id in await self._parts.stored_before(self._began_ms):
                self._repeats.came_before(event_id, time.monotonic())
            self._has_looked = True

    async def show_overdue(self, store: Store, *, look_s: float = _LOOK_S) -> None:
        """Let no text go because a part of it never came, or a hub died. Runs until cancelled."""
        while True:
            await asyncio.sleep(look_s)
            try:
                await self.look(store)
            except InboxUnavailable as error:
                log.warning("smpp.parts_not_seen", error=str(error))

    async def look(self, store: Store) -> None:
        """Show what waits for too long; raises `InboxUnavailable`."""
        now_ms = self._now_ms()
        for thread, since_ms in await self._parts.waiting(now_ms):
            whole = await self._parts.whole(thread)
            if whole is not None:
                await self._take(whole, store)
            elif since_ms <= now_ms - self._partial_ms:
                rest, is_new = await self._parts.rest(thread)
                log.info("smpp.text_incomplete", parts=len(rest.pdus), is_new=is_new)
                await self._take(rest, store, is_new=is_new)
        await self._parts.purge(now_ms - _KEPT_MS)

    def session_lost(self) -> None:
        """From now on what came lately may come again."""
        self._repeats.session_lost(time.monotonic())

    async def _part(self, id_: str, told: Deliver, place: Place, pdu: bytes, store: Store) -> None:
        """Store a part, and the text once it is whole: should that fail now, `look` does it later."""
        thread = thread_of(told, place)
        await self._parts.add(id_, thread, place, pdu, self._now_ms())
        try:
            text = await self._parts.whole(thread)
            if text is not None:
                await self._take(text, store)
        except InboxUnavailable:
            log.warning("smpp.text_not_joined")

    async def _take(self, text: SmsText, store: Store, *, is_new: bool = True) -> None:
        if is_new:
            await self._store(text.event, text.pdus, store)
        await self._parts.taken(text)

    async def _store(self, event_id: str, pdus: tuple[bytes, ...], store: Store) -> None:
        told = _read(pdus[0])
        sender = "unknown" if told is None else self._sender_of(told)
        await store([codec.store(event_id, sender, codec.Stored(at_ms=self._now_ms(), pdus=pdus))])

    def _sender_of(self, told: Deliver) -> str:
        return codec.number_of(told.source, told.source_type, self._region) or told.source or "unknown"


def _read(pdu: bytes) -> Deliver | None:
    """Return a delivery; None for one that cannot be read, which is stored all the same: a person sees it."""
    try:
        return deliver.read(pdu)
    except ValueError as error:
        log.warning("smpp.unreadable", error=str(error))
        return None
