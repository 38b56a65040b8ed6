"""Tables of the durable inbox and outbox: one row a job, never deleted before it is done."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column


class Base(DeclarativeBase):
    """Metadata of the gateways' tables."""

    metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})


class JobColumns:
    """What a job needs, whatever it carries (see `gateways.job` for the meaning).

    `channel` and `address` together are the thread that keeps its order. `claimed_until_ms` is 0 when
    nobody works on the job; `attempts` counts tries begun, `refused` those of them that surely had no effect.
    """

    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(128))
    address: Mapped[str] = mapped_column(String(320))
    state: Mapped[str] = mapped_column(String(8))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    refused: Mapped[int] = mapped_column(Integer, default=0)
    reason: Mapped[str] = mapped_column(Text, default="")
    claimed_by: Mapped[str] = mapped_column(String(64), default="")
    claimed_until_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    due_at_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    stored_at_ms: Mapped[int] = mapped_column(BigInteger)


def _job_indexes(table: str) -> tuple[Index, ...]:
    """Index the few jobs that wait or are dead: the many that are done must not slow the search down."""
    waits, dead = _where("state = 'waiting'"), _where("state = 'dead'")
    return (
        Index(f"ix_{table}_waiting", "seq", **waits),
        Index(f"ix_{table}_thread", "channel", "address", "seq", **waits),
        Index(f"ix_{table}_dead", "seq", **dead),
    )


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class InboxEvent(JobColumns, Base):
    """An event of a provider, raw; `key` is the provider's id of it."""

    __tablename__ = "inbox_event"

    body: Mapped[bytes] = mapped_column(LargeBinary)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[UniqueConstraint | Index, ...]:
        return (UniqueConstraint("channel", "key", name="uq_inbox_event_key"), *_job_indexes("inbox_event"))


class OutboxMessage(JobColumns, Base):
    """A message to a customer; `key` is its idempotency key. A reply token belongs to one message only.

    `more` holds what few messages have (see `Outbound`), `sent_as` what the provider calls the message.
    """

    __tablename__ = "outbox_message"

    text: Mapped[str] = mapped_column(Text)
    contact: Mapped[str | None] = mapped_column(String(64))
    reply_token: Mapped[str | None] = mapped_column(String(512))
    more: Mapped[dict[str, object] | None] = mapped_column(JSON)
    sent_as: Mapped[str | None] = mapped_column(Text)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[UniqueConstraint | Index, ...]:
        return (
            UniqueConstraint("key", name="uq_outbox_message_key"),
            UniqueConstraint("channel", "reply_token", name="uq_outbox_message_reply_token"),
            Index("ix_outbox_message_sent_as", "channel", "sent_as", **_where("sent_as IS NOT NULL")),
            *_job_indexes("outbox_message"),
        )


class FaxJob(JobColumns, Base):
    """A fax that waits to be sent, or was; `key` is its message's, `message` the `Outbound` in JSON."""

    __tablename__ = "fax_job"

    message: Mapped[bytes] = mapped_column(LargeBinary)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[UniqueConstraint | Index, ...]:
        return (UniqueConstraint("channel", "key", name="uq_fax_job_key"), *_job_indexes("fax_job"))
