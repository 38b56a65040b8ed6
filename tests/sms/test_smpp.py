"""The SMPP client against node-smpp's message centre."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateways.errors import SendFailed
from gateways.inbox import Inbox
from gateways.protocol import Delivery, Inbound, RawEvent, Receipt, Subscription
from gateways.sms.session import Role
from tests.gateways.conftest import sqlite_engine
from tests.gateways.support import serving, until
from tests.sms.conftest import NUMBER, Hub, Shelf, centre_at
from tests.sms.smsc import Smsc

pytestmark = pytest.mark.real

_LONG_JA = "お問い合わせありがとうございます。担当の者が確認しております。" * 5 + "🙇"
_LONG_EN = "Your order [A-1] is on its way: see you tomorrow. €20 " * 5


@pytest.mark.parametrize(
    ("text", "coding", "parts"),
    [
        ("Hello {you} [€5] @£", 0, 1),
        ("予約を承りました。", 8, 1),
        (_LONG_EN, 0, 2),
        (_LONG_JA, 8, 3),
    ],
)
async def test_a_text_arrives(smsc: Smsc, hub: Hub, text: str, coding: int, parts: int) -> None:
    sent_as = await hub.send(text)
    assert (await smsc.wait_for("submit", parts)).id == sent_as
    taken = smsc.of("submit")
    assert "".join(each.text for each in taken) == text
    assert {(each.source, each.destination, each.coding) for each in taken} == {
        ("81312345678", "819012345678", coding)
    }
    assert [each.receipt for each in taken] == [0] * (parts - 1) + [1]
    places = [bytes.fromhex(each.udh[0])[-2:] for each in taken if each.udh]
    assert places == ([] if parts == 1 else [bytes((parts, number + 1)) for number in range(parts)])


async def test_a_receipt_is_told_of_the_message(smsc: Smsc, hub: Hub) -> None:
    sent_as = await hub.send("hello")
    dates = "submit date:2611261200 done date:2611261201"
    text = f"id:{sent_as} sub:001 dlvrd:001 {dates} stat:DELIVRD err:000 text:"
    smsc.deliver(message=text, esm_class=4)
    (receipt,) = await hub.hears()
    assert isinstance(receipt, Receipt)
    assert (receipt.sent_as, receipt.delivery, receipt.address) == (sent_as, Delivery.DELIVERED, NUMBER)


async def test_what_customers_write_comes_in(smsc: Smsc, hub: Hub) -> None:
    smsc.deliver(message="予約を変えたい", data_coding=8)
    (message,) = await hub.hears()
    assert isinstance(message, Inbound)
    assert (message.address, message.text, message.account) == (NUMBER, "予約を変えたい", "81312345678")
    assert (await smsc.wait_for("answered")).status == 0
    smsc.deliver(message="予約を変えたい", data_coding=8)  # he writes it again: that is another message
    assert len(await hub.hears(2)) == 2


async def test_parts_of_two_customers_with_one_reference(smsc: Smsc, hub: Hub) -> None:
    for number in (3, 1, 2):
        for source in ("819011111111", "819022222222"):
            smsc.deliver(
                source, udh=f"0500032a03{number:02x}", message=f"{source[-1]}{number};", esm_class=0x40
            )
    texts = {each.address: each.text for each in await hub.hears(2) if isinstance(each, Inbound)}
    assert texts == {"+819011111111": "11;12;13;", "+819022222222": "21;22;23;"}
    await smsc.wait_for("answered", 6)


async def test_parts_that_are_divided_by_a_restart(smsc: Smsc, tmp_path: Path) -> None:
    shelf = Shelf()
    for number in (1, 2):
        async with Hub(centre_at(smsc.port), tmp_path, shelf).running() as hub:
            await hub.bound()
            smsc.deliver(udh=f"0500032a02{number:02x}", message=f"{number};", esm_class=0x40)
            assert (await smsc.wait_for("answered", number)).status == 0
    assert [each.text for each in hub.heard() if isinstance(each, Inbound)] == ["1;2;"]


async def test_stop_and_start(smsc: Smsc, hub: Hub) -> None:
    smsc.deliver(message="停止", data_coding=8)
    await hub.hears(1)
    smsc.deliver(message=" Start. ", data_coding=0)
    wishes = await hub.hears(2)
    assert [each.is_on for each in wishes if isinstance(each, Subscription)] == [False, True]


async def test_nothing_is_answered_before_it_is_stored(smsc: Smsc, hub: Hub) -> None:
    hub.shelf.is_away = True
    smsc.deliver(message="hello", number=1)
    assert (await smsc.wait_for("answered")).status == 0x64  # ESME_RX_T_APPN: come again
    hub.shelf.is_away = False
    smsc.deliver(message="hello", number=2)
    assert (await smsc.wait_for("answered", 2)).status == 0
    assert len(hub.heard()) == 1


async def test_the_bind_drops_between_a_message_and_its_answer(smsc: Smsc, hub: Hub) -> None:
    await smsc.tell("next", how="drop")
    with pytest.raises(SendFailed) as failed:
        await hub.send("hello")
    assert (failed.value.retryable, failed.value.in_doubt) == (False, True)
    await smsc.wait_for("bind", 2)
    await hub.bound()
    assert await hub.send("another") == "m2"
    assert [each.text for each in smsc.of("submit")] == ["hello", "another"]


async def test_a_message_delivered_again_after_a_lost_bind_is_one(smsc: Smsc, hub: Hub) -> None:
    smsc.deliver(message="hello")
    await hub.hears()
    await smsc.tell("drop")
    await smsc.wait_for("bind", 2)
    await hub.bound()
    smsc.deliver(message="hello")
    await smsc.wait_for("answered")
    smsc.deliver(message="hello", number=7)
    await until(lambda: any(each.number == 7 for each in smsc.of("answered")))
    assert len(hub.heard()) == 2


async def test_what_a_hub_did_not_answer_before_it_died_is_one(smsc: Smsc, tmp_path: Path) -> None:
    """It is stored, the hub dies, and the centre delivers it again; what is written twice is two."""
    engine = sqlite_engine(tmp_path / "hub.sqlite")
    inbox, stored = Inbox(engine, owner="hub"), asyncio.Event()

    async def dies(events: Sequence[RawEvent]) -> int:
        await inbox.store(events)
        stored.set()
        return await asyncio.Event().wait() or 0

    shelf = Shelf()
    shelf.store = dies  # type: ignore[method-assign]
    async with Hub(centre_at(smsc.port), tmp_path, shelf).running() as hub, serving(inbox.run()):
        await hub.bound()
        smsc.deliver(message="hello")
        await asyncio.wait_for(stored.wait(), 20)
    assert not smsc.of("answered")
    shelf = Shelf()
    shelf.store = inbox.store  # type: ignore[method-assign]
    async with Hub(centre_at(smsc.port), tmp_path, shelf).running() as hub, serving(inbox.run()):
        await hub.bound()
        for number in (1, 2):
            smsc.deliver(message="hello", number=number)
            await smsc.wait_for("answered", number)
            assert await inbox.waiting() == number
    await engine.dispose()


@pytest.mark.parametrize(("status", "retryable"), [(0x58, True), (0x14, True), (0x0B, False), (0x08, True)])
async def test_refusals(smsc: Smsc, hub: Hub, status: int, retryable: bool) -> None:
    await smsc.tell("next", how="refuse", status=status)
    with pytest.raises(SendFailed) as failed:
        await hub.send("hello")
    assert (failed.value.retryable, failed.value.in_doubt) == (retryable, False)
    assert await hub.send("hello")


async def test_a_later_part_that_is_throttled_is_tried_again_alone(smsc: Smsc, hub: Hub) -> None:
    await smsc.tell("next", how="ok")
    await smsc.tell("next", how="refuse", status=0x58)
    await hub.send(_LONG_EN)
    taken = [each.text for each in smsc.of("submit") if each.how == "ok"]
    assert "".join(taken) == _LONG_EN


async def test_a_silent_centre_is_left_and_sought_again(smsc: Smsc) -> None:
    patience = centre_at(smsc.port, silence_s=0.1, timeout_s=0.5)
    async with Hub(patience).running() as hub:
        await hub.bound()
        await smsc.wait_for("enquire")
        await smsc.tell("deaf", **{"is": True})
        await smsc.wait_for("bind", 2)
        await smsc.tell("deaf", **{"is": False})
        await hub.bound()
        assert await hub.send("hello")


async def test_a_wrong_password_and_nobody_there(smsc: Smsc) -> None:
    async with Hub(centre_at(smsc.port, password="wrong")).running() as hub:
        await smsc.wait_for("bind", 2)
        with pytest.raises(SendFailed) as failed:
            await hub.send("hello")
        assert (failed.value.retryable, failed.value.in_doubt) == (True, False)
        assert not hub.provider.is_bound


async def test_one_bind_for_each_direction(smsc: Smsc) -> None:
    two = centre_at(smsc.port, roles=(Role.TRANSMITTER, Role.RECEIVER))
    async with Hub(two).running() as hub:
        await hub.bound()
        await smsc.wait_for("bind", 2)
        assert {each.how for each in smsc.of("bind")} == {"transmitter", "receiver"}
        assert await hub.send("hello") == "m1"
        smsc.deliver(message="hi")
        (message,) = await hub.hears()
        assert isinstance(message, Inbound)


async def test_it_says_good_bye(smsc: Smsc) -> None:
    async with Hub(centre_at(smsc.port)).running() as hub:
        await hub.bound()
    await smsc.wait_for("unbind")
