"""Parts of long texts: joined in whatever hub, after whatever it lived through."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateways.errors import InboxUnavailable
from gateways.protocol import Inbound
from gateways.sms import codec
from gateways.sms.arrivals import PARTIAL_MS, Arrivals
from gateways.sms.parts import SmsParts
from gateways.sms.session import OK, TRY_LATER
from gateways.tables import Base
from tests.gateways.conftest import engine as engine
from tests.gateways.support import Clock
from tests.sms.conftest import Shelf
from tests.sms.test_sms_codec import pdu

_HOUR_S = 3_600


class Hubs:
    """Hubs with one database and one inbox; each knows by itself only what came to it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.parts, self.shelf, self.clock = SmsParts(engine), Shelf(), Clock()

    def another(self) -> Arrivals:
        return Arrivals("JP", self.parts, self.clock)

    def texts(self) -> list[tuple[str, tuple[str, ...]]]:
        decoded = [codec.decode(each, region="JP", default="gsm") for each in self.shelf.events.values()]
        return [(each.text, each.notes) for each in decoded if isinstance(each, Inbound)]


@pytest.fixture
def hubs(engine: AsyncEngine) -> Hubs:
    return Hubs(engine)


def part(number: int, text: bytes, *, total: int = 3, sequence: int = 1) -> bytes:
    made = pdu(bytes((5, 0, 3, 9, total, number)) + text, esm_class=0x40)
    return made[:12] + sequence.to_bytes(4, "big") + made[16:]


async def test_parts_that_come_to_several_hubs_are_one_text(hubs: Hubs) -> None:
    one, other = hubs.another(), hubs.another()
    for hub, number, text in ((one, 3, b"c"), (other, 1, b"a")):
        assert await hub.delivered(part(number, text), hubs.shelf.store) == OK
        await hub.look(hubs.shelf.store)
    assert hubs.texts() == []
    assert await hubs.another().delivered(part(2, b"b"), hubs.shelf.store) == OK, "one that has just begun"
    for hub in (one, other):
        hubs.clock.advance(_HOUR_S)
        await hub.look(hubs.shelf.store)
    assert hubs.texts() == [("abc", ())]


async def test_what_stays_incomplete_is_shown_as_that_and_the_rest_later(hubs: Hubs) -> None:
    hub = hubs.another()
    for number in (3, 1):
        await hub.delivered(part(number, b"ab"), hubs.shelf.store)
        hubs.clock.advance(PARTIAL_MS / 1000 / 2)
        await hub.look(hubs.shelf.store)
    assert hubs.texts() == [("ab[…]ab", ("sms_incomplete",))]
    await hub.delivered(part(2, b"late"), hubs.shelf.store)
    hubs.clock.advance(PARTIAL_MS / 1000)
    await hub.look(hubs.shelf.store)
    await hub.look(hubs.shelf.store)
    assert [text for text, _ in hubs.texts()] == ["ab[…]ab", "[…]late[…]"]


async def test_a_part_that_another_hub_had_already_is_not_shown_again(hubs: Hubs) -> None:
    """The centre had no answer: the hub died between storing and answering."""
    one, other = hubs.another(), hubs.another()
    for number in (1, 2, 3):
        await one.delivered(part(number, b"x%d" % number), hubs.shelf.store)
    await other.delivered(part(3, b"x3"), hubs.shelf.store)
    hubs.clock.advance(PARTIAL_MS / 1000)
    await other.look(hubs.shelf.store)
    assert hubs.texts() == [("x1x2x3", ())]
    assert await hubs.parts.waiting(hubs.clock()) == []


async def test_a_reference_that_is_used_again_is_another_text(hubs: Hubs) -> None:
    hub = hubs.another()
    await hub.delivered(part(1, b"old", total=2), hubs.shelf.store)
    for number in (1, 2):
        hubs.clock.advance(1)
        await hub.delivered(part(number, b"new%d" % number, total=2, sequence=5), hubs.shelf.store)
    assert hubs.texts() == [("new1new2", ())]
    hubs.clock.advance(PARTIAL_MS / 1000)
    await hub.look(hubs.shelf.store)
    assert hubs.texts()[1:] == [("old[…]", ("sms_incomplete",))]


async def test_a_text_is_put_together_later_if_the_inbox_is_away(hubs: Hubs) -> None:
    hub = hubs.another()
    await hub.delivered(part(1, b"a", total=2), hubs.shelf.store)
    hubs.shelf.is_away = True
    assert await hub.delivered(part(2, b"b", total=2), hubs.shelf.store) == OK, "it is stored"
    with pytest.raises(InboxUnavailable):
        await hub.look(hubs.shelf.store)
    hubs.shelf.is_away = False
    await hubs.another().look(hubs.shelf.store)
    assert hubs.texts() == [("ab", ())]


async def test_a_part_that_cannot_be_stored_is_asked_for_again(hubs: Hubs, engine: AsyncEngine) -> None:
    hub = hubs.another()
    await hub.delivered(part(1, b"a", total=2), hubs.shelf.store)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
    assert await hub.delivered(part(2, b"b", total=2), hubs.shelf.store) == TRY_LATER
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    for number, text in ((2, b"b"), (1, b"a")):
        assert await hub.delivered(part(number, text, total=2, sequence=8), hubs.shelf.store) == OK
    assert hubs.texts() == [("ab", ())]


async def test_parts_of_texts_that_were_shown_are_kept_for_a_while(hubs: Hubs) -> None:
    hub = hubs.another()
    for number in (1, 2):
        await hub.delivered(part(number, b"a", total=2), hubs.shelf.store)
    hubs.clock.advance(2 * _HOUR_S)
    await hub.look(hubs.shelf.store)
    assert len(hubs.texts()) == 1
    assert await hub.delivered(part(2, b"a", total=2, sequence=9), hubs.shelf.store) == OK
    hubs.clock.advance(PARTIAL_MS / 1000)
    await hub.look(hubs.shelf.store)
    assert len(hubs.texts()) == 2, "that long after it is another text"
