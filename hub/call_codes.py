"""Codes that bring who writes on to the phone: he calls, types his code, and reaches whom he writes with."""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from acd.contact import ContactState
from acd.ids import ContactId, CustomerId
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import Customer, Known, Linked, OpenThread
from hub.board import Board, LiveContact
from hub.call import Call
from hub.clock import now_ms
from hub.crm import Crm
from hub.journal import Journal
from ivr.flow import CODE_LENGTH
from ivr.limits import ProofLimits
from ivr.world import Verdict

log = structlog.get_logger()

LIFE_MIN: Final = 15
"""For so many minutes a code may be used."""
_ATTEMPTS: Final = 10
_FRESH_MS: Final = 1_000
"""So long what the database said is good: whoever was sent a code dials for longer."""


class CallCodes:
    """Makes codes and takes them. `joined` is told when two customers turned out to be one.

    A code is bound to a contact, which has one at a time. The database has its hash under `secret`.
    """

    def __init__(
        self,
        crm: Crm,
        board: Board,
        journal: Journal,
        secret: bytes,
        joined: Callable[[Linked], Awaitable[None]],
        *,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._crm, self._board, self._journal = crm, board, journal
        self._secret, self._joined, self._clock_ms = secret, joined, clock_ms
        self._are_out, self._asked_ms = False, -_FRESH_MS

    async def issue(self, contact: ContactId) -> str:
        """Return a new code for a text contact; one that it had before is void. Raises `CrmUnavailable`."""
        for _ in range(_ATTEMPTS):
            code = f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}}"
            at_ms = self._clock_ms()
            until_ms = at_ms + LIFE_MIN * 60_000
            if await self._crm.call_codes.put(
                contact, self._hash(code), now_ms=at_ms, expires_at_ms=until_ms
            ):
                self._asked_ms = -_FRESH_MS
                return code
        raise AssertionError("so many codes are never out at once")

    async def are_out(self) -> bool:
        """Whether any caller may have a code, as of a moment ago. Raises `CrmUnavailable`."""
        at_ms = self._clock_ms()
        if not 0 <= at_ms - self._asked_ms < _FRESH_MS:
            self._are_out = await self._crm.call_codes.are_out(at_ms)
            self._asked_ms = at_ms
        return self._are_out

    async def prove(self, call: Call, digits: str, limits: ProofLimits) -> Verdict:
        """Take a caller's code, once; he is then known as the customer of its contact, which he goes on with.

        Wrong ones are counted by number: all who withhold theirs are one. Raises `CrmUnavailable`.
        """
        subjects = [f"code:{call.contact.address or 'withheld'}"]
        may_try = await self._crm.proofs.begin_try(
            subjects, now_ms=self._clock_ms(), tries=limits.tries, lock_ms=limits.lock_s * 1000
        )
        if not may_try:
            log.warning("call_code.locked", contact=call.contact.id)
            return Verdict.LOCKED
        contact = await self._crm.call_codes.take(self._hash(digits), self._clock_ms())
        if contact is None:
            log.info("call_code.refused", contact=call.contact.id)
            return Verdict.REFUSED
        self._asked_ms = -_FRESH_MS
        await self._crm.proofs.forget_tries(subjects)
        await self._go_on(call, contact)
        log.info("call_code.accepted", contact=call.contact.id, thread=contact)
        return Verdict.ACCEPTED

    async def _go_on(self, call: Call, contact: ContactId) -> None:
        record = await self._crm.contacts.get(contact)
        assert record is not None, "a code's contact is stored"
        live = self._board.get(contact) or LiveContact.of(record)
        call.thread = live
        if live.state is not ContactState.CONNECTED and record.state is not ContactState.ENDED:
            call.contact.arrived_ms = min(call.contact.arrived_ms, live.arrived_ms)
        customer = live.customer or record.customer
        if customer is None:
            return
        agent = live.agent or live.preferred
        call.known = Known(Customer(customer, live.name), agent, OpenThread(contact, live.channel, agent))
        call.contact.customer, call.contact.name = customer, live.name or call.contact.name
        at_ms = self._clock_ms()
        self._journal.put(lambda: self._link(call.contact, customer, at_ms))

    async def _link(self, contact: LiveContact, customer: CustomerId, at_ms: int) -> None:
        """Note whose number it is, unless it is another's for certain, and whose call."""
        owner = customer
        if contact.address is not None:
            result = await self._crm.customers.link(
                customer,
                IdentifierKind.PHONE,
                contact.address,
                LinkedBy.CALL_CODE,
                at_ms=at_ms,
                contact=contact.id,
            )
            if isinstance(result, Linked):
                owner = result.customer.id
                await self._joined(result)
            else:
                log.warning("call_code.not_linked", contact=contact.id, reason=result.reason)
        await self._crm.contacts.assign_customer(contact.id, owner)

    def _hash(self, code: str) -> str:
        return hmac.digest(self._secret, f"call-code\n{code}".encode(), hashlib.sha256).hex()
