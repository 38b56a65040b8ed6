"""Messages of many contacts, stored at the same time: each once, and a wrong one spoils nothing."""

import asyncio

from acd.contact import Channel
from acd.ids import ContactId, QueueName
from crm_bridge.errors import StatementFailed
from crm_bridge.model import Direction, Message
from tests.crm_bridge.conftest import Crm


def _message(number: int) -> Message:
    return Message(f"m{number}", Direction.IN, None, str(number), number)


async def test_many_at_once_are_stored_once_each(crm: Crm) -> None:
    contacts = [
        await crm.contacts.opened(
            ContactId(f"c{number}"),
            channel=Channel.CHAT,
            address=f"visitor-{number}",
            at_ms=1,
            customer=None,
            queue=QueueName("support"),
        )
        for number in range(3)
    ]
    adds = [crm.messages.add(contacts[number % 3], _message(number)) for number in range(30)]
    again = [crm.messages.add(contacts[number % 3], _message(number)) for number in range(30)]
    lost = crm.messages.add(ContactId("unknown"), _message(99))
    *results, refused = await asyncio.gather(*adds, *again, lost, return_exceptions=True)
    assert results == [True] * 30 + [False] * 30
    assert isinstance(refused, StatementFailed)
    stored = [len(await crm.messages.of(contact)) for contact in contacts]
    assert stored == [10, 10, 10]
