"""Whether a caller is the customer: what only he knows, compared with its hash, a bounded number of times."""

from typing import Final

import structlog

from acd.ids import ContactId, CustomerId
from crm_bridge.proofs import Proofs
from hub.clock import now_ms
from hub.errors import AccountInvalid
from hub.passwords import Passwords
from ivr.answers import is_date
from ivr.flow import Proof
from ivr.limits import ProofLimits
from ivr.world import Verdict

log = structlog.get_logger()

_PIN: Final = range(4, 9)
_HASHES_MAX: Final = 3
"""As many are compared of a customer into whom others were merged."""


class ProofDesk:
    """Checks proofs and keeps them. Nothing of what is typed is logged or stored as it is."""

    def __init__(self, proofs: Proofs, passwords: Passwords | None = None) -> None:
        self._proofs = proofs
        self._passwords = passwords or Passwords(length_min=min(_PIN), workers=1, waiting_max=20)

    async def prove(
        self,
        proof: Proof,
        digits: str,
        *,
        customer: CustomerId | None,
        number: str | None,
        limits: ProofLimits,
        contact: ContactId,
    ) -> Verdict:
        """Compare; a stranger's is never right, and takes as long. Raises `CrmUnavailable`, `TooBusy`."""
        subjects = [
            f"{kind}:{each}"
            for kind, each in (("customer", customer), ("number", number))
            if each is not None
        ]
        may_try = await self._proofs.begin_try(
            subjects or ["number:withheld"],
            now_ms=now_ms(),
            tries=limits.tries,
            lock_ms=limits.lock_s * 1000,
        )
        if not may_try:
            log.warning("proof.locked", contact=contact, proof=proof)
            return Verdict.LOCKED
        hashes = await self._proofs.hashes(customer, proof) if customer is not None else ()
        for each in hashes[:_HASHES_MAX] or (None,):
            if await self._passwords.verify(each, digits):
                await self._proofs.forget_tries(subjects)
                log.info("proof.accepted", contact=contact, proof=proof)
                return Verdict.ACCEPTED
        log.info("proof.refused", contact=contact, proof=proof)
        return Verdict.REFUSED

    async def put(self, customer: CustomerId, proof: Proof, digits: str | None) -> None:
        """Keep what a customer is to know; None: nothing any more.

        Raises `AccountInvalid` for what is no PIN of 4 to 8 digits or no date (YYYYMMDD), `UnknownCustomer`.
        """
        if digits is None:
            await self._proofs.put(customer, proof, None)
            return
        if proof is Proof.CODE:
            raise AccountInvalid("code: expected pin or birth, codes are made by the hub")
        if not (digits.isascii() and digits.isdecimal() and len(digits) in _PIN):
            raise AccountInvalid(f"{proof}: expected 4 to 8 digits")
        if proof is Proof.BIRTH and not is_date(digits):
            raise AccountInvalid("birth: expected a date as YYYYMMDD")
        await self._proofs.put(customer, proof, await self._passwords.hash(digits))
