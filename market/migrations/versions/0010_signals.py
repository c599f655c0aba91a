"""What people look for, want and wait for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_signals"
down_revision = "0009_voices"
TABLES = (
    "reminder_told", "reminder", "demand_month", "reminder_key", "round_call", "search_note",
)  # fmt: skip


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "search_note",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("province_code", sa.Text(), server_default="", nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("missed", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "province_code ~ '^(\\d{2})?$'", name=op.f("ck_search_note_province_code")
        ),
        sa.CheckConstraint(
            "char_length(term) BETWEEN 2 AND 60 AND char_length(shown) <= 120",
            name=op.f("ck_search_note_term"),
        ),
        sa.CheckConstraint(
            "times > 0 AND missed BETWEEN 0 AND times", name=op.f("ck_search_note_counts")
        ),
        sa.PrimaryKeyConstraint("day", "province_code", "term", name=op.f("pk_search_note")),
    )
    op.create_table(
        "round_call",
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_call_round_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_round_call")),
    )
    op.create_index(
        "ix_round_call_open",
        "round_call",
        ["round_id"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "reminder_key",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("buyer_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (buyer_id IS NULL)", name=op.f("ck_reminder_key_one_person")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["buyer.id"], name=op.f("fk_reminder_key_buyer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_reminder_key_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_reminder_key")),
    )
    op.create_index(op.f("ix_reminder_key_buyer_id"), "reminder_key", ["buyer_id"], unique=False)
    op.create_index(
        op.f("ix_reminder_key_expires_at"), "reminder_key", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_reminder_key_user_id"), "reminder_key", ["user_id"], unique=False)
    op.create_table(
        "demand_month",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("province_code", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("term", sa.Text(), nullable=True),
        sa.Column("shown", sa.Text(), nullable=True),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("asked_units", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("served_units", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("summed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('order', 'wait', 'full', 'basket', 'search', 'missed', 'request')",
            name=op.f("ck_demand_month_kind"),
        ),
        sa.CheckConstraint(
            "people > 0 AND served_units BETWEEN 0 AND asked_units",
            name=op.f("ck_demand_month_counts"),
        ),
        sa.ForeignKeyConstraint(
            ["category"], ["category.key"], name=op.f("fk_demand_month_category")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_demand_month_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_demand_month_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_month")),
        sa.UniqueConstraint(
            "month",
            "province_code",
            "kind",
            "product_id",
            "group_id",
            "category",
            "term",
            name="uq_demand_month_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_demand_month_product", "demand_month", ["product_id"], unique=False)
    op.create_table(
        "reminder",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("buyer_id", sa.BigInteger(), nullable=True),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column(
            "reason",
            sa.Enum(
                "opens", "full", name="reason", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("units", sa.BigInteger(), nullable=True),
        sa.Column("province_code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason <> 'full' OR units IS NOT NULL", name=op.f("ck_reminder_full_has_units")
        ),
        sa.CheckConstraint(
            "reason <> 'full' OR product_id IS NOT NULL", name=op.f("ck_reminder_full_of_what")
        ),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (buyer_id IS NULL)", name=op.f("ck_reminder_one_person")
        ),
        sa.CheckConstraint(
            "category IS NULL OR (product_id IS NULL AND group_id IS NULL)",
            name=op.f("ck_reminder_target"),
        ),
        sa.CheckConstraint("units BETWEEN 1 AND 100000", name=op.f("ck_reminder_units")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["buyer.id"], name=op.f("fk_reminder_buyer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["category"], ["category.key"], name=op.f("fk_reminder_category")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_reminder_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_reminder_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["province_code"], ["province.code"], name=op.f("fk_reminder_province_code")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_reminder_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "user_id",
            "buyer_id",
            "product_id",
            "group_id",
            "category",
            name="uq_reminder_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_reminder_buyer", "reminder", ["buyer_id"], unique=False)
    op.create_index(op.f("ix_reminder_group_id"), "reminder", ["group_id"], unique=False)
    op.create_index(op.f("ix_reminder_product_id"), "reminder", ["product_id"], unique=False)
    op.create_index(
        "ix_reminder_unconfirmed",
        "reminder",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("confirmed_at IS NULL"),
    )
    op.create_table(
        "reminder_told",
        sa.Column("reminder_id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["reminder_id"],
            ["reminder.id"],
            name=op.f("fk_reminder_told_reminder_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_reminder_told_round_id")),
        sa.PrimaryKeyConstraint("reminder_id", "round_id", name=op.f("pk_reminder_told")),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
