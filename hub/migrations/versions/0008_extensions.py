"""Extensions: numbers by which agents are dialled on phones."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | Sequence[str] | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("account", sa.Column("extension", sa.String(16), nullable=True))
    op.create_index("ix_account_extension", "account", ["extension"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_account_extension", "account")
    op.drop_column("account", "extension")
