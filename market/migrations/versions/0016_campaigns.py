"""Channels by kind of goods, campaigns, orders of institutions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_campaigns"
down_revision = "0015_planning"
TABLES = (
    "institution_line", "institution_order", "institution", "campaign_choice", "campaign",
    "channel_rule",
)  # fmt: skip


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _fk(table: str, column: str, target: str, **more: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), **more)


def _version() -> sa.Column[int]:
    return sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "channel_rule",
        _text("category_key"),
        *(sa.Column(way, sa.Boolean(), nullable=False) for way in ("parcel", "cold")),
        _text("own_lane"),
        sa.CheckConstraint(
            "own_lane IN ('anywhere', 'local', 'visit')", name=op.f("ck_channel_rule_own_lane")
        ),
        _fk("channel_rule", "category_key", "category.key"),
        sa.PrimaryKeyConstraint("category_key", name=op.f("pk_channel_rule")),
    )
    _make_campaigns()
    _make_institutions()


def _make_campaigns() -> None:
    op.create_table(
        "campaign",
        _id(), _text("slug"), _text("name_th"), _text("name_en"), _text("words_th"), _text("words_en"),
        _whole("picture_id", nullable=True), _whole("round_id", nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        _version(),
        sa.Column("sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _moment("created_at"),
        sa.CheckConstraint("state IN ('draft', 'published', 'ended')", name=op.f("ck_campaign_campaignstate")),
        sa.CheckConstraint("ends_on BETWEEN starts_on AND starts_on + 120", name=op.f("ck_campaign_days")),
        _fk("campaign", "picture_id", "product.id"),
        _fk("campaign", "round_id", "round.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("slug", name=op.f("uq_campaign_slug")),
    )  # fmt: skip
    op.create_index(
        "ix_campaign_shown",
        "campaign",
        ["ends_on"],
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "campaign_choice",
        _id(), _whole("campaign_id"), _whole("product_id", nullable=True), _whole("group_id", nullable=True),
        sa.CheckConstraint("num_nonnulls(product_id, group_id) = 1", name=op.f("ck_campaign_choice_one")),
        _fk("campaign_choice", "campaign_id", "campaign.id", ondelete="CASCADE"),
        _fk("campaign_choice", "product_id", "product.id"),
        _fk("campaign_choice", "group_id", "producer_group.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_choice")),
        sa.UniqueConstraint(
            "campaign_id", "product_id", "group_id", name="uq_campaign_choice_once",
            postgresql_nulls_not_distinct=True,
        ),
    )  # fmt: skip


def _make_institutions() -> None:
    op.create_table(
        "institution",
        _id(), _text("name"), _text("tax_id", nullable=True), _text("branch", nullable=True),
        _text("contact"), _text("phone"), _text("email", nullable=True),
        _whole("point_id", nullable=True), _text("tambon_code"), _text("address", nullable=True),
        _text("billing_words"), _version(), _moment("created_at"),
        sa.CheckConstraint("tax_id ~ '^[0-9]{13}$'", name=op.f("ck_institution_tax_id")),
        sa.CheckConstraint("(point_id IS NULL) = (address IS NOT NULL)", name=op.f("ck_institution_place")),
        _fk("institution", "point_id", "pickup_point.id"),
        _fk("institution", "tambon_code", "tambon.code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
    )  # fmt: skip
    op.create_table(
        "institution_order",
        _id(), _whole("institution_id"), _text("po_number", nullable=True), _text("key"),
        sa.Column("state", sa.String(length=40), nullable=False),
        _whole("quote_number", nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        _version(), _moment("created_at"), _moment("quoted_at", nullable=True), _moment("asked_at", nullable=True),
        _moment("ended_at", nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'quoted', 'asked', 'closed', 'declined')",
            name=op.f("ck_institution_order_bulkstate"),
        ),
        sa.CheckConstraint(
            "(state IN ('closed', 'declined')) = (ended_at IS NOT NULL)", name=op.f("ck_institution_order_ended")
        ),
        sa.CheckConstraint(
            "(quote_number IS NULL) = (valid_until IS NULL) AND (quote_number IS NULL) = (quoted_at IS NULL)",
            name=op.f("ck_institution_order_quote"),
        ),
        _fk("institution_order", "institution_id", "institution.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_order")),
        sa.UniqueConstraint("key", name=op.f("uq_institution_order_key")),
        sa.UniqueConstraint("quote_number", name=op.f("uq_institution_order_quote_number")),
    )  # fmt: skip
    op.create_index(
        op.f("ix_institution_order_institution_id"), "institution_order", ["institution_id"]
    )
    op.create_table(
        "institution_line",
        _id(), _whole("order_id"), _whole("product_id"), _whole("units"), _whole("price_satang"),
        sa.Column("needed_on", sa.Date(), nullable=False),
        _whole("request_id", nullable=True),
        sa.CheckConstraint("units BETWEEN 1 AND 100000 AND price_satang > 0", name=op.f("ck_institution_line_terms")),
        _fk("institution_line", "order_id", "institution_order.id", ondelete="CASCADE"),
        _fk("institution_line", "product_id", "product.id"),
        _fk("institution_line", "request_id", "goods_request.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_line")),
        sa.UniqueConstraint("request_id", name=op.f("uq_institution_line_request_id")),
        sa.UniqueConstraint(
            "order_id", "product_id", "needed_on", name=op.f("uq_institution_line_order_id_product_id_needed_on")
        ),
    )  # fmt: skip


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
