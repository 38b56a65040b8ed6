"""Deflections, what callers want and said, and transcripts of calls."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | Sequence[str] | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OF_CONTACTS = (("intent", sa.Text()), ("heard", sa.JSON()), ("preferred", sa.Text()))


def upgrade() -> None:
    for name, kind in _OF_CONTACTS:
        op.add_column("contact", sa.Column(name, kind, nullable=True))
    op.create_table(
        "deflections",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("path", sa.JSON(), nullable=False),
        sa.Column("heard", sa.JSON(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("arrived_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("offered_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("opened_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("came_back_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("came_back_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deflections")),
    )
    op.create_index("ix_deflections_number", "deflections", ["number", "offered_at_ms"])
    op.create_index("ix_deflections_call", "deflections", ["call"])
    op.create_index("ix_deflections_offered_at_ms", "deflections", ["offered_at_ms"])
    op.create_table(
        "transcript_lines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("confidence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcript_lines")),
    )
    op.create_index("ix_transcript_lines_contact", "transcript_lines", ["contact", "at_ms"])
    op.create_index("ix_transcript_lines_at_ms", "transcript_lines", ["at_ms"])


def downgrade() -> None:
    op.drop_index("ix_transcript_lines_at_ms", "transcript_lines")
    op.drop_index("ix_transcript_lines_contact", "transcript_lines")
    op.drop_table("transcript_lines")
    op.drop_index("ix_deflections_offered_at_ms", "deflections")
    op.drop_index("ix_deflections_call", "deflections")
    op.drop_index("ix_deflections_number", "deflections")
    op.drop_table("deflections")
    for name, _ in reversed(_OF_CONTACTS):
        op.drop_column("contact", name)
