"""A message that a provider delivered to a number's owner says who he is on its channel."""

from collections.abc import Awaitable, Callable

import structlog

from crm_bridge.customers import Customers
from crm_bridge.identifiers import KIND_OF_CHANNEL, IdentifierKind, LinkedBy, normalise
from crm_bridge.model import Linked
from gateways.protocol import Outbound, Receipt

log = structlog.get_logger()


class NumberProofs:
    """Links phone numbers to LINE users, by the receipts of notification messages.

    `joined` is told when two customers turned out to be one, or one has a further address.
    """

    def __init__(self, customers: Customers, joined: Callable[[Linked], Awaitable[None]]) -> None:
        self._customers, self._joined = customers, joined

    async def receipt(self, receipt: Receipt, message: Outbound) -> bool:
        """Take in who got a message that went to a number; whether that linked them.

        Told twice, it has one effect. Raises `CrmUnavailable`.
        """
        kind = KIND_OF_CHANNEL.get(receipt.channel, IdentifierKind.PHONE)
        number = normalise(IdentifierKind.PHONE, message.address)
        if kind is IdentifierKind.PHONE or not receipt.address or number is None:
            return False
        if receipt.address == message.address:
            return False
        owner = await self._customers.ensure(
            kind, receipt.address, LinkedBy.FIRST_CONTACT, at_ms=receipt.at_ms
        )
        result = await self._customers.link(
            owner.id, IdentifierKind.PHONE, number, LinkedBy.ACCOUNT_LINK, at_ms=receipt.at_ms
        )
        if not isinstance(result, Linked):
            log.warning("number_proofs.refused", reason=result.reason)
            return False
        await self._joined(result)
        return True
