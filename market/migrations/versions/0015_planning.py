"""Round templates, repetition, copies, days without work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015_planning"
down_revision = "0014_gathering"
TABLES = (
    "market_day", "round_point", "round_template_point", "round_template_choice",
)  # fmt: skip


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    _make_templates()
    _make_choices()
    op.create_table(
        "round_point",
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("point_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_point_round_id")),
        sa.ForeignKeyConstraint(
            ["point_id"], ["pickup_point.id"], name=op.f("fk_round_point_point_id")
        ),
        sa.PrimaryKeyConstraint("round_id", "point_id", name=op.f("pk_round_point")),
    )
    op.create_index("ix_round_point_point", "round_point", ["point_id"])
    op.create_table(
        "market_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_market_day")),
    )
    _widen_rounds()


def _make_templates() -> None:
    small, words, whole = sa.SmallInteger(), sa.Text(), sa.BigInteger()
    op.create_table(
        "round_template",
        sa.Column("id", whole, sa.Identity(always=False), nullable=False),
        sa.Column("name_th", words, nullable=False),
        sa.Column("name_en", words, nullable=False),
        sa.Column("cycle", sa.String(length=40), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("delivery_days", small, nullable=False),
        sa.Column("opens_before", small, nullable=False),
        sa.Column("opens_time", sa.Time(), nullable=False),
        sa.Column("closes_before", small, nullable=False),
        sa.Column("closes_time", sa.Time(), nullable=False),
        sa.Column("answer_before", small, nullable=False),
        sa.Column("answer_time", sa.Time(), nullable=False),
        sa.Column("pay_before", small, nullable=False),
        sa.Column("pay_time", sa.Time(), nullable=False),
        sa.Column("answer_hours", whole, nullable=False),
        sa.Column("rematch_limit", whole, nullable=False),
        sa.Column("publish_minutes", whole, nullable=False),
        sa.Column("holidays", sa.String(length=40), nullable=False),
        sa.Column("pay_policy", words, nullable=False),
        sa.Column("pay_methods", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("fee_percent", whole, server_default=sa.text("100"), nullable=False),
        sa.Column("parts", postgresql.JSONB(), nullable=True),
        sa.Column("ahead", small, nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", whole, server_default=sa.text("1"), nullable=False),
        sa.Column("from_round_id", whole, nullable=True),
        sa.Column("sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cycle IN ('weekly', 'biweekly', 'monthly')", name=op.f("ck_round_template_cycle")
        ),
        sa.CheckConstraint(
            "holidays IN ('before', 'after', 'skip')", name=op.f("ck_round_template_holidayrule")
        ),
        sa.CheckConstraint(
            "delivery_days BETWEEN 1 AND 7", name=op.f("ck_round_template_delivery_days")
        ),
        sa.CheckConstraint(
            "opens_before BETWEEN 0 AND 120 AND closes_before BETWEEN 0 AND 120"
            " AND answer_before BETWEEN 0 AND 120 AND pay_before BETWEEN 0 AND 120",
            name=op.f("ck_round_template_days"),
        ),
        sa.CheckConstraint(
            "answer_hours BETWEEN 1 AND 72 AND rematch_limit BETWEEN 0 AND 10"
            " AND publish_minutes BETWEEN 0 AND 1440",
            name=op.f("ck_round_template_pace"),
        ),
        sa.CheckConstraint(
            "fee_percent BETWEEN 0 AND 200", name=op.f("ck_round_template_fee_percent")
        ),
        sa.CheckConstraint("ahead BETWEEN 0 AND 12", name=op.f("ck_round_template_ahead")),
        sa.CheckConstraint(
            "cardinality(pay_methods) > 0", name=op.f("ck_round_template_pay_methods")
        ),
        sa.ForeignKeyConstraint(
            ["from_round_id"], ["round.id"], name=op.f("fk_round_template_from_round_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_template")),
        sa.UniqueConstraint("from_round_id", name=op.f("uq_round_template_from_round_id")),
    )


def _make_choices() -> None:
    op.create_table(
        "round_template_choice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("template_id", sa.BigInteger(), nullable=False),
        sa.Column("category_key", sa.Text(), nullable=True),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(category_key, group_id, product_id) = 1",
            name=op.f("ck_round_template_choice_one"),
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["round_template.id"], ondelete="CASCADE",
            name=op.f("fk_round_template_choice_template_id"),
        ),
        sa.ForeignKeyConstraint(["category_key"], ["category.key"], name=op.f("fk_round_template_choice_category_key")),
        sa.ForeignKeyConstraint(["group_id"], ["producer_group.id"], name=op.f("fk_round_template_choice_group_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_round_template_choice_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_template_choice")),
        sa.UniqueConstraint(
            "template_id", "category_key", "group_id", "product_id",
            name="uq_round_template_choice_once", postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip
    op.create_table(
        "round_template_point",
        sa.Column("template_id", sa.BigInteger(), nullable=False),
        sa.Column("point_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"], ["round_template.id"], ondelete="CASCADE",
            name=op.f("fk_round_template_point_template_id"),
        ),
        sa.ForeignKeyConstraint(["point_id"], ["pickup_point.id"], name=op.f("fk_round_template_point_point_id")),
        sa.PrimaryKeyConstraint("template_id", "point_id", name=op.f("pk_round_template_point")),
    )  # fmt: skip


def _widen_rounds() -> None:
    op.add_column("round", sa.Column("template_id", sa.BigInteger(), nullable=True))
    op.add_column("round", sa.Column("due_on", sa.Date(), nullable=True))
    op.add_column("round", sa.Column("met_on", sa.Date(), nullable=True))
    op.add_column("round", sa.Column("copied_from_id", sa.BigInteger(), nullable=True))
    op.add_column("round", sa.Column("copy_key", sa.Text(), nullable=True))
    op.add_column("round", sa.Column("publish_minutes", sa.BigInteger(), nullable=True))
    op.add_column(
        "round",
        sa.Column("fee_percent", sa.BigInteger(), server_default=sa.text("100"), nullable=False),
    )
    op.add_column("round", sa.Column("parts", postgresql.JSONB(), nullable=True))
    op.create_foreign_key(
        op.f("fk_round_template_id"), "round", "round_template", ["template_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_round_copied_from_id"), "round", "round", ["copied_from_id"], ["id"]
    )
    op.create_unique_constraint(
        op.f("uq_round_template_id_due_on"), "round", ["template_id", "due_on"]
    )
    op.create_unique_constraint(op.f("uq_round_copy_key"), "round", ["copy_key"])
    op.create_check_constraint(
        op.f("ck_round_template"), "round", "(template_id IS NULL) = (due_on IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_round_fee_percent"), "round", "fee_percent BETWEEN 0 AND 200"
    )
    op.create_check_constraint(
        op.f("ck_round_publish_minutes"), "round", "publish_minutes BETWEEN 0 AND 1440"
    )
    op.add_column(
        "round_offer",
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("round_offer", "version")
    for name in (
        "parts",
        "fee_percent",
        "publish_minutes",
        "copy_key",
        "copied_from_id",
        "met_on",
        "due_on",
        "template_id",
    ):
        op.drop_column("round", name)  # its constraints go with it
    for table in (*TABLES, "round_template"):
        op.drop_table(table)
