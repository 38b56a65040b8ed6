"""Tables of SMS: parts of texts until they are a whole."""

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateways.tables import Base


class SmsPart(Base):
    """A part as the message centre delivered it, `number` of 1 to `total`.

    `thread` is who wrote to whom under which reference (hashed); `event` the event of the inbox that has the
    part's text by now, empty: none has. `stored_at_ms` is Unix time.
    """

    __tablename__ = "sms_part"

    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    thread: Mapped[str] = mapped_column(String(64))
    number: Mapped[int] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(Integer)
    pdu: Mapped[bytes] = mapped_column(LargeBinary)
    event: Mapped[str] = mapped_column(String(128), default="")
    stored_at_ms: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index("ix_sms_part_thread", "thread"),
        Index("ix_sms_part_stored_at_ms", "stored_at_ms"),
    )
