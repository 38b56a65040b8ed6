"""The language in which an agent is spoken to on the phone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | Sequence[str] | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("account", sa.Column("language", sa.String(8), nullable=True))


def downgrade() -> None:
    op.drop_column("account", "language")
