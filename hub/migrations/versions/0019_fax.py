"""Faxes that wait to be sent."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | Sequence[str] | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "fax_job",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("claimed_by", sa.String(64), nullable=False),
        sa.Column("claimed_until_ms", sa.BigInteger, nullable=False),
        sa.Column("due_at_ms", sa.BigInteger, nullable=False),
        sa.Column("stored_at_ms", sa.BigInteger, nullable=False),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_fax_job"),
        sa.UniqueConstraint("channel", "key", name="uq_fax_job_key"),
    )
    for name, columns, state in (
        ("waiting", ["seq"], "waiting"),
        ("thread", ["channel", "address", "seq"], "waiting"),
        ("dead", ["seq"], "dead"),
    ):
        condition = sa.text(f"state = '{state}'")
        op.create_index(
            f"ix_fax_job_{name}", "fax_job", columns, sqlite_where=condition, postgresql_where=condition
        )


def downgrade() -> None:
    op.drop_table("fax_job")
