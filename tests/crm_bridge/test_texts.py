"""What the record keeps of texts beside their words: cases, bots, consent, what was withdrawn."""

from acd.contact import Channel
from acd.ids import ContactId
from crm_bridge.model import Direction, Message, MessageFile
from tests.crm_bridge.conftest import Crm

LINE, EMAIL = Channel.LINE, Channel.EMAIL
C1, C2, C3 = ContactId("c1"), ContactId("c2"), ContactId("c3")


async def test_a_mailbox_has_many_threads_a_messenger_one(crm: Crm) -> None:
    for contact in (C1, C2):
        assert await crm.contacts.opened(contact, channel=EMAIL, address="a@example.jp", at_ms=1) == contact
    assert await crm.contacts.opened(C3, channel=LINE, address="U1", at_ms=1) == C3
    assert await crm.contacts.opened(ContactId("c4"), channel=LINE, address="U1", at_ms=2) == C3


async def test_a_number_that_is_taken_is_drawn_again(crm: Crm) -> None:
    numbers = [["T-1"], ["T-1", "T-2"]]
    for contact, drawn in zip((C1, C2), numbers, strict=True):
        await crm.contacts.opened(
            contact,
            channel=EMAIL,
            address="a@example.jp",
            at_ms=1,
            number=lambda taken, drawn=drawn: drawn[taken],  # type: ignore[misc]
        )
    for contact, number in ((C1, "T-1"), (C2, "T-2")):
        record = await crm.contacts.of_case(number)
        assert record is not None
        assert (record.id, record.case) == (contact, number)
    assert await crm.contacts.of_case("T-3") is None


async def test_what_a_bot_has_is_nobody_else_s_until_it_hands_over(crm: Crm) -> None:
    await crm.contacts.opened(C1, channel=LINE, address="U1", at_ms=1, with_bot=True)
    assert await crm.contacts.open_threads() == []
    assert await crm.contacts.with_bot(C1, {"last": "m1"})
    assert await crm.contacts.handed_over(C1, {"last": "m2"}, "asked", 5)
    assert not await crm.contacts.handed_over(C1, {}, "asked", 6)
    (record,) = await crm.contacts.open_threads()
    assert (record.with_bot, record.bot) == (False, {"last": "m2"})


async def test_who_says_nothing_may_be_written_to(crm: Crm) -> None:
    assert await crm.consents.refused_ms(LINE, "U1") is None
    assert await crm.consents.set(LINE, "U1", is_on=False, at_ms=5)
    assert not await crm.consents.set(LINE, "U1", is_on=False, at_ms=5)
    assert await crm.consents.refused_ms(LINE, "U1") == 5
    assert await crm.consents.refused_ms(Channel.SMS, "U1") is None


async def test_what_was_said_last_holds(crm: Crm) -> None:
    assert not await crm.consents.set(LINE, "U1", is_on=True, at_ms=1)
    assert await crm.consents.set(LINE, "U1", is_on=False, at_ms=9)
    assert not await crm.consents.set(LINE, "U1", is_on=True, at_ms=4), "told late"
    assert await crm.consents.refused_ms(LINE, "U1") == 9
    assert await crm.consents.set(LINE, "U1", is_on=True, at_ms=10)
    assert await crm.consents.refused_ms(LINE, "U1") is None


async def test_nothing_is_left_of_what_was_withdrawn(crm: Crm) -> None:
    file = MessageFile(id="f1", name="秘密.png", type="image/png", size=1)
    message = Message("line:m1", Direction.IN, None, "秘密", 2, subject="秘密", html="秘密", files=(file,))
    await crm.contacts.opened(C1, channel=LINE, address="U1", at_ms=1)
    await crm.messages.add(C1, message, event="raw", refs=["m0"])
    assert await crm.messages.refs(C1) == ("m0",)
    was = await crm.messages.withdraw("line:m1", 7)
    assert was is not None
    assert (was.contact, was.event, was.files) == (C1, "raw", (file,))
    (left,) = await crm.messages.of(C1)
    assert left == Message("line:m1", Direction.IN, None, "", 2, withdrawn_ms=7)
    again = await crm.messages.withdraw("line:m1", 8)
    assert again is not None
    assert (again.event, again.files) == ("", ())
    assert (await crm.messages.of(C1))[0].withdrawn_ms == 7


async def test_a_withdrawal_that_is_early_is_remembered(crm: Crm) -> None:
    assert await crm.messages.early_withdrawal("line:m1") is None
    for _ in range(2):
        assert await crm.messages.withdraw("line:m1", 7) is None
    assert await crm.messages.early_withdrawal("line:m1") == 7
