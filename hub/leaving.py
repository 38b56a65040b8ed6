"""Calls that Asterisk is to serve by its own queue, since the hub cannot."""

import asyncio
from collections.abc import Callable, Iterable

import structlog

from acd.contact import ContactState
from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.errors import CallGone, CtiError
from hub.call import Call
from hub.departures import Departures
from hub.lines import Lines
from hub.voice_settings import VoiceSettings
from hub.waiting_calls import WaitingCalls

log = structlog.get_logger()


class Leaving:
    """The way out of the hub: now, or when the link to Asterisk stands again."""

    def __init__(
        self,
        settings: Callable[[], VoiceSettings],
        lines: Lines,
        waiting: WaitingCalls,
        departures: Departures,
    ) -> None:
        self._settings, self._lines = settings, lines
        self._waiting, self._departures = waiting, departures
        self._leaving: dict[ChannelKey, Call] = {}
        self.control: CallControl

    async def let_all_waiting_go(self) -> None:
        """The router is away: calls that wait go on in Asterisk's own queue."""
        queued = (ContactState.WAITING, ContactState.OFFERED)
        calls = [each for each in self._lines.calls.values() if each.contact.queue]
        waiting = [call for call in calls if call.contact.state in queued]
        await asyncio.gather(*(self.let_go(call) for call in waiting))

    async def let_go(self, call: Call) -> None:
        """Have Asterisk serve a call by its own queue."""
        contact = call.contact
        await self._waiting.hush(contact.id)
        if self._lines.calls.pop(contact.id, None) is not None:
            self._departures.drop(contact, "fallback")
        self._leaving[call.key] = call
        queue = contact.queue or self._settings().default_queue
        extension = "stay" if call.is_given_up else "s"
        try:
            await self.control.leave_to_dialplan(call.key, "fallback", extension, {"TORITSUGI_QUEUE": queue})
        except CallGone:
            self._leaving.pop(call.key, None)
        except CtiError:
            log.warning("voice.not_let_go", contact=contact.id, exc_info=True)

    async def go_on(self, known: Iterable[ChannelKey]) -> None:
        """The link stands again: let go who is there still and could not be let go before."""
        for key in known:
            if (call := self._leaving.get(key)) is not None:
                await self.let_go(call)

    def over(self, key: ChannelKey) -> None:
        """A call has left, or is gone."""
        self._leaving.pop(key, None)

    def forget_all(self) -> None:
        """Another hub serves the node now."""
        self._leaving.clear()
