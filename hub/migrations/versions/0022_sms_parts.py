"""Parts of SMS until they are a whole."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | Sequence[str] | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "sms_part",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("thread", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("pdu", sa.LargeBinary, nullable=False),
        sa.Column("event", sa.String(128), nullable=False),
        sa.Column("stored_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sms_part"),
    )
    op.create_index("ix_sms_part_thread", "sms_part", ["thread"])
    op.create_index("ix_sms_part_stored_at_ms", "sms_part", ["stored_at_ms"])


def downgrade() -> None:
    op.drop_table("sms_part")
