"""All channels but calls are texts, and new ones have one open thread an address."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | Sequence[str] | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXT_BEFORE = "channel IN ('chat', 'line', 'sms', 'email', 'social', 'ticket')"
_TEXT = "channel NOT IN ('voice', 'video')"
_MESSENGER_BEFORE = "channel IN ('chat', 'line', 'sms', 'social')"
_MESSENGER = "channel NOT IN ('voice', 'video', 'email', 'fax', 'ticket', 'voicemail')"


def upgrade() -> None:
    _index(_TEXT, _MESSENGER)


def downgrade() -> None:
    _index(_TEXT_BEFORE, _MESSENGER_BEFORE)


def _index(is_text: str, is_messenger: str) -> None:
    of_customer = ("ix_contact_customer_text", ["customer", "connected_at_ms"])
    of_thread = ("uq_contact_open_thread", ["channel", "address"])
    for (name, columns), where, is_unique in (
        (of_customer, sa.text(is_text), False),
        (of_thread, sa.text(f"state != 'ended' AND {is_messenger}"), True),
    ):
        op.drop_index(name, "contact")
        op.create_index(
            name, "contact", columns, unique=is_unique, sqlite_where=where, postgresql_where=where
        )
