"""Tables of the customer record.

A row of `contact` is a contact's present state; a row of `journey` is something that happened and is
never changed. `customer` columns name who a row belongs to now, `origin` who it belonged to before any
merge, so that a merge can be taken back.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    MetaData,
    Text,
    and_,
    false,
    literal_column,
)
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, mapped_column

from acd.contact import Channel, ContactState


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it once, at class creation
        str: Text,
        int: BigInteger,
        dict[str, object]: JSON,
        list[dict[str, str]]: JSON,
    }


class CustomerRow(Base):
    """`merged_into` is the customer who stands for this one; chains are kept as they came about."""

    __tablename__ = "customer"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at_ms: Mapped[int]
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("customer.id"))


class IdentifierRow(Base):
    """A link between customer and address; once undone (`unlinked_at_ms`) it is history."""

    __tablename__ = "identifier"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    value: Mapped[str]
    customer: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    origin: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    linked_by: Mapped[str]
    linked_at_ms: Mapped[int]
    unlinked_at_ms: Mapped[int | None]


class ContactRow(Base):
    """`agent` is who has the contact or had it last; `connected_at_ms` when that began.

    `is_callback`: a caller hung up and waits to be called back. `intent` and `heard` are what he wants and
    what he said or typed, `preferred` an agent whom he was with. `account` is which of our addresses a text
    came to, `case_number` the number by which customers name the contact. `line_end` and `line_ended_at_ms`
    are what became of a call's line. `with_bot`: no agent is to have it
    yet, and `bot` is how far the bot is.
    """

    __tablename__ = "contact"

    id: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    queue: Mapped[str]
    address: Mapped[str | None]
    customer: Mapped[str | None] = mapped_column(ForeignKey("customer.id"))
    origin: Mapped[str | None] = mapped_column(ForeignKey("customer.id"))
    agent: Mapped[str | None]
    state: Mapped[str]
    arrived_at_ms: Mapped[int]
    connected_at_ms: Mapped[int | None]
    ended_at_ms: Mapped[int | None]
    disposition: Mapped[str | None]
    note: Mapped[str | None]
    ivr_path: Mapped[list[dict[str, str]] | None]
    is_callback: Mapped[bool] = mapped_column(default=False, server_default=false())
    intent: Mapped[str | None]
    heard: Mapped[list[dict[str, str]] | None]
    preferred: Mapped[str | None]
    account: Mapped[str] = mapped_column(default="", server_default="")
    subject: Mapped[str | None]
    case_number: Mapped[str | None]
    line_end: Mapped[str | None]
    line_ended_at_ms: Mapped[int | None]
    with_bot: Mapped[bool] = mapped_column(default=False, server_default=false())
    bot: Mapped[dict[str, object] | None]


class MessageRow(Base):
    """What was said in a text contact; `author` is null for the customer.

    `more` holds what few messages have.
    """

    __tablename__ = "message"

    id: Mapped[str] = mapped_column(primary_key=True)
    contact: Mapped[str] = mapped_column(ForeignKey("contact.id"))
    direction: Mapped[str]
    author: Mapped[str | None]
    text: Mapped[str]
    at_ms: Mapped[int]
    delivery: Mapped[str]
    kind: Mapped[str] = mapped_column(default="text", server_default="text")
    more: Mapped[dict[str, object] | None]
    withdrawn_at_ms: Mapped[int | None]


class EarlyWithdrawalRow(Base):
    """A customer took back a message that has not come yet."""

    __tablename__ = "early_withdrawal"

    message: Mapped[str] = mapped_column(primary_key=True)
    at_ms: Mapped[int]


class ConsentRow(Base):
    """Whether we may write to an address of our own accord, as its owner said last."""

    __tablename__ = "consent"

    channel: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    is_on: Mapped[bool]
    at_ms: Mapped[int]


class JourneyRow(Base):
    """What happened, other than messages, in a contact or else (`contact` null) to a customer."""

    __tablename__ = "journey"

    id: Mapped[str] = mapped_column(primary_key=True)
    contact: Mapped[str | None] = mapped_column(ForeignKey("contact.id"))
    customer: Mapped[str | None] = mapped_column(ForeignKey("customer.id"))
    origin: Mapped[str | None] = mapped_column(ForeignKey("customer.id"))
    at_ms: Mapped[int]
    kind: Mapped[str]
    agent: Mapped[str | None]
    text: Mapped[str]
    detail: Mapped[dict[str, object]]


class ProofRow(Base):
    """What only a customer knows (`kind` pin or birth), as a hash. `origin` has one of a kind."""

    __tablename__ = "customer_proof"

    origin: Mapped[str] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    hash: Mapped[str]


class ProofTriesRow(Base):
    """Proofs that were not accepted lately, of one customer or from one number (`subject`)."""

    __tablename__ = "proof_tries"

    subject: Mapped[str] = mapped_column(primary_key=True)
    wrong: Mapped[int]
    at_ms: Mapped[int]
    locked_until_ms: Mapped[int]


class TagRow(Base):
    """A mark on a customer, in lower case: `vip`."""

    __tablename__ = "customer_tag"

    origin: Mapped[str] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(ForeignKey("customer.id"))


class LinkTokenRow(Base):
    """A one-time token; only its hash is kept. `redeemed_by` names what redeemed it."""

    __tablename__ = "link_token"

    hash: Mapped[str] = mapped_column(primary_key=True)
    payload: Mapped[dict[str, object]]
    expires_at_ms: Mapped[int]
    redeemed_at_ms: Mapped[int | None]
    redeemed_by: Mapped[str | None]


class CallCodeRow(Base):
    """The code of a contact that its customer may call with; only its keyed hash is kept."""

    __tablename__ = "call_code"

    contact: Mapped[str] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(unique=True)
    expires_at_ms: Mapped[int]


class DeflectionRow(Base):
    """A caller who was offered another way (`way`: a text channel, `callback` or `faq`), and what came of it.

    `number` is his, `call` and `contact` the contacts before and after; `arrived_at_ms` to `skills` are his
    place. It held unless `came_back_at_ms` is set before `until_ms`. `failure`: why it was not sent.
    """

    __tablename__ = "deflections"

    id: Mapped[str] = mapped_column(primary_key=True)
    call: Mapped[str]
    way: Mapped[str]
    number: Mapped[str]
    language: Mapped[str]
    reason: Mapped[str]
    queue: Mapped[str | None]
    intent: Mapped[str]
    path: Mapped[list[dict[str, str]]]
    heard: Mapped[list[dict[str, str]]]
    agent: Mapped[str | None]
    arrived_at_ms: Mapped[int]
    priority: Mapped[int]
    skills: Mapped[dict[str, object]]
    offered_at_ms: Mapped[int]
    sent_at_ms: Mapped[int | None]
    failure: Mapped[str | None]
    until_ms: Mapped[int | None]
    opened_at_ms: Mapped[int | None]
    contact: Mapped[str | None]
    came_back_at_ms: Mapped[int | None]
    came_back_by: Mapped[str | None]


class TranscriptRow(Base):
    """What one side of a call said, masked; `folded` is the text as it is searched in."""

    __tablename__ = "transcript_lines"

    id: Mapped[str] = mapped_column(primary_key=True)
    contact: Mapped[str]
    queue: Mapped[str]
    side: Mapped[str]
    agent: Mapped[str | None]
    text: Mapped[str]
    folded: Mapped[str]
    at_ms: Mapped[int]
    confidence: Mapped[int]


def _among(column: ColumnElement[str], *channels: Channel) -> ColumnElement[bool]:
    return column.in_([literal_column(f"'{channel}'") for channel in channels])


def _but(column: ColumnElement[str], *channels: Channel) -> ColumnElement[bool]:
    return column.not_in([literal_column(f"'{channel}'") for channel in channels])


# Written out as literals, because a partial index serves only conditions that are its own, word for word.
IS_LINKED = IdentifierRow.unlinked_at_ms.is_(None)
IS_OPEN = ContactRow.state != literal_column(f"'{ContactState.ENDED}'")
_CALLS = (Channel.VOICE, Channel.VIDEO)
IS_TEXT = _but(ContactRow.channel.expression, *_CALLS)
IS_THREAD = _but(ContactRow.channel.expression, *_CALLS, Channel.FAX, Channel.VOICEMAIL)
"""Channels that a customer goes on with: not of faxes and voice messages, each of which stands for itself."""
IS_MESSENGER = _but(
    ContactRow.channel.expression,
    *_CALLS,
    Channel.EMAIL,
    Channel.FAX,
    Channel.TICKET,
    Channel.VOICEMAIL,
)
"""Channels where an address has one open thread at most; a mailbox, fax, form or caller may have several."""

IS_CHAT = _among(ContactRow.channel.expression, Channel.CHAT)


def _partial(
    name: str, *columns: InstrumentedAttribute[Any], where: ColumnElement[bool], unique: bool = False
) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


_partial("uq_identifier_linked", IdentifierRow.kind, IdentifierRow.value, where=IS_LINKED, unique=True)
_partial(
    "uq_contact_open_thread",
    ContactRow.channel,
    ContactRow.address,
    where=and_(IS_OPEN, IS_MESSENGER),
    unique=True,
)
_partial(
    "uq_contact_case_number",
    ContactRow.case_number,
    where=ContactRow.case_number.is_not(None),
    unique=True,
)
_partial("ix_contact_customer_open", ContactRow.customer, where=IS_OPEN)
_partial("ix_contact_agent_open", ContactRow.agent, where=IS_OPEN)
_partial("ix_contact_customer_text", ContactRow.customer, ContactRow.connected_at_ms, where=IS_TEXT)
_partial("ix_contact_chat_address", ContactRow.address, where=IS_CHAT)
Index("ix_contact_customer", ContactRow.customer)
Index("ix_customer_merged_into", CustomerRow.merged_into)
Index("ix_identifier_customer", IdentifierRow.customer)
Index("ix_customer_proof_customer", ProofRow.customer)
Index("ix_customer_tag_customer", TagRow.customer)
Index("ix_message_contact", MessageRow.contact, MessageRow.at_ms)
Index("ix_journey_contact", JourneyRow.contact, JourneyRow.at_ms)
Index("ix_journey_customer", JourneyRow.customer, JourneyRow.at_ms)
Index("ix_deflections_number", DeflectionRow.number, DeflectionRow.offered_at_ms)
Index("ix_deflections_call", DeflectionRow.call)
Index("ix_deflections_offered_at_ms", DeflectionRow.offered_at_ms)
Index("ix_transcript_lines_contact", TranscriptRow.contact, TranscriptRow.at_ms)
Index("ix_transcript_lines_at_ms", TranscriptRow.at_ms)
