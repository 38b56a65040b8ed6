"""Short links in what is sent by SMS."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | Sequence[str] | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "short_links",
        sa.Column("slug", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(64), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
        sa.Column("opened", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("slug", name="pk_short_links"),
    )
    op.create_index("uq_short_links_origin", "short_links", ["origin"], unique=True)
    op.create_index("ix_short_links_expires_at_ms", "short_links", ["expires_at_ms"])


def downgrade() -> None:
    op.drop_table("short_links")
