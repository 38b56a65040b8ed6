"""Customers whom a bot answers first, until it hands them over."""

import asyncio
from collections.abc import Mapping

import msgspec
import structlog

from crm_bridge.model import HeardItem, Message
from gateways.protocol import Inbound
from hub.board import LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.texting.bot import Bot, BotTurn, Talk
from hub.texting.greeter import Greeter
from hub.texting.language import language_of
from hub.texting.sender import Sender

log = structlog.get_logger()

_ANSWER_S = 5.0
_PAUSE_MS = 12 * 3_600_000
"""Who writes after so long begins anew with the bot."""


class _Kept(msgspec.Struct):
    """How far a bot is with a contact, as it is stored: it answered the message `last`, of `at_ms`.

    `sources` are the messages that the fields were read in, by name.
    """

    last: str = ""
    at_ms: int = 0
    language: str = ""
    fields: dict[str, str] = {}
    sources: dict[str, str] = {}
    state: dict[str, object] = {}


class Bots:
    """Has the bot answer, once for each message, whatever happens in between."""

    def __init__(self, bot: Bot, *, crm: Crm, sender: Sender, greeter: Greeter) -> None:
        self._bot, self._crm, self._sender, self._greeter = bot, crm, sender, greeter

    async def turn(
        self, contact: LiveContact, inbound: Inbound, message: Message, kept: Mapping[str, object]
    ) -> bool:
        """Let the bot answer a message; whether agents are to have the contact now."""
        known = msgspec.convert(dict(kept), _Kept)
        if known.last == message.id or inbound.is_automatic or message.withdrawn_ms is not None:
            return False
        if inbound.at_ms - known.at_ms > _PAUSE_MS:
            known = _Kept()
        language = known.language if not message.text else language_of(message.text)
        talk = Talk(
            contact=contact.id,
            channel=contact.channel,
            queue=contact.queue,
            text=message.text,
            language=language or "ja",
            kind=inbound.kind,
            data=inbound.fields.get("data", "") if inbound.kind == "choice" else "",
            is_first=not known.last,
            fields=known.fields,
            state=known.state,
        )
        turn = await self._answered(talk)
        for number, said in enumerate(turn.say):
            await self._sender.say(contact, f"{message.id}:bot:{number}", said.text, choices=said.choices)
        after = _Kept(
            last=message.id,
            at_ms=inbound.at_ms,
            language=talk.language,
            fields=dict(turn.fields),
            sources=_sources(known, turn, message.id),
            state=dict(turn.state),
        )
        if not turn.hand_over:
            await self._crm.contacts.with_bot(contact.id, msgspec.to_builtins(after))
            return False
        await self._hand_over(contact, after, turn.hand_over, has_spoken=bool(known.last or turn.say))
        return True

    async def leave(self, contact: LiveContact, kept: Mapping[str, object], reason: str) -> bool:
        """Leave a contact to agents without an answer; always true."""
        known = msgspec.convert(dict(kept), _Kept)
        await self._hand_over(contact, known, reason, has_spoken=bool(known.last))
        return True

    async def _answered(self, talk: Talk) -> BotTurn:
        """Ask the bot; one that fails or is slow hands over."""
        try:
            async with asyncio.timeout(_ANSWER_S):
                return await self._bot.answer(talk)
        except Exception as error:
            log.exception("bot.failed", contact=talk.contact, error=type(error).__name__)
            return BotTurn(fields=talk.fields, hand_over="bot_failed")

    async def _hand_over(self, contact: LiveContact, kept: _Kept, reason: str, *, has_spoken: bool) -> None:
        """Leave a contact to agents; the mark is cleared last, so that what broke is done again.

        Whom the bot said nothing is not told that it is gone.
        """
        at_ms = now_ms()
        if has_spoken:
            await self._greeter.handed_over(contact, kept.language)
        log.info("bot.handed_over", contact=contact.id, reason=reason)
        items = tuple(
            HeardItem(name, value, message=kept.sources.get(name, "")) for name, value in kept.fields.items()
        )
        if items:
            contact.heard = (*(each for each in contact.heard if each.name not in kept.fields), *items)
            await self._crm.contacts.learned(
                contact.id,
                intent=contact.intent,
                heard=contact.heard,
                preferred=contact.preferred,
                at_ms=at_ms,
            )
        await self._crm.contacts.handed_over(contact.id, msgspec.to_builtins(kept), reason, at_ms)


def _sources(known: _Kept, turn: BotTurn, message: str) -> dict[str, str]:
    """Return which message each field was read in: this one, if it is not as it was."""
    return {
        name: known.sources.get(name, "") if known.fields.get(name) == value else message
        for name, value in turn.fields.items()
    }
