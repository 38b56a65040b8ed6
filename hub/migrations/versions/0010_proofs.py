"""What customers prove who they are by, and marks on them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | Sequence[str] | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "customer_proof",
        sa.Column("origin", sa.Text, sa.ForeignKey("customer.id", name="fk_customer_proof_origin")),
        sa.Column("kind", sa.Text),
        sa.Column(
            "customer",
            sa.Text,
            sa.ForeignKey("customer.id", name="fk_customer_proof_customer"),
            nullable=False,
        ),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("origin", "kind", name="pk_customer_proof"),
    )
    op.create_index("ix_customer_proof_customer", "customer_proof", ["customer"])
    op.create_table(
        "customer_tag",
        sa.Column("origin", sa.Text, sa.ForeignKey("customer.id", name="fk_customer_tag_origin")),
        sa.Column("tag", sa.Text),
        sa.Column(
            "customer",
            sa.Text,
            sa.ForeignKey("customer.id", name="fk_customer_tag_customer"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("origin", "tag", name="pk_customer_tag"),
    )
    op.create_index("ix_customer_tag_customer", "customer_tag", ["customer"])
    op.create_table(
        "proof_tries",
        sa.Column("subject", sa.Text),
        sa.Column("wrong", sa.BigInteger, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("locked_until_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_proof_tries"),
    )


def downgrade() -> None:
    op.drop_table("proof_tries")
    op.drop_table("customer_tag")
    op.drop_table("customer_proof")
