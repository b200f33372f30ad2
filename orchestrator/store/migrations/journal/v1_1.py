"""The journal, and what its lines are found by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "1.1"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("sequence", SEQUENCE, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("shard", sa.BigInteger),
        sa.Column("to_shard", sa.BigInteger),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("op", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("ids", sa.JSON, nullable=False),
    )
    op.create_index("journal_by_kind", "journal", ["kind", "sequence"])
    op.create_table(
        "journal_subjects",
        sa.Column("resource_id", sa.Text, primary_key=True),
        sa.Column("sequence", SEQUENCE, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
    )
    op.create_index("journal_subjects_by_sequence", "journal_subjects", ["sequence"])
    counter = op.create_table(
        "journal_counter",
        sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", SEQUENCE, nullable=False),
    )
    op.bulk_insert(counter, [{"only": 0, "last": 0}])


def downgrade() -> None:
    for table in ("journal_counter", "journal_subjects", "journal"):
        op.drop_table(table)
