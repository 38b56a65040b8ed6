"""Contacts: which there are, where each stands, and how they went.

Every change is one transaction that also writes the journey's item. A change that no longer applies
(told twice, or too late) writes nothing and returns False.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.contact import Channel, ContactState
from acd.ids import AgentId, ContactId, CustomerId, QueueName
from crm_bridge.forgetting import still_known
from crm_bridge.journey import record
from crm_bridge.merging import standing
from crm_bridge.model import (
    ContactRecord,
    HeardItem,
    JourneyItem,
    JourneyKind,
    Line,
    LineEnd,
    PathItem,
)
from crm_bridge.store import Store, changed, insert_new
from crm_bridge.tables import IS_MESSENGER, IS_OPEN, IS_TEXT, ContactRow, CustomerRow, JourneyRow

_IS_CONNECTED = ContactRow.state == ContactState.CONNECTED


def _where(*conditions: ColumnElement[bool]) -> Update:
    """Return a change of one contact, made once: to make it takes longer than to carry it out."""
    return update(ContactRow).where(ContactRow.id == bindparam("of_contact"), *conditions)


_ANY = _where()
_OPEN = _where(IS_OPEN)
_NO_LINE: dict[str, Any] = {"line_end": None, "line_ended_at_ms": None}
_LATER_CONNECTED = _where(
    IS_OPEN,
    or_(ContactRow.connected_at_ms.is_(None), ContactRow.connected_at_ms < bindparam("at_ms")),
)
_NO_PATH = _where(ContactRow.ivr_path.is_(None))
_OTHER_CUSTOMER = _where(ContactRow.customer.is_distinct_from(bindparam("owner")))
_NO_CALLBACK = _where(IS_OPEN, ContactRow.is_callback.is_(False))
_CONNECTED = _where(_IS_CONNECTED)
_WITH_BOT = _where(IS_OPEN, ContactRow.with_bot.is_(True))
_ENDED = _where(ContactRow.state == ContactState.ENDED)
_NO_DISPOSITION = _where(ContactRow.disposition.is_(None))


class Contacts(Store):
    """Present state of contacts. Times are those of what happened: a repeated call has the same."""

    async def opened(
        self,
        contact: ContactId,
        *,
        channel: Channel,
        address: str | None,
        at_ms: int,
        customer: CustomerId | None = None,
        queue: QueueName | None = None,
        account: str = "",
        subject: str | None = None,
        number: Callable[[int], str] | None = None,
        with_bot: bool = False,
        tries: int = 0,
    ) -> ContactId:
        """Store a new contact; returns its id, or that of the thread this address has open already.

        `address` is what the customer came by, normalised, or None if withheld. `queue` may follow
        later (`queued`). `number` makes up a case number for it, by chance: given how many were taken.
        `with_bot`: a bot answers first. Raises `UnknownCustomer`.
        """
        async with self._writing() as connection:
            owner = (await standing(connection, customer, hold=True)).id if customer else None
            is_new = await insert_new(
                connection,
                ContactRow,
                id=contact,
                channel=channel,
                queue=queue or "",
                address=address,
                customer=owner,
                origin=owner,
                state=ContactState.WAITING,
                arrived_at_ms=at_ms,
                account=account,
                subject=subject,
                case_number=number(tries) if number else None,
                with_bot=with_bot,
            )
            if is_new:
                detail: dict[str, object] = {"address": address}
                await _note(
                    connection, contact, JourneyItem(at_ms, JourneyKind.CONTACT_STARTED, detail=detail)
                )
                return contact
            there = await connection.scalar(_in_the_way(contact, channel, address))
        if there is not None:
            return ContactId(there)
        return await self.opened(  # what was in the way has just ended, or the number is taken
            contact,
            channel=channel,
            address=address,
            at_ms=at_ms,
            customer=customer,
            queue=queue,
            account=account,
            subject=subject,
            number=number,
            with_bot=with_bot,
            tries=tries + 1,
        )

    async def queued(self, contact: ContactId, queue: QueueName) -> bool:
        """The contact entered a queue."""
        return await self._change(contact, _OPEN, {"queue": queue})

    async def ivr_path(self, contact: ContactId, items: Sequence[PathItem], at_ms: int) -> bool:
        """Store the way that a caller took through the menus, once."""
        path = [asdict(item) for item in items]
        item = JourneyItem(at_ms, JourneyKind.IVR, detail={"path": path})
        return await self._change(contact, _NO_PATH, {"ivr_path": path}, item)

    async def learned(
        self,
        contact: ContactId,
        *,
        intent: str,
        heard: Sequence[HeardItem],
        at_ms: int,
        preferred: AgentId | None = None,
    ) -> bool:
        """Store what the customer wants, what he said or typed, and whom he was with; later words win.

        What was read in a message that is taken back by now is left out.
        """
        async with self._writing() as connection:
            items = await still_known(connection, [asdict(item) for item in heard])
            values: dict[str, Any] = {"intent": intent, "heard": items, "preferred": preferred}
            is_news = await _update(connection, contact, _OPEN, values)
            if is_news and (intent or items):
                detail: dict[str, object] = {"intent": intent, "heard": items}
                await _note(connection, contact, JourneyItem(at_ms, JourneyKind.HEARD, detail=detail))
        return is_news

    async def assign_customer(self, contact: ContactId, customer: CustomerId) -> bool:
        """Say whose contact it is; its journey and messages go with it. Raises `UnknownCustomer`."""
        async with self._writing() as connection:
            owner = (await standing(connection, customer, hold=True)).id
            values = {"customer": owner, "origin": owner, "owner": owner}
            return await _update(connection, contact, _OTHER_CUSTOMER, values)

    async def subject_given(self, contact: ContactId, subject: str) -> bool:
        """Give a contact a subject that has none; whether it had none."""
        has_none = (ContactRow.id == contact, ContactRow.subject.is_(None))
        async with self._writing() as connection:
            return await changed(connection, update(ContactRow).where(*has_none).values(subject=subject))

    async def connected(self, contact: ContactId, agent: AgentId, at_ms: int) -> bool:
        """An agent took the contact, as the first or after another."""
        return await self._change(
            contact,
            _LATER_CONNECTED,
            {
                "agent": agent,
                "connected_at_ms": at_ms,
                "at_ms": at_ms,
                "state": ContactState.CONNECTED,
                "is_callback": False,
                **_NO_LINE,
            },
            JourneyItem(at_ms, JourneyKind.CONNECTED, agent=agent),
        )

    async def callback(self, contact: ContactId, at_ms: int) -> bool:
        """The caller hung up and waits to be called back, until an agent reaches him."""
        return await self._change(
            contact, _NO_CALLBACK, {"is_callback": True}, JourneyItem(at_ms, JourneyKind.CALLBACK)
        )

    async def voicemail(self, contact: ContactId, recording: str, at_ms: int) -> None:
        """The caller left a message, a file of that name in Asterisk's recording folder."""
        item = JourneyItem(at_ms, JourneyKind.VOICEMAIL, detail={"recording": recording})
        async with self._writing() as connection:
            await _note(connection, contact, item)

    async def talked(self, contact: ContactId, item: JourneyItem) -> None:
        """An agent did something with a call: transferred it, consulted somebody, parked it..."""
        async with self._writing() as connection:
            await _note(connection, contact, item)

    async def returned(self, contact: ContactId) -> bool:
        """The agent gave the contact back: it waits again. `agent` stays who had it last."""
        return await self._change(contact, _CONNECTED, {"state": ContactState.WAITING})

    async def resumed(self, contact: ContactId) -> bool:
        """A contact that was given up, and so ended here, goes on after all: it waits again."""
        return await self._change(
            contact, _ENDED, {"state": ContactState.WAITING, "ended_at_ms": None, **_NO_LINE}
        )

    async def ended(
        self, contact: ContactId, at_ms: int, reason: str = "", *, line: Line | None = None
    ) -> bool:
        """The contact is over; `reason` is a short code, `line` what became of its line, if that is known."""
        return await self._change(
            contact,
            _OPEN,
            {"state": ContactState.ENDED, "ended_at_ms": at_ms, **_of_line(line)},
            JourneyItem(at_ms, JourneyKind.ENDED, text=reason),
        )

    async def line_ended(self, contact: ContactId, line: Line) -> bool:
        """The line of a caller whose contact is over, or goes on without it, ended."""
        return await self._change(contact, _ANY, _of_line(line))

    async def disposed(
        self, contact: ContactId, disposition: str, note: str, *, agent: AgentId, at_ms: int
    ) -> bool:
        """An agent said how the contact went, once."""
        return await self._change(
            contact,
            _NO_DISPOSITION,
            {"disposition": disposition, "note": note},
            JourneyItem(at_ms, JourneyKind.DISPOSITION, agent=agent, text=disposition, detail={"note": note}),
        )

    async def get(self, contact: ContactId) -> ContactRecord | None:
        """Return a contact."""
        return await self._first(ContactRow.id == contact)

    async def several(self, contacts: Collection[ContactId]) -> list[ContactRecord]:
        """Return those of some contacts that there are, newest first."""
        async with self._reading() as connection:
            return await records(connection, ContactRow.id.in_(contacts))

    async def connections(self, contacts: Collection[ContactId]) -> dict[ContactId, list[int]]:
        """Return when agents took each of some contacts, one after the other (Unix time, ms)."""
        times: dict[ContactId, list[int]] = {}
        async with self._reading() as connection:
            for row in await connection.execute(
                select(JourneyRow.contact, JourneyRow.at_ms)
                .where(JourneyRow.contact.in_(contacts), JourneyRow.kind == JourneyKind.CONNECTED)
                .order_by(JourneyRow.at_ms)
            ):
                times.setdefault(row.contact, []).append(row.at_ms)
        return times

    async def open_thread(self, channel: Channel, address: str) -> ContactRecord | None:
        """Return the open text contact of an address; the newest, where there may be several."""
        return await self._first(_is_open_thread(channel, address))

    async def of_case(self, number: str) -> ContactRecord | None:
        """Return the contact of a case number, ended or not."""
        return await self._first(ContactRow.case_number == number)

    async def latest(self, channel: Channel, address: str) -> ContactRecord | None:
        """Return the newest contact of an address, ended or not."""
        return await self._first(and_(ContactRow.channel == channel, ContactRow.address == address, IS_TEXT))

    async def with_bot(self, contact: ContactId, bot: Mapping[str, object]) -> bool:
        """The bot has the contact, and is that far; whether the contact is open."""
        return await self._change(contact, _OPEN, {"with_bot": True, "bot": dict(bot)})

    async def handed_over(
        self, contact: ContactId, bot: Mapping[str, object], reason: str, at_ms: int
    ) -> bool:
        """The bot leaves the contact to agents; whether it had it."""
        item = JourneyItem(at_ms, JourneyKind.BOT, text=reason, detail={"fields": bot.get("fields") or {}})
        values = {"with_bot": False, "bot": dict(bot)}
        return await self._change(contact, _WITH_BOT, values, item)

    async def open_of(self, agent: AgentId) -> list[ContactRecord]:
        """Return what an agent has, newest first."""
        async with self._reading() as connection:
            return await records(connection, ContactRow.agent == agent, IS_OPEN, _IS_CONNECTED)

    async def open_threads(self) -> list[ContactRecord]:
        """Return all open text contacts, newest first: what a router without its state begins with.

        Without those that a bot has.
        """
        async with self._reading() as connection:
            return await records(connection, IS_OPEN, IS_TEXT, ContactRow.with_bot.is_(False))

    async def all_open(self) -> list[ContactRecord]:
        """Return all contacts that have not ended, calls too, newest first; without those that a bot has."""
        async with self._reading() as connection:
            return await records(connection, IS_OPEN, ContactRow.with_bot.is_(False))

    async def open_of_bots(self) -> list[ContactRecord]:
        """Return the open contacts that a bot has, newest first."""
        async with self._reading() as connection:
            return await records(connection, IS_OPEN, ContactRow.with_bot.is_(True))

    async def open_callbacks(self) -> list[ContactRecord]:
        """Return all customers who wait to be called back, newest first."""
        async with self._reading() as connection:
            return await records(connection, IS_OPEN, ContactRow.is_callback.is_(True))

    async def _first(self, where: ColumnElement[bool]) -> ContactRecord | None:
        async with self._reading() as connection:
            return next(iter(await records(connection, where)), None)

    async def _change(
        self, contact: ContactId, change: Update, values: dict[str, Any], item: JourneyItem | None = None
    ) -> bool:
        """Change a contact's row if it is as the change says; only then the journey gets its item."""
        async with self._writing() as connection:
            is_news = await _update(connection, contact, change, values)
            if is_news and item is not None:
                await _note(connection, contact, item)
        return is_news


async def records(connection: AsyncConnection, *where: ColumnElement[bool]) -> list[ContactRecord]:
    """Return contacts, newest first."""
    rows = await connection.execute(
        select(*ContactRow.__table__.columns, CustomerRow.name)
        .outerjoin(CustomerRow, CustomerRow.id == ContactRow.customer)
        .where(*where)
        .order_by(ContactRow.arrived_at_ms.desc(), ContactRow.id.desc())
    )
    return [_record(row) for row in rows]


def _record(row: Any) -> ContactRecord:
    return ContactRecord(
        id=row.id,
        channel=Channel(row.channel),
        queue=row.queue,
        state=ContactState(row.state),
        address=row.address,
        customer=row.customer,
        name=row.name or "",
        agent=row.agent,
        arrived_ms=row.arrived_at_ms,
        connected_ms=row.connected_at_ms,
        ivr=tuple(PathItem(**step) for step in row.ivr_path or ()),
        is_callback=row.is_callback,
        ended_ms=row.ended_at_ms,
        intent=row.intent or "",
        heard=tuple(HeardItem(**each) for each in row.heard or ()),
        preferred=row.preferred,
        line=Line(LineEnd(row.line_end), row.line_ended_at_ms) if row.line_end else None,
        account=row.account,
        subject=row.subject,
        case=row.case_number,
        with_bot=row.with_bot,
        bot=row.bot,
    )


def _of_line(line: Line | None) -> dict[str, Any]:
    return {} if line is None else {"line_end": line.end, "line_ended_at_ms": line.at_ms}


async def _update(
    connection: AsyncConnection, contact: ContactId, change: Update, values: dict[str, Any]
) -> bool:
    return await changed(connection, change, of_contact=contact, **values)


async def _note(connection: AsyncConnection, contact: ContactId, item: JourneyItem) -> None:
    await record(connection, f"{contact}:{item.kind}:{item.at_ms}", replace(item, contact=contact))


def _is_open_thread(channel: Channel, address: str | None) -> ColumnElement[bool]:
    return and_(ContactRow.channel == channel, ContactRow.address == address, IS_OPEN, IS_TEXT)


def _in_the_way(contact: ContactId, channel: Channel, address: str | None) -> Select[str]:
    """Select what kept a new contact from being stored: itself, told before, or the open thread."""
    itself = ContactRow.id == contact
    return (
        select(ContactRow.id)
        .where(or_(itself, and_(_is_open_thread(channel, address), IS_MESSENGER)))
        .order_by(itself.desc())
        .limit(1)
    )
