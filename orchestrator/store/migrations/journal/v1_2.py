"""What inputs were beside their lines, for a replay."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "1.2"
down_revision = "1.1"


def upgrade() -> None:
    op.create_table(
        "journal_payloads",
        sa.Column("sequence", SEQUENCE, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("journal_payloads")
