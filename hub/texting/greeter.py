"""What the hub itself says to who writes: that his call goes on here, that we are closed, how his case is."""

from collections.abc import Callable
from typing import Final

from acd.contact import Channel
from acd.hours import Hours
from acd.ids import QueueName
from gateways.protocol import Inbound
from hub.board import LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.texting.language import language_in, language_of
from hub.texting.sender import Sender
from hub.texting.threads import Found, message_id
from hub.texting.words import Words, opening
from hub.texts import text

_CASES: Final = (Channel.EMAIL, Channel.TICKET)
"""Channels whose customers are told how their case stands."""


class Greeter:
    """Says each thing once a contact. `hours` returns when a queue is open that is not always."""

    def __init__(
        self, words: Words, sender: Sender, crm: Crm, hours: Callable[[QueueName], Hours | None]
    ) -> None:
        self._words, self._sender, self._crm, self._hours = words, sender, crm, hours

    async def greet(self, contact: LiveContact, inbound: Inbound, found: Found, *, is_first: bool) -> None:
        """Say what became of a call that went on here, and to who begins to wait what he waits for."""
        deflected = found.deflected
        if deflected is not None and inbound.channel is not Channel.SMS:
            name = _linked(inbound.channel) if found.linked else "not_linked"
            await self._sender.say(contact, f"{message_id(inbound)}:{name}", text(name, deflected.language))
        if not is_first:
            return
        language = language_of(inbound.text)
        if not await self._is_told_closed(contact, language) and inbound.channel in _CASES:
            await self._once(contact, "case_opened", language)

    async def handed_over(self, contact: LiveContact, language: str) -> None:
        """Tell a customer that the bot leaves him to agents, or that these are not there."""
        if not await self._is_told_closed(contact, language or "ja"):
            await self._once(contact, "bot_hands_over", language or "ja")

    async def too_fast(self, contact: LiveContact, inbound: Inbound) -> None:
        """Tell who writes more than can be read."""
        await self._once(contact, "too_fast", language_of(inbound.text))

    async def told_end(self, contact: LiveContact) -> None:
        """Tell the customer of a case that an agent has closed it."""
        if contact.channel in _CASES and contact.agent is not None:
            await self._once(contact, "case_closed", await language_in(self._crm.messages, contact.id))

    async def handed_back(self, contact: LiveContact) -> None:
        """Tell a customer that the bot answers again."""
        await self._once(contact, "handed_back", await language_in(self._crm.messages, contact.id))

    async def left_by_bot(self, contact: LiveContact, language: str) -> None:
        """Tell a customer who writes no more that the bot closes his contact."""
        await self._once(contact, "bot_closes", language or "ja")

    async def _is_told_closed(self, contact: LiveContact, language: str) -> bool:
        """Tell a customer that the queue is closed if it is; whether it is."""
        hours, at_ms = self._hours(contact.queue), now_ms()
        if hours is None or hours.is_open(at_ms):
            return False
        await self._once(contact, "closed", language, opens=opening(hours, at_ms, language))
        return True

    async def _once(self, contact: LiveContact, use: str, language: str, *, opens: str = "") -> None:
        words = self._words.of(use, contact, language, opens=opens)
        await self._sender.say(contact, f"{contact.id}:{use}", words)


def _linked(channel: Channel) -> str:
    """Name what a customer is told whose call goes on here."""
    return "linked" if channel is Channel.LINE else "carried_on"
