"""Tables of the web chat: files that customers sent, until they are taken over."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateways.tables import Base


class ChatUpload(Base):
    """A file of a session. It counts once `size` is known: all of its blocks are there."""

    __tablename__ = "chat_upload"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    session: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(255))
    type: Mapped[str] = mapped_column(String(128))
    size: Mapped[int | None] = mapped_column(BigInteger)
    stored_at_ms: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_chat_upload_stored_at_ms", "stored_at_ms"),)


class ChatBlock(Base):
    """A piece of a file, `number` from 0 on."""

    __tablename__ = "chat_block"

    upload: Mapped[str] = mapped_column(
        String(64), ForeignKey("chat_upload.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
