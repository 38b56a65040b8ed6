"""Callers who were led to another way and call again: noted for reports, and let go on where they were."""

import asyncio
from collections.abc import Callable, Container

import structlog

from acd.ids import QueueName
from crm_bridge.deflections import Deflection
from crm_bridge.errors import CrmError
from crm_bridge.model import JourneyItem, JourneyKind
from hub.call import Call
from hub.clock import now_ms
from hub.crm import Crm
from hub.deflected import take_over
from hub.journal import Journal
from hub.triage import TriageRules
from ivr.flow import SectionName, ToQueue

log = structlog.get_logger()

_LOOK_S = 0.3


class ComingsBack:
    """Knows who was deflected. `rules` and `queues` return what holds now."""

    def __init__(
        self,
        crm: Crm,
        journal: Journal,
        *,
        rules: Callable[[], TriageRules],
        queues: Callable[[], Container[QueueName]],
    ) -> None:
        self._crm, self._journal, self._rules, self._queues = crm, journal, rules, queues

    async def left_off(self, call: Call) -> Deflection | None:
        """Return where a caller was led to another way a short while ago; None if he was not, or is done.

        That he calls again is noted. With a database that is away or slow he is like any other.
        """
        contact, at_ms, rules = call.contact, now_ms(), self._rules()
        if contact.address is None and contact.customer is None:
            return None
        since_ms = at_ms - max(rules.held_s, rules.resume_s) * 1000
        try:
            async with asyncio.timeout(_LOOK_S):
                found = await self._crm.deflections.of_caller(contact.address, contact.customer, since_ms)
        except (CrmError, TimeoutError) as error:
            log.warning("comings_back.not_known", contact=contact.id, error=type(error).__name__)
            return None
        if found is None or found.call == contact.id:
            return None
        self._note(call, found, at_ms)
        is_soon = at_ms - found.offered_ms <= rules.resume_s * 1000
        return found if is_soon and found.is_left_open else None

    def go_on(self, call: Call, left: Deflection) -> tuple[ToQueue | None, SectionName | None]:
        """Let a caller go on where he was: in his queue at his old place, or else in a section of the menus.

        (None, None): neither is known; he begins anew, known by what he said before.
        """
        contact = call.contact
        take_over(contact, left)
        call.language = left.language
        self._journal.put(lambda: self._learned(call, left))
        if left.queue is not None and left.queue in self._queues():
            return ToQueue(left.queue, left.priority, left.skills), None
        last = SectionName(left.path[-1].menu) if left.path else None
        return None, last if last is not None and last in call.flow.sections else None

    def _note(self, call: Call, found: Deflection, at_ms: int) -> None:
        contact = call.contact
        number, customer = contact.address, contact.customer
        item = JourneyItem(at_ms, JourneyKind.CAME_BACK, text=found.state(at_ms), detail={"from": found.way})
        self._journal.put(lambda: self._crm.deflections.called_again(contact.id, number, customer, at_ms))
        self._journal.put(lambda: self._crm.contacts.talked(contact.id, item))

    async def _learned(self, call: Call, left: Deflection) -> None:
        await self._crm.contacts.learned(
            call.contact.id,
            intent=left.intent,
            heard=left.heard,
            preferred=left.agent,
            at_ms=now_ms(),
        )
