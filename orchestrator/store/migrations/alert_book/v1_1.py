"""What people were told of alarms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1.1"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "alert_book",
        sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("alert_book")
