"""What the search and the calendar need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_finding"
down_revision = "0003_photos"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    texts = postgresql.ARRAY(sa.Text())
    op.create_table(
        "product_facet",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("provinces", texts, server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "months",
            postgresql.ARRAY(sa.SmallInteger()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("tags", texts, server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.id"],
            name=op.f("fk_product_facet_product_id_product"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_facet")),
    )
    op.add_column(
        "synonym", sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DELETE FROM synonym WHERE NOT active")
    op.drop_column("synonym", "active")
    op.drop_table("product_facet")
