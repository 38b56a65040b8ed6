"""Tables of all that the hub itself keeps: accounts, members of queues, histories, recordings."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Index, Integer, MetaData, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})


class AccountRow(Base):
    """An account. `password_hash` is Argon2id, `sip_digest` the HA1 of the phone's password."""

    __tablename__ = "account"
    __table_args__ = (Index("ix_account_extension", "extension", unique=True),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(200))
    sip_digest: Mapped[str] = mapped_column(String(32))
    created_at_ms: Mapped[int] = mapped_column(BigInteger)
    disabled_at_ms: Mapped[int | None] = mapped_column(BigInteger)
    extension: Mapped[str | None] = mapped_column(String(16))
    language: Mapped[str | None] = mapped_column(String(8))


class SessionRow(Base):
    """A sign-in that has not ended; `token_hash` is the SHA-256 of its token in hex."""

    __tablename__ = "sign_in_session"
    __table_args__ = (
        Index("ix_sign_in_session_account", "account"),
        Index("ix_sign_in_session_expires_at_ms", "expires_at_ms"),
    )

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    created_at_ms: Mapped[int] = mapped_column(BigInteger)
    expires_at_ms: Mapped[int] = mapped_column(BigInteger)


class RoutingDecisionRow(Base):
    """One decision about a contact (`hub.decisions`), by the place it has in a stream of the router.

    `epoch` and `number` are the two parts of that place, `detail` what only some kinds have.
    """

    __tablename__ = "routing_decisions"
    __table_args__ = (
        Index("ix_routing_decisions_contact", "contact"),
        Index("ix_routing_decisions_at_ms", "at_ms"),
    )

    stream: Mapped[str] = mapped_column(String(8), primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    is_late: Mapped[bool] = mapped_column(Boolean)
    contact: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(24))
    agent: Mapped[str | None] = mapped_column(Text)
    queue: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)


class QueueMemberRow(Base):
    """A member of a queue that was added while all runs; `queue` need not be in the files any more."""

    __tablename__ = "queue_members"

    queue: Mapped[str] = mapped_column(Text, primary_key=True)
    agent: Mapped[str] = mapped_column(Text, primary_key=True)
    penalty: Mapped[int] = mapped_column(Integer)
    added_at_ms: Mapped[int] = mapped_column(BigInteger)


class AuditRow(Base):
    """Something that somebody did or looked at and that must be accounted for (`hub.audit`)."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_at_ms", "at_ms"),
        Index("ix_audit_log_subject", "subject"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(Text)
    deed: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)


class RecordingRow(Base):
    """A recording in the store (`hub.recordings`); `deleted_at_ms`: its object is gone."""

    __tablename__ = "recordings"
    __table_args__ = (
        Index("ix_recordings_started_at_ms", "started_at_ms"),
        Index("ix_recordings_contact", "contact"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    contact: Mapped[str] = mapped_column(Text)
    queue: Mapped[str] = mapped_column(Text)
    started_at_ms: Mapped[int] = mapped_column(BigInteger)
    length_ms: Mapped[int] = mapped_column(BigInteger)
    sides: Mapped[int] = mapped_column(Integer)
    pauses: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    object: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    stored_size: Mapped[int] = mapped_column(BigInteger)
    stored_sha256: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str | None] = mapped_column(String(16))
    stored_at_ms: Mapped[int] = mapped_column(BigInteger)
    deleted_at_ms: Mapped[int | None] = mapped_column(BigInteger)


class RecordingAgentRow(Base):
    """An agent who is heard on a recording; `place` counts them in the order in which they came."""

    __tablename__ = "recording_agents"
    __table_args__ = (Index("ix_recording_agents_agent", "agent"),)

    recording: Mapped[str] = mapped_column(String(32), primary_key=True)
    agent: Mapped[str] = mapped_column(Text, primary_key=True)
    place: Mapped[int] = mapped_column(Integer)


class BlockedAddressRow(Base):
    """An address that is or was blocked (`hub.blocked_addresses`); `times`: how often in a row."""

    __tablename__ = "blocked_addresses"

    address: Mapped[str] = mapped_column(String(45), primary_key=True)
    since_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int] = mapped_column(BigInteger)
    times: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(64))


class AttachmentRow(Base):
    """A file of a message (`hub.attachments`), or what is known of one that was refused.

    `author` is the agent who sent it (NULL: the customer), `scan` how far the virus scanner is with it.
    `stored_at_ms` NULL: its object may not be there yet; `deleted_at_ms`: it is gone.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        Index("ix_attachments_message", "message"),
        Index("ix_attachments_arrived_at_ms", "arrived_at_ms"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    contact: Mapped[str] = mapped_column(Text)
    message: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(String(128))
    size: Mapped[int] = mapped_column(BigInteger)
    refused: Mapped[str] = mapped_column(String(16))
    scan: Mapped[str] = mapped_column(String(8))
    object: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    stored_size: Mapped[int] = mapped_column(BigInteger)
    stored_sha256: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str | None] = mapped_column(String(16))
    arrived_at_ms: Mapped[int] = mapped_column(BigInteger)
    stored_at_ms: Mapped[int | None] = mapped_column(BigInteger)
    deleted_at_ms: Mapped[int | None] = mapped_column(BigInteger)


class ShortLinkRow(Base):
    """A long address in a message of ours (`hub.short_links`).

    `origin` is the SHA-256 of the message's key and the address, `opened` how often it was followed.
    """

    __tablename__ = "short_links"
    __table_args__ = (
        Index("uq_short_links_origin", "origin", unique=True),
        Index("ix_short_links_expires_at_ms", "expires_at_ms"),
    )

    slug: Mapped[str] = mapped_column(String(16), primary_key=True)
    origin: Mapped[str] = mapped_column(String(64))
    url: Mapped[str] = mapped_column(Text)
    expires_at_ms: Mapped[int] = mapped_column(BigInteger)
    opened: Mapped[int] = mapped_column(Integer)


class WebCallRow(Base):
    """A call from a page, from its credentials on (`hub.webrtc`); only hashes of secrets are here.

    `token` is the id of the call token, of which one call lives at a time. `about` is the text contact that
    it was given in, `contact` the call's own, once it came. `quality` is `{last, worst}`, as the page
    measured it.
    """

    __tablename__ = "web_calls"
    __table_args__ = (
        Index(
            "uq_web_calls_token",
            "token",
            unique=True,
            sqlite_where=text("ended_at_ms IS NULL"),
            postgresql_where=text("ended_at_ms IS NULL"),
        ),
        Index("ix_web_calls_made_at_ms", "made_at_ms"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token: Mapped[str] = mapped_column(String(32))
    key_hash: Mapped[str] = mapped_column(String(64))
    via: Mapped[str] = mapped_column(String(8))
    queue: Mapped[str] = mapped_column(Text)
    video: Mapped[bool] = mapped_column(Boolean)
    about: Mapped[str | None] = mapped_column(Text)
    customer: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    made_at_ms: Mapped[int] = mapped_column(BigInteger)
    expires_at_ms: Mapped[int] = mapped_column(BigInteger)
    contact: Mapped[str | None] = mapped_column(Text)
    is_linked: Mapped[bool] = mapped_column(Boolean)
    quality: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    ended_at_ms: Mapped[int | None] = mapped_column(BigInteger)


class WebPhoneRow(Base):
    """An agent's phone in a browser, as long as he is signed in there.

    `digest` is what Asterisk needs again when it was started anew; `session_hash` whose session it is.
    """

    __tablename__ = "web_phones"
    __table_args__ = (Index("ix_web_phones_agent", "agent"),)

    user: Mapped[str] = mapped_column(String(128), primary_key=True)
    agent: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    session_hash: Mapped[str] = mapped_column(String(64))
    key_hash: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(32))
    made_at_ms: Mapped[int] = mapped_column(BigInteger)
