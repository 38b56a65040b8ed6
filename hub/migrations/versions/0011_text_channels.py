"""What text channels bring beside text: files, subjects, cases, receipts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | Sequence[str] | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("outbox_message", sa.Column("more", sa.JSON))
    op.add_column("outbox_message", sa.Column("sent_as", sa.Text))
    op.create_index(
        "ix_outbox_message_sent_as",
        "outbox_message",
        ["channel", "sent_as"],
        sqlite_where=sa.text("sent_as IS NOT NULL"),
        postgresql_where=sa.text("sent_as IS NOT NULL"),
    )
    op.add_column("message", sa.Column("kind", sa.Text, nullable=False, server_default="text"))
    op.add_column("message", sa.Column("more", sa.JSON))
    op.add_column("message", sa.Column("withdrawn_at_ms", sa.BigInteger))
    op.add_column("contact", sa.Column("account", sa.Text, nullable=False, server_default=""))
    op.add_column("contact", sa.Column("subject", sa.Text))
    op.add_column("contact", sa.Column("case_number", sa.Text))
    op.create_index(
        "uq_contact_case_number",
        "contact",
        ["case_number"],
        unique=True,
        sqlite_where=sa.text("case_number IS NOT NULL"),
        postgresql_where=sa.text("case_number IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_contact_case_number", "contact")
    for column in ("case_number", "subject", "account"):
        op.drop_column("contact", column)
    for column in ("withdrawn_at_ms", "more", "kind"):
        op.drop_column("message", column)
    op.drop_index("ix_outbox_message_sent_as", "outbox_message")
    for column in ("sent_as", "more"):
        op.drop_column("outbox_message", column)
