"""Bots, withdrawals that come early, consent; tickets are texts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | Sequence[str] | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = "channel IN ('chat', 'line', 'sms', 'email', 'social')"
_TEXT = "channel IN ('chat', 'line', 'sms', 'email', 'social', 'ticket')"


def upgrade() -> None:
    op.add_column("contact", sa.Column("with_bot", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("contact", sa.Column("bot", sa.JSON))
    op.create_table(
        "early_withdrawal",
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("message", name="pk_early_withdrawal"),
    )
    op.create_table(
        "consent",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("is_on", sa.Boolean, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("channel", "address", name="pk_consent"),
    )
    _index_texts(_TEXT)


def downgrade() -> None:
    _index_texts(_BEFORE)
    op.drop_table("consent")
    op.drop_table("early_withdrawal")
    for column in ("bot", "with_bot"):
        op.drop_column("contact", column)


def _index_texts(which: str) -> None:
    name, where = "ix_contact_customer_text", sa.text(which)
    op.drop_index(name, "contact")
    op.create_index(
        name, "contact", ["customer", "connected_at_ms"], sqlite_where=where, postgresql_where=where
    )
