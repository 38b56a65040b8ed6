"""Calling customers back: the agent's phone first, then the customer, then it is a call like any other."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from acd.actions import ConnectContact
from acd.events import CallbackFailed
from acd.ids import ContactId
from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.listener import LegFailure
from hub.board import LiveContact
from hub.call import Call
from hub.crm import Crm
from hub.lines import Lines
from hub.submit import Report
from hub.trunks import Trunks
from hub.voice_settings import VoiceSettings

log = structlog.get_logger()

AGENT_GONE = "agent_gone"
_LINE_S = 15.0
"""How long a customer who is called back at once has to put the phone down."""


@dataclass(slots=True)
class _Attempt:
    action: ConnectContact
    reason: str = ""


class CallbackDesk:
    """Customers who are being called. How it comes out is told to the router, but for a success.

    `settings` returns those that hold now.
    """

    def __init__(
        self, settings: Callable[[], VoiceSettings], lines: Lines, *, crm: Crm, report: Report
    ) -> None:
        self._settings, self._lines, self._crm, self._report = settings, lines, crm, report
        self._attempts: dict[ContactId, _Attempt] = {}
        self.control: CallControl
        self.trunks: Trunks

    def is_under_way(self, contact: ContactId) -> bool:
        """Whether the customer of a contact is being called."""
        return contact in self._attempts

    def key(self, contact: ContactId) -> ChannelKey:
        """Return the key that a contact's callback has in call control."""
        return self.control.callback_key(contact)

    async def begin(self, contact: LiveContact, action: ConnectContact) -> None:
        """Call a customer for the agent who has answered the phone; told twice, it is done once.

        The call in which the customer asked for it ends first, if it has not yet. Raises `CrmUnavailable`
        when only the database knows the number.
        """
        if contact.id in self._attempts:
            return
        number = await self._number(contact)
        self._attempts[contact.id] = _Attempt(action)
        if number is None:
            await self._failed(contact.id, "no_number")
            return
        if (line := self._lines.parting.get(contact.id)) is not None:
            await self._end(line)
        ways = await self.trunks.ways(number, queue=contact.queue, identity=contact.identity)
        if not ways:
            await self._failed(contact.id, "no_trunk")
            return
        await self.control.call_customer(
            self.key(contact.id),
            action.offer,
            ways,
            number=number,
            timeout_s=self._settings().callback_ring_s,
        )

    def answered(self, contact: ContactId) -> ConnectContact | None:
        """A customer is on the line: returns whom to connect him with, None if nobody waits for him."""
        attempt = self._attempts.pop(contact, None)
        return None if attempt is None else attempt.action

    async def failed(self, key: ChannelKey, reason: LegFailure) -> None:
        """A customer was not reached."""
        contact = next((each for each in self._attempts if self.key(each) == key), None)
        if contact is not None:
            await self._failed(contact, AGENT_GONE if reason is LegFailure.CANCELLED else reason)

    async def leg_gone(self, ref: str) -> None:
        """An agent's leg ended: if it waited for a customer, he is called no longer."""
        found = next((each for each in self._attempts.items() if each[1].action.offer == ref), None)
        if found is not None:
            contact, attempt = found
            attempt.reason = AGENT_GONE
            await self.control.give_up(self.key(contact))

    async def give_up(self, contact: ContactId) -> None:
        """The agent no longer wants to wait for the customer."""
        if (attempt := self._attempts.get(contact)) is not None:
            await self.control.hang_up_leg(attempt.action.offer)

    async def _failed(self, contact: ContactId, reason: str) -> None:
        attempt = self._attempts.pop(contact, None)
        if attempt is None:
            return
        reason = attempt.reason or reason
        log.info("callback.failed", contact=contact, agent=attempt.action.agent, reason=reason)
        await self.control.hang_up_leg(attempt.action.offer)
        await self._report(CallbackFailed(contact=contact, reason=reason))

    async def _number(self, contact: LiveContact) -> str | None:
        if contact.address is None and (stored := await self._crm.contacts.get(contact.id)) is not None:
            contact.address = stored.address
        return contact.address

    async def _end(self, line: Call) -> None:
        try:
            async with asyncio.timeout(_LINE_S):
                await line.gone.wait()
        except TimeoutError:
            await self.control.hang_up(line.key)
