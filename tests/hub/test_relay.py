"""What one hub alone knows reaches the desktops at another, in order, whatever becomes of Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from acd.ids import ContactId
from crm_bridge.model import Delivery
from hub import relay
from hub.desktop.protocol import DeliveryShown, MessageShown
from hub.fanout import HubsAway
from hub.relay import Relay
from tests.gateways.support import serving, until
from tests.hub.doubles import SATO, Control, Router
from tests.hub.fakes import until as soon
from tests.hub.stage import build, crm_engine, flow_in, running

CONTACT = ContactId("c1")


class Heard:
    """A hub that hears; `shown` are the messages' ids, `again` how often all was shown."""

    def __init__(self, redis_url: str) -> None:
        self.shown: list[str] = []
        self.again = 0
        self.relay = Relay(redis_url)
        self.relay.show, self.relay.show_all = self._show, self._show_all

    def _show(self, contact: ContactId, frame: bytes) -> None:
        assert contact == CONTACT
        self.shown.append(msgspec.json.decode(frame)["message"])

    async def _show_all(self) -> None:
        self.again += 1


@asynccontextmanager
async def two(redis_url: str) -> AsyncIterator[tuple[Heard, Heard]]:
    one, other = Heard(redis_url), Heard(redis_url)
    async with serving(one.relay.run(), other.relay.run()):
        await until(lambda: one.again == other.again == 1)  # both hear
        yield one, other
    await one.relay.close()
    await other.relay.close()


def _tell(hub: Heard, number: int) -> None:
    hub.relay.tell(CONTACT, DeliveryShown(contact=CONTACT, message=f"m{number}", delivery=Delivery.SENT))


@pytest.mark.real
async def test_all_is_told_in_order_to_others_alone(redis_url: str) -> None:
    async with two(redis_url) as (one, other):
        for number in range(500):
            _tell(one, number)
        await until(lambda: len(other.shown) == 500)
    assert other.shown == [f"m{number}" for number in range(500)]
    assert one.shown == []


@pytest.mark.real
async def test_what_cannot_be_told_waits(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "_AGAIN_S", 0.01)
    async with two(redis_url) as (one, other):
        fanout = one.relay._fanout
        tell, failures = fanout.tell, iter(range(3))

        async def away(*told: tuple[str, bytes]) -> None:
            if next(failures, None) is not None:
                raise HubsAway("stopped by the test")
            await tell(*told)

        monkeypatch.setattr(fanout, "tell", away)
        for number in range(5):
            _tell(one, number)
            await asyncio.sleep(0)
        await until(lambda: len(other.shown) == 5)
    assert other.shown == [f"m{number}" for number in range(5)]


@pytest.mark.real
async def test_too_much_is_shown_as_a_whole(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "WAITING_MAX", 10)
    async with two(redis_url) as (one, other):
        for number in range(12):
            _tell(one, number)
        await until(lambda: len(other.shown) == 2)
    assert (other.shown, other.again) == (["m10", "m11"], 2)


async def test_a_message_taken_at_one_hub_is_shown_at_the_other(tmp_path: Path) -> None:
    engine = await crm_engine(tmp_path)
    router, flow = Router(), flow_in(tmp_path)
    first = build(engine, flow, router, Control())
    second = build(engine, flow, router, Control(), has_node=False)
    first.desk.tell_others = lambda contact, event: second.desk.heard(contact, msgspec.json.encode(event))
    async with running(first), running(second, linked=False):
        await second.presence(SATO)
        await first.text.handle(first.inbound())
        contact = (await second.takes()).id
        await first.text.handle(first.inbound("もう一つ"))

        def is_shown() -> bool:
            shown = second.screens.of(SATO, MessageShown)
            return [each.message.text for each in shown if each.contact == contact] == ["もう一つ"]

        await soon(is_shown)
    await engine.dispose()
