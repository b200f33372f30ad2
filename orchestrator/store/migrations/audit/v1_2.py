"""Lines of one target are found without reading the trail."""

from __future__ import annotations

from alembic import op

revision = "1.2"
down_revision = "1.1"


def upgrade() -> None:
    op.create_index("audit_by_target", "audit", ["target", "sequence"], if_not_exists=True)


def downgrade() -> None:
    op.drop_index("audit_by_target", "audit")
