"""Files that customers send in chats, and the way from a chat session to its contacts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | Sequence[str] | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "chat_upload",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("session", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("type", sa.String(128), nullable=False),
        sa.Column("size", sa.BigInteger),
        sa.Column("stored_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chat_upload"),
    )
    op.create_index("ix_chat_upload_stored_at_ms", "chat_upload", ["stored_at_ms"])
    op.create_table(
        "chat_block",
        sa.Column("upload", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["upload"], ["chat_upload.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("upload", "number", name="pk_chat_block"),
    )
    op.create_index(
        "ix_contact_chat_address",
        "contact",
        ["address"],
        sqlite_where=sa.text("channel IN ('chat')"),
        postgresql_where=sa.text("channel IN ('chat')"),
    )


def downgrade() -> None:
    op.drop_index("ix_contact_chat_address", "contact")
    op.drop_table("chat_block")
    op.drop_table("chat_upload")
