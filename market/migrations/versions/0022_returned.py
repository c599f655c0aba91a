"""Letters that come back: how far the mailbox is read, and addresses that take nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022_returned"
down_revision = "0021_delivery"
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "returned_mail",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("judged_uid", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("claimed_until", AT),
        sa.Column("failures", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("away_until", AT),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("read_at", AT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returned_mail")),
        sa.CheckConstraint("id = 1", name=op.f("ck_returned_mail_one")),
    )
    op.create_table(
        "wrong_address",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("failed_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_wrong_address")),
    )
    op.add_column(
        "push_subscription",
        sa.Column("refused", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.add_column("push_subscription", sa.Column("refused_at", AT, nullable=True))


def downgrade() -> None:
    op.drop_column("push_subscription", "refused_at")
    op.drop_column("push_subscription", "refused")
    op.drop_table("wrong_address")
    op.drop_table("returned_mail")
