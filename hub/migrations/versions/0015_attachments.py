"""Files that customers and agents send each other."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | Sequence[str] | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("message", sa.Text),
        sa.Column("author", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("type", sa.String(128), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("refused", sa.String(16), nullable=False),
        sa.Column("scan", sa.String(8), nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("stored_size", sa.BigInteger, nullable=False),
        sa.Column("stored_sha256", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(16)),
        sa.Column("arrived_at_ms", sa.BigInteger, nullable=False),
        sa.Column("stored_at_ms", sa.BigInteger),
        sa.Column("deleted_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_attachments"),
    )
    op.create_index("ix_attachments_message", "attachments", ["message"])
    op.create_index("ix_attachments_arrived_at_ms", "attachments", ["arrived_at_ms"])


def downgrade() -> None:
    op.drop_table("attachments")
