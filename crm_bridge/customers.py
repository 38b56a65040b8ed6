"""Who somebody is: customers and the addresses by which they are recognised."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy import Row, Select, bindparam, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from acd.contact import Channel, ContactState
from acd.ids import ContactId, CustomerId, new_id
from crm_bridge import linking, merging
from crm_bridge.errors import CrmUnavailable
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import (
    Candidate,
    Customer,
    Identifier,
    Known,
    LinkResult,
    MatchReason,
    OpenThread,
)
from crm_bridge.store import Store, insert_new
from crm_bridge.tables import IS_LINKED, IS_OPEN, IS_TEXT, IS_THREAD, ContactRow, CustomerRow, IdentifierRow

T = TypeVar("T")

_LAST_DIGITS = 2
_CANDIDATES_MAX = 5
_ATTEMPTS = 20
"""How often a change is tried anew when others change the same customers; each time one of them wins."""


class Customers(Store):
    """Customers and their identifiers. Values are as `identifiers.normalise` returns them."""

    async def identify(self, kind: IdentifierKind, value: str | None) -> Known | None:
        """Recognise a customer and say who should serve him; None for a stranger. One query."""
        if value is None:
            return None
        async with self._glancing() as connection:
            row = (await connection.execute(_KNOWN, {"kind": kind, "value": value})).one_or_none()
        return _as_known(row)

    async def known(self, customer: CustomerId) -> Known | None:
        """Return what routing wants to know of a customer, or of whom he was merged into."""
        async with self._glancing() as connection:
            standing = await merging.standing(connection, customer)
            row = (await connection.execute(_OF_ID, {"customer_id": standing.id})).one_or_none()
        return _as_known(row)

    async def ensure(
        self, kind: IdentifierKind, value: str, how: LinkedBy, *, at_ms: int, name: str = ""
    ) -> Customer:
        """Return the customer whom an identifier belongs to, making one if there is none.

        However many do this at once, one customer comes of it. `name` is that of a new one.
        """
        async with self._glancing() as connection:
            owner = await linking.owner(connection, kind, value)
        if owner is not None:
            return owner
        new, identifier = Customer(CustomerId(new_id(at_ms)), name), Identifier(kind, value, how)
        async with self._writing() as connection:
            await insert_new(connection, CustomerRow, id=new.id, name=name, created_at_ms=at_ms)
            if await linking.insert(connection, new.id, identifier, at_ms):
                return new
            await connection.rollback()
        return await self.ensure(kind, value, how, at_ms=at_ms, name=name)  # somebody was faster

    async def similar(self, number: str) -> tuple[Candidate, ...]:
        """Return customers with a name whose number (E.164) differs in its last two digits, nearest first."""
        stem, end = number[:-_LAST_DIGITS], int(number[-_LAST_DIGITS:])
        least, most = stem + "0" * _LAST_DIGITS, stem + "9" * _LAST_DIGITS
        async with self._glancing() as connection:
            rows = await connection.execute(_SIMILAR, {"least": least, "most": most})
            found = [row for row in rows if len(row.value) == len(number) and row.value != number]
        found.sort(key=lambda row: abs(int(row.value[-_LAST_DIGITS:]) - end))
        reason = MatchReason.SIMILAR_NUMBER
        return tuple(
            Candidate(Customer(row.id, row.name), reason, row.value) for row in found[:_CANDIDATES_MAX]
        )

    async def get(self, customer: CustomerId) -> Customer:
        """Return a customer, or whom he was merged into; raises `UnknownCustomer`."""
        async with self._reading() as connection:
            return await merging.standing(connection, customer)

    async def rename(self, customer: CustomerId, name: str) -> None:
        """Give a customer a name; raises `UnknownCustomer`."""
        async with self._writing() as connection:
            standing = await merging.standing(connection, customer, hold=True)
            await connection.execute(
                update(CustomerRow).where(CustomerRow.id == standing.id).values(name=name)
            )

    async def identifiers(self, customer: CustomerId) -> tuple[Identifier, ...]:
        """Return what a customer is recognised by, oldest link first."""
        async with self._reading() as connection:
            standing = await merging.standing(connection, customer)
            return await linking.identifiers(connection, standing.id)

    async def link(
        self,
        customer: CustomerId,
        kind: IdentifierKind,
        value: str,
        how: LinkedBy,
        *,
        at_ms: int,
        contact: ContactId | None = None,
    ) -> LinkResult:
        """Let an identifier belong to a customer, merging him with whom it belongs to already.

        The younger customer is merged into the older; `contact` is where it came about. Raises
        `UnknownCustomer`.
        """

        async def attempt(connection: AsyncConnection) -> LinkResult | None:
            return await linking.link(connection, customer, Identifier(kind, value, how), at_ms, contact)

        return await self._settle(attempt)

    async def unlink(self, kind: IdentifierKind, value: str, *, at_ms: int) -> bool:
        """Let an identifier match nobody; the link stays as history. Whether there was one."""
        async with self._writing() as connection:
            return await linking.unlink(connection, kind, value, at_ms)

    async def unmerge(self, customer: CustomerId) -> bool:
        """Take back the merge of a customer (`Linked.absorbed`) into another; whether there was one."""
        return await self._settle(lambda connection: merging.unmerge(connection, customer))

    async def _settle(self, attempt: Callable[[AsyncConnection], Awaitable[T | None]]) -> T:
        """Run a transaction until it finds the customers unchanged from its first look to its locks."""
        for _ in range(_ATTEMPTS):
            async with self._writing() as connection:
                if (result := await attempt(connection)) is not None:
                    return result
        raise CrmUnavailable("customers kept changing")


def _as_known(row: Row[Any] | None) -> Known | None:
    if row is None:
        return None
    thread = row.thread and OpenThread(row.thread, Channel(row.channel), row.holder)
    return Known(Customer(row.id, row.name), row.last_agent, thread)


def _known() -> Select[Any]:
    """Select customer, last text agent and newest open thread."""
    of_customer = select(ContactRow).where(ContactRow.customer == CustomerRow.id, IS_TEXT).limit(1)
    last_agent = (
        of_customer.with_only_columns(ContactRow.agent)
        .where(ContactRow.agent.is_not(None))
        .order_by(ContactRow.connected_at_ms.desc())
    )
    newest_open = (
        of_customer.with_only_columns(ContactRow.id)
        .where(IS_OPEN, IS_THREAD)
        .order_by(ContactRow.arrived_at_ms.desc())
    )
    thread = aliased(ContactRow)
    return select(
        CustomerRow.id,
        CustomerRow.name,
        last_agent.scalar_subquery().label("last_agent"),
        thread.id.label("thread"),
        thread.channel,
        case((thread.state == ContactState.CONNECTED, thread.agent)).label("holder"),
    ).outerjoin(thread, thread.id == newest_open.scalar_subquery())


_SIMILAR = (
    select(CustomerRow.id, CustomerRow.name, IdentifierRow.value)
    .join(IdentifierRow, IdentifierRow.customer == CustomerRow.id)
    .where(
        IdentifierRow.kind == IdentifierKind.PHONE,
        IdentifierRow.value.between(bindparam("least"), bindparam("most")),
        IS_LINKED,
        CustomerRow.name != "",
    )
)
_OF_ID = _known().where(CustomerRow.id == bindparam("customer_id"))
_KNOWN = (
    _known()
    .join(IdentifierRow, IdentifierRow.customer == CustomerRow.id)
    .where(IdentifierRow.kind == bindparam("kind"), IdentifierRow.value == bindparam("value"), IS_LINKED)
)
