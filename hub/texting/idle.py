"""Contacts of a bot in which the customer wrote nothing for long are closed, with a last word."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog

from crm_bridge.errors import CrmUnavailable
from crm_bridge.model import ContactRecord
from gateways.errors import OutboxUnavailable
from hub.board import LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.texting.bot_conf import BotRules
from hub.texting.greeter import Greeter

log = structlog.get_logger()

_LOOK_S: Final = 30.0
IDLE: Final = "idle"
"""Why such a contact is over."""


class _Last(msgspec.Struct):
    at_ms: int = 0
    language: str = ""


class IdleBots:
    """Looks twice a minute. `rules` returns those that hold now; `run` is the service, of one hub."""

    def __init__(
        self,
        rules: Callable[[], BotRules],
        greeter: Greeter,
        crm: Crm,
        *,
        clock_ms: Callable[[], int] = now_ms,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rules, self._greeter, self._crm = rules, greeter, crm
        self._clock_ms, self._sleep = clock_ms, sleep

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            try:
                await self.look()
            except (CrmUnavailable, OutboxUnavailable) as error:
                log.warning("bot.idle_not_closed", error=type(error).__name__)
            await self._sleep(_LOOK_S)

    async def look(self) -> int:
        """Close what was idle for too long; returns how many. Raises what passes."""
        if not any(bot.idle_ms for bot in self._rules().bots):
            return 0
        closed = 0
        for record in await self._crm.contacts.open_of_bots():
            bot = self._rules().bot(record.queue, record.channel)
            last = msgspec.convert(dict(record.bot or {}), _Last)
            quiet_ms = self._clock_ms() - max(last.at_ms, record.arrived_ms)
            if bot is not None and bot.idle_ms and quiet_ms >= bot.idle_ms:
                await self._close(record, None if bot.is_quiet else last.language)
                closed += 1
        return closed

    async def _close(self, record: ContactRecord, language: str | None) -> None:
        """Say good-bye once, unless `language` is None, then end; who dies in between does the rest again."""
        if language is not None:
            await self._greeter.left_by_bot(LiveContact.of(record), language)
        await self._crm.contacts.ended(record.id, self._clock_ms(), IDLE)
        log.info("bot.idle_closed", contact=record.id)
