"""Faxes and voice messages are texts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | Sequence[str] | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = "channel IN ('chat', 'line', 'sms', 'email', 'social', 'ticket')"
_TEXT = "channel IN ('chat', 'line', 'sms', 'email', 'social', 'ticket', 'fax', 'voicemail')"


def upgrade() -> None:
    _index_texts(_TEXT)


def downgrade() -> None:
    _index_texts(_BEFORE)


def _index_texts(which: str) -> None:
    name, where = "ix_contact_customer_text", sa.text(which)
    op.drop_index(name, "contact")
    op.create_index(
        name, "contact", ["customer", "connected_at_ms"], sqlite_where=where, postgresql_where=where
    )
