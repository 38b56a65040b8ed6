"""A customer of each channel writes, is answered, writes again, and the agent closes."""

from typing import Any

import pytest

from tests.channels.customers import KINDS, PICTURE, Customer
from tests.channels.site import Site
from tests.story.desktop import Event

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

_IDENTIFIERS = {"sms": "phone", "email": "email", "ticket": "email", "social": "social"}


@pytest.mark.parametrize("channel", KINDS)
async def test_there_and_back(site: Site, channel: str) -> None:
    customer = KINDS[channel](site)
    floor, sato, seen = customer.floor, customer.floor.sato, customer.floor.sato.seen
    file = PICTURE if customer.brings_files else None
    assert await customer.writes("注文した品が届きません", file) == 200
    pop, contact = await sato.takes(customer.address, seen)
    assert (pop["channel"], pop["queue"], contact["channel"]) == (customer.kind, "support", customer.kind)
    assert [(each["kind"], each["value"]) for each in pop["identifiers"]] == [
        (_IDENTIFIERS[customer.kind], customer.address)
    ]
    first = next(each for each in contact["messages"] if each["direction"] == "in")
    assert first["text"].strip() == "注文した品が届きません"
    if file is not None:
        await _has_files(sato.desktop, first, [file])

    id_ = contact["id"]
    paper = await sato.desktop.bring(id_, "控え.txt", "お控え".encode(), "text/plain")
    message = await sato.says(id_, "お調べします", files=[paper])
    got = await customer.gets("お調べします")
    assert await customer.has_file(got, "お控え".encode())
    await sato.sees(message, "sent")

    await floor.tanaka.available()
    again, others = sato.seen, floor.tanaka.seen
    assert await customer.writes("急いでいます") == 200
    await sato.hears(id_, "急いでいます", again)
    last = await sato.says(id_, "本日お届けします")
    await customer.gets("本日お届けします")
    await sato.sees(last, "sent")
    await sato.closes(id_)
    assert not sato.offers(again)
    await _comes_back(customer, contact)
    assert not floor.tanaka.offers(others)
    texts = [each.text for each in customer.got()]
    assert sum("お調べします" in each for each in texts) == 1
    assert sum("本日お届けします" in each for each in texts) == 1


async def _comes_back(customer: Customer, before: Event) -> None:
    """Whoever writes after the end gets another contact, with the agent whom he knows."""
    sato, seen = customer.floor.sato, customer.floor.sato.seen
    assert await customer.writes("もう一つあります") == 200
    pop, contact = await sato.takes(customer.address, seen)
    assert (contact["id"] != before["id"], contact["customer"]) == (True, before["customer"])
    assert "本日お届けします" in [each["text"] for each in pop["journey"]]
    await sato.closes(contact["id"])


async def _has_files(desktop: Any, message: dict[str, Any], contents: list[bytes]) -> None:
    assert [each["refused"] for each in message["files"]] == [""] * len(contents), message["files"]
    found = [await desktop.fetch(f"/files/{each['id']}") for each in message["files"]]
    assert found == contents
