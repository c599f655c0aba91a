"""Whether a text message arrived, as its service tells later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021_delivery"
down_revision = "0019_imports"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("notice", sa.Column("carrier_ref", sa.Text(), nullable=True))
    op.add_column("notice", sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_notice_ref",
        "notice",
        ["carrier_ref"],
        postgresql_where=sa.text("carrier_ref IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_notice_ref", "notice")
    op.drop_column("notice", "delivered_at")
    op.drop_column("notice", "carrier_ref")
