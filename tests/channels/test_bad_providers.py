"""Providers that refuse, fail, lie, or cannot prove who they are: what the agent and the supervisor see."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.channels.customers import KINDS, MailCustomer, SmppCustomer
from tests.channels.site import Site
from tests.fakes.mishaps import Mishap, Mishaps
from tests.gateways.support import until

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

_HTTP = pytest.mark.parametrize("channel", ["twilio", "messenger", "instagram", "x"])
_BUSY, _TROUBLE, _NO_SUCH_NUMBER = 0x58, 0x08, 0x0B  # ESME_RTHROTTLED, ESME_RSYSERR, ESME_RINVDSTADR


def _mishaps(site: Site, channel: str) -> Mishaps:
    return site.twilio.mishaps if channel == "twilio" else site.social.mishaps


def _path(channel: str) -> str:
    return {"twilio": "/Messages.json", "x": "/2/dm_"}.get(channel, "/messages")


async def _comes_late(customer: Any, fail: Callable[[], Awaitable[None]], least_s: float) -> None:
    """Let something pass by itself: the message comes once, not before that many seconds."""
    sato, contact = await customer.is_taken()
    await fail()
    seen = sato.seen
    message = await sato.says(contact, "遅れて届く")
    began = sato.desktop.events[seen - 1][0]
    await sato.sees(message, "sent")
    sent = next(
        at for at, event in sato.desktop.events if event["type"] == "delivery" and event["message"] == message
    )
    assert sent - began >= least_s
    assert sato.deliveries(message) == ["sent"]
    assert [each.text for each in customer.got()].count("遅れて届く") == 1
    assert await customer.floor.supervisor.letter(message) is None
    await sato.closes(contact)


async def _dies_and_is_sent_again(
    customer: Any, fail: Callable[[], Awaitable[None]], reason: str, copies: int = 1
) -> None:
    """Let a message become a dead letter, which a supervisor has sent again; the thread goes on meanwhile."""
    sato, contact = await customer.is_taken()
    await fail()
    lost = await sato.says(contact, "届かない一通")
    await sato.sees(lost, "failed")
    letter = await customer.floor.supervisor.letter(lost)
    assert letter is not None
    assert (letter["kind"], letter["channel"], letter["address"]) == ("out", customer.kind, customer.address)
    assert reason in letter["reason"]
    next_ = await sato.says(contact, "次の一通")
    await sato.sees(next_, "sent")
    seen = sato.seen
    await customer.floor.supervisor.resends(letter)
    await sato.sees(lost, "sent", seen)
    assert sato.deliveries(lost) == ["failed", "sent"]
    assert await customer.floor.supervisor.letter(lost) is None
    texts = [each.text.strip() for each in customer.got()]
    assert (texts.count("届かない一通"), texts.count("次の一通")) == (copies, 1)
    await sato.closes(contact)


@_HTTP
@pytest.mark.parametrize("retry_after", [None, "1"])
async def test_too_many_requests_are_waited_for(site: Site, channel: str, retry_after: str | None) -> None:
    async def fail() -> None:
        _mishaps(site, channel).add(Mishap(429, retry_after, path=_path(channel)))

    await _comes_late(KINDS[channel](site), fail, 1.0 if retry_after else 0.2)


@_HTTP
@pytest.mark.parametrize(("status", "taken"), [(500, False), (500, True), (0, True), (200, False)])
async def test_what_is_in_doubt_is_a_dead_letter(site: Site, channel: str, status: int, taken: bool) -> None:
    """500, no answer, or a 200 that says nothing: nobody knows, so a person decides."""

    async def fail() -> None:
        _mishaps(site, channel).add(Mishap(status, after_taking=taken, path=_path(channel)))

    reason = "an answer without an id" if status == 200 else "it may have arrived"
    await _dies_and_is_sent_again(KINDS[channel](site), fail, reason, copies=2 if taken else 1)


@pytest.mark.parametrize("status", [_BUSY, _TROUBLE])
async def test_a_centre_that_is_busy_is_waited_for(site: Site, status: int) -> None:
    async def fail() -> None:
        await site.smsc.tell("next", how="refuse", status=status)

    await _comes_late(SmppCustomer(site), fail, 1.0 if status == _BUSY else 0.2)


@pytest.mark.parametrize(("how", "reason"), [("refuse", "0x0000000B"), ("drop", "no answer to part 1")])
async def test_what_a_centre_does_not_take(site: Site, how: str, reason: str) -> None:
    async def fail() -> None:
        await site.smsc.tell("next", how=how, status=_NO_SUCH_NUMBER)

    await _dies_and_is_sent_again(SmppCustomer(site), fail, reason, copies=2 if how == "drop" else 1)


async def test_a_mail_server_that_refuses_for_good(site: Site) -> None:
    customer = MailCustomer(site, "nobody-here")
    sato, contact = await customer.is_taken()
    message = await sato.says(contact, "宛先がない")
    await sato.sees(message, "failed")
    letter = await site.floor.supervisor.letter(message)
    assert letter is not None
    assert "550" in letter["reason"]
    seen = sato.seen
    await site.floor.supervisor.resends(letter)
    await sato.sees(message, "failed", seen)
    assert (await site.floor.supervisor.letter(message)) is not None
    await sato.closes(contact)


async def test_a_mail_server_that_refuses_for_a_while(site: Site) -> None:
    customer = MailCustomer(site, "later")
    sato, contact = await customer.is_taken()
    before = len(_not_sent(site))
    message = await sato.says(contact, "しばらく待つ")
    await until(lambda: len(_not_sent(site)) > before, 20)
    assert sato.deliveries(message) == []
    assert await site.floor.supervisor.letter(message) is None
    await sato.closes(contact)


def _not_sent(site: Site) -> list[str]:
    return [line for line in site.floor.log() if "outbox.not_sent" in line and "SMTP 4" in line]


@pytest.mark.parametrize(
    ("channel", "front"),
    [("twilio", "twilio"), ("messenger", "social"), ("x", "social"), ("smpp", "smsc"), ("mail", "smtp")],
)
async def test_a_provider_that_cannot_prove_who_it_is(site: Site, channel: str, front: str) -> None:
    """What is written meanwhile waits, in order, and goes out once the certificate is right."""
    customer: Any = KINDS[channel](site)
    sato, contact = await customer.is_taken()
    if channel == "mail":
        await customer.gets("受付番号")
    bound = len(site.smsc.of("bind"))
    async with _shows_another(site, front):
        messages = [await sato.says(contact, text) for text in ("一通目です", "二通目です")]
        word = "smpp.lost" if channel == "smpp" else "outbox.not_sent"
        await until(
            lambda: any(word in line and "certificate has expired" in line for line in customer.floor.log()),
            20,
        )
        assert [sato.deliveries(each) for each in messages] == [[], []]
    for each in messages:
        await sato.sees(each, "sent")
    if channel == "smpp":
        await site.smsc.wait_for("bind", bound + 1)
    got = [each.text.strip() for each in customer.got() if "通目" in each.text]
    assert got == ["一通目です", "二通目です"]
    await sato.closes(contact)


@asynccontextmanager
async def _shows_another(site: Site, front: str) -> AsyncIterator[None]:
    """Let a provider's certificate be one that has expired, for the time of the block."""
    await site.fronts[front].show(site.certificates.bad["certificate has expired"])
    try:
        await site.fronts[front].cut()
        yield
    finally:
        await site.fronts[front].show(site.certificates.good)
