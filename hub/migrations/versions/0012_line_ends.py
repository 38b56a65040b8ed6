"""How and when the caller's line ended, which may be after the contact."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("contact", sa.Column("line_end", sa.Text, nullable=True))
    op.add_column("contact", sa.Column("line_ended_at_ms", sa.BigInteger, nullable=True))


def downgrade() -> None:
    op.drop_column("contact", "line_ended_at_ms")
    op.drop_column("contact", "line_end")
