"""Codes by which callers say which text contact they come from."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | Sequence[str] | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "call_code",
        sa.Column("contact", sa.Text, sa.ForeignKey("contact.id", name="fk_call_code_contact")),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("contact", name="pk_call_code"),
        sa.UniqueConstraint("hash", name="uq_call_code_hash"),
    )


def downgrade() -> None:
    op.drop_table("call_code")
