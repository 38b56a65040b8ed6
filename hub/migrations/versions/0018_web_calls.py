"""Calls from pages, and agents' phones in browsers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | Sequence[str] | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "web_calls",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("via", sa.String(8), nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("video", sa.Boolean, nullable=False),
        sa.Column("about", sa.Text),
        sa.Column("customer", sa.Text),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
        sa.Column("contact", sa.Text),
        sa.Column("is_linked", sa.Boolean, nullable=False),
        sa.Column("quality", sa.JSON),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_web_calls"),
    )
    op.create_index(
        "uq_web_calls_token",
        "web_calls",
        ["token"],
        unique=True,
        sqlite_where=sa.text("ended_at_ms IS NULL"),
        postgresql_where=sa.text("ended_at_ms IS NULL"),
    )
    op.create_index("ix_web_calls_made_at_ms", "web_calls", ["made_at_ms"])
    op.create_table(
        "web_phones",
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("session_hash", sa.String(64), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("user", name="pk_web_phones"),
    )
    op.create_index("ix_web_phones_agent", "web_phones", ["agent"])


def downgrade() -> None:
    op.drop_table("web_phones")
    op.drop_table("web_calls")
