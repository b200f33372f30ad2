"""The keys of requests and their answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1.1"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "idempotency",
        sa.Column("principal", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary),
    )
    op.create_index("idempotency_by_age", "idempotency", ["principal", "at"])


def downgrade() -> None:
    op.drop_table("idempotency")
