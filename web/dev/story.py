"""What happens to Sato: a LINE thread, then the same customer's call, then a stranger's."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from itertools import count

from desk import Desk
from floor import Json, now_ms

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
CUSTOMER = {"id": "c1", "name": "高橋 美咲"}
LINE_ID = "U4af4980629c1d0b1a7f2e35d88e2b9aa"
PHONE = "+819012345678"
QUESTION = "お世話になっております。先週届いた加湿器ですが、電源を入れてもランプが点滅するだけで動きません。"

ANSWER = "ありがとうございます。手元にありますので、お電話で確認してもよいでしょうか。"


def item(at_ms: int, kind: str, channel: str | None, contact: str | None, **more: object) -> Json:
    base: Json = {"agent": None, "text": "", "detail": {}}
    return {"at_ms": at_ms, "kind": kind, "channel": channel, "contact": contact, **base, **more}


def past_call(at_ms: int) -> list[Json]:
    return [
        item(at_ms, "contact_started", "voice", "p1", detail={"address": PHONE}),
        item(at_ms + 20_000, "ivr", "voice", "p1", detail={"path": [{"menu": "main", "digits": "2"}]}),
        item(at_ms + 62_000, "connected", "voice", "p1", agent="tanaka"),
        item(at_ms + 294_000, "ended", "voice", "p1"),
        item(at_ms + 294_000, "transcribed", "voice", "p1", detail={"lines": 2}),
        item(at_ms + 295_000, "recorded", "voice", "p1", detail={"recording": "r1", "length_ms": 232_000}),
        item(
            at_ms + 310_000,
            "disposition",
            "voice",
            "p1",
            agent="tanaka",
            text="callback",
            detail={"note": "加湿器（HX-30）のご注文。入荷後にお電話する約束。"},
        ),
    ]


def journey(thread: str, began_ms: int) -> list[Json]:
    """Return what is known of the customer before the thread that began then, and its beginning."""
    linked = {"kind": "line", "value": LINE_ID}
    return [
        *past_call(began_ms - 9 * DAY_MS),
        item(began_ms - 8 * DAY_MS, "contact_started", "line", "p2", detail={"address": LINE_ID}),
        item(began_ms - 8 * DAY_MS, "identifier_linked", None, "p2", text="signed_link", detail=linked),
        item(began_ms, "contact_started", "line", thread, detail={"address": LINE_ID}),
        item(began_ms, "message_in", "line", thread, text=QUESTION, detail={"message": "m1"}),
    ]


def pop(contact: str, channel: str, waited_ms: int, **more: object) -> Json:
    """Return the screen pop of a stranger, unless `more` says who it is."""
    unknown: Json = {"address": None, "customer": None, "identifiers": [], "journey": [], "by": None}
    own = {"contact": contact, "channel": channel, "queue": "support", "waited_ms": waited_ms}
    return (
        own
        | unknown
        | {"open_threads": [], "ivr": [], "candidates": [], "intent": "", "heard": [], "url": ""}
        | more
    )


def known(address: str, journey_so_far: list[Json]) -> Json:
    identifiers = [
        {"kind": "phone", "value": PHONE, "how": "caller_id"},
        {"kind": "line", "value": LINE_ID, "how": "signed_link"},
    ]
    about = {"customer": CUSTOMER, "identifiers": identifiers, "journey": journey_so_far}
    return {"address": address, **about}


class Story:
    """Plays over and over; `pace` stretches the pauses."""

    def __init__(self, desk: Desk, pace: float) -> None:
        self.desk, self.pace = desk, pace
        self._number: Iterator[int] = count(1)

    async def play(self) -> None:
        while True:
            await self.desk.until(lambda: self.desk.presence == "available")
            await self._pause(1)
            await self._line_then_call()
            await self._stranger()
            await self._pause(5)

    async def _line_then_call(self) -> None:
        desk = self.desk
        thread = f"k{next(self._number)}"
        began_ms = now_ms() - 3 * MINUTE_MS
        past = journey(thread, began_ms)
        question = {"id": "m1", "direction": "in", "author": None, "text": QUESTION}
        unread = [question | {"at_ms": began_ms, "delivery": "sent"}]
        await desk.offer(pop(thread, "line", 3 * MINUTE_MS, unread=unread, **known(LINE_ID, past)))
        if not await self._taken(thread, 20):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(60 * self.pace):
                await desk.until(lambda: thread not in desk.contacts or self._is_answered(thread))
        await self._pause(2)
        if thread in desk.contacts:
            await desk.customer_writes(thread, ANSWER)
        await self._pause(3)
        await self._call(past)

    async def _call(self, past: list[Json]) -> None:
        desk = self.desk
        call = f"v{next(self._number)}"
        path = [{"menu": "welcome", "digits": ""}, {"menu": "main", "digits": "1"}]
        await desk.offer(pop(call, "voice", 14_000, ivr=path, **known(PHONE, past)))
        await self._pause(6)
        if call in desk.offers:  # the phone was answered
            await desk.connect(call, [])
            await desk.until(lambda: call not in desk.contacts)

    async def _stranger(self) -> None:
        call = f"v{next(self._number)}"
        await self._pause(3)
        await self.desk.offer(pop(call, "voice", 41_000, ivr=[{"menu": "main", "digits": "0"}]))
        await self._pause(12)
        await self.desk.withdraw(call, "left")

    async def _taken(self, contact: str, ring_s: float) -> bool:
        """Wait for the answer; an offer that lapses sends the agent away, as the router does."""
        desk = self.desk
        try:
            async with asyncio.timeout(ring_s):
                await desk.until(lambda: contact not in desk.offers)
        except TimeoutError:
            await desk.withdraw(contact, "no_answer")
            await desk.command({"type": "set_presence", "presence": "not_ready", "reason": "no_answer"})
        return contact in desk.contacts

    def _is_answered(self, thread: str) -> bool:
        return any(each["direction"] == "out" for each in self.desk.contacts[thread]["messages"])

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.pace)
