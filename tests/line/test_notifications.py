"""Messages to a phone number by LINE, and the link to who has it; account links; signs."""

from urllib.parse import parse_qs, urlsplit

import pytest

from gateways.errors import SendFailed
from gateways.line.gateway import LineGateway
from gateways.line.tokens import phone_hash_of
from gateways.protocol import Inbound, Receipt
from tests.fakes.line import phone_hash
from tests.fakes.providers import ProviderSimulator
from tests.gateways.support import Clock
from tests.line.support import USER, outbound, raw_of, read, shown_to

NUMBER = "+819012345678"


def test_numbers_are_hashed_as_lines_own_example() -> None:
    known = "d41e0ad70dddfeb68f149ad6fc61574b9c5780ab7bcb2fba5517771ffbb2409c"
    assert phone_hash_of("+818000001234") == known
    for address in (USER, "818000001234", "+0123456789", "+81800000１２３４"):
        assert phone_hash_of(address) is None


async def test_a_number_is_reached_and_its_owner_known(
    simulator: ProviderSimulator, line: LineGateway
) -> None:
    simulator.line.phones[NUMBER] = USER
    key = "3f0c:line"
    tag = await line.send(outbound(key, text="ご注文の品が届きます", address=NUMBER))
    assert shown_to(simulator) == [("notification", "ご注文の品が届きます")]
    (completed,) = simulator.line.completed
    assert completed["delivery"] == {"data": tag}
    receipt = read(completed)
    assert isinstance(receipt, Receipt)
    assert (receipt.address, receipt.sent_as) == (USER, key)


async def test_who_has_no_line_is_not_reached(simulator: ProviderSimulator, line: LineGateway) -> None:
    with pytest.raises(SendFailed, match="422") as failed:
        await line.send(outbound(address=NUMBER))
    assert not failed.value.retryable
    assert phone_hash(NUMBER) == phone_hash_of(NUMBER)


async def test_a_notification_in_doubt_is_not_repeated(
    simulator: ProviderSimulator, line: LineGateway
) -> None:
    simulator.line.phones[NUMBER] = USER
    simulator.fail_next(status=500, after_taking=True)
    with pytest.raises(SendFailed) as failed:
        await line.send(outbound(address=NUMBER))
    assert failed.value.in_doubt
    with pytest.raises(SendFailed, match="not sent again") as again:
        await line.send(outbound(address=NUMBER), in_doubt=True)
    assert not again.value.retryable
    assert len(shown_to(simulator)) == 1


async def test_a_long_notification_is_refused_whole(simulator: ProviderSimulator, line: LineGateway) -> None:
    with pytest.raises(SendFailed, match="too long"):
        await line.send(outbound(address=NUMBER, text="x" * 25_001))
    assert simulator.requests == []


async def test_an_account_is_linked_by_a_page_of_line(
    simulator: ProviderSimulator, line: LineGateway
) -> None:
    address = urlsplit(await line.account_link(USER, "7K2M-Q4XH-9RTB"))
    query = parse_qs(address.query)
    assert address.netloc == "access.line.me"
    assert len(query["linkToken"][0]) == 32
    linked = read(simulator.line.events.account_link(USER, query["nonce"][0]))
    assert isinstance(linked, Inbound)
    assert linked.link == "7K2M-Q4XH-9RTB"
    simulator.fail_next(status=500)
    with pytest.raises(SendFailed):
        await line.account_link(USER, "7K2M-Q4XH-9RTB")


async def test_writing_shows_a_loading_animation_now_and_then(simulator: ProviderSimulator) -> None:
    clock = Clock()
    line = LineGateway(
        secret="s", access_token=simulator.line_token, api_url=simulator.line_api_url, now_ms=clock
    )
    for _ in range(30):
        await line.show(USER, is_typing=True)
        clock.advance(1)
    assert simulator.line.loading == [(USER, 20)] * 2
    simulator.fail_next(status=400)
    clock.advance(60)
    await line.show(USER, is_typing=True)
    await line.close()


async def test_what_was_read_is_marked_so(simulator: ProviderSimulator, line: LineGateway) -> None:
    said = simulator.line.events.text(USER, "見えますか", markAsReadToken="mark-1")
    message = line.decode(raw_of(said))
    assert isinstance(message, Inbound)
    await line.show(USER, read="another")
    assert simulator.line.read == []
    await line.show(USER, read=message.event_id)
    await line.show(USER, read=message.event_id)
    assert simulator.line.read == ["mark-1"]
