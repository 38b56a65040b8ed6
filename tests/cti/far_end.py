"""Customers and phones for tests of call control: Local channels whose far sides a test drives by ARI."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cti.ari import AriError, AriLink, Snapshot, websocket
from cti.ari.models import Channel, ChannelDtmfReceived, Event, RecordingFinished, StasisStart
from cti.calls import CallControl
from cti.listener import CallListener
from tests.support.asterisk import AsteriskNode

FAR = "far"
CONTEXT = "cti-test"
TRUNK = "test-trunk"
PHONE = f"Local/phone@{CONTEXT}/n"
"""An endpoint that rings at the far end; `BUSY` is busy, `MISSING` cannot be rung at all."""
BUSY = f"Local/busy@{CONTEXT}/n"
REJECTING = f"Local/reject@{CONTEXT}/n"
QUICK = f"Local/quick@{CONTEXT}/n"
MISSING = "PJSIP/nobody-of-that-name"

_DIALPLAN = (
    f"_X.,1,Stasis(@APP@,in,{TRUNK},${{EXTEN}})",
    "_X.,2,Wait(30)",
    f"phone,1,Stasis({FAR},phone)",
    "busy,1,Hangup(17)",
    "reject,1,Hangup(21)",
    "quick,1,Answer(0,i)",
    "quick,2,Wait(60)",
    "aside,1,Wait(60)",
)


def write_dialplan(asterisk: AsteriskNode) -> None:
    """Add the context that far ends need, by the console: nothing of it is in the configuration."""
    if "aside" in asterisk.service.cli(f"dialplan show {CONTEXT}"):
        return
    for line in _DIALPLAN:
        asterisk.service.cli(
            f"dialplan add extension {line.replace('@APP@', asterisk.ari_app)} into {CONTEXT}"
        )


def link_to(asterisk: AsteriskNode, app: str, *, url: str | None = None) -> AriLink:
    connect = websocket(url or asterisk.ari_url, asterisk.ari_user, asterisk.ari_password, app)
    return AriLink(connect, node=asterisk.node, app=app)


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody at the far end: a customer who calls, or an agent's phone that rings."""

    link: AriLink
    id: str

    async def answer(self) -> None:
        await self.link.ari.channels.answer(self.id)

    async def hang_up(self, q850: int = 16) -> None:
        await self.link.ari.channels.hangup(self.id, reason_code=str(q850))

    async def type(self, digits: str) -> None:
        await self.link.ari.channels.send_dtmf(self.id, dtmf=digits, between=50, duration=50)

    async def speak(self, tone_hz: int) -> None:
        play = self.link.ari.channels.play_with_id
        await _once_there(lambda: play(self.id, self.id, media=[f"tone:{tone_hz}/60000"]))

    async def be_silent(self) -> None:
        await self.link.ari.playbacks.stop(self.id)

    @asynccontextmanager
    async def listening(self, name: str) -> AsyncIterator[None]:
        """Record what this party hears during the block; it must be silent meanwhile."""
        record = self.link.ari.channels.record
        await _once_there(lambda: record(self.id, name=name, format_="wav", if_exists="overwrite"))
        yield
        with self.link.watch("recording", name) as seen:
            await self.link.ari.recordings.stop(name)
            await seen.next(RecordingFinished, timeout_s=2)


async def _once_there(request: Callable[[], Awaitable[object]]) -> None:
    """Ask for something as soon as the far end is in its application: it comes there when it is answered."""
    for _ in range(200):
        try:
            await request()
        except AriError as refused:
            if refused.status != 409:
                raise
            await asyncio.sleep(0.05)
        else:
            return
    raise TimeoutError("the far end did not come into its application")


class FarEnd:
    """All far ends of a test, on a link of their own to the same Asterisk."""

    def __init__(self, link: AriLink) -> None:
        self.link = link
        self._calls = 0
        self._rung: asyncio.Queue[Channel] = asyncio.Queue()
        self._typed: dict[str, str] = {}

    async def call(
        self,
        dialled: str = "0312345678",
        number: str = "09011112222",
        name: str = "",
        codecs: str | None = None,
    ) -> Party:
        """Call in from the trunk. The other side of the Local channel, in the hub, is `<id>;2`."""
        self._calls += 1
        party = Party(self.link, f"customer-{id(self):x}-{self._calls}")
        await self.link.ari.channels.originate_with_id(
            party.id,
            endpoint=f"Local/{dialled}@{CONTEXT}/n",
            app=FAR,
            app_args="customer",
            caller_id=f'"{name}" <{number}>',
            formats=codecs,
            timeout=60,
        )
        return party

    async def rung(self) -> Party:
        """Return the next phone that rings."""
        async with asyncio.timeout(20):
            channel = await self._rung.get()
        await self.link.ari.channels.ring(channel.id)
        return Party(self.link, channel.id)

    async def until_in_stasis(self, channel: str) -> None:
        async def is_inside() -> bool:
            found = await self.link.ari.channels.get(channel)
            return found.dialplan.app_name == "Stasis"

        assert await _until(is_inside), f"{channel} is not in Stasis"

    async def until_left_with(self, channels: set[str]) -> None:
        """Wait until exactly these channels are left, and no bridge."""

        async def is_so() -> bool:
            return await self._left() == channels

        assert await _until(is_so), f"left are {await self._left()}, not {channels}"

    async def until_gone(self, channel: str) -> None:
        async def is_gone() -> bool:
            return channel not in await self._left()

        assert await _until(is_gone), f"{channel} is still there"

    async def until_typed(self, party: Party, digits: str) -> None:
        """Wait until a party has heard exactly these keys."""

        async def is_so() -> bool:
            return self._typed.get(party.id) == digits

        assert await _until(is_so), f"{party.id} heard {self._typed.get(party.id)}, not {digits}"

    async def clear(self) -> None:
        """Take away whatever a failed test left behind."""
        ari = self.link.ari
        channels, bridges = await ari.channels.list_all(), await ari.bridges.list_all()
        chores = [ari.channels.hangup(channel.id) for channel in channels]
        chores += [ari.bridges.destroy(bridge.id) for bridge in bridges]
        await asyncio.gather(*chores, return_exceptions=True)

    async def _left(self) -> set[str]:
        channels, bridges = await asyncio.gather(
            self.link.ari.channels.list_all(), self.link.ari.bridges.list_all()
        )
        return {each.id for each in channels} | {each.id for each in bridges}

    @property
    def phones_ringing(self) -> int:
        return self._rung.qsize()

    def linked(self, snapshot: Snapshot) -> None:
        pass

    def received(self, event: Event) -> None:
        if isinstance(event, StasisStart) and event.args == ["phone"]:
            self._rung.put_nowait(event.channel)
        elif isinstance(event, ChannelDtmfReceived):
            heard = self._typed.get(event.channel.id, "")
            self._typed[event.channel.id] = heard + event.digit

    def unlinked(self) -> None:
        pass


@asynccontextmanager
async def far_end(asterisk: AsteriskNode) -> AsyncIterator[FarEnd]:
    link = link_to(asterisk, FAR)
    end = FarEnd(link)
    running = asyncio.create_task(link.run(end))
    try:
        await link.up(timeout_s=20)
        yield end
    finally:
        await link.close()
        await running


@asynccontextmanager
async def controlled(
    asterisk: AsteriskNode, heard: CallListener, *, url: str | None = None, hush: Sequence[str] = ()
) -> AsyncIterator[CallControl]:
    """Control the node for the time of the block; what talks then goes on afterwards."""
    control = CallControl(link_to(asterisk, asterisk.ari_app, url=url), heard, hush=hush)
    service = asyncio.create_task(control.run())
    await control.up(timeout_s=10)
    yield control
    await control.close()
    await service


async def _until(condition: Callable[[], Awaitable[bool]], timeout_s: float = 3.0) -> bool:
    """Ask Asterisk again and again, since there is no event for it; whether it came true in time."""
    deadline = time.monotonic() + timeout_s
    while not (is_true := await condition()) and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    return is_true
