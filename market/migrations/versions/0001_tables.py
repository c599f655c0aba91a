"""Every table of the first release, as the models describe them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_tables"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "data",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_subject", "audit_event", ["subject", "id"], unique=False)
    op.create_table(
        "bank_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "made",
                "done",
                name="bankfilestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("payouts", sa.BigInteger(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_satang > 0 AND payouts > 0", name=op.f("ck_bank_file_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file")),
    )
    op.create_table(
        "bank_statement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement")),
        sa.UniqueConstraint("file_hash", name=op.f("uq_bank_statement_file_hash")),
    )
    op.create_table(
        "category",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_category")),
    )
    op.create_table(
        "delivery_tariff",
        sa.Column("to_region", sa.Text(), nullable=False),
        sa.Column("first_kg_satang", sa.BigInteger(), nullable=False),
        sa.Column("extra_kg_satang", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "first_kg_satang >= 0 AND extra_kg_satang >= 0", name=op.f("ck_delivery_tariff_rates")
        ),
        sa.PrimaryKeyConstraint("to_region", name=op.f("pk_delivery_tariff")),
    )
    op.create_table(
        "gateway_check",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.Column("healed", sa.BigInteger(), nullable=False),
        sa.Column("cases", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("since <= until", name=op.f("ck_gateway_check_time")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_check")),
    )
    op.create_index(op.f("ix_gateway_check_done_at"), "gateway_check", ["done_at"], unique=False)
    op.create_table(
        "gateway_event",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_event")),
    )
    op.create_index(
        "ix_gateway_event_waiting",
        "gateway_event",
        ["try_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "paper_counter",
        sa.Column(
            "kind",
            sa.Enum(
                "receipt",
                "statement",
                "credit_note",
                name="paperkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "year", name=op.f("pk_paper_counter")),
    )
    op.create_table(
        "part_rule",
        sa.Column("category", sa.Text(), server_default="", nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("basis_points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("part <> 'makers'", name=op.f("ck_part_rule_part")),
        sa.CheckConstraint(
            "basis_points BETWEEN 0 AND 10000", name=op.f("ck_part_rule_basis_points")
        ),
        sa.PrimaryKeyConstraint("category", "part", name=op.f("pk_part_rule")),
    )
    op.create_table(
        "post_rate",
        sa.Column("from_region", sa.Text(), nullable=False),
        sa.Column("to_region", sa.Text(), nullable=False),
        sa.Column("first_kg_satang", sa.BigInteger(), nullable=False),
        sa.Column("extra_kg_satang", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "first_kg_satang >= 0 AND extra_kg_satang >= 0 AND days > 0",
            name=op.f("ck_post_rate_rates"),
        ),
        sa.PrimaryKeyConstraint("from_region", "to_region", name=op.f("pk_post_rate")),
    )
    op.create_table(
        "province",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.CheckConstraint("code ~ '^\\d{2}$'", name=op.f("ck_province_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_province")),
    )
    op.create_table(
        "round",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column(
            "cycle",
            sa.Enum(
                "weekly",
                "biweekly",
                "monthly",
                name="cycle",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "open",
                "closed",
                "matched",
                "confirming",
                "paying",
                "producing",
                "delivering",
                "completed",
                "cancelled",
                name="roundstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_hours", sa.BigInteger(), nullable=False),
        sa.Column("rematch_limit", sa.BigInteger(), nullable=False),
        sa.Column("rematches", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pay_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivery_on", sa.ARRAY(sa.Date()), nullable=False),
        sa.Column("pay_policy", sa.Text(), server_default="after_match", nullable=False),
        sa.Column("payee", sa.Text(), server_default="market", nullable=False),
        sa.Column(
            "pay_methods",
            sa.ARRAY(sa.Text()),
            server_default=sa.text("'{promptpay,cash}'"),
            nullable=False,
        ),
        sa.Column("sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "pay_policy IN ('after_match', 'upfront')", name=op.f("ck_round_pay_policy")
        ),
        sa.CheckConstraint(
            "payee IN ('market', 'provider', 'groups')", name=op.f("ck_round_payee")
        ),
        sa.CheckConstraint("cardinality(delivery_on) > 0", name=op.f("ck_round_delivery")),
        sa.CheckConstraint("cardinality(pay_methods) > 0", name=op.f("ck_round_pay_methods")),
        sa.CheckConstraint(
            "opens_at < closes_at AND closes_at < first_answer_by AND first_answer_by < pay_by",
            name=op.f("ck_round_timetable"),
        ),
        sa.CheckConstraint(
            "rematches BETWEEN 0 AND rematch_limit", name=op.f("ck_round_rematches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("number", name=op.f("uq_round_number")),
    )
    op.create_index("ix_round_state", "round", ["state", "closes_at"], unique=False)
    op.create_table(
        "search_entry",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ref_id", sa.BigInteger(), nullable=True),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('product', 'group', 'place', 'category', 'certificate')",
            name=op.f("ck_search_entry_kind"),
        ),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_search_entry")),
    )
    op.create_index("ix_search_entry_ref", "search_entry", ["kind", "ref_id"], unique=False)
    op.create_table(
        "security_role",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_role")),
        sa.UniqueConstraint("name", name=op.f("uq_security_role_name")),
    )
    op.create_table(
        "stored_file",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_stored_file_sha256")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_stored_file_size")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "synonym",
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.CheckConstraint("said <> means AND said <> ''", name=op.f("ck_synonym_differ")),
        sa.PrimaryKeyConstraint("said", "means", name=op.f("pk_synonym")),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("us_phone_number", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("us_totp_secrets", sa.Text(), nullable=True),
        sa.Column("tf_primary_method", sa.Text(), nullable=True),
        sa.Column("tf_totp_secret", sa.Text(), nullable=True),
        sa.Column("tf_phone_number", sa.Text(), nullable=True),
        sa.Column("mf_recovery_codes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("language", sa.Text(), server_default="th", nullable=False),
        sa.Column("sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_user_fs_uniquifier")),
        sa.UniqueConstraint("us_phone_number", name=op.f("uq_user_us_phone_number")),
        sa.UniqueConstraint("username", name=op.f("uq_user_username")),
    )
    op.create_table(
        "amphoe",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("province_code", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.CheckConstraint("code ~ '^\\d{4}$'", name=op.f("ck_amphoe_code")),
        sa.ForeignKeyConstraint(
            ["province_code"], ["province.code"], name=op.f("fk_amphoe_province_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_amphoe")),
    )
    op.create_index(op.f("ix_amphoe_province_code"), "amphoe", ["province_code"], unique=False)
    op.create_table(
        "buyer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "phone IS NOT NULL OR email IS NOT NULL", name=op.f("ck_buyer_reachable")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_buyer_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer")),
        sa.UniqueConstraint("user_id", name=op.f("uq_buyer_user_id")),
    )
    op.create_index("ix_buyer_email", "buyer", ["email"], unique=False)
    op.create_index("ix_buyer_phone", "buyer", ["phone"], unique=False)
    op.create_table(
        "cart",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (token_hash IS NULL)", name=op.f("ck_cart_one_owner")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_cart_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_cart_token_hash")),
        sa.UniqueConstraint("user_id", name=op.f("uq_cart_user_id")),
    )
    op.create_table(
        "demand_cell",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("point_id", sa.BigInteger(), nullable=True),
        sa.Column("tambon_code", sa.Text(), nullable=False),
        sa.Column("delivery_index", sa.SmallInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("ceiling_satang", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("units > 0 AND lines > 0", name=op.f("ck_demand_cell_positive")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_demand_cell_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_cell")),
    )
    op.create_index("ix_demand_cell_round", "demand_cell", ["round_id", "product_id"], unique=False)
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=True),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["ledger_entry.id"], name=op.f("fk_ledger_entry_reverses_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_ledger_entry_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("cause", name=op.f("uq_ledger_entry_cause")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_ledger_entry_reverses_id")),
    )
    op.create_index(op.f("ix_ledger_entry_round_id"), "ledger_entry", ["round_id"], unique=False)
    op.create_table(
        "match_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("rematch_no", sa.SmallInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "solved",
                "published",
                "failed",
                "cancelled",
                "superseded",
                name="runstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("versions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("input_hash", sa.Text(), nullable=True),
        sa.Column("problem", sa.LargeBinary(), nullable=True),
        sa.Column("plan", sa.LargeBinary(), nullable=True),
        sa.Column(
            "stages",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lines", sa.BigInteger(), nullable=True),
        sa.Column("phase", sa.Text(), server_default=sa.text("'reading'"), nullable=False),
        sa.Column("done_permille", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_match_run_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_run")),
    )
    op.create_index(op.f("ix_match_run_round_id"), "match_run", ["round_id"], unique=False)
    op.create_index(
        "uq_match_run_live",
        "match_run",
        ["round_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('running', 'solved')"),
    )
    op.create_table(
        "money_case",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "paid_without_order",
                "order_without_payment",
                "stuck_attempt",
                "amount_differs",
                "refund_differs",
                "dispute",
                "slip_reused",
                "lost_message",
                name="casekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "healed",
                "closed",
                name="casestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("remedy", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at IS NULL)", name=op.f("ck_money_case_closed")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_money_case_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_case")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_money_case_kind_subject")),
    )
    op.create_index(
        "ix_money_case_open",
        "money_case",
        ["found_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_money_case_round_id"), "money_case", ["round_id"], unique=False)
    op.create_table(
        "product",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("category_key", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("unit_th", sa.Text(), nullable=False),
        sa.Column("unit_en", sa.Text(), nullable=False),
        sa.Column("pack", sa.Text(), nullable=False),
        sa.Column("ship_weight_g", sa.BigInteger(), nullable=False),
        sa.Column("ships_parcel", sa.Boolean(), nullable=False),
        sa.Column("band_low_satang", sa.BigInteger(), nullable=False),
        sa.Column("band_high_satang", sa.BigInteger(), nullable=False),
        sa.Column("reference_satang", sa.BigInteger(), nullable=False),
        sa.Column("reference_cost_satang", sa.BigInteger(), nullable=False),
        sa.Column("season_months", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("lead_days_min", sa.BigInteger(), nullable=False),
        sa.Column("shelf_days", sa.BigInteger(), nullable=False),
        sa.Column("storage", sa.Text(), nullable=False),
        sa.Column("round_cycle", sa.Text(), nullable=False),
        sa.Column("vat_class", sa.Text(), nullable=False),
        sa.Column("label_class", sa.Text(), nullable=False),
        sa.Column("allergens", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("required_certificates", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "round_cycle IN ('weekly', 'biweekly', 'monthly')", name=op.f("ck_product_cycle")
        ),
        sa.CheckConstraint(
            "storage IN ('ambient', 'fresh', 'chilled', 'frozen', 'none')",
            name=op.f("ck_product_storage"),
        ),
        sa.CheckConstraint(
            "vat_class IN ('exempt', 'standard')", name=op.f("ck_product_vat_class")
        ),
        sa.CheckConstraint(
            "0 < band_low_satang AND band_low_satang <= band_high_satang",
            name=op.f("ck_product_band"),
        ),
        sa.CheckConstraint(
            "reference_satang > 0 AND reference_cost_satang >= 0", name=op.f("ck_product_reference")
        ),
        sa.CheckConstraint("ship_weight_g >= 0", name=op.f("ck_product_weight")),
        sa.ForeignKeyConstraint(
            ["category_key"], ["category.key"], name=op.f("fk_product_category_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("code", name=op.f("uq_product_code")),
    )
    op.create_index(op.f("ix_product_category_key"), "product", ["category_key"], unique=False)
    op.create_table(
        "chain_cost",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("link_no", sa.SmallInteger(), nullable=False),
        sa.Column("link_key", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("cost_satang", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("cost_satang >= 0", name=op.f("ck_chain_cost_cost")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_chain_cost_product_id")
        ),
        sa.PrimaryKeyConstraint("product_id", "link_no", name=op.f("pk_chain_cost")),
    )
    op.create_table(
        "gateway_customer",
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["buyer.id"], name=op.f("fk_gateway_customer_buyer_id")
        ),
        sa.PrimaryKeyConstraint("buyer_id", name=op.f("pk_gateway_customer")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_gateway_customer_customer_id")),
    )
    op.create_table(
        "match_flow",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "lane", "post", name="mode", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("from_province", sa.Text(), nullable=False),
        sa.Column("to_province", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("units > 0", name=op.f("ck_match_flow_units")),
        sa.ForeignKeyConstraint(
            ["from_province"], ["province.code"], name=op.f("fk_match_flow_from_province")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_match_flow_run_id")),
        sa.ForeignKeyConstraint(
            ["to_province"], ["province.code"], name=op.f("fk_match_flow_to_province")
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "mode", "from_province", "to_province", name=op.f("pk_match_flow")
        ),
    )
    op.create_table(
        "match_piece",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("kit", sa.Text(), nullable=False),
        sa.Column("work", sa.Text(), nullable=False),
        sa.Column("task", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "taken",
                "done",
                "failed",
                name="piecestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            server_default=sa.text("'waiting'"),
            nullable=False,
        ),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state <> 'taken' OR claimed_until IS NOT NULL", name=op.f("ck_match_piece_taken")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_match_piece_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_piece")),
        sa.UniqueConstraint(
            "run_id", "stage", "number", name=op.f("uq_match_piece_run_id_stage_number")
        ),
    )
    op.create_index(
        "ix_match_piece_open",
        "match_piece",
        ["run_id", "weight"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'taken')"),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("buyer_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "inapp",
                "email",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), server_default="th", nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "due",
                "sending",
                "sent",
                "failed",
                name="noticestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (buyer_id IS NULL)", name=op.f("ck_notice_one_recipient")
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name=op.f("fk_notice_buyer_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "user_id",
            "buyer_id",
            "channel",
            "event",
            "subject",
            "version",
            name="uq_notice_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_notice_buyer_id"), "notice", ["buyer_id"], unique=False)
    op.create_index(
        "ix_notice_due",
        "notice",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('due', 'sending')"),
    )
    op.create_index(op.f("ix_notice_user_id"), "notice", ["user_id"], unique=False)
    op.create_table(
        "posting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "bank",
                "cash",
                "held",
                "group",
                "delivery",
                "refund",
                "overpaid",
                "provider",
                "with_group",
                "credit",
                "part",
                "fees",
                "disputed",
                "loss",
                name="accountkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_satang <> 0", name=op.f("ck_posting_amount")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_posting_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index("ix_posting_account", "posting", ["kind", "owner"], unique=False)
    op.create_index(op.f("ix_posting_entry_id"), "posting", ["entry_id"], unique=False)
    op.create_table(
        "simulation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "running",
                "done",
                "failed",
                name="simulationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "versions",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("input_hash", sa.Text(), nullable=True),
        sa.Column("problem", sa.LargeBinary(), nullable=True),
        sa.Column("plan", sa.LargeBinary(), nullable=True),
        sa.Column(
            "stages",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column(
            "before",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "after",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("used_at IS NULL OR state = 'done'", name=op.f("ck_simulation_used")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_simulation_round_id")),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_simulation_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulation")),
    )
    op.create_index(
        "ix_simulation_due",
        "simulation",
        ["claimed_until"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.create_index(op.f("ix_simulation_round_id"), "simulation", ["round_id"], unique=False)
    op.create_table(
        "tambon",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("amphoe_code", sa.Text(), nullable=False),
        sa.Column("province_code", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("readiness", sa.BigInteger(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.CheckConstraint("code ~ '^\\d{6}$'", name=op.f("ck_tambon_code")),
        sa.CheckConstraint(
            "left(code, 4) = amphoe_code AND left(code, 2) = province_code",
            name=op.f("ck_tambon_prefix"),
        ),
        sa.CheckConstraint("readiness IN (1, 2)", name=op.f("ck_tambon_readiness")),
        sa.ForeignKeyConstraint(
            ["amphoe_code"], ["amphoe.code"], name=op.f("fk_tambon_amphoe_code")
        ),
        sa.ForeignKeyConstraint(
            ["province_code"], ["province.code"], name=op.f("fk_tambon_province_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_tambon")),
    )
    op.create_index(op.f("ix_tambon_amphoe_code"), "tambon", ["amphoe_code"], unique=False)
    op.create_index(op.f("ix_tambon_province_code"), "tambon", ["province_code"], unique=False)
    op.create_table(
        "enterprise",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("legal_form", sa.Text(), nullable=False),
        sa.Column("tambon_code", sa.Text(), nullable=False),
        sa.Column("founded_on_year", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "legal_form IN ('community_enterprise', 'farm_women_group', 'livelihood_group', 'cooperative')",
            name=op.f("ck_enterprise_legal_form"),
        ),
        sa.ForeignKeyConstraint(
            ["tambon_code"], ["tambon.code"], name=op.f("fk_enterprise_tambon_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprise")),
        sa.UniqueConstraint("code", name=op.f("uq_enterprise_code")),
    )
    op.create_index(op.f("ix_enterprise_tambon_code"), "enterprise", ["tambon_code"], unique=False)
    op.create_table(
        "producer_group",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("tambon_code", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("craft_th", sa.Text(), nullable=False),
        sa.Column("craft_en", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("readiness", sa.SmallInteger(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("households", sa.BigInteger(), nullable=False),
        sa.Column("contact_channel", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("story_th", sa.Text(), server_default="", nullable=False),
        sa.Column("ships_parcels", sa.Boolean(), nullable=False),
        sa.Column("shared_resource_th", sa.Text(), nullable=True),
        sa.Column("shared_resource_en", sa.Text(), nullable=True),
        sa.Column("shared_minutes", sa.BigInteger(), nullable=True),
        sa.Column("vehicle_th", sa.Text(), nullable=True),
        sa.Column("vehicle_en", sa.Text(), nullable=True),
        sa.Column("vehicle_reach_m", sa.BigInteger(), nullable=True),
        sa.Column("vehicle_satang_per_km", sa.BigInteger(), nullable=True),
        sa.Column("vehicle_fixed_satang", sa.BigInteger(), nullable=True),
        sa.Column("vehicle_max_g", sa.BigInteger(), nullable=True),
        sa.Column("promptpay_id", sa.Text(), nullable=True),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "members > 0 AND households BETWEEN 0 AND members",
            name=op.f("ck_producer_group_members"),
        ),
        sa.CheckConstraint(
            "readiness = 2 OR NOT ships_parcels", name=op.f("ck_producer_group_local_only")
        ),
        sa.CheckConstraint("readiness IN (1, 2)", name=op.f("ck_producer_group_readiness")),
        sa.CheckConstraint("shared_minutes >= 0", name=op.f("ck_producer_group_shared_minutes")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.id"], name=op.f("fk_producer_group_enterprise_id")
        ),
        sa.ForeignKeyConstraint(
            ["tambon_code"], ["tambon.code"], name=op.f("fk_producer_group_tambon_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_producer_group")),
        sa.UniqueConstraint("code", name=op.f("uq_producer_group_code")),
    )
    op.create_index(
        op.f("ix_producer_group_enterprise_id"), "producer_group", ["enterprise_id"], unique=False
    )
    op.create_index(
        op.f("ix_producer_group_tambon_code"), "producer_group", ["tambon_code"], unique=False
    )
    op.create_table(
        "cart_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("cart_id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "maker",
            sa.Enum(
                "only",
                "first",
                "any",
                name="makerchoice",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "shortage",
            sa.Enum(
                "fewer",
                "nothing",
                name="shortagechoice",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            server_default="fewer",
            nullable=False,
        ),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(maker = 'any') = (group_id IS NULL)", name=op.f("ck_cart_line_maker")),
        sa.CheckConstraint("units BETWEEN 1 AND 100000", name=op.f("ck_cart_line_units")),
        sa.ForeignKeyConstraint(
            ["cart_id"], ["cart.id"], name=op.f("fk_cart_line_cart_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_cart_line_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_cart_line_product_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_cart_line_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_line")),
        sa.UniqueConstraint(
            "cart_id",
            "round_id",
            "product_id",
            name=op.f("uq_cart_line_cart_id_round_id_product_id"),
        ),
    )
    op.create_table(
        "grant_",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "group_leader",
                "treasurer",
                "member",
                "tambon_coordinator",
                "province_coordinator",
                "marketing",
                "finance",
                "partner",
                "administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "area_code ~ '^(\\d{2}|\\d{4}|\\d{6})?$'", name=op.f("ck_grant__area_code")
        ),
        sa.CheckConstraint(
            "(area_code IS NULL) <> (group_id IS NULL)", name=op.f("ck_grant__area_or_group")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_grant__group_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_grant__user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_")),
        sa.UniqueConstraint(
            "user_id",
            "role",
            "area_code",
            "group_id",
            name=op.f("uq_grant__user_id_role_area_code_group_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_grant__group_id"), "grant_", ["group_id"], unique=False)
    op.create_index(op.f("ix_grant__user_id"), "grant_", ["user_id"], unique=False)
    op.create_table(
        "group_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("promptpay_id", sa.Text(), nullable=True),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("account_number ~ '^\\d{8,15}$'", name=op.f("ck_group_account_number")),
        sa.CheckConstraint("bank_code ~ '^\\d{3}$'", name=op.f("ck_group_account_bank")),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by <> entered_by",
            name=op.f("ck_group_account_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_group_account_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_account")),
    )
    op.create_index(op.f("ix_group_account_group_id"), "group_account", ["group_id"], unique=False)
    op.create_table(
        "group_deficit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("even_satang", sa.BigInteger(), nullable=False),
        sa.Column("due_satang", sa.BigInteger(), nullable=False),
        sa.Column("got_satang", sa.BigInteger(), nullable=False),
        sa.Column("carried_satang", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "even_satang >= 0 AND due_satang >= 0 AND got_satang >= 0 AND carried_satang >= 0",
            name=op.f("ck_group_deficit_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_group_deficit_group_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_group_deficit_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_deficit")),
        sa.UniqueConstraint(
            "group_id", "round_id", name=op.f("uq_group_deficit_group_id_round_id")
        ),
    )
    op.create_index(op.f("ix_group_deficit_round_id"), "group_deficit", ["round_id"], unique=False)
    op.create_table(
        "match_weight",
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_match_weight_reason")),
        sa.CheckConstraint("percent BETWEEN 10 AND 1000", name=op.f("ck_match_weight_percent")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_match_weight_group_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_match_weight_round_id")),
        sa.PrimaryKeyConstraint("round_id", "group_id", name=op.f("pk_match_weight")),
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("round_cycle", sa.Text(), nullable=False),
        sa.Column("capacity_units", sa.BigInteger(), nullable=False),
        sa.Column("min_batch_units", sa.BigInteger(), nullable=False),
        sa.Column("lot_units", sa.BigInteger(), nullable=False),
        sa.Column("lead_days", sa.BigInteger(), nullable=False),
        sa.Column("price_satang", sa.BigInteger(), nullable=False),
        sa.Column("unit_cost_satang", sa.BigInteger(), nullable=False),
        sa.Column("middleman_satang", sa.BigInteger(), nullable=False),
        sa.Column("max_per_order", sa.BigInteger(), nullable=False),
        sa.Column("season_months", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("minutes_per_unit", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("own_use", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "0 < lot_units AND lot_units <= min_batch_units AND min_batch_units <= capacity_units",
            name=op.f("ck_offer_units"),
        ),
        sa.CheckConstraint(
            "capacity_units % lot_units = 0 AND min_batch_units % lot_units = 0",
            name=op.f("ck_offer_whole_lots"),
        ),
        sa.CheckConstraint("lead_days > 0 AND minutes_per_unit >= 0", name=op.f("ck_offer_times")),
        sa.CheckConstraint(
            "max_per_order BETWEEN 1 AND capacity_units", name=op.f("ck_offer_max_per_order")
        ),
        sa.CheckConstraint(
            "price_satang > 0 AND unit_cost_satang >= 0 AND middleman_satang >= 0",
            name=op.f("ck_offer_prices"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_offer_group_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_offer_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("code", name=op.f("uq_offer_code")),
        sa.UniqueConstraint("group_id", "product_id", name=op.f("uq_offer_group_id_product_id")),
    )
    op.create_index(op.f("ix_offer_group_id"), "offer", ["group_id"], unique=False)
    op.create_index(op.f("ix_offer_product_id"), "offer", ["product_id"], unique=False)
    op.create_table(
        "pickup_point",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("tambon_code", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("weekday", sa.BigInteger(), nullable=True),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("capacity_boxes", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_pickup_point_weekday")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_pickup_point_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["tambon_code"], ["tambon.code"], name=op.f("fk_pickup_point_tambon_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickup_point")),
        sa.UniqueConstraint("code", name=op.f("uq_pickup_point_code")),
        sa.UniqueConstraint("group_id", name=op.f("uq_pickup_point_group_id")),
    )
    op.create_index(
        op.f("ix_pickup_point_tambon_code"), "pickup_point", ["tambon_code"], unique=False
    )
    op.create_table(
        "round_group",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("shared_minutes", sa.BigInteger(), nullable=True),
        sa.Column("reserved_minutes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("entitlement_satang", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("entitlement_satang > 0", name=op.f("ck_round_group_entitlement")),
        sa.CheckConstraint(
            "reserved_minutes >= 0 AND reserved_minutes <= shared_minutes",
            name=op.f("ck_round_group_reserved"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_round_group_group_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_group_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_group")),
        sa.UniqueConstraint("round_id", "group_id", name=op.f("uq_round_group_round_id_group_id")),
    )
    op.create_index(op.f("ix_round_group_group_id"), "round_group", ["group_id"], unique=False)
    op.create_table(
        "round_summary",
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("planned_units", sa.BigInteger(), nullable=False),
        sa.Column("made_units", sa.BigInteger(), nullable=False),
        sa.Column("delivered_units", sa.BigInteger(), nullable=False),
        sa.Column("income_satang", sa.BigInteger(), nullable=False),
        sa.Column("surplus_satang", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "delivered_units <= made_units", name=op.f("ck_round_summary_delivered")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_round_summary_group_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_summary_round_id")),
        sa.PrimaryKeyConstraint("round_id", "group_id", name=op.f("pk_round_summary")),
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("offer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('FDA', 'FDA_COS', 'FDA_HERB', 'TCPS', 'GAP', 'ORGTH', 'PGS', 'GI', 'HALAL', 'OTOP3', 'OTOP4', 'OTOP5')",
            name=op.f("ck_certificate_kind"),
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_certificate_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("offer_id", "kind", name=op.f("uq_certificate_offer_id_kind")),
    )
    op.create_index("ix_certificate_kind", "certificate", ["kind"], unique=False)
    op.create_index(op.f("ix_certificate_offer_id"), "certificate", ["offer_id"], unique=False)
    op.create_table(
        "lane",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("point_id", sa.BigInteger(), nullable=False),
        sa.Column("distance_m", sa.BigInteger(), nullable=False),
        sa.Column("cost_satang_per_kg", sa.BigInteger(), nullable=False),
        sa.Column("fixed_cost_satang", sa.BigInteger(), nullable=False),
        sa.Column("max_weight_g", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "distance_m >= 0 AND cost_satang_per_kg >= 0 AND fixed_cost_satang >= 0 AND max_weight_g >= 0",
            name=op.f("ck_lane_positive"),
        ),
        sa.ForeignKeyConstraint(["group_id"], ["producer_group.id"], name=op.f("fk_lane_group_id")),
        sa.ForeignKeyConstraint(["point_id"], ["pickup_point.id"], name=op.f("fk_lane_point_id")),
        sa.PrimaryKeyConstraint("group_id", "point_id", name=op.f("pk_lane")),
    )
    op.create_index("ix_lane_point", "lane", ["point_id", "group_id"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "placed",
                "cancelled",
                name="orderstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "pay_method",
            sa.Enum(
                "promptpay",
                "cash",
                "transfer",
                "card",
                "stripe_promptpay",
                "credit",
                name="paymethod",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("point_id", sa.BigInteger(), nullable=True),
        sa.Column("tambon_code", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("address_note", sa.Text(), nullable=True),
        sa.Column("delivery_index", sa.SmallInteger(), nullable=False),
        sa.Column("delivery_fee_satang", sa.BigInteger(), nullable=False),
        sa.Column("pickup_code", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("funded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("pickup_code ~ '^\\d{6}$'", name=op.f("ck_orders_pickup_code")),
        sa.CheckConstraint(
            "point_id IS NOT NULL OR pay_method <> 'cash'", name=op.f("ck_orders_cash_at_point")
        ),
        sa.CheckConstraint(
            "(point_id IS NULL) = (address IS NOT NULL)", name=op.f("ck_orders_point_or_address")
        ),
        sa.CheckConstraint("delivery_fee_satang >= 0", name=op.f("ck_orders_fee")),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name=op.f("fk_orders_buyer_id")),
        sa.ForeignKeyConstraint(["point_id"], ["pickup_point.id"], name=op.f("fk_orders_point_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_orders_round_id")),
        sa.ForeignKeyConstraint(
            ["tambon_code"], ["tambon.code"], name=op.f("fk_orders_tambon_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_orders_idempotency_key")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
        sa.UniqueConstraint("round_id", "pickup_code", name=op.f("uq_orders_round_id_pickup_code")),
    )
    op.create_index(op.f("ix_orders_buyer_id"), "orders", ["buyer_id"], unique=False)
    op.create_index(op.f("ix_orders_point_id"), "orders", ["point_id"], unique=False)
    op.create_index("ix_orders_round", "orders", ["round_id", "state"], unique=False)
    op.create_table(
        "payout",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "due",
                "paid",
                name="payoutstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("bank_file_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column(
            "share_rule",
            sa.Enum(
                "equal",
                "units",
                "hours",
                name="sharerule",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("shared_by", sa.Text(), nullable=True),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'paid') = (paid_at IS NOT NULL AND bank_reference IS NOT NULL)",
            name=op.f("ck_payout_paid"),
        ),
        sa.CheckConstraint(
            "(shared_by IS NULL) = (shared_at IS NULL)", name=op.f("ck_payout_shared")
        ),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_payout_amount")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["group_account.id"], name=op.f("fk_payout_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["bank_file_id"], ["bank_file.id"], name=op.f("fk_payout_bank_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_payout_group_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_payout_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_payout_bank_reference")),
        sa.UniqueConstraint("round_id", "group_id", name=op.f("uq_payout_round_id_group_id")),
    )
    op.create_index(op.f("ix_payout_bank_file_id"), "payout", ["bank_file_id"], unique=False)
    op.create_index(op.f("ix_payout_group_id"), "payout", ["group_id"], unique=False)
    op.create_table(
        "round_offer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("offer_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("capacity_units", sa.BigInteger(), nullable=False),
        sa.Column("min_batch_units", sa.BigInteger(), nullable=False),
        sa.Column("lot_units", sa.BigInteger(), nullable=False),
        sa.Column("price_satang", sa.BigInteger(), nullable=False),
        sa.Column("unit_cost_satang", sa.BigInteger(), nullable=False),
        sa.Column("middleman_satang", sa.BigInteger(), nullable=False),
        sa.Column("max_per_order", sa.BigInteger(), nullable=False),
        sa.Column("minutes_per_unit", sa.BigInteger(), nullable=False),
        sa.Column("lead_days", sa.BigInteger(), nullable=False),
        sa.Column("ready_index", sa.SmallInteger(), nullable=False),
        sa.Column("in_band", sa.Boolean(), nullable=False),
        sa.Column("group_satang", sa.BigInteger(), nullable=True),
        sa.Column("reserved_units", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "0 < lot_units AND lot_units <= min_batch_units AND min_batch_units <= capacity_units",
            name=op.f("ck_round_offer_units"),
        ),
        sa.CheckConstraint(
            "capacity_units % lot_units = 0", name=op.f("ck_round_offer_whole_lots")
        ),
        sa.CheckConstraint(
            "group_satang BETWEEN 0 AND price_satang", name=op.f("ck_round_offer_group_part")
        ),
        sa.CheckConstraint(
            "price_satang > 0 AND minutes_per_unit >= 0", name=op.f("ck_round_offer_terms")
        ),
        sa.CheckConstraint(
            "reserved_units BETWEEN 0 AND capacity_units", name=op.f("ck_round_offer_reserved")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_round_offer_group_id")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_round_offer_offer_id")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_round_offer_product_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_offer_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_offer")),
        sa.UniqueConstraint(
            "round_id",
            "group_id",
            "product_id",
            name=op.f("uq_round_offer_round_id_group_id_product_id"),
        ),
        sa.UniqueConstraint("round_id", "offer_id", name=op.f("uq_round_offer_round_id_offer_id")),
    )
    op.create_index(op.f("ix_round_offer_offer_id"), "round_offer", ["offer_id"], unique=False)
    op.create_index(
        "ix_round_offer_product", "round_offer", ["round_id", "product_id"], unique=False
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("round_offer_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("delivery_index", sa.SmallInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "confirmed",
                "declined",
                "to_make",
                "made",
                "packed",
                "handed_over",
                "delivered",
                "paid_out",
                "stopped",
                name="batchstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("confirmed_units", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("to_make_units", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_units", sa.BigInteger(), nullable=True),
        sa.Column("lot_code", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("packed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "confirmed_units >= 0 AND to_make_units >= 0", name=op.f("ck_batch_units")
        ),
        sa.CheckConstraint("made_units >= 0", name=op.f("ck_batch_made")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_batch_group_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_batch_product_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_batch_round_id")),
        sa.ForeignKeyConstraint(
            ["round_offer_id"], ["round_offer.id"], name=op.f("fk_batch_round_offer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("lot_code", name=op.f("uq_batch_lot_code")),
        sa.UniqueConstraint(
            "round_offer_id", "delivery_index", name=op.f("uq_batch_round_offer_id_delivery_index")
        ),
    )
    op.create_index(op.f("ix_batch_group_id"), "batch", ["group_id"], unique=False)
    op.create_index(op.f("ix_batch_round_id"), "batch", ["round_id"], unique=False)
    op.create_table(
        "charge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "promptpay",
                "cash",
                "transfer",
                "card",
                "stripe_promptpay",
                "credit",
                name="paymethod",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("goods_satang", sa.BigInteger(), nullable=False),
        sa.Column("fee_satang", sa.BigInteger(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("received_satang", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "due",
                "paid",
                "expired",
                "void",
                name="chargestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("pay_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name=op.f("ck_charge_paid")),
        sa.CheckConstraint(
            "state <> 'paid' OR received_satang = amount_satang", name=op.f("ck_charge_paid_whole")
        ),
        sa.CheckConstraint(
            "amount_satang = goods_satang + fee_satang", name=op.f("ck_charge_adds_up")
        ),
        sa.CheckConstraint("goods_satang >= 0 AND fee_satang >= 0", name=op.f("ck_charge_parts")),
        sa.CheckConstraint(
            "received_satang BETWEEN 0 AND amount_satang", name=op.f("ck_charge_received")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_charge_order_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_charge_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge")),
        sa.UniqueConstraint("order_id", name=op.f("uq_charge_order_id")),
    )
    op.create_index(
        "ix_charge_due",
        "charge",
        ["pay_by"],
        unique=False,
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(op.f("ix_charge_round_id"), "charge", ["round_id"], unique=False)
    op.create_table(
        "match_pin",
        sa.Column("round_offer_id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("rematch_no", sa.SmallInteger(), nullable=False),
        sa.Column("low_units", sa.BigInteger(), nullable=True),
        sa.Column("high_units", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_match_pin_reason")),
        sa.CheckConstraint("low_units <= high_units", name=op.f("ck_match_pin_order")),
        sa.CheckConstraint(
            "low_units >= 0 AND high_units >= 0", name=op.f("ck_match_pin_positive")
        ),
        sa.CheckConstraint(
            "low_units IS NOT NULL OR high_units IS NOT NULL", name=op.f("ck_match_pin_says")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_match_pin_round_id")),
        sa.ForeignKeyConstraint(
            ["round_offer_id"], ["round_offer.id"], name=op.f("fk_match_pin_round_offer_id")
        ),
        sa.PrimaryKeyConstraint("round_offer_id", name=op.f("pk_match_pin")),
    )
    op.create_index(op.f("ix_match_pin_round_id"), "match_pin", ["round_id"], unique=False)
    op.create_table(
        "member_share",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payout_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "weight >= 0 AND amount_satang >= 0", name=op.f("ck_member_share_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payout.id"], name=op.f("fk_member_share_payout_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_share")),
        sa.UniqueConstraint("payout_id", "name", name=op.f("uq_member_share_payout_id_name")),
    )
    op.create_table(
        "offer_result",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("round_offer_id", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("insisted_units", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "data",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.CheckConstraint("units >= 0", name=op.f("ck_offer_result_units")),
        sa.ForeignKeyConstraint(
            ["round_offer_id"], ["round_offer.id"], name=op.f("fk_offer_result_round_offer_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_offer_result_run_id")),
        sa.PrimaryKeyConstraint("run_id", "round_offer_id", name=op.f("pk_offer_result")),
    )
    op.create_table(
        "order_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "maker",
            sa.Enum(
                "only",
                "first",
                "any",
                name="makerchoice",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "shortage",
            sa.Enum(
                "fewer",
                "nothing",
                name="shortagechoice",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("ceiling_satang", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(maker = 'any') = (group_id IS NULL)", name=op.f("ck_order_line_maker")
        ),
        sa.CheckConstraint("ceiling_satang > 0", name=op.f("ck_order_line_ceiling")),
        sa.CheckConstraint("priority IN (0, 1, 2)", name=op.f("ck_order_line_priority")),
        sa.CheckConstraint("units BETWEEN 1 AND 100000", name=op.f("ck_order_line_units")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_order_line_group_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_line_order_id")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_order_line_product_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_order_line_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
        sa.UniqueConstraint(
            "order_id", "product_id", name=op.f("uq_order_line_order_id_product_id")
        ),
    )
    op.create_index("ix_order_line_round", "order_line", ["round_id", "product_id"], unique=False)
    op.create_table(
        "paper",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "receipt",
                "statement",
                "credit_note",
                name="paperkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("check_code", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["corrects_id"], ["paper.id"], name=op.f("fk_paper_corrects_id")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_paper_group_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_paper_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_paper_kind_subject")),
        sa.UniqueConstraint("kind", "year", "serial", name=op.f("uq_paper_kind_year_serial")),
        sa.UniqueConstraint("number", name=op.f("uq_paper_number")),
    )
    op.create_index(op.f("ix_paper_group_id"), "paper", ["group_id"], unique=False)
    op.create_index(op.f("ix_paper_order_id"), "paper", ["order_id"], unique=False)
    op.create_table(
        "round_offer_part",
        sa.Column("round_offer_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_satang >= 0", name=op.f("ck_round_offer_part_amount")),
        sa.ForeignKeyConstraint(
            ["round_offer_id"],
            ["round_offer.id"],
            name=op.f("fk_round_offer_part_round_offer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("round_offer_id", "part", name=op.f("pk_round_offer_part")),
    )
    op.create_table(
        "saved_card",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "ready",
                "gone",
                name="cardstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("setup_id", sa.Text(), nullable=True),
        sa.Column("payment_method_id", sa.Text(), nullable=True),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("last4", sa.Text(), nullable=True),
        sa.Column("setup_url", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'ready' OR (payment_method_id IS NOT NULL AND ready_at IS NOT NULL)",
            name=op.f("ck_saved_card_ready"),
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name=op.f("fk_saved_card_buyer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_saved_card_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_card")),
        sa.UniqueConstraint("order_id", name=op.f("uq_saved_card_order_id")),
        sa.UniqueConstraint("session_id", name=op.f("uq_saved_card_session_id")),
        sa.UniqueConstraint("setup_id", name=op.f("uq_saved_card_setup_id")),
    )
    op.create_index(op.f("ix_saved_card_buyer_id"), "saved_card", ["buyer_id"], unique=False)
    op.create_index(
        "ix_saved_card_gone",
        "saved_card",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'gone' AND dropped_at IS NULL"),
    )
    op.create_table(
        "signed_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "answer",
                "order",
                name="linkpurpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("round_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "group_id IS NOT NULL OR order_id IS NOT NULL", name=op.f("ck_signed_link_bound")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_signed_link_group_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_signed_link_order_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_signed_link_round_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_signed_link_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_signed_link_token_hash")),
    )
    op.create_index("ix_signed_link_group", "signed_link", ["group_id", "round_id"], unique=False)
    op.create_index("ix_signed_link_order", "signed_link", ["order_id"], unique=False)
    op.create_table(
        "simulation_offer",
        sa.Column("simulation_id", sa.BigInteger(), nullable=False),
        sa.Column("round_offer_id", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("capacity_units", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "data",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.CheckConstraint("units >= 0", name=op.f("ck_simulation_offer_units")),
        sa.ForeignKeyConstraint(
            ["round_offer_id"], ["round_offer.id"], name=op.f("fk_simulation_offer_round_offer_id")
        ),
        sa.ForeignKeyConstraint(
            ["simulation_id"], ["simulation.id"], name=op.f("fk_simulation_offer_simulation_id")
        ),
        sa.PrimaryKeyConstraint(
            "simulation_id", "round_offer_id", name=op.f("pk_simulation_offer")
        ),
    )
    op.create_table(
        "ask",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "make",
                "shrink",
                name="askkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("lot_units", sa.BigInteger(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "waiting",
                "all",
                "part",
                "no",
                "silent",
                name="answer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("confirmed_units", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("on_behalf", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "(answer = 'waiting') = (answered_at IS NULL)", name=op.f("ck_ask_answered")
        ),
        sa.CheckConstraint(
            "answer <> 'all' OR confirmed_units = units", name=op.f("ck_ask_all_means_all")
        ),
        sa.CheckConstraint(
            "answer NOT IN ('no', 'silent', 'waiting') OR confirmed_units = 0",
            name=op.f("ck_ask_no_means_none"),
        ),
        sa.CheckConstraint("confirmed_units BETWEEN 0 AND units", name=op.f("ck_ask_confirmed")),
        sa.CheckConstraint("units > 0", name=op.f("ck_ask_units")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_ask_batch_id")),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_ask_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ask")),
        sa.UniqueConstraint("batch_id", "run_id", "kind", name=op.f("uq_ask_batch_id_run_id_kind")),
    )
    op.create_index(op.f("ix_ask_run_id"), "ask", ["run_id"], unique=False)
    op.create_index(
        "ix_ask_waiting",
        "ask",
        ["answer_by"],
        unique=False,
        postgresql_where=sa.text("answer = 'waiting'"),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "lane", "post", name="mode", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_units", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("live_units", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("received_units", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("price_satang", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("price_satang > 0", name=op.f("ck_assignment_price")),
        sa.CheckConstraint(
            "received_units >= 0 AND received_units <= live_units AND live_units <= confirmed_units AND confirmed_units <= units",
            name=op.f("ck_assignment_funnel"),
        ),
        sa.CheckConstraint("units > 0", name=op.f("ck_assignment_units")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_assignment_batch_id")),
        sa.ForeignKeyConstraint(["line_id"], ["order_line.id"], name=op.f("fk_assignment_line_id")),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_assignment_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint(
            "line_id",
            "batch_id",
            "run_id",
            "mode",
            name=op.f("uq_assignment_line_id_batch_id_run_id_mode"),
        ),
    )
    op.create_index(op.f("ix_assignment_batch_id"), "assignment", ["batch_id"], unique=False)
    op.create_table(
        "charge_share",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("charge_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("received_satang", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("amount_satang >= 0", name=op.f("ck_charge_share_amount")),
        sa.CheckConstraint(
            "received_satang BETWEEN 0 AND amount_satang", name=op.f("ck_charge_share_received")
        ),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["charge.id"], name=op.f("fk_charge_share_charge_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_charge_share_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_share")),
        sa.UniqueConstraint(
            "charge_id",
            "group_id",
            name=op.f("uq_charge_share_charge_id_group_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_charge_share_group_id"), "charge_share", ["group_id"], unique=False)
    op.create_table(
        "consignment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("point_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "handed_over",
                "arrived",
                "received",
                "cancelled",
                name="consignmentstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("tracking_no", sa.Text(), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(point_id IS NULL) <> (order_id IS NULL)", name=op.f("ck_consignment_one_destination")
        ),
        sa.CheckConstraint("units > 0", name=op.f("ck_consignment_units")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_consignment_batch_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_consignment_order_id")),
        sa.ForeignKeyConstraint(
            ["point_id"], ["pickup_point.id"], name=op.f("fk_consignment_point_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_consignment_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consignment")),
    )
    op.create_index(op.f("ix_consignment_order_id"), "consignment", ["order_id"], unique=False)
    op.create_index(op.f("ix_consignment_point_id"), "consignment", ["point_id"], unique=False)
    op.create_index(op.f("ix_consignment_round_id"), "consignment", ["round_id"], unique=False)
    op.create_index(
        "uq_consignment_order",
        "consignment",
        ["batch_id", "order_id"],
        unique=True,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(
        "uq_consignment_point",
        "consignment",
        ["batch_id", "point_id"],
        unique=True,
        postgresql_where=sa.text("point_id IS NOT NULL"),
    )
    op.create_table(
        "payment_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("charge_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "checkout",
                "off_session",
                "hold",
                name="attemptkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "method",
            sa.Enum(
                "promptpay",
                "cash",
                "transfer",
                "card",
                "stripe_promptpay",
                "credit",
                name="paymethod",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "pending",
                "authorized",
                "succeeded",
                "failed",
                "cancelled",
                "expired",
                name="attemptstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("captured_satang", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "asked",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("intent_id", sa.Text(), nullable=True),
        sa.Column("card_id", sa.BigInteger(), nullable=True),
        sa.Column("pay_url", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("capture_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_payment_attempt_amount")),
        sa.CheckConstraint(
            "captured_satang BETWEEN 0 AND amount_satang", name=op.f("ck_payment_attempt_captured")
        ),
        sa.ForeignKeyConstraint(
            ["card_id"], ["saved_card.id"], name=op.f("fk_payment_attempt_card_id")
        ),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["charge.id"], name=op.f("fk_payment_attempt_charge_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempt")),
        sa.UniqueConstraint("intent_id", name=op.f("uq_payment_attempt_intent_id")),
        sa.UniqueConstraint("session_id", name=op.f("uq_payment_attempt_session_id")),
    )
    op.create_index(
        "ix_attempt_open",
        "payment_attempt",
        ["state", "created_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('created', 'pending', 'authorized')"),
    )
    op.create_index(
        op.f("ix_payment_attempt_charge_id"), "payment_attempt", ["charge_id"], unique=False
    )
    op.create_index(
        "uq_attempt_open",
        "payment_attempt",
        ["charge_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('created', 'pending', 'authorized')"),
    )
    op.create_table(
        "problem_report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "damaged",
                "spoiled",
                "other_goods",
                "missing",
                "other",
                name="problemkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "agreed",
                "declined",
                name="problemstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_satang", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=False),
        sa.Column("promised_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'agreed') = (amount_satang IS NOT NULL)",
            name=op.f("ck_problem_report_agreed"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_problem_report_decided")
        ),
        sa.CheckConstraint(
            "state <> 'declined' OR answer IS NOT NULL", name=op.f("ck_problem_report_declined")
        ),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_problem_report_amount")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_problem_report_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_line.id"], name=op.f("fk_problem_report_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_problem_report_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_report")),
    )
    op.create_index(
        op.f("ix_problem_report_batch_id"), "problem_report", ["batch_id"], unique=False
    )
    op.create_index(
        op.f("ix_problem_report_order_id"), "problem_report", ["order_id"], unique=False
    )
    op.create_index(
        "ix_problem_report_waiting",
        "problem_report",
        ["promised_by"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_problem_report_open",
        "problem_report",
        ["line_id", "batch_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "reservation",
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("round_offer_id", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("units > 0", name=op.f("ck_reservation_units")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_line.id"], name=op.f("fk_reservation_line_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["round_offer_id"], ["round_offer.id"], name=op.f("fk_reservation_round_offer_id")
        ),
        sa.PrimaryKeyConstraint("line_id", "round_offer_id", name=op.f("pk_reservation")),
    )
    op.create_index("ix_reservation_offer", "reservation", ["round_offer_id"], unique=False)
    op.create_table(
        "unserved_line",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "data",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.CheckConstraint("units > 0", name=op.f("ck_unserved_line_units")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_line.id"], name=op.f("fk_unserved_line_line_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["match_run.id"], name=op.f("fk_unserved_line_run_id")),
        sa.PrimaryKeyConstraint("run_id", "line_id", name=op.f("pk_unserved_line")),
    )
    op.create_index("ix_unserved_line_line", "unserved_line", ["line_id"], unique=False)
    op.create_table(
        "dispute",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "won",
                "lost",
                name="disputestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("evidence_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_dispute_amount")),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["payment_attempt.id"], name=op.f("fk_dispute_attempt_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint(
            "attempt_id", "gateway_id", name=op.f("uq_dispute_attempt_id_gateway_id")
        ),
        sa.UniqueConstraint("gateway_id", name=op.f("uq_dispute_gateway_id")),
    )
    op.create_index(op.f("ix_dispute_attempt_id"), "dispute", ["attempt_id"], unique=False)
    op.create_table(
        "price_part",
        sa.Column("assignment_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_satang >= 0", name=op.f("ck_price_part_amount")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_price_part_assignment_id")
        ),
        sa.PrimaryKeyConstraint("assignment_id", "part", name=op.f("pk_price_part")),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("charge_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "promptpay",
                "cash",
                "transfer",
                "card",
                "stripe_promptpay",
                "credit",
                name="paymethod",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("attempt_id", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("excess_satang", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("gateway_fee_satang", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "method NOT IN ('card', 'stripe_promptpay') OR attempt_id IS NOT NULL",
            name=op.f("ck_receipt_attempt"),
        ),
        sa.CheckConstraint(
            "method NOT IN ('promptpay', 'transfer') OR bank_reference IS NOT NULL",
            name=op.f("ck_receipt_reference"),
        ),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_receipt_amount")),
        sa.CheckConstraint(
            "excess_satang BETWEEN 0 AND amount_satang", name=op.f("ck_receipt_excess")
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["payment_attempt.id"], name=op.f("fk_receipt_attempt_id")
        ),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f("fk_receipt_charge_id")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_receipt_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_receipt_attempt_id")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_receipt_bank_reference")),
    )
    op.create_index("ix_receipt_amount", "receipt", ["amount_satang"], unique=False)
    op.create_index(op.f("ix_receipt_charge_id"), "receipt", ["charge_id"], unique=False)
    op.create_table(
        "bank_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), server_default="", nullable=False),
        sa.Column("memo", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "matched",
                "set_aside",
                name="banklinestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("receipt_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'matched') = (receipt_id IS NOT NULL)", name=op.f("ck_bank_line_matched")
        ),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_bank_line_amount")),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk_bank_line_receipt_id")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["bank_statement.id"], name=op.f("fk_bank_line_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_line")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_bank_line_receipt_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_bank_line_reference")),
        sa.UniqueConstraint("statement_id", "row", name=op.f("uq_bank_line_statement_id_row")),
    )
    op.create_index(op.f("ix_bank_line_statement_id"), "bank_line", ["statement_id"], unique=False)
    op.create_index(
        "ix_bank_line_waiting",
        "bank_line",
        ["amount_satang"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=True),
        sa.Column("receipt_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "due",
                "needs_details",
                "sending",
                "failed",
                "paid",
                name="refundstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "way",
            sa.Enum(
                "source",
                "credit",
                "bank",
                name="refundway",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("to_promptpay", sa.Text(), nullable=True),
        sa.Column("to_name", sa.Text(), nullable=True),
        sa.Column("gateway_refund_id", sa.Text(), nullable=True),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promised_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name=op.f("ck_refund_paid")),
        sa.CheckConstraint(
            "state <> 'paid' OR way = 'credit' OR bank_reference IS NOT NULL OR gateway_refund_id IS NOT NULL",
            name=op.f("ck_refund_paid_how"),
        ),
        sa.CheckConstraint(
            "way <> 'source' OR receipt_id IS NOT NULL", name=op.f("ck_refund_source")
        ),
        sa.CheckConstraint("amount_satang > 0", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_refund_batch_id")),
        sa.ForeignKeyConstraint(["line_id"], ["order_line.id"], name=op.f("fk_refund_line_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_refund_order_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.id"], name=op.f("fk_refund_receipt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("bank_reference", name=op.f("uq_refund_bank_reference")),
        sa.UniqueConstraint("cause", name=op.f("uq_refund_cause")),
        sa.UniqueConstraint("gateway_refund_id", name=op.f("uq_refund_gateway_refund_id")),
    )
    op.create_index(
        "ix_refund_open",
        "refund",
        ["promised_by"],
        unique=False,
        postgresql_where=sa.text("state <> 'paid'"),
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"], unique=False)
    op.create_index(op.f("ix_refund_receipt_id"), "refund", ["receipt_id"], unique=False)
    op.create_table(
        "slip",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("charge_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=True),
        sa.Column("trans_ref", sa.Text(), nullable=True),
        sa.Column("told_satang", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "matched",
                "refused",
                name="slipstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("refused_reason", sa.Text(), nullable=True),
        sa.Column("receipt_id", sa.BigInteger(), nullable=True),
        sa.Column("verified_by", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'matched') = (receipt_id IS NOT NULL)", name=op.f("ck_slip_matched")
        ),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f("fk_slip_charge_id")),
        sa.ForeignKeyConstraint(["group_id"], ["producer_group.id"], name=op.f("fk_slip_group_id")),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.id"], name=op.f("fk_slip_receipt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip")),
        sa.UniqueConstraint("file_hash", name=op.f("uq_slip_file_hash")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_slip_receipt_id")),
        sa.UniqueConstraint("trans_ref", name=op.f("uq_slip_trans_ref")),
    )
    op.create_index(op.f("ix_slip_charge_id"), "slip", ["charge_id"], unique=False)
    op.create_index(
        "ix_slip_waiting",
        "slip",
        ["sent_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_slip_waiting", table_name="slip", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_index(op.f("ix_slip_charge_id"), table_name="slip")
    op.drop_table("slip")
    op.drop_index(op.f("ix_refund_receipt_id"), table_name="refund")
    op.drop_index(op.f("ix_refund_order_id"), table_name="refund")
    op.drop_index(
        "ix_refund_open", table_name="refund", postgresql_where=sa.text("state <> 'paid'")
    )
    op.drop_table("refund")
    op.drop_index(
        "ix_bank_line_waiting",
        table_name="bank_line",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index(op.f("ix_bank_line_statement_id"), table_name="bank_line")
    op.drop_table("bank_line")
    op.drop_index(op.f("ix_receipt_charge_id"), table_name="receipt")
    op.drop_index("ix_receipt_amount", table_name="receipt")
    op.drop_table("receipt")
    op.drop_table("price_part")
    op.drop_index(op.f("ix_dispute_attempt_id"), table_name="dispute")
    op.drop_table("dispute")
    op.drop_index("ix_unserved_line_line", table_name="unserved_line")
    op.drop_table("unserved_line")
    op.drop_index("ix_reservation_offer", table_name="reservation")
    op.drop_table("reservation")
    op.drop_index(
        "uq_problem_report_open",
        table_name="problem_report",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(
        "ix_problem_report_waiting",
        table_name="problem_report",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(op.f("ix_problem_report_order_id"), table_name="problem_report")
    op.drop_index(op.f("ix_problem_report_batch_id"), table_name="problem_report")
    op.drop_table("problem_report")
    op.drop_index(
        "uq_attempt_open",
        table_name="payment_attempt",
        postgresql_where=sa.text("state IN ('created', 'pending', 'authorized')"),
    )
    op.drop_index(op.f("ix_payment_attempt_charge_id"), table_name="payment_attempt")
    op.drop_index(
        "ix_attempt_open",
        table_name="payment_attempt",
        postgresql_where=sa.text("state IN ('created', 'pending', 'authorized')"),
    )
    op.drop_table("payment_attempt")
    op.drop_index(
        "uq_consignment_point",
        table_name="consignment",
        postgresql_where=sa.text("point_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_consignment_order",
        table_name="consignment",
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_consignment_round_id"), table_name="consignment")
    op.drop_index(op.f("ix_consignment_point_id"), table_name="consignment")
    op.drop_index(op.f("ix_consignment_order_id"), table_name="consignment")
    op.drop_table("consignment")
    op.drop_index(op.f("ix_charge_share_group_id"), table_name="charge_share")
    op.drop_table("charge_share")
    op.drop_index(op.f("ix_assignment_batch_id"), table_name="assignment")
    op.drop_table("assignment")
    op.drop_index(
        "ix_ask_waiting", table_name="ask", postgresql_where=sa.text("answer = 'waiting'")
    )
    op.drop_index(op.f("ix_ask_run_id"), table_name="ask")
    op.drop_table("ask")
    op.drop_table("simulation_offer")
    op.drop_index("ix_signed_link_order", table_name="signed_link")
    op.drop_index("ix_signed_link_group", table_name="signed_link")
    op.drop_table("signed_link")
    op.drop_index(
        "ix_saved_card_gone",
        table_name="saved_card",
        postgresql_where=sa.text("state = 'gone' AND dropped_at IS NULL"),
    )
    op.drop_index(op.f("ix_saved_card_buyer_id"), table_name="saved_card")
    op.drop_table("saved_card")
    op.drop_table("round_offer_part")
    op.drop_index(op.f("ix_paper_order_id"), table_name="paper")
    op.drop_index(op.f("ix_paper_group_id"), table_name="paper")
    op.drop_table("paper")
    op.drop_index("ix_order_line_round", table_name="order_line")
    op.drop_table("order_line")
    op.drop_table("offer_result")
    op.drop_table("member_share")
    op.drop_index(op.f("ix_match_pin_round_id"), table_name="match_pin")
    op.drop_table("match_pin")
    op.drop_index(op.f("ix_charge_round_id"), table_name="charge")
    op.drop_index("ix_charge_due", table_name="charge", postgresql_where=sa.text("state = 'due'"))
    op.drop_table("charge")
    op.drop_index(op.f("ix_batch_round_id"), table_name="batch")
    op.drop_index(op.f("ix_batch_group_id"), table_name="batch")
    op.drop_table("batch")
    op.drop_index("ix_round_offer_product", table_name="round_offer")
    op.drop_index(op.f("ix_round_offer_offer_id"), table_name="round_offer")
    op.drop_table("round_offer")
    op.drop_index(op.f("ix_payout_group_id"), table_name="payout")
    op.drop_index(op.f("ix_payout_bank_file_id"), table_name="payout")
    op.drop_table("payout")
    op.drop_index("ix_orders_round", table_name="orders")
    op.drop_index(op.f("ix_orders_point_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_buyer_id"), table_name="orders")
    op.drop_table("orders")
    op.drop_index("ix_lane_point", table_name="lane")
    op.drop_table("lane")
    op.drop_index(op.f("ix_certificate_offer_id"), table_name="certificate")
    op.drop_index("ix_certificate_kind", table_name="certificate")
    op.drop_table("certificate")
    op.drop_table("round_summary")
    op.drop_index(op.f("ix_round_group_group_id"), table_name="round_group")
    op.drop_table("round_group")
    op.drop_index(op.f("ix_pickup_point_tambon_code"), table_name="pickup_point")
    op.drop_table("pickup_point")
    op.drop_index(op.f("ix_offer_product_id"), table_name="offer")
    op.drop_index(op.f("ix_offer_group_id"), table_name="offer")
    op.drop_table("offer")
    op.drop_table("match_weight")
    op.drop_index(op.f("ix_group_deficit_round_id"), table_name="group_deficit")
    op.drop_table("group_deficit")
    op.drop_index(op.f("ix_group_account_group_id"), table_name="group_account")
    op.drop_table("group_account")
    op.drop_index(op.f("ix_grant__user_id"), table_name="grant_")
    op.drop_index(op.f("ix_grant__group_id"), table_name="grant_")
    op.drop_table("grant_")
    op.drop_table("cart_line")
    op.drop_index(op.f("ix_producer_group_tambon_code"), table_name="producer_group")
    op.drop_index(op.f("ix_producer_group_enterprise_id"), table_name="producer_group")
    op.drop_table("producer_group")
    op.drop_index(op.f("ix_enterprise_tambon_code"), table_name="enterprise")
    op.drop_table("enterprise")
    op.drop_index(op.f("ix_tambon_province_code"), table_name="tambon")
    op.drop_index(op.f("ix_tambon_amphoe_code"), table_name="tambon")
    op.drop_table("tambon")
    op.drop_index(op.f("ix_simulation_round_id"), table_name="simulation")
    op.drop_index(
        "ix_simulation_due",
        table_name="simulation",
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.drop_table("simulation")
    op.drop_index(op.f("ix_posting_entry_id"), table_name="posting")
    op.drop_index("ix_posting_account", table_name="posting")
    op.drop_table("posting")
    op.drop_index(op.f("ix_notice_user_id"), table_name="notice")
    op.drop_index(
        "ix_notice_due",
        table_name="notice",
        postgresql_where=sa.text("state IN ('due', 'sending')"),
    )
    op.drop_index(op.f("ix_notice_buyer_id"), table_name="notice")
    op.drop_table("notice")
    op.drop_index(
        "ix_match_piece_open",
        table_name="match_piece",
        postgresql_where=sa.text("state IN ('waiting', 'taken')"),
    )
    op.drop_table("match_piece")
    op.drop_table("match_flow")
    op.drop_table("gateway_customer")
    op.drop_table("chain_cost")
    op.drop_index(op.f("ix_product_category_key"), table_name="product")
    op.drop_table("product")
    op.drop_index(op.f("ix_money_case_round_id"), table_name="money_case")
    op.drop_index(
        "ix_money_case_open", table_name="money_case", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_table("money_case")
    op.drop_index(
        "uq_match_run_live",
        table_name="match_run",
        postgresql_where=sa.text("state IN ('running', 'solved')"),
    )
    op.drop_index(op.f("ix_match_run_round_id"), table_name="match_run")
    op.drop_table("match_run")
    op.drop_index(op.f("ix_ledger_entry_round_id"), table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_index("ix_demand_cell_round", table_name="demand_cell")
    op.drop_table("demand_cell")
    op.drop_table("cart")
    op.drop_index("ix_buyer_phone", table_name="buyer")
    op.drop_index("ix_buyer_email", table_name="buyer")
    op.drop_table("buyer")
    op.drop_index(op.f("ix_amphoe_province_code"), table_name="amphoe")
    op.drop_table("amphoe")
    op.drop_table("user")
    op.drop_table("synonym")
    op.drop_table("stored_file")
    op.drop_table("security_role")
    op.drop_index("ix_search_entry_ref", table_name="search_entry")
    op.drop_table("search_entry")
    op.drop_index("ix_round_state", table_name="round")
    op.drop_table("round")
    op.drop_table("province")
    op.drop_table("post_rate")
    op.drop_table("part_rule")
    op.drop_table("paper_counter")
    op.drop_index(
        "ix_gateway_event_waiting",
        table_name="gateway_event",
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.drop_table("gateway_event")
    op.drop_index(op.f("ix_gateway_check_done_at"), table_name="gateway_check")
    op.drop_table("gateway_check")
    op.drop_table("delivery_tariff")
    op.drop_table("category")
    op.drop_table("bank_statement")
    op.drop_table("bank_file")
    op.drop_index("ix_audit_event_subject", table_name="audit_event")
    op.drop_table("audit_event")
